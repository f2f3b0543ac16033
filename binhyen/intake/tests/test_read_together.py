"""A complaint about police in several messages, the first of which opened an ordinary case: read
together and accepted."""

import datetime as dt
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.queries import reporter_cases
from binhyen.cases.services import officer_actions
from binhyen.channels.models import Message
from binhyen.conduct.models import Complaint
from binhyen.conduct.services import intake
from binhyen.intake import interpret, message_context
from binhyen.intake.tests.telling import group_of, people, person, say
from binhyen.intake.tests.test_leading import seen, worker
from binhyen.intake.tests.web import link, tell
from binhyen.kit import clock
from binhyen.kit.ids import show_code, token
from binhyen.kit.rls_scope import PROGRAM, entered
from tests import rls

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
WHO_DID_IT = ("có người đòi em 2 triệu mới trả xe ở xã Lộc Hà", "là anh công an xã")
BY_BOTH = ("mấy anh công an xã Lộc Hà hay ăn ở quán em", "nợ 8 triệu")
ASKED = ("hôm qua ở trụ sở công an xã Lộc Hà", "họ bắt em quỳ một tiếng")
TALKS = (WHO_DID_IT, BY_BOTH, ASKED)
HARMLESS = (
    ("có người đòi em 2 triệu mới trả xe ở xã Lộc Hà", "là thằng Quý con ông Bảy", "nhờ công an xuống giúp"),
    ("hôm qua ở trụ sở công an xã Lộc Hà", "em có để quên cái mũ"),
    ("tôi nhặt được súng tự chế ở xã Lộc Hà", "tôi nộp cho công an", "có được giấy nhận không"),
    ("có người gọi xưng công an nói em liên quan vụ án", "họ đòi 30 triệu để khỏi bị bắt"),
    ("Sòng bạc sau nhà văn hóa xã Lộc Hà", "chúng có người canh gác, thấy công an là báo"),
)  # fmt: skip


def on_a_page(client: Client, said: tuple[str, ...]) -> str:
    """Read the status page of the report with the login of the pages."""
    with rls.acting_as("pages"):
        at = f"/theo-doi/{link(tell(client, said[0]))}"
        for text in said[1:]:
            assert client.post(at, {"text": text, "key": token()}).status_code == 303
    return at


def in_a_chat(said: tuple[str, ...], now: dt.datetime, minutes: int = 1, **more: Any) -> None:
    who = person()
    for n, text in enumerate(said):
        with rls.acting_as("worker"), entered(PROGRAM):
            say((who, text), at=now + n * minutes * MINUTE, **more)


def check_gone(said: tuple[str, ...], officer: Any) -> None:
    """Check that the unit's chief cannot see it, before and after the worker ran."""
    code = show_code(Case.objects.latest("pk").code)
    told = unescape(seen(officer("CHIEF")))
    assert not any(words in told for words in said) and code not in told
    worker()
    assert Complaint.objects.get().case == Case.objects.get() and not Message.objects.exclude(text="").exists()


@pytest.mark.parametrize("said", TALKS)
def test_on_a_status_page_the_case_leaves_the_unit(said: Any, client: Client, officer: Any) -> None:
    at = on_a_page(client, said)
    check_gone(said, officer)
    with rls.acting_as("pages"):
        page = unescape(client.get(at).content.decode())
    assert all(words in page for words in said), "its reporter can still read it"


@pytest.mark.parametrize("said", TALKS)
def test_in_a_chat_the_case_leaves_the_unit(said: Any, officer: Any, now: dt.datetime) -> None:
    in_a_chat(said, now)
    check_gone(said, officer)


def test_hours_later_too_while_nobody_has_touched_it(officer: Any, now: dt.datetime) -> None:
    in_a_chat(BY_BOTH, now, minutes=300)
    check_gone(BY_BOTH, officer)


@pytest.mark.parametrize("said", TALKS)
def test_control_without_it_the_case_stays(
    said: Any, client: Client, officer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_context, "led_in", lambda *given: None)
    on_a_page(client, said)
    with pytest.raises(AssertionError):
        check_gone(said, officer)


def test_control_by_itself_the_second_is_none(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_context, "joined", lambda read, *given: read)
    in_a_chat(BY_BOTH, now)
    assert not Case.objects.filter(apart=True).exists()


@pytest.mark.parametrize("said", HARMLESS)
def test_what_is_no_complaint_stays(said: Any, client: Client, now: dt.datetime) -> None:
    in_a_chat(said, now)
    on_a_page(client, said)
    assert not Case.objects.filter(apart=True).exists()


def test_a_case_that_an_officer_works_on_stays_as_it_is(officer: Any, now: dt.datetime) -> None:
    """Otherwise it would be missed. The complaint has a copy of the text, and is hidden from that unit."""
    chief, who = officer("CHIEF"), person()
    say((who, BY_BOTH[0]), at=now)
    officer_actions.acknowledge(code=who.case().code, officer=chief, version=None, now=now)
    before = seen(chief)
    say((who, BY_BOTH[1]), at=now + MINUTE)
    own, case = Case.objects.order_by("pk")
    assert seen(chief).count(own.snippet) == before.count(own.snippet) > 0 and case.apart
    assert list(CaseMessage.objects.filter(case=own).values_list("message__text", flat=True)) == [BY_BOTH[0]]
    assert f"unit:{chief.unit_id}" in Complaint.objects.get().veto.kept_from


def check_of_several(now: dt.datetime) -> None:
    seen_by_all = "Xe tải biển 38C-123.45 đậu lấn đường trước trường xã Lộc Hà, đòi tiền mới chịu dời"
    first, second = people(2)
    say((first, seen_by_all), (second, seen_by_all), at=now)
    assert Report.objects.filter(case=Case.objects.get()).count() == 2
    say((first, "người đòi là anh công an xã"), at=now + MINUTE)
    own, complaint = Case.objects.order_by("pk")
    assert not own.apart and complaint.apart


def test_a_case_that_others_told_of_too_stays_theirs(now: dt.datetime) -> None:
    check_of_several(now)


def test_control_of_several_it_would_be_taken_from_the_others(
    now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = message_context._free
    monkeypatch.setattr(message_context, "_free", lambda mine: free(replace(mine, several=False)))
    with pytest.raises(ValueError, match="not enough"):
        check_of_several(now)


STRANGER = ("có người lạ tới phòng trọ em ở xã Lộc Hà hai lần",
            "nói kiểm tra tạm trú, lần nào cũng chạm người em", "người đó là anh công an xã")  # fmt: skip


@pytest.mark.parametrize("on_page", [True, False])
def test_who_it_was_said_after_the_complaint_takes_the_case_too(
    on_page: bool, client: Client, officer: Any, now: dt.datetime
) -> None:
    if on_page:
        on_a_page(client, STRANGER)
    else:
        in_a_chat(STRANGER, now)
    assert Case.objects.count() == 2 and not Case.objects.filter(apart=False).exists()
    worker()
    assert not Message.objects.exclude(text="").exists()
    told = unescape(seen(officer("CHIEF")))
    assert not any(words in told for words in STRANGER)


def test_control_where_that_is_not_asked_the_case_stays(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpret, "who", lambda text: False)
    in_a_chat(STRANGER, now)
    assert Case.objects.filter(apart=False).count() == 1


def check_follows(client: Client) -> None:
    said = ("nhà em ở xã Lộc Hà bị mất con bò đêm thứ 7", "chú Toản công an đòi tiền xăng mới đi", "chú đòi 500 nghìn")
    on_a_page(client, said)
    own, complaint = Case.objects.order_by("pk")
    assert not own.apart and complaint.apart
    assert list(CaseMessage.objects.filter(case=own).values_list("message__text", flat=True)) == [said[0]]
    assert CaseMessage.objects.filter(case=complaint).count() == 2


def test_what_follows_a_complaint_on_the_page_goes_to_it(client: Client) -> None:
    check_follows(client)


def test_control_what_follows_would_lie_on_the_units_case(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = reporter_cases.of_reports
    monkeypatch.setattr(
        reporter_cases, "of_reports", lambda *a, **k: {r: told[-1:] for r, told in whole(*a, **k).items()}
    )
    with pytest.raises(AssertionError):
        check_follows(client)


def test_danger_on_the_page_of_such_a_case_rings_at_the_unit(client: Client) -> None:
    on_a_page(client, ("nhà em ở xã Lộc Hà bị mất con bò", "chú Toản công an đòi tiền xăng mới đi",
                       "cháy nhà rồi cứu với, lửa lan sang nhà bên"))  # fmt: skip
    assert Case.objects.earliest("pk").urgency == 3


def test_in_a_group_it_goes_up_and_the_post_stays(officer: Any, now: dt.datetime) -> None:
    """The whole group has read the post."""
    group = group_of(officer("CHIEF").unit, clock.now())
    in_a_chat(BY_BOTH, now, group=group)
    own, case = Case.objects.order_by("pk")
    assert case.apart and not own.apart


def test_control_in_a_group_by_itself_it_is_talk(
    officer: Any, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_context, "joined", lambda read, *given: read)
    in_a_chat(BY_BOTH, now, group=group_of(officer("CHIEF").unit, clock.now()))
    assert not Case.objects.filter(apart=True).exists()


def handed_up(said: tuple[str, ...], now: dt.datetime) -> str:
    """Return the part that the complaint desk can read."""
    with pytest.MonkeyPatch.context() as patch:
        kept: list[str] = []
        patch.setattr(intake, "say", lambda complaint, words, *, now: kept.append(words))
        in_a_chat(said, now)
    return "\n".join(kept)


BEER = ("Quán bia đối diện trường xã Lộc Hà mở tới khuya", "chủ là vợ anh công an phó")


def test_a_complaint_has_what_led_in_to_it(now: dt.datetime) -> None:
    assert all(words in handed_up(BEER, now) for words in BEER)


def test_it_is_routed_by_its_own_words(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    routed: list[str] = []
    route = intake.read
    monkeypatch.setattr(intake, "read", lambda words, units: routed.append(words) or route(words, units))
    in_a_chat(BEER, now)
    assert routed and not any(BEER[0] in words for words in routed)


def test_control_without_it_half_is_handed_up(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_context, "told_before", lambda *given: "")
    assert BEER[0] not in handed_up(BEER, now)
