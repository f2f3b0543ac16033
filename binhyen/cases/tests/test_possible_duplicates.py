"""One incident reported on both sides of a commune border: proposed to the province only, never
merged automatically."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from binhyen.areas import queries as areas
from binhyen.cases.models import Relation
from binhyen.cases.queries import case_page
from binhyen.cases.queries.case_page import PossibleDuplicate
from binhyen.cases.queries.duplicates import CaseFeatures, find_reason
from binhyen.cases.services.linking import link_cases, merge_cases
from binhyen.cases.tests.scene import build_case_url, open_case, sign_in_browser
from binhyen.channels.models import Message
from binhyen.kit.ids import format_code
from binhyen.kit.text import fold_text
from binhyen.language.entities import extract_entities

Make = Callable[..., Any]
HERE = "Xe tải chở gỗ lật ở cầu Hộ Độ, gỗ đổ tràn ra đường"
THERE = "Có xe tải lật gần cầu Hộ Độ phía bên này, gỗ tràn khắp đường"
ONE = "18568"


def open_case_page(officer: Any, case: Any) -> str:
    return str(sign_in_browser(officer).get(build_case_url(case)).content.decode())


@pytest.fixture
def two(unit: Make) -> tuple[Any, Any]:
    """Open a case in each of two adjacent communes."""
    beside = next(area for area in areas.list_neighbours(unit(ONE).area_id))
    code = areas.get_directory().get_commune_code(beside) or ""
    return tuple(
        open_case(unit(c), text=t, category="traffic", place="", words=t) for c, t in ((ONE, HERE), (code, THERE))
    )  # type: ignore[return-value]


@pytest.mark.django_db
def test_the_province_is_shown_possible_duplicates_and_nothing_is_merged(two: tuple[Any, Any], officer: Make) -> None:
    left, right = two
    for role in ("PROVINCE_DUTY", "PROVINCE_STAFF"):
        for own_case, other_case in ((left, right), (right, left)):
            shown = open_case_page(officer(role, "42"), own_case)
            assert format_code(other_case.code) in shown and "xã bên, lời kể giống nhau" in shown
            assert f'name="into" value="{format_code(other_case.code)}"' not in shown, (
                "cases of two units: no merge button"
            )
    left.refresh_from_db()
    assert left.merged_into_id is None and not Relation.objects.exists()


@pytest.mark.django_db
def test_neither_commune_learns_of_the_others(two: tuple[Any, Any], officer: Make) -> None:
    left, right = two
    code = areas.get_directory().get_commune_code(right.commune_id)
    for own_case, other_case, commune in ((left, right, ONE), (right, left, code)):
        for role in ("OFFICER", "CHIEF"):
            shown = open_case_page(officer(role, commune), own_case)
            assert format_code(other_case.code) not in shown and other_case.code not in shown and "xã bên" not in shown


@pytest.mark.django_db
def test_not_even_when_the_province_links_them(two: tuple[Any, Any], officer: Make) -> None:
    left, right = two
    code = areas.get_directory().get_commune_code(right.commune_id)
    duty = officer("PROVINCE_DUTY", "42")
    link_cases(
        code=left.code, other=right.code, kind=Relation.Kind.RELATED, officer=duty, version=None, now=left.opened_at
    )
    for own_case, other_case, commune in ((left, right, ONE), (right, left, code)):
        shown = open_case_page(officer("OFFICER", commune), own_case)
        assert format_code(other_case.code) not in shown and other_case.code not in shown
    shown = open_case_page(duty, left)
    assert shown.count(format_code(right.code)) > 1, "the province reads it, also in the history"


@pytest.mark.django_db
def test_the_own_commune_is_first_among_all_neighbours(two: tuple[Any, Any], officer: Make, unit: Make) -> None:
    left, right = two
    twin = open_case(unit(ONE), text=HERE, category="traffic", place="", words=HERE)
    for _ in range(case_page._MOST_COMPARED):
        open_case(right.unit, text="Xe hỏng giữa đường", category="traffic", place="", words="Xe hỏng giữa đường")
    assert case_page.list_possible_duplicates(officer("PROVINCE_DUTY", "42"), left)[0] == PossibleDuplicate(
        twin, "words", here=True
    )


@pytest.mark.django_db
def test_control_without_the_filter_the_other_would_be_shown(
    two: tuple[Any, Any], officer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db.models import Q

    left, right = two
    monkeypatch.setattr(case_page.access, "filter_cases", lambda *_, **__: Q())
    monkeypatch.setattr(case_page.access, "visibility", lambda _: type("All", (), {"province": True})())
    assert (right.pk, "words") in [
        (candidate.case.pk, candidate.why) for candidate in case_page.list_possible_duplicates(officer(), left)
    ]


@pytest.mark.django_db
def test_cases_of_the_same_day_alone_are_not_proposed(two: tuple[Any, Any], officer: Make, unit: Make) -> None:
    left, right = two
    neighbour = right.unit
    same_kind = open_case(
        neighbour,
        text="Hai xe máy va chạm trước trường học",
        category="traffic",
        place="",
        words="Hai xe máy va chạm trước trường học",
    )
    before = open_case(
        neighbour, text=THERE, category="traffic", place="", words=THERE, now=left.opened_at - dt.timedelta(hours=30)
    )
    areas_far = next(
        c
        for c in areas.get_directory().communes.values()
        if c.area_id != left.commune_id and c.area_id not in areas.list_neighbours(left.commune_id)
    )
    far = open_case(unit(areas_far.code), text=THERE, category="traffic", place="", words=THERE)
    similar_ids = [
        candidate.case.pk for candidate in case_page.list_possible_duplicates(officer("PROVINCE_DUTY", "42"), left)
    ]
    assert right.pk in similar_ids, "control"
    assert not {same_kind.pk, before.pk, far.pk} & set(similar_ids)


@pytest.mark.django_db
def test_it_is_one_statement_along_an_index(two: tuple[Any, Any], officer: Make) -> None:
    duty = officer("PROVINCE_DUTY", "42")
    case_page.list_possible_duplicates(duty, two[0])
    with CaptureQueriesContext(connection) as asked:
        case_page.list_possible_duplicates(duty, two[0])
    assert len(asked) == 1
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + asked.captured_queries[0]["sql"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert re.search(r"Index Cond: \(+(commune_id|category)\b", plan), plan


@pytest.mark.django_db
def test_within_one_commune_only_likely_duplicates_are_proposed_with_a_reason(officer: Make, unit: Make) -> None:
    home, texts = unit(ONE), "Cột đèn ở ngã ba Thạch Mỹ bị nghiêng sắp đổ xuống đường"
    lamp = open_case(home, text=texts, category="traffic", place="", words=texts)
    lorry = open_case(home, text="Xe ben quá tải chạy ầm ầm trên tỉnh lộ 9", category="traffic", place="")
    again = "Cột đèn nghiêng ở ngã ba Thạch Mỹ, sắp đổ rồi"
    same = open_case(home, text=again, category="traffic", place="", words=again)
    plate = open_case(home, text="Xe 38A12345 chở quá tải", category="traffic", place="")
    twin = open_case(home, text="Xe khách 38A12345 lạng lách", category="traffic", place="")
    for message in Message.objects.all():
        message.reading |= {"entities": [asdict(e) for e in extract_entities(message.text, areas.get_gazetteer())]}
        message.save()
    assignee = officer()
    assert [(candidate.case, candidate.here) for candidate in case_page.list_possible_duplicates(assignee, lamp)] == [
        (same, True)
    ]
    assert format_code(same.code) in open_case_page(assignee, lamp) and format_code(lorry.code) not in open_case_page(
        assignee, lamp
    )
    similar_ids = {candidate.case: candidate.why for candidate in case_page.list_possible_duplicates(assignee, plate)}
    assert similar_ids[twin] == "number" and not {lamp, same} & similar_ids.keys()
    assert "cùng xã, cùng một số, cách nhau" in open_case_page(assignee, plate)


@pytest.mark.django_db
def test_a_merged_case_is_not_offered_its_own_main_case(officer: Make, unit: Make) -> None:
    left, right = (open_case(unit(ONE), text=HERE, category="traffic", place="", words=HERE) for _ in range(2))
    chief = officer("CHIEF")
    assert [candidate.case for candidate in case_page.list_possible_duplicates(chief, left)] == [right], "control"
    merge_cases(code=left.code, into=right.code, officer=chief, version=None, now=left.opened_at)
    assert "Có thể cùng vụ" not in open_case_page(chief, left)


@pytest.mark.django_db
def test_few_are_read_however_many_are_open(officer: Make, unit: Make) -> None:
    left, *_rest = [open_case(unit(ONE), text=HERE, category="traffic", place="", words=HERE) for _ in range(12)]
    chief = officer("CHIEF")
    case_page.list_possible_duplicates(chief, left)
    with CaptureQueriesContext(connection) as asked:
        assert len(case_page.list_possible_duplicates(chief, left)) == 6
    assert len(asked) == 2, "the cases, and the reports of those few"


def build_side(text: str, **more: Any) -> CaseFeatures:
    base: dict[str, Any] = {"sensitive": False, "urgency": 1, "point": None}
    return CaseFeatures(fold_text(text), fold_text(text), "xa loc ha", **(base | more))


@pytest.mark.parametrize(
    ("left", "right", "because"),
    [
        (build_side(HERE), build_side(THERE), "words"),
        (build_side("Có nhóm thanh niên đánh nhau ở quán nhậu"), build_side("Đánh nhau ở chợ, có người cầm gậy"), ""),
        (build_side("Đốt rác khói mù ở Lộc Hà"), build_side("Nhà bên đốt rơm, ở Lộc Hà"), ""),
        (build_side("Nhận tiền ngày 26/11/2026 rồi mất"), build_side("Họp thôn 26/11/2026 bị phá"), ""),
        (build_side("Chuyển 5.000.000 cho nó"), build_side("Vay 5.000.000 không trả, 26112026"), ""),
        (build_side("Chuyển 5000000d hôm 26112026"), build_side("Đặt cọc 5000000d ngày 26112026"), ""),
        (build_side("xe 38A-12345 0912345678"), build_side("gọi 0912345678"), "number"),
        (build_side("x", point=(18.40, 105.90)), build_side("y", point=(18.405, 105.905)), "point"),
        (build_side(HERE, point=(18.40, 105.90)), build_side(THERE, point=(18.50, 105.90)), ""),
        (build_side(HERE, sensitive=True), build_side(THERE), ""),
        (build_side(HERE, sensitive=True, urgency=3), build_side(THERE), "words"),
    ],
)
def test_evidence_for_one_incident(left: CaseFeatures, right: CaseFeatures, because: str) -> None:
    assert find_reason(left, right) == find_reason(right, left) == because


@pytest.mark.django_db
def test_borders_are_mutual(unit: Make) -> None:
    every = {c.area_id for c in areas.get_directory().communes.values()}
    pairs = {(a, b) for a in every for b in areas.list_neighbours(a)}
    assert pairs and all((b, a) in pairs and a != b for a, b in pairs)
    assert sum(bool(areas.list_neighbours(a)) for a in every) == len(every), "no commune of Hà Tĩnh is an island"
