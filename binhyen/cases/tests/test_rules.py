"""The pure rules of a case at their boundary values."""

import datetime as dt
from calendar import monthrange
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from binhyen.cases.choices import DECISIONS, DEEDS, Grade, Lane, Outcome, State
from binhyen.cases.kinds import all_kinds, kind
from binhyen.cases.kinds.base import Deadline, Longer
from binhyen.cases.rules import (
    TRANSITIONS,
    Facts,
    Ladder,
    Late,
    NotAllowed,
    Stage,
    alarm_starts,
    check_outcome,
    check_state,
    check_worth,
    deadline,
    deeds,
    first_told,
    next_states,
    next_step,
    next_term,
    outcomes,
    prolong,
    reopens,
    tell_late,
    who_prolongs,
)
from binhyen.kit.clock import VIETNAM
from binhyen.people.roles import ABILITIES, May, Role

NOW = dt.datetime(2026, 11, 27, 5, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
LADDER = Ladder(chief=120, province=300)
TIP = kind("tip")


def refused(check: Callable[..., None], *args: Any, **more: Any) -> bool:
    try:
        check(*args, **more)
    except NotAllowed:
        return True
    return False


@pytest.mark.parametrize(("state", "lane"), list(product(State, Lane)))
def test_exactly_the_table_may_be_chosen_by_hand(state: State, lane: Lane) -> None:
    facts = Facts(TIP, lane, state)
    for to in State:
        by_hand = to in TRANSITIONS[state] and to not in (State.CLOSED, State.MERGED)
        allowed = by_hand and (to is not State.PASSED_ON or lane is Lane.CRIME_REPORT)
        assert refused(check_state, facts, to) is not allowed, (state, to, lane)


@pytest.mark.parametrize(("state", "lane", "decides"), list(product(State, Lane, (True, False))))
def test_a_decision_is_an_investigators_and_only_after_passing_on(state: State, lane: Lane, decides: bool) -> None:
    facts = Facts(TIP, lane, state)
    decision_time = lane is Lane.CRIME_REPORT and state is State.PASSED_ON
    for outcome in Outcome:
        known = outcome in TIP.outcomes and State.CLOSED in TRANSITIONS[state]
        allowed = known and (outcome in DECISIONS) == decision_time and (decides or not decision_time)
        told = {"decides": decides, "summary": "Đã giải quyết.", "proved": True}
        assert refused(check_outcome, facts, outcome, **told) is not allowed, (state, lane, outcome)


@pytest.mark.parametrize(("summary", "allowed"), [("", False), ("   Xong  ", False), ("Xong.", True), ("Xongạ", True)])
def test_a_result_is_five_characters_at_least(summary: str, allowed: bool) -> None:
    facts = Facts(TIP, Lane.REFLECTION, State.WORKING)
    assert refused(check_outcome, facts, Outcome.ANSWERED, decides=False, summary=summary, proved=False) is not allowed


@pytest.mark.parametrize("state", [State.WORKING, State.PASSED_ON])
def test_a_deed_is_believed_by_what_proves_it(state: State) -> None:
    facts = Facts(TIP, Lane.CRIME_REPORT, state)
    for outcome in outcomes(facts, decides=True):
        told = {"decides": True, "summary": "Đã giải quyết."}
        assert refused(check_outcome, facts, outcome, **told, proved=False) is (outcome in DEEDS), outcome
        assert not refused(check_outcome, facts, outcome, **told, proved=True), outcome
    assert set(Outcome) - DEEDS == {Outcome.ANSWERED, Outcome.UNFOUNDED, Outcome.NOT_FOUND, Outcome.NO_ACTION}


def test_what_is_untrue_is_not_valuable() -> None:
    both = [(outcome, grade) for outcome in ("", *Outcome) for grade in Grade if refused(check_worth, outcome, grade)]
    assert both == [(Outcome.UNFOUNDED, Grade.VALUABLE)]


def test_an_alarm_starts_with_danger_and_goes_up_from_its_start() -> None:
    assert [alarm_starts(urgency) for urgency in (0, 1, 2, 3)] == [False, False, False, True]
    steps = [next_step(stage, opened_at=NOW, ladder=LADDER) for stage in (Stage.OFFICERS, Stage.CHIEF, Stage.PROVINCE)]
    assert steps == [NOW + 120 * SECOND, NOW + 300 * SECOND, None]


def test_three_days_to_the_second_reopen() -> None:
    three = dt.timedelta(days=3)
    assert reopens(State.CLOSED, closed_at=NOW - three, now=NOW)
    assert not reopens(State.CLOSED, closed_at=NOW - three - SECOND, now=NOW)
    assert not reopens(State.CLOSED, closed_at=None, now=NOW)
    assert not any(reopens(state, closed_at=NOW, now=NOW) for state in State if state is not State.CLOSED)


# Allowed actions.

OPEN_ONLY = {"acknowledge", "take", "set_state", "hand_on", "ask", "merge", "correct", "set_place"}
EVERYTHING = OPEN_ONLY | {"close", "reply", "note", "relate", "grade", "evidence", "identity"}
ALWAYS = EVERYTHING - OPEN_ONLY - {"close"}


def of(role: Role, state: State, *, lane: Lane = Lane.REFLECTION, code: str = "tip", **more: bool) -> set[str]:
    standing = {"own": False, "reported": True, "heard": True, "late": False} | more
    return set(deeds(Facts(kind(code), lane, state), ABILITIES[role], **standing))


CRIME = Lane.CRIME_REPORT
TABLE = [
    (of(Role.OFFICER, State.NEW), EVERYTHING),
    (of(Role.OFFICER, State.NEW, own=True, reported=False), EVERYTHING - {"acknowledge", "take"}),
    (of(Role.OFFICER, State.WORKING, heard=False), EVERYTHING - {"reply", "ask"}),
    (of(Role.OFFICER, State.CLOSED), ALWAYS | {"reopen"}),
    (of(Role.OFFICER, State.MERGED), ALWAYS),
    (of(Role.OFFICER, State.PASSED_ON, lane=CRIME), EVERYTHING - {"close"}),
    (of(Role.CHIEF, State.PASSED_ON, lane=CRIME), EVERYTHING - {"close"}),
    (of(Role.PROVINCE_DUTY, State.PASSED_ON, lane=CRIME), EVERYTHING),
    (of(Role.OFFICER, State.NEW, code="petition"), EVERYTHING - {"grade"}),
    (of(Role.PROVINCE_DUTY, State.NEW, code="sealed_tip"), EVERYTHING - {"set_place", "identity", "merge"}),
    (
        of(Role.OFFICER, State.NEW, code="sealed_tip", reads=False),
        EVERYTHING - {"set_place", "identity", "merge", "close", "grade", "correct"},
    ),
    (of(Role.PROVINCE_STAFF, State.NEW), {"hand_on"}),
    (of(Role.PROVINCE_STAFF, State.CLOSED), set()),
    (of(Role.VILLAGE_TEAM, State.NEW), {"note"}),
    (of(Role.VILLAGE_TEAM, State.NEW, own=True), {"note", "evidence"}),
    (of(Role.VILLAGE_TEAM, State.WORKING, own=True, late=True), {"note", "evidence", "heard_late"}),
    (of(Role.INSPECTOR, State.NEW), set()),
]


@pytest.mark.parametrize(("found", "expected"), TABLE)
def test_what_may_be_done(found: set[str], expected: set[str]) -> None:
    assert found == expected


@pytest.mark.parametrize("facts", [Facts(k, lane, s) for k in all_kinds().values() for lane in Lane for s in State])
def test_nothing_is_offered_that_the_rules_refuse(facts: Facts) -> None:
    for role in Role:
        may = deeds(facts, ABILITIES[role], own=False, reported=True, heard=True)
        assert ("close" not in may) or outcomes(facts, decides=May.DECIDE in ABILITIES[role])
        assert ("set_state" not in may) or next_states(facts)


# Expired clocks.

TERMS = [d for k in all_kinds().values() for d in k.deadlines]
REACH = Ladder(chief=300, province=600)


@hypothesis(max_examples=300, deadline=None)
@given(st.sampled_from(TERMS), st.integers(0, 60 * 24 * 40), st.sampled_from((Late.QUIET, Late.OFFICERS, Late.CHIEF)))
def test_told_before_at_the_end_and_upwards_within_a_quarter(term: Deadline, behind: int, heard: Late) -> None:
    """However late the check starts: one step at a time, in order, up to the highest level of the term."""
    due = NOW + dt.timedelta(days=20)
    now, stage = first_told(term, due) + dt.timedelta(minutes=behind), Late.QUIET
    late_since: dt.datetime | None = None
    seen: list[Late] = []
    told: dt.datetime | None = now
    while told is not None:
        now = told
        before = stage
        mine = heard if stage >= Late.OFFICERS else Late.QUIET
        stage, told = tell_late(term, stage, due_at=due, heard=mine, ladder=REACH, now=now)
        assert stage - before <= 1 or before <= Late.SOON
        assert told is None or told > now
        seen.append(stage)
        late_since = late_since or (now if stage >= Late.OFFICERS else None)
    assert late_since is not None and now - late_since <= dt.timedelta(minutes=15)
    if behind == 0:
        assert seen.count(Late.SOON) == len(term.warns)
    top = Late.OFFICERS if heard >= Late.CHIEF else Late.PROVINCE if term.legal else Late.CHIEF
    assert seen[-1] is top and seen == sorted(seen)


def test_by_law_the_day_twenty_report_is_told_on_days_ten_fifteen_and_eighteen() -> None:
    term = deadline(TIP, Lane.CRIME_REPORT, "decide")
    assert term is not None and [20 - hours / 24 for hours in term.warns] == [10, 15, 18]
    assert deadline(TIP, Lane.REFLECTION, "decide") is None


@hypothesis(max_examples=2000, deadline=None)
@given(st.integers(0, 14 * 366 * 24 * 60).map(lambda minutes: NOW + dt.timedelta(minutes=minutes)), st.integers(0, 14))
def test_months_of_a_prolonged_term_against_counting_days(end: dt.datetime, months: int) -> None:
    """The oracle counts months one by one."""
    local = end.astimezone(VIETNAM)
    year, month = local.year, local.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    found = prolong(Longer(months=months), local)
    assert (found.year, found.month) == (year, month)
    assert found.day == min(local.day, monthrange(year, month)[1]) and found.timetz() == local.timetz()
    assert prolong(Longer(days=30), end) - end == dt.timedelta(days=30)


@pytest.mark.parametrize(
    ("lane", "times", "who"), [(Lane.CRIME_REPORT, 2, May.DECIDE), (Lane.DENUNCIATION, 2, May.ASSIGN), (Lane.COMPLAINT, 1, May.ASSIGN)]
)  # fmt: skip
def test_who_may_prolong_and_how_often(lane: Lane, times: int, who: May) -> None:
    found = TIP if lane is Lane.CRIME_REPORT else kind("petition")
    term = deadline(found, lane, "decide" if lane is Lane.CRIME_REPORT else "resolve")
    assert [next_term(term, n) is not None for n in range(times + 1)] == [True] * times + [False]
    assert who_prolongs(lane) is who and next_term(None, 0) is None
