"""Landmarks confirmed by closed cases: trusted after two, doubted where they contradict, removed by hand."""

from typing import Any

import pytest

from binhyen.areas.models import Landmark
from binhyen.areas.queries import get_gazetteer
from binhyen.cases.choices import Outcome
from binhyen.cases.models import Case
from binhyen.cases.rules import NotFound
from binhyen.cases.services import closing
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.intake import landmarks
from binhyen.intake.landmarks import is_landmark_name
from binhyen.intake.model_cache import get_text_reader
from binhyen.intake.tests.chat_reports import create_group, create_person, run_pipeline
from binhyen.kit import clock
from binhyen.language.places.resolve import ResolvedPlace, resolve_place
from tests import rls

pytestmark = pytest.mark.django_db
HOA = "Hát karaoke ồn quá ở quán bà Hoa, xã Lộc Hà"
HOA_TOO = "Đốt rác khét lẹt cạnh quán bà Hoa xã Lộc Hà"
ELSEWHERE = "Hát karaoke ồn quá ở quán bà Hoa phường Thành Sen"
BARE = "Hát karaoke ồn quá ở quán bà Hoa"


def resolve_text(text: str, near: str | None = None) -> ResolvedPlace:
    return resolve_place(get_text_reader().understand(text).entities, get_gazetteer(), near)


def close_case(case: Case, officer: Any, outcome: Outcome = Outcome.RESOLVED) -> None:
    unit = "18568" if case.unit.name == "Công an xã Lộc Hà" else "18073"
    closing.close_case(
        code=case.code,
        officer=officer("OFFICER", unit),
        outcome=outcome,
        result="Đã đến nơi, nhắc nhở.",
        evidence="Biên bản",
        version=None,
        now=clock.now(),
    )


def confirm_place(text: str, officer: Any, **more: Any) -> Case:
    reporter = create_person()
    run_pipeline((reporter, text))
    case = reporter.case()
    Case.objects.filter(pk=case.pk).update(**more)
    close_case(case, officer)
    return case


def test_two_confirmed_cases_locate_a_name_and_one_is_a_hint(officer: Any) -> None:
    assert resolve_text(BARE).candidates == (), "the control: the place is not in the directory"
    confirm_place(HOA, officer)
    assert landmarks.collect_landmarks() == 1
    assert (resolve_text(BARE).commune, resolve_text(BARE).candidates) == (None, ("18568",))
    confirm_place(HOA_TOO, officer)
    assert landmarks.collect_landmarks() == 1
    placement = resolve_text("đánh nhau ở quan ba hoa")
    assert placement.commune == "18568" and 0.5 <= placement.confidence < 0.9
    assert "học từ vụ việc" in placement.reason
    reporter = create_person()
    run_pipeline((reporter, BARE))
    assert reporter.case().unit.name == "Công an xã Lộc Hà"
    assert landmarks.collect_landmarks() == 0, "each case counts once"


def test_a_closed_case_does_not_override_a_place_with_its_own_commune(officer: Any) -> None:
    market = "Nước thải chảy tràn ra đường trước chợ Lộc Hà, hôi thối cả tuần nay"
    assert resolve_text(market).commune == "18568", "the control: the state before learning"
    confirm_place("Rác đổ đầy lối vào chợ Lộc Hà, bốc mùi hôi thối", officer)
    landmarks.collect_landmarks()
    assert [landmark.name for landmark in Landmark.objects.all()] == ["chợ Lộc Hà"]
    reporter = create_person()
    run_pipeline((reporter, market))
    assert reporter.case().unit.name == "Công an xã Lộc Hà"


def test_cases_that_contradict_each_other_bring_doubt(officer: Any) -> None:
    for text in (HOA, HOA_TOO):
        confirm_place(text, officer)
    confirm_place(ELSEWHERE, officer)
    landmarks.collect_landmarks()
    assert Landmark.objects.count() == 3
    placement = resolve_text(BARE)
    assert placement.commune is None and placement.candidates == ("18568", "18073")


def test_named_context_and_the_group_count_more(officer: Any, unit: Any, now: Any) -> None:
    for text in (HOA, HOA_TOO):
        confirm_place(text, officer)
    landmarks.collect_landmarks()
    assert resolve_text(ELSEWHERE).commune == "18073"
    assert resolve_text(HOA).confidence >= 0.9, "both agree"
    assert resolve_text(BARE, near="18568").commune == "18568"
    assert resolve_text(BARE, near="18787").commune is None, "another shop of that name"
    reporter = create_person()
    run_pipeline((reporter, BARE), group=create_group(unit("18073"), now))
    assert reporter.case().unit == unit("18073")


@pytest.mark.parametrize(
    "more", [{"sensitive": True}, {"category": "drugs_gambling"}, {"category": "welfare"}, {"commune": None}]
)
def test_confidential_and_personal_cases_add_no_landmark(officer: Any, more: dict[str, Any]) -> None:
    confirm_place(HOA, officer, **more)
    assert landmarks.collect_landmarks() == 0
    assert not Landmark.objects.exists()


@pytest.mark.parametrize("outcome", [Outcome.UNFOUNDED, Outcome.NOT_FOUND, Outcome.ANSWERED])
def test_untrue_cases_add_no_landmark(officer: Any, outcome: Outcome) -> None:
    reporter = create_person()
    run_pipeline((reporter, HOA))
    close_case(reporter.case(), officer, outcome)
    assert landmarks.collect_landmarks() == 0


def test_a_reopened_case_confirms_nothing_any_more(officer: Any) -> None:
    case = confirm_place(HOA, officer)
    landmarks.collect_landmarks()
    closing.reopen_closed_case(code=case.code, officer=officer(), reason="Nhầm nơi", version=None, now=clock.now())
    landmarks.collect_landmarks()
    assert not Landmark.objects.exists()


def test_the_operator_lists_removes_and_restores(officer: Any) -> None:
    for text in (HOA, HOA_TOO):
        confirm_place(text, officer)
    landmarks.collect_landmarks()
    desk = sign_in_browser(officer("OPERATOR", "42"))
    with rls.acting_as("pages"):
        page = desk.get("/dia-ban/ten-da-hoc").content.decode()
        answer = desk.post("/dia-ban/ten-da-hoc/sua", {"ten": "quan ba hoa", "viec": "bo"})
    assert "quán bà Hoa" in page and "Xã Lộc Hà" in page and "đã tin</span>" in page
    assert (answer.status_code, resolve_text(BARE).candidates) == (303, ())
    confirm_place("Xe tải đỗ chắn lối ở quán bà Hoa, xã Lộc Hà", officer)
    assert landmarks.collect_landmarks() == 0 and resolve_text(BARE).candidates == (), (
        "after removal it is not learnt again"
    )
    desk.post("/dia-ban/ten-da-hoc/sua", {"ten": "quan ba hoa", "viec": "tra-lai"})
    assert resolve_text(BARE).commune == "18568"
    assert sign_in_browser(officer()).get("/dia-ban/ten-da-hoc").status_code == 403


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("quán bà Hoa", True),
        ("cầu Cày", True),
        ("cây xăng Minh Tâm", True),
        ("quan ba hoa", True),
        ("ngã ba Kỳ Đồng", True),
        ("nhà ông Bảy", False),
        ("thôn Yên Bình", False),
        ("xã Lộc Hà", False),
        ("đường Trần Phú", False),
        ("ngõ 12", False),
        ("quận Hải Châu", False),
        ("chợ", False),
        ("quán 0912345678", False),
        ("", False),
        ("quán bà Hoa gần nhà chú Bảy đầu xóm", False),
        ("quán <b>", False),
        ("p Nam Hà", False),
    ],
)
def test_names_of_landmarks(name: str, good: bool) -> None:
    assert is_landmark_name(name) is good


def test_a_stranger_confirms_nothing(officer: Any) -> None:
    reporter = create_person()
    run_pipeline((reporter, HOA))
    with pytest.raises(NotFound):
        closing.close_case(
            code=reporter.case().code,
            officer=officer("OFFICER", "18073"),
            outcome=Outcome.RESOLVED,
            result="Đã đến nơi.",
            evidence="Biên bản",
            version=None,
            now=clock.now(),
        )
    assert landmarks.collect_landmarks() == 0
