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
from binhyen.cases.queries.possible_duplicates import Told, heaps
from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import browser, url
from binhyen.intake.tests.telling import Person, people, say
from binhyen.kit.ids import read_code, show_code

MINUTE = dt.timedelta(minutes=1)
FIRE = (
    "Cháy to lắm ở xã Lộc Hà các chú ơi", "chay nha o xa loc ha", "Có đám cháy ở xã Lộc Hà, khói đen kịt",
    "Cháy rồi, xe cứu hoả mau lên, xã Lộc Hà đây", "nhà ai cháy ở xã lộc hà to lắm", "chay lon qua o xa loc ha cuu voi",
)  # fmt: skip
HUSBAND = "Chồng em đang cầm dao đuổi em, em trốn trong buồng ở xã Lộc Hà"


@pytest.fixture
def crowd(now: dt.datetime) -> list[Person]:
    told = people(len(FIRE))
    for n, (who, words) in enumerate(zip(told, FIRE, strict=True)):
        say((who, words), at=now + n * dt.timedelta(seconds=20))
    return told


def ringing() -> set[str]:
    return set(Alarm.objects.filter(acknowledged_at=None).values_list("case__code", flat=True))


def heap(page: str) -> str:
    return page.partition('class="alarm-more"')[2].partition("</div>")[0]


def boxes(page: str) -> list[str]:
    return re.findall(r'name="into" value="([^"]+/\d+)"', page)


@pytest.mark.django_db
def test_one_fire_told_by_many_is_one_line_of_the_desk_and_one_case_after_it(
    crowd: list[Person], officer: Any, now: dt.datetime
) -> None:
    desk, codes = browser(officer()), ringing()
    assert len(codes) >= 4, "each raises an alarm: similarity alone never joins reports"
    page = desk.get("/ban-truc").content.decode()
    assert page.count('class="alarm"') == 1 and f'data-alarms="{len(codes)}"' in page
    assert heap(page).count("data-alarm=") == len(codes) - 1, "the others raise an alarm in the desk's script too"
    for words in FIRE[1:]:
        if Case.objects.filter(snippet=words, code__in=codes).exists():
            assert f"«{words}»" in unescape(heap(page)), "and each is read before it is merged"
    first = crowd[0].case()
    assert f'href="/vu-viec/{show_code(first.code)}#gop"' in page
    shown = desk.get(url(first)).content.decode()
    listed = {read_code(box.partition("/")[0]) for box in boxes(shown)}
    assert listed >= codes - {first.code}, "and reports without danger words are there too"
    assert "checked" not in shown.partition('id="gop"')[2].partition("</form>")[0], "no box is pre-selected"
    told = {"version": first.version, "into": boxes(shown)}
    assert desk.post(url(first, "gop-ve"), told).status_code == 303
    assert ringing() == {first.code}
    officer_actions.answer(code=first.code, officer=officer(), text="Xe cứu hoả đã đến.", version=None, now=now)
    assert all(any("Xe cứu hoả" in heard for heard in who.heard()) for who in crowd), "every reporter gets a message"


@pytest.mark.django_db
def test_what_got_worse_while_it_was_read_is_not_merged_unread(
    crowd: list[Person], officer: Any, now: dt.datetime
) -> None:
    desk, first, late = browser(officer()), crowd[0].case(), crowd[-1]
    shown = desk.get(url(first)).content.decode()
    say((late, "Có người mắc kẹt trên tầng hai, kêu cứu"), at=now + 5 * MINUTE)
    refused = desk.post(url(first, "gop-ve"), {"version": first.version, "into": boxes(shown)})
    assert refused.status_code == 422 and "vừa có lời mới" in refused.content.decode()
    assert ringing() == {first.code, late.case().code}, "the others are merged"


@pytest.mark.django_db
def test_another_danger_of_the_hamlet_stands_by_itself_or_is_read(
    crowd: list[Person], officer: Any, now: dt.datetime
) -> None:
    wife = people(1)[0]
    say((wife, HUSBAND), at=now + 3 * MINUTE)
    page = unescape(browser(officer()).get("/ban-truc").content.decode())
    assert f"«{HUSBAND}»" in page and wife.case().code in ringing()


CODES = st.sampled_from("ABCDEFGH")
_DAY = dt.datetime(2026, 11, 27)  # noqa: DTZ001 - Hypothesis adds the zone
NOON = dt.datetime(2026, 11, 27, 5, tzinfo=dt.UTC)
TOLD = st.builds(
    Told, CODES, CODES | st.just(""), st.sampled_from(("fire", "violence")), st.sampled_from((1, 2, None)),
    st.datetimes(min_value=_DAY, max_value=_DAY + dt.timedelta(hours=4), timezones=st.just(dt.UTC)),
)  # fmt: skip


@given(st.lists(TOLD, unique_by=lambda told: told.code))
def test_heaps_are_what_hangs_together(cases: list[Told]) -> None:
    found, order = heaps(cases), [case.code for case in cases]
    assert sorted(code for each in found for code in each) == sorted(order), "every reporter once"
    where = {code: n for n, each in enumerate(found) for code in each}
    for case in cases:
        if case.near in where:
            assert where[case.code] == where[case.near]
    assert all(each == sorted(each, key=order.index) for each in found)
    assert [each[0] for each in found] == sorted((each[0] for each in found), key=order.index)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("A>X, B, C>X", "AC B"),  # two that are proposed for one without an alarm
        ("fire A, fire B", "AB"), ("fire A, fire B +31", "A B"), ("fire A, fire B +29, fire C +58", "ABC"),
        ("violence A, violence B", "A B"),  # a husband, and youths
        ("fire A, fire B elsewhere", "A B"), ("fire A nowhere, fire B nowhere", "A B"),
    ],
)  # fmt: skip
def test_what_a_whole_hamlet_tells_of_is_read_side_by_side(told: str, found: str) -> None:
    communes = {"elsewhere": 2, "nowhere": None}
    cases = []
    for n, words in enumerate(each.split() for each in told.split(", ")):
        code, _offer, near = next(w for w in words if w[0].isupper()).partition(">")
        later = next((int(w) for w in words if w.startswith("+")), n)
        place = next((communes[w] for w in words if w in communes), 1)
        kind = next((w for w in words if w in ("fire", "violence")), "other")
        cases.append(Told(code, near, kind, place, NOON + later * MINUTE))
    assert " ".join("".join(each) for each in heaps(cases)) == found
