"""A market burns and many people send vague reports: each raises an alarm, and the desk reads and merges them in one
step."""

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.cases.models import Alarm, Case
from binhyen.cases.queries.duplicates import ClusterCase, cluster_cases
from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import build_case_url, sign_in_browser
from binhyen.intake.tests.chat_reports import ChatPerson, create_people, run_pipeline
from binhyen.kit.ids import format_code, normalize_code

MINUTE = dt.timedelta(minutes=1)
FIRE = (
    "Cháy to lắm ở xã Lộc Hà các chú ơi",
    "chay nha o xa loc ha",
    "Có đám cháy ở xã Lộc Hà, khói đen kịt",
    "Cháy rồi, xe cứu hoả mau lên, xã Lộc Hà đây",
    "nhà ai cháy ở xã lộc hà to lắm",
    "chay lon qua o xa loc ha cuu voi",
)
HUSBAND = "Chồng em đang cầm dao đuổi em, em trốn trong buồng ở xã Lộc Hà"


@pytest.fixture
def crowd(now: dt.datetime) -> list[ChatPerson]:
    reporters = create_people(len(FIRE))
    for n, (reporter, words) in enumerate(zip(reporters, FIRE, strict=True)):
        run_pipeline((reporter, words), moment=now + n * dt.timedelta(seconds=20))
    return reporters


def list_alarmed() -> set[str]:
    return set(Alarm.objects.filter(acknowledged_at=None).values_list("case__code", flat=True))


def read_heap(page: str) -> str:
    return page.partition('class="alarm-more"')[2].partition("</div>")[0]


def list_boxes(page: str) -> list[str]:
    return re.findall(r'name="into" value="([^"]+/\d+)"', page)


@pytest.mark.django_db
def test_many_reports_of_one_fire_are_one_row_and_one_case_after_merging(
    crowd: list[ChatPerson], officer: Any, now: dt.datetime
) -> None:
    desk, codes = sign_in_browser(officer()), list_alarmed()
    assert len(codes) >= 4, "each raises an alarm: similarity alone never joins reports"
    page = desk.get("/ban-truc").content.decode()
    assert page.count('class="alarm"') == 1 and f'data-alarms="{len(codes)}"' in page
    assert read_heap(page).count("data-alarm=") == len(codes) - 1, "the others raise an alarm in the desk's script too"
    for words in FIRE[1:]:
        if Case.objects.filter(snippet=words, code__in=codes).exists():
            assert f"«{words}»" in unescape(read_heap(page)), "and each is read before it is merged"
    first = crowd[0].case()
    assert f'href="/vu-viec/{format_code(first.code)}#gop"' in page
    shown = desk.get(build_case_url(first)).content.decode()
    listed = {normalize_code(box.partition("/")[0]) for box in list_boxes(shown)}
    assert listed >= codes - {first.code}, "and reports without danger words are there too"
    assert "checked" not in shown.partition('id="gop"')[2].partition("</form>")[0], "no box is pre-selected"
    payload = {"version": first.version, "into": list_boxes(shown)}
    assert desk.post(build_case_url(first, "gop-ve"), payload).status_code == 303
    assert list_alarmed() == {first.code}
    officer_actions.answer_reporters(
        code=first.code, officer=officer(), text="Xe cứu hoả đã đến.", version=None, now=now
    )
    assert all(any("Xe cứu hoả" in received for received in reporter.list_received()) for reporter in crowd), (
        "every reporter gets a message"
    )


@pytest.mark.django_db
def test_reports_that_got_worse_meanwhile_are_not_merged_unread(
    crowd: list[ChatPerson], officer: Any, now: dt.datetime
) -> None:
    desk, first, late = sign_in_browser(officer()), crowd[0].case(), crowd[-1]
    shown = desk.get(build_case_url(first)).content.decode()
    run_pipeline((late, "Có người mắc kẹt trên tầng hai, kêu cứu"), moment=now + 5 * MINUTE)
    refused = desk.post(build_case_url(first, "gop-ve"), {"version": first.version, "into": list_boxes(shown)})
    assert refused.status_code == 422 and "vừa có lời mới" in refused.content.decode()
    assert list_alarmed() == {first.code, late.case().code}, "the others are merged"


@pytest.mark.django_db
def test_another_danger_of_the_hamlet_is_separate_or_is_read(
    crowd: list[ChatPerson], officer: Any, now: dt.datetime
) -> None:
    wife = create_people(1)[0]
    run_pipeline((wife, HUSBAND), moment=now + 3 * MINUTE)
    page = unescape(sign_in_browser(officer()).get("/ban-truc").content.decode())
    assert f"«{HUSBAND}»" in page and wife.case().code in list_alarmed()


CODES = st.sampled_from("ABCDEFGH")
_DAY = dt.datetime(2026, 11, 27)  # noqa: DTZ001 - Hypothesis adds the zone
NOON = dt.datetime(2026, 11, 27, 5, tzinfo=dt.UTC)
CASES = st.builds(
    ClusterCase,
    CODES,
    CODES | st.just(""),
    st.sampled_from(("fire", "violence")),
    st.sampled_from((1, 2, None)),
    st.datetimes(min_value=_DAY, max_value=_DAY + dt.timedelta(hours=4), timezones=st.just(dt.UTC)),
)


@given(st.lists(CASES, unique_by=lambda case: case.code))
def test_piles_are_connected_components(cases: list[ClusterCase]) -> None:
    groups, order = cluster_cases(cases), [case.code for case in cases]
    assert sorted(code for entry in groups for code in entry) == sorted(order), "every reporter once"
    where = {code: n for n, entry in enumerate(groups) for code in entry}
    for case in cases:
        if case.near in where:
            assert where[case.code] == where[case.near]
    assert all(entry == sorted(entry, key=order.index) for entry in groups)
    assert [entry[0] for entry in groups] == sorted((entry[0] for entry in groups), key=order.index)


@pytest.mark.parametrize(
    ("reports", "expected_groups"),
    [
        ("A>X, B, C>X", "AC B"),  # two that are proposed for one without an alarm
        ("fire A, fire B", "AB"),
        ("fire A, fire B +31", "A B"),
        ("fire A, fire B +29, fire C +58", "ABC"),
        ("violence A, violence B", "A B"),  # a husband, and youths
        ("fire A, fire B elsewhere", "A B"),
        ("fire A nowhere, fire B nowhere", "A B"),
    ],
)
def test_reports_of_a_whole_hamlet_are_read_side_by_side(reports: str, expected_groups: str) -> None:
    communes = {"elsewhere": 2, "nowhere": None}
    cases = []
    for n, words in enumerate(line.split() for line in reports.split(", ")):
        code, _offer, near = next(w for w in words if w[0].isupper()).partition(">")
        later = next((int(w) for w in words if w.startswith("+")), n)
        place = next((communes[w] for w in words if w in communes), 1)
        kind = next((w for w in words if w in ("fire", "violence")), "other")
        cases.append(ClusterCase(code, near, kind, place, NOON + later * MINUTE))
    assert " ".join("".join(line) for line in cluster_cases(cases)) == expected_groups
