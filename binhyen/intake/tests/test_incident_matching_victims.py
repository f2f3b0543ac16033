"""Common features do not merge two victims: each gets a case, and an answer to one reaches only that one."""

import datetime as dt
from importlib import import_module
from typing import Any

import pytest

from binhyen.cases.models import Case
from binhyen.cases.services import officer_actions
from binhyen.channels.models import PublishedText
from binhyen.intake import incident_matching
from binhyen.intake.tests.chat_reports import ChatPerson, create_people, run_pipeline
from binhyen.kit import clock
from binhyen.language.reading import Entity

pytestmark = pytest.mark.django_db
TOLD = import_module("binhyen.language.dedup.report_features")  # the package calls its function by this name
OF_A_NETWORK = (
    "Em bị lừa mua điện thoại trên facebook.com mất 3 triệu",
    "Tôi bị lừa đầu tư tiền ảo trên facebook.com, chuyển 50 triệu rồi bị chặn",
    "Chị tôi bị lừa đặt cọc vé máy bay trên facebook.com mất 7 triệu",
)
OF_THE_STATION = (
    "Tôi bị giả danh shipper lừa 500 nghìn, gọi 02393855123 báo rồi",
    "Mẹ tôi bị lừa mua thuốc giả hết 12 triệu, đã gọi 0239 3855 123",
)
OF_A_CHIEF = (
    "Tôi bị giả danh shipper lừa 500 nghìn, đã nhắn anh công an 0912345678",
    "Mẹ tôi bị lừa mua thuốc giả hết 12 triệu, đã gọi công an 0912.345.678",
)
OF_ONE_THIEF = (
    "Tôi bị lừa mua hàng trên facebook.com/shop.gia.re.ha.tinh mất 2 triệu",
    "Shop facebook.com/shop.gia.re.ha.tinh lừa tôi 900 nghìn tiền cọc",
)


def report_in_turn(texts: tuple[str, ...]) -> tuple[list[ChatPerson], set[int]]:
    """Report one after the other, an hour apart; return the reporters and their cases."""
    them, start = create_people(len(texts)), clock.now() - dt.timedelta(hours=len(texts))
    for number, (reporter, text) in enumerate(zip(them, texts, strict=True)):
        run_pipeline((reporter, text), moment=start + dt.timedelta(hours=number))
    assert all(reporter.case().category == "scam" for reporter in them)
    return them, {reporter.case().pk for reporter in them}


@pytest.mark.parametrize("texts", [OF_A_NETWORK, OF_THE_STATION])
def test_victims_are_many_and_an_answer_reaches_one(texts: tuple[str, ...], officer: Any) -> None:
    them, cases = report_in_turn(texts)
    assert len(cases) == len(texts)
    code, duty = them[0].case().code, officer("PROVINCE_DUTY", "42")
    officer_actions.answer_reporters(
        code=code, officer=duty, text="Chị mang giấy tờ đến.", version=None, now=clock.now()
    )
    assert [sum("giấy tờ" in t for t in reporter.list_received()) for reporter in them] == [
        1,
        *([0] * (len(texts) - 1)),
    ]


@pytest.mark.parametrize("texts", [OF_A_NETWORK, OF_THE_STATION])
def test_control_treating_these_as_identifiers_merges_them(
    texts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for where in (TOLD, incident_matching):
        monkeypatch.setattr(where, "is_distinctive", _accept_all)
    assert len(report_in_turn(texts)[1]) == 1


def test_one_page_of_a_thief_does_merge_two_victims() -> None:
    assert len(report_in_turn(OF_ONE_THIEF)[1]) == 1


def test_a_number_that_police_made_known_is_no_key(unit: Any) -> None:
    assert len(report_in_turn(OF_A_CHIEF)[1]) == 1, "the control: the owner of the number is not known yet"
    Case.objects.update(state="WORKING", opened_at=clock.now() - dt.timedelta(days=60))
    PublishedText.objects.create(unit=unit("18568"), value="0912345678", at=clock.now())
    assert len(report_in_turn(OF_A_CHIEF)[1]) == 2


def _accept_all(entity: Entity) -> bool:
    return entity.type in ("PLATE", "ID_NUMBER", "PHONE", "BANK_ACCOUNT", "URL")
