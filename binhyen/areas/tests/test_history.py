"""Same territory and successor units: by table and by thousands of generated histories."""

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from binhyen.areas.loading import read_unit_files
from binhyen.areas.rules.history import (
    Edge,
    History,
    RowRejected,
    ValidityPeriod,
    Version,
    check_history,
    find_communes_on_day,
    find_identities,
    is_in_interval,
)

D = dt.date
START, MID, LATE = D(2020, 1, 1), D(2025, 7, 1), D(2026, 8, 4)


def make_version(uid: str, start: dt.date | None = None, end: dt.date | None = None, **more: object) -> Version:
    code = uid.partition("-")[0]
    fields = {
        "code": code,
        "level": 3,
        "type": "xa",
        "name": uid,
        "full_name": f"Xã {uid}",
    } | more
    return Version(uid=uid, valid_from=start, valid_to=end, where=f"test.csv:{uid}", **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("edges", "joined"),
    [
        ([Edge("1-a", "2-a", MID)], True),  # renamed
        ([Edge("1-a", "2-a", MID, whole=False)], False),  # only a part
        ([Edge("1-a", "2-a", MID), Edge("3-a", "2-a", MID)], False),  # merger
        ([Edge("1-a", "2-a", MID), Edge("1-a", "4-a", MID)], False),  # split
        ([Edge("1-a", "2-a", MID), Edge("3-a", "2-a", LATE)], True),  # grew later, retains its version
        ([Edge("1-a", "2-a", START)], False),  # not on the day of the change
    ],
)
def test_same_ground(edges: list[Edge], joined: bool) -> None:
    versions = [
        make_version("1-a", None, MID),
        make_version("2-a", MID),
        make_version("3-a", None, LATE if any(e.day == LATE for e in edges) else MID),
        make_version("4-a", MID),
    ]
    assert (find_identities(versions, edges)["2-a"] == "1-a") is joined


def test_real_history_keeps_only_two_communes_of_ha_tinh_on_2025_07_01() -> None:
    files = read_unit_files()
    first = find_identities(files.versions, files.edges)
    today = [v for v in files.versions if v.code in files.points and v.valid_to is None and v.level == 3]
    assert len(today) == 69
    assert {v.full_name for v in today if first[v.uid] != v.uid} == {"Xã Sơn Kim 1", "Xã Sơn Kim 2"}


@pytest.mark.parametrize(
    ("versions", "edges", "reason"),
    [
        ([make_version("1-a"), make_version("1-a")], [], "stands twice"),
        ([make_version("1-a", MID, MID)], [], "ends before it begins"),
        ([make_version("1-a", parent_uid="9-a")], [], "unknown"),
        ([make_version("1-a"), make_version("2-a", parent_uid="1-a")], [], "not above it"),
        ([make_version("1-a", None, LATE), make_version("1-b", MID)], [], "overlaps"),
        ([make_version("1-a")], [Edge("1-a", "7-a", MID, where="x:1")], "unknown"),
    ],
)
def test_impossible_rows_are_refused_with_their_line(versions: list[Version], edges: list[Edge], reason: str) -> None:
    with pytest.raises(RowRejected, match=reason) as refused:
        check_history(versions, edges)
    assert ":" in refused.value.where


def test_touching_intervals_are_fine() -> None:
    check_history([make_version("1-a", None, MID), make_version("1-b", MID)], [])


@given(
    cuts=st.lists(st.dates(D(2000, 1, 1), D(2030, 1, 1)), min_size=1, max_size=6, unique=True),
    day=st.dates(D(1990, 1, 1), D(2040, 1, 1)),
)
def test_every_day_belongs_to_exactly_one_version(cuts: list[dt.date], day: dt.date) -> None:
    borders: list[dt.date | None] = [None, *sorted(cuts), None]
    spells = list(pairwise(borders))
    assert sum(is_in_interval(a, b, day) for a, b in spells) == 1
    check_history([make_version(f"1-{i}", a, b) for i, (a, b) in enumerate(spells)], [])


@st.composite
def draw_reforms(draw: st.DrawFn) -> tuple[History, set[int]]:
    """Generate reforms: old communes 0..n-1 each pass to one to three of the new communes 100.., all of which are valid
    today."""
    old = draw(st.integers(1, 8))
    new = draw(st.integers(1, 4))
    became = {
        area: [(MID, 100 + to) for to in draw(st.lists(st.integers(0, new - 1), min_size=1, max_size=3, unique=True))]
        for area in range(old)
    }
    spells = {area: [ValidityPeriod(None, MID, None)] for area in range(old)}
    spells |= {100 + to: [ValidityPeriod(MID, None, None)] for to in range(new)}
    levels = dict.fromkeys(spells, 3)
    return History(levels, spells, became), set(range(old))


@given(draw_reforms())
def test_every_old_unit_reaches_its_successors_only(reform: tuple[History, set[int]]) -> None:
    history, old = reform
    for area in old:
        assert find_communes_on_day(area, LATE, history) == {new for _, new in history.became[area]}
        assert find_communes_on_day(area, START, history) == {area}


@given(draw_reforms(), st.integers(0, 7))
def test_a_cycle_by_mistake_ends(reform: tuple[History, set[int]], at: int) -> None:
    history, _ = reform
    became = dict(history.became) | {at: [(MID, at)]}
    spells = dict(history.periods) | {at: [ValidityPeriod(None, MID, None)]}
    assert find_communes_on_day(at, LATE, History(dict(history.levels) | {at: 3}, spells, became)) == frozenset()


def test_a_village_cuts_through_a_split() -> None:
    history = History(
        {1: 3, 10: 3, 11: 3, 5: 4},
        {
            1: [ValidityPeriod(None, MID, None)],
            10: [ValidityPeriod(MID, None, None)],
            11: [ValidityPeriod(MID, None, None)],
            5: [ValidityPeriod(None, MID, 1), ValidityPeriod(MID, None, 11)],
        },
        {1: [(MID, 10), (MID, 11)]},
    )
    assert find_communes_on_day(1, LATE, history) == {10, 11}
    assert find_communes_on_day(5, LATE, history) == {11}
    assert find_communes_on_day(5, START, history) == {1}


def test_a_closed_village_answers_through_its_last_commune() -> None:
    history = History({1: 3, 5: 4}, {1: [ValidityPeriod(None, None, None)], 5: [ValidityPeriod(None, MID, 1)]})
    assert find_communes_on_day(5, LATE, history) == {1}
