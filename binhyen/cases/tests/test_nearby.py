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
from binhyen.cases.queries.case_page import Similar
from binhyen.cases.queries.possible_duplicates import Side, why
from binhyen.cases.services.linking import merge, relate
from binhyen.cases.tests.scene import browser, open_case, url
from binhyen.channels.models import Message
from binhyen.kit.ids import show_code
from binhyen.kit.text import fold
from binhyen.language.entities import extract

Make = Callable[..., Any]
HERE = "Xe tải chở gỗ lật ở cầu Hộ Độ, gỗ đổ tràn ra đường"
THERE = "Có xe tải lật gần cầu Hộ Độ phía bên này, gỗ tràn khắp đường"
ONE = "18568"


def page(officer: Any, case: Any) -> str:
    return str(browser(officer).get(url(case)).content.decode())


@pytest.fixture
def two(unit: Make) -> tuple[Any, Any]:
    """Open a case in each of two adjacent communes."""
    beside = next(area for area in areas.beside(unit(ONE).area_id))
    code = areas.directory().commune_code_of_area(beside) or ""
    return tuple(
        open_case(unit(c), text=t, category="traffic", place="", words=t) for c, t in ((ONE, HERE), (code, THERE))
    )  # type: ignore[return-value]


@pytest.mark.django_db
def test_the_province_is_told_that_they_may_be_one_and_nothing_is_joined(two: tuple[Any, Any], officer: Make) -> None:
    one, other = two
    for role in ("PROVINCE_DUTY", "PROVINCE_STAFF"):
        for mine, theirs in ((one, other), (other, one)):
            shown = page(officer(role, "42"), mine)
            assert show_code(theirs.code) in shown and "xã bên, lời kể giống nhau" in shown
            assert f'name="into" value="{show_code(theirs.code)}"' not in shown, "cases of two units: no merge button"
    one.refresh_from_db()
    assert one.merged_into_id is None and not Relation.objects.exists()


@pytest.mark.django_db
def test_neither_commune_learns_of_the_others(two: tuple[Any, Any], officer: Make) -> None:
    one, other = two
    code = areas.directory().commune_code_of_area(other.commune_id)
    for mine, theirs, commune in ((one, other, ONE), (other, one, code)):
        for role in ("OFFICER", "CHIEF"):
            shown = page(officer(role, commune), mine)
            assert show_code(theirs.code) not in shown and theirs.code not in shown and "xã bên" not in shown


@pytest.mark.django_db
def test_not_even_when_the_province_links_them(two: tuple[Any, Any], officer: Make) -> None:
    one, other = two
    code = areas.directory().commune_code_of_area(other.commune_id)
    duty = officer("PROVINCE_DUTY", "42")
    relate(code=one.code, other=other.code, kind=Relation.Kind.RELATED, officer=duty, version=None, now=one.opened_at)
    for mine, theirs, commune in ((one, other, ONE), (other, one, code)):
        shown = page(officer("OFFICER", commune), mine)
        assert show_code(theirs.code) not in shown and theirs.code not in shown
    shown = page(duty, one)
    assert shown.count(show_code(other.code)) > 1, "the province reads it, also in the history"


@pytest.mark.django_db
def test_the_own_commune_comes_first_however_many_lie_beside_it(
    two: tuple[Any, Any], officer: Make, unit: Make
) -> None:
    one, other = two
    twin = open_case(unit(ONE), text=HERE, category="traffic", place="", words=HERE)
    for _ in range(case_page._MOST_COMPARED):
        open_case(other.unit, text="Xe hỏng giữa đường", category="traffic", place="", words="Xe hỏng giữa đường")
    assert case_page.similar(officer("PROVINCE_DUTY", "42"), one)[0] == Similar(twin, "words", here=True)


@pytest.mark.django_db
def test_control_without_the_filter_the_other_would_be_shown(
    two: tuple[Any, Any], officer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db.models import Q

    one, other = two
    monkeypatch.setattr(case_page.access, "cases", lambda *_, **__: Q())
    monkeypatch.setattr(case_page.access, "sight", lambda _: type("All", (), {"province": True})())
    assert (other.pk, "words") in [(each.case.pk, each.why) for each in case_page.similar(officer(), one)]


@pytest.mark.django_db
def test_what_only_happens_the_same_day_is_not_proposed(two: tuple[Any, Any], officer: Make, unit: Make) -> None:
    one, other = two
    neighbour = other.unit
    same_kind = open_case(
        neighbour,
        text="Hai xe máy va chạm trước trường học",
        category="traffic",
        place="",
        words="Hai xe máy va chạm trước trường học",
    )
    before = open_case(
        neighbour, text=THERE, category="traffic", place="", words=THERE, now=one.opened_at - dt.timedelta(hours=30)
    )
    areas_far = next(
        c for c in areas.directory().communes.values()
        if c.area_id != one.commune_id and c.area_id not in areas.beside(one.commune_id)
    )  # fmt: skip
    far = open_case(unit(areas_far.code), text=THERE, category="traffic", place="", words=THERE)
    found = [each.case.pk for each in case_page.similar(officer("PROVINCE_DUTY", "42"), one)]
    assert other.pk in found, "control"
    assert not {same_kind.pk, before.pk, far.pk} & set(found)


@pytest.mark.django_db
def test_it_is_one_statement_along_an_index(two: tuple[Any, Any], officer: Make) -> None:
    duty = officer("PROVINCE_DUTY", "42")
    case_page.similar(duty, two[0])
    with CaptureQueriesContext(connection) as asked:
        case_page.similar(duty, two[0])
    assert len(asked) == 1
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + asked.captured_queries[0]["sql"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert re.search(r"Index Cond: \(+(commune_id|category)\b", plan), plan


@pytest.mark.django_db
def test_of_one_commune_only_what_is_likely_one_is_proposed_with_its_reason(officer: Make, unit: Make) -> None:
    home, said = unit(ONE), "Cột đèn ở ngã ba Thạch Mỹ bị nghiêng sắp đổ xuống đường"
    lamp = open_case(home, text=said, category="traffic", place="", words=said)
    lorry = open_case(home, text="Xe ben quá tải chạy ầm ầm trên tỉnh lộ 9", category="traffic", place="")
    again = "Cột đèn nghiêng ở ngã ba Thạch Mỹ, sắp đổ rồi"
    same = open_case(home, text=again, category="traffic", place="", words=again)
    plate = open_case(home, text="Xe 38A12345 chở quá tải", category="traffic", place="")
    twin = open_case(home, text="Xe khách 38A12345 lạng lách", category="traffic", place="")
    for message in Message.objects.all():
        message.reading |= {"entities": [asdict(e) for e in extract(message.text, areas.gazetteer())]}
        message.save()
    mine = officer()
    assert [(each.case, each.here) for each in case_page.similar(mine, lamp)] == [(same, True)]
    assert show_code(same.code) in page(mine, lamp) and show_code(lorry.code) not in page(mine, lamp)
    found = {each.case: each.why for each in case_page.similar(mine, plate)}
    assert found[twin] == "number" and not {lamp, same} & found.keys()
    assert "cùng xã, cùng một số, cách nhau" in page(mine, plate)


@pytest.mark.django_db
def test_a_merged_case_is_not_offered_its_own_main_case(officer: Make, unit: Make) -> None:
    one, other = (open_case(unit(ONE), text=HERE, category="traffic", place="", words=HERE) for _ in range(2))
    chief = officer("CHIEF")
    assert [each.case for each in case_page.similar(chief, one)] == [other], "control"
    merge(code=one.code, into=other.code, officer=chief, version=None, now=one.opened_at)
    assert "Có thể cùng vụ" not in page(chief, one)


@pytest.mark.django_db
def test_few_are_read_however_many_are_open(officer: Make, unit: Make) -> None:
    one, *_rest = [open_case(unit(ONE), text=HERE, category="traffic", place="", words=HERE) for _ in range(12)]
    chief = officer("CHIEF")
    case_page.similar(chief, one)
    with CaptureQueriesContext(connection) as asked:
        assert len(case_page.similar(chief, one)) == 6
    assert len(asked) == 2, "the cases, and the reports of those few"


def side(text: str, **more: Any) -> Side:
    base: dict[str, Any] = {"sensitive": False, "urgency": 1, "point": None}
    return Side(fold(text), fold(text), "xa loc ha", **(base | more))


@pytest.mark.parametrize(
    ("one", "other", "because"),
    [
        (side(HERE), side(THERE), "words"),
        (side("Có nhóm thanh niên đánh nhau ở quán nhậu"), side("Đánh nhau ở chợ, có người cầm gậy"), ""),
        (side("Đốt rác khói mù ở Lộc Hà"), side("Nhà bên đốt rơm, ở Lộc Hà"), ""),
        (side("Nhận tiền ngày 26/11/2026 rồi mất"), side("Họp thôn 26/11/2026 bị phá"), ""),
        (side("Chuyển 5.000.000 cho nó"), side("Vay 5.000.000 không trả, 26112026"), ""),
        (side("Chuyển 5000000d hôm 26112026"), side("Đặt cọc 5000000d ngày 26112026"), ""),
        (side("xe 38A-12345 0912345678"), side("gọi 0912345678"), "number"),
        (side("x", point=(18.40, 105.90)), side("y", point=(18.405, 105.905)), "point"),
        (side(HERE, point=(18.40, 105.90)), side(THERE, point=(18.50, 105.90)), ""),
        (side(HERE, sensitive=True), side(THERE), ""),
        (side(HERE, sensitive=True, urgency=3), side(THERE), "words"),
    ],
)
def test_what_speaks_for_one_incident(one: Side, other: Side, because: str) -> None:
    assert why(one, other) == why(other, one) == because


@pytest.mark.django_db
def test_borders_are_mutual(unit: Make) -> None:
    every = {c.area_id for c in areas.directory().communes.values()}
    pairs = {(a, b) for a in every for b in areas.beside(a)}
    assert pairs and all((b, a) in pairs and a != b for a, b in pairs)
    assert sum(bool(areas.beside(a)) for a in every) == len(every), "no commune of Hà Tĩnh is an island"
