"""Landmarks confirmed by closed cases: trusted after two, doubted where they contradict, removed by hand."""

from typing import Any

import pytest

from binhyen.areas.models import Landmark
from binhyen.areas.queries import gazetteer
from binhyen.cases.choices import Outcome
from binhyen.cases.models import Case
from binhyen.cases.rules import NotFound
from binhyen.cases.services import closing
from binhyen.cases.tests.scene import browser
from binhyen.intake import landmarks
from binhyen.intake.landmarks import names_landmark
from binhyen.intake.model_cache import reader
from binhyen.intake.tests.telling import group_of, person, say
from binhyen.kit import clock
from binhyen.language.places import Placed, resolve
from tests import rls

pytestmark = pytest.mark.django_db
HOA = "Hát karaoke ồn quá ở quán bà Hoa, xã Lộc Hà"
HOA_TOO = "Đốt rác khét lẹt cạnh quán bà Hoa xã Lộc Hà"
ELSEWHERE = "Hát karaoke ồn quá ở quán bà Hoa phường Thành Sen"
BARE = "Hát karaoke ồn quá ở quán bà Hoa"


def placed(text: str, near: str | None = None) -> Placed:
    return resolve(reader().understand(text).entities, gazetteer(), near)


def close(case: Case, officer: Any, outcome: Outcome = Outcome.RESOLVED) -> None:
    unit = "18568" if case.unit.name == "Công an xã Lộc Hà" else "18073"
    closing.close(code=case.code, officer=officer("OFFICER", unit), outcome=outcome, result="Đã đến nơi, nhắc nhở.",
                  evidence="Biên bản", version=None, now=clock.now())  # fmt: skip


def confirmed(text: str, officer: Any, **more: Any) -> Case:
    who = person()
    say((who, text))
    case = who.case()
    Case.objects.filter(pk=case.pk).update(**more)
    close(case, officer)
    return case


def test_two_confirmed_cases_place_a_name_and_one_is_a_hint(officer: Any) -> None:
    assert placed(BARE).candidates == (), "the control: the place is not in the directory"
    confirmed(HOA, officer)
    assert landmarks.collect() == 1
    assert (placed(BARE).commune, placed(BARE).candidates) == (None, ("18568",))
    confirmed(HOA_TOO, officer)
    assert landmarks.collect() == 1
    found = placed("đánh nhau ở quan ba hoa")
    assert found.commune == "18568" and 0.5 <= found.confidence < 0.9
    assert "học từ vụ việc" in found.reason
    who = person()
    say((who, BARE))
    assert who.case().unit.name == "Công an xã Lộc Hà"
    assert landmarks.collect() == 0, "each case counts once"


def test_a_case_that_is_over_takes_no_desk_from_a_place_that_says_its_own(officer: Any) -> None:
    market = "Nước thải chảy tràn ra đường trước chợ Lộc Hà, hôi thối cả tuần nay"
    assert placed(market).commune == "18568", "the control: the state before learning"
    confirmed("Rác đổ đầy lối vào chợ Lộc Hà, bốc mùi hôi thối", officer)
    landmarks.collect()
    assert [each.name for each in Landmark.objects.all()] == ["chợ Lộc Hà"]
    who = person()
    say((who, market))
    assert who.case().unit.name == "Công an xã Lộc Hà"


def test_cases_that_contradict_each_other_bring_doubt(officer: Any) -> None:
    for text in (HOA, HOA_TOO):
        confirmed(text, officer)
    confirmed(ELSEWHERE, officer)
    landmarks.collect()
    assert Landmark.objects.count() == 3
    found = placed(BARE)
    assert found.commune is None and found.candidates == ("18568", "18073")


def test_what_is_named_beside_it_and_the_group_count_more(officer: Any, unit: Any, now: Any) -> None:
    for text in (HOA, HOA_TOO):
        confirmed(text, officer)
    landmarks.collect()
    assert placed(ELSEWHERE).commune == "18073"
    assert placed(HOA).confidence >= 0.9, "both agree"
    assert placed(BARE, near="18568").commune == "18568"
    assert placed(BARE, near="18787").commune is None, "another shop of that name"
    who = person()
    say((who, BARE), group=group_of(unit("18073"), now))
    assert who.case().unit == unit("18073")


@pytest.mark.parametrize(
    "more", [{"sensitive": True}, {"category": "drugs_gambling"}, {"category": "welfare"}, {"commune": None}]
)
def test_secrets_and_personal_matters_teach_nothing(officer: Any, more: dict[str, Any]) -> None:
    confirmed(HOA, officer, **more)
    assert landmarks.collect() == 0
    assert not Landmark.objects.exists()


@pytest.mark.parametrize("outcome", [Outcome.UNFOUNDED, Outcome.NOT_FOUND, Outcome.ANSWERED])
def test_what_was_not_true_teaches_nothing(officer: Any, outcome: Outcome) -> None:
    who = person()
    say((who, HOA))
    close(who.case(), officer, outcome)
    assert landmarks.collect() == 0


def test_a_reopened_case_confirms_nothing_any_more(officer: Any) -> None:
    case = confirmed(HOA, officer)
    landmarks.collect()
    closing.reopen(code=case.code, officer=officer(), reason="Nhầm nơi", version=None, now=clock.now())
    landmarks.collect()
    assert not Landmark.objects.exists()


def test_the_operator_sees_takes_off_and_puts_back(officer: Any) -> None:
    for text in (HOA, HOA_TOO):
        confirmed(text, officer)
    landmarks.collect()
    desk = browser(officer("OPERATOR", "42"))
    with rls.acting_as("pages"):
        page = desk.get("/dia-ban/ten-da-hoc").content.decode()
        answer = desk.post("/dia-ban/ten-da-hoc/sua", {"ten": "quan ba hoa", "viec": "bo"})
    assert "quán bà Hoa" in page and "Xã Lộc Hà" in page and "đã tin</span>" in page
    assert (answer.status_code, placed(BARE).candidates) == (303, ())
    confirmed("Xe tải đỗ chắn lối ở quán bà Hoa, xã Lộc Hà", officer)
    assert landmarks.collect() == 0 and placed(BARE).candidates == (), "after removal it is not learnt again"
    desk.post("/dia-ban/ten-da-hoc/sua", {"ten": "quan ba hoa", "viec": "tra-lai"})
    assert placed(BARE).commune == "18568"
    assert browser(officer()).get("/dia-ban/ten-da-hoc").status_code == 403


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("quán bà Hoa", True), ("cầu Cày", True), ("cây xăng Minh Tâm", True), ("quan ba hoa", True),
        ("ngã ba Kỳ Đồng", True), ("nhà ông Bảy", False), ("thôn Yên Bình", False), ("xã Lộc Hà", False),
        ("đường Trần Phú", False), ("ngõ 12", False), ("chợ", False), ("quán 0912345678", False), ("", False),
        ("quán bà Hoa gần nhà chú Bảy đầu xóm", False), ("quán <b>", False), ("p Nam Hà", False),
    ],
)  # fmt: skip
def test_names_of_landmarks(name: str, good: bool) -> None:
    assert names_landmark(name) is good


def test_a_stranger_confirms_nothing(officer: Any) -> None:
    who = person()
    say((who, HOA))
    with pytest.raises(NotFound):
        closing.close(code=who.case().code, officer=officer("OFFICER", "18073"), outcome=Outcome.RESOLVED,
                      result="Đã đến nơi.", evidence="Biên bản", version=None, now=clock.now())  # fmt: skip
    assert landmarks.collect() == 0
