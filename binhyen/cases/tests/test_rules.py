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

from binhyen.cases.choices import DECISIONS, PROOF_REQUIRED_OUTCOMES, Grade, Lane, Outcome, State
from binhyen.cases.kinds import Deadline, DeadlineExtension, get_case_kinds, get_kind
from binhyen.cases.rules import (
    TRANSITIONS,
    AlarmLevel,
    CaseStatus,
    EscalationDelays,
    NotAllowed,
    OverdueLevel,
    allowed_actions,
    check_grade,
    check_outcome,
    check_state,
    compute_extended_deadline,
    compute_first_reminder,
    decide_overdue_notice,
    find_deadline,
    get_extension_permission,
    get_next_escalation,
    get_next_extension,
    list_next_states,
    list_outcomes,
    should_alarm,
    should_reopen,
)
from binhyen.kit.clock import VIETNAM
from binhyen.people.roles import ABILITIES, Permission, Role

NOW = dt.datetime(2026, 11, 27, 5, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
LADDER = EscalationDelays(chief=120, province=300)
TIP = get_kind("tip")


def is_refused(check: Callable[..., None], *args: Any, **more: Any) -> bool:
    try:
        check(*args, **more)
    except NotAllowed:
        return True
    return False


@pytest.mark.parametrize(("state", "lane"), list(product(State, Lane)))
def test_exactly_the_listed_transitions_may_be_chosen_manually(state: State, lane: Lane) -> None:
    facts = CaseStatus(TIP, lane, state)
    for to in State:
        by_hand = to in TRANSITIONS[state] and to not in (State.CLOSED, State.MERGED)
        allowed = by_hand and (to is not State.PASSED_ON or lane is Lane.CRIME_REPORT)
        assert is_refused(check_state, facts, to) is not allowed, (state, to, lane)


@pytest.mark.parametrize(("state", "lane", "decides"), list(product(State, Lane, (True, False))))
def test_a_decision_is_an_investigators_and_only_after_passing_on(state: State, lane: Lane, decides: bool) -> None:
    facts = CaseStatus(TIP, lane, state)
    decision_time = lane is Lane.CRIME_REPORT and state is State.PASSED_ON
    for outcome in Outcome:
        expected = outcome in TIP.outcomes and State.CLOSED in TRANSITIONS[state]
        allowed = expected and (outcome in DECISIONS) == decision_time and (decides or not decision_time)
        payload = {"can_decide": decides, "summary": "Đã giải quyết.", "has_proof": True}
        assert is_refused(check_outcome, facts, outcome, **payload) is not allowed, (state, lane, outcome)


@pytest.mark.parametrize(("summary", "allowed"), [("", False), ("   Xong  ", False), ("Xong.", True), ("Xongạ", True)])
def test_a_result_is_five_characters_at_least(summary: str, allowed: bool) -> None:
    facts = CaseStatus(TIP, Lane.REFLECTION, State.WORKING)
    assert (
        is_refused(check_outcome, facts, Outcome.ANSWERED, can_decide=False, summary=summary, has_proof=False)
        is not allowed
    )


@pytest.mark.parametrize("state", [State.WORKING, State.PASSED_ON])
def test_an_action_is_valid_with_its_evidence(state: State) -> None:
    facts = CaseStatus(TIP, Lane.CRIME_REPORT, state)
    for outcome in list_outcomes(facts, can_decide=True):
        payload = {"can_decide": True, "summary": "Đã giải quyết."}
        assert is_refused(check_outcome, facts, outcome, **payload, has_proof=False) is (
            outcome in PROOF_REQUIRED_OUTCOMES
        ), outcome
        assert not is_refused(check_outcome, facts, outcome, **payload, has_proof=True), outcome
    assert set(Outcome) - PROOF_REQUIRED_OUTCOMES == {
        Outcome.ANSWERED,
        Outcome.CAME_HOME,
        Outcome.NO_WEAPON,
        Outcome.WAS_ELSEWHERE,
        Outcome.UNFOUNDED,
        Outcome.NOT_FOUND,
        Outcome.NO_ACTION,
        Outcome.RETURNED_ELSEWHERE,
        Outcome.WITHDRAWN,
    }


def test_untrue_reports_are_not_valuable() -> None:
    both = [
        (outcome, grade) for outcome in ("", *Outcome) for grade in Grade if is_refused(check_grade, outcome, grade)
    ]
    assert both == [(Outcome.UNFOUNDED, Grade.VALUABLE)]


def test_an_alarm_starts_with_danger_and_escalates_from_its_start() -> None:
    assert [should_alarm(urgency) for urgency in (0, 1, 2, 3)] == [False, False, False, True]
    steps = [
        get_next_escalation(stage, opened_at=NOW, delays=LADDER)
        for stage in (AlarmLevel.OFFICERS, AlarmLevel.CHIEF, AlarmLevel.PROVINCE)
    ]
    assert steps == [NOW + 120 * SECOND, NOW + 300 * SECOND, None]


def test_three_days_to_the_second_reopen() -> None:
    three = dt.timedelta(days=3)
    assert should_reopen(State.CLOSED, closed_at=NOW - three, now=NOW)
    assert not should_reopen(State.CLOSED, closed_at=NOW - three - SECOND, now=NOW)
    assert not should_reopen(State.CLOSED, closed_at=None, now=NOW)
    assert not any(should_reopen(state, closed_at=NOW, now=NOW) for state in State if state is not State.CLOSED)


# Allowed actions.

OPEN_ONLY = {"acknowledge", "take", "set_state", "hand_on", "ask", "merge", "correct", "set_place", "set_pin"}
EVERYTHING = OPEN_ONLY | {"close", "reply", "note", "relate", "grade", "evidence", "identity"}
ALWAYS = EVERYTHING - OPEN_ONLY - {"close"}


def list_actions(
    role: Role, state: State, *, lane: Lane = Lane.REFLECTION, code: str = "tip", **more: bool
) -> set[str]:
    standing = {"is_own": False, "can_acknowledge": True, "can_reply": True, "has_overdue": False} | more
    return set(allowed_actions(CaseStatus(get_kind(code), lane, state), ABILITIES[role], **standing))


CRIME = Lane.CRIME_REPORT
TABLE = [
    (list_actions(Role.OFFICER, State.NEW), EVERYTHING),
    (list_actions(Role.OFFICER, State.NEW, is_own=True, can_acknowledge=False), EVERYTHING - {"acknowledge", "take"}),
    (list_actions(Role.OFFICER, State.WORKING, can_reply=False), EVERYTHING - {"reply", "ask"}),
    (list_actions(Role.OFFICER, State.CLOSED), ALWAYS | {"reopen", "reward"}),
    (list_actions(Role.OFFICER, State.MERGED), ALWAYS),
    (list_actions(Role.OFFICER, State.PASSED_ON, lane=CRIME), EVERYTHING - {"close"}),
    (list_actions(Role.CHIEF, State.PASSED_ON, lane=CRIME), EVERYTHING - {"close"}),
    (list_actions(Role.PROVINCE_DUTY, State.PASSED_ON, lane=CRIME), EVERYTHING - {"close"}),
    (list_actions(Role.PROVINCE_DUTY, State.PASSED_ON, lane=CRIME, is_own=True), EVERYTHING - {"take"}),
    (list_actions(Role.OFFICER, State.NEW, code="petition"), EVERYTHING - {"grade"}),
    (
        list_actions(Role.PROVINCE_DUTY, State.NEW, code="sealed_tip"),
        EVERYTHING - {"set_place", "set_pin", "identity", "merge"},
    ),
    (
        list_actions(Role.OFFICER, State.NEW, code="sealed_tip", can_read=False),
        EVERYTHING - {"set_place", "set_pin", "identity", "merge", "close", "grade", "correct"},
    ),
    (list_actions(Role.PROVINCE_STAFF, State.NEW), {"hand_on"}),
    (list_actions(Role.PROVINCE_STAFF, State.CLOSED), set()),
    (list_actions(Role.VILLAGE_TEAM, State.NEW), {"note"}),
    (list_actions(Role.VILLAGE_TEAM, State.NEW, is_own=True), {"note", "evidence"}),
    (list_actions(Role.VILLAGE_TEAM, State.WORKING, is_own=True, has_overdue=True), {"note", "evidence", "heard_late"}),
    (list_actions(Role.INSPECTOR, State.NEW), set()),
]


@pytest.mark.parametrize(("actions", "expected"), TABLE)
def test_allowed_actions(actions: set[str], expected: set[str]) -> None:
    assert actions == expected


@pytest.mark.parametrize(
    "facts", [CaseStatus(k, lane, s) for k in get_case_kinds().values() for lane in Lane for s in State]
)
def test_nothing_is_offered_that_the_rules_refuse(facts: CaseStatus) -> None:
    for role in Role:
        may = allowed_actions(facts, ABILITIES[role], is_own=False, can_acknowledge=True, can_reply=True)
        assert ("close" not in may) or list_outcomes(facts, can_decide=Permission.DECIDE in ABILITIES[role])
        assert ("set_state" not in may) or list_next_states(facts)


# Expired clocks.

TERMS = [d for k in get_case_kinds().values() for d in k.deadlines]
REACH = EscalationDelays(chief=300, province=600)


@hypothesis(max_examples=300, deadline=None)
@given(
    st.sampled_from(TERMS),
    st.integers(0, 60 * 24 * 40),
    st.sampled_from((OverdueLevel.QUIET, OverdueLevel.OFFICERS, OverdueLevel.CHIEF)),
)
def test_reminded_before_at_the_end_and_upwards_within_a_quarter(
    term: Deadline, behind: int, heard_level: OverdueLevel
) -> None:
    """However late the check starts: one step at a time, in order, up to the highest level of the term."""
    due = NOW + dt.timedelta(days=20)
    now, stage = compute_first_reminder(term, due) + dt.timedelta(minutes=behind), OverdueLevel.QUIET
    late_since: dt.datetime | None = None
    visited: list[OverdueLevel] = []
    last_interaction: dt.datetime | None = now
    while last_interaction is not None:
        now = last_interaction
        before = stage
        expected_level = heard_level if stage >= OverdueLevel.OFFICERS else OverdueLevel.QUIET
        stage, last_interaction = decide_overdue_notice(
            term, stage, due_at=due, acknowledged=expected_level, delays=REACH, now=now
        )
        assert stage - before <= 1 or before <= OverdueLevel.SOON
        assert last_interaction is None or last_interaction > now
        visited.append(stage)
        late_since = late_since or (now if stage >= OverdueLevel.OFFICERS else None)
    assert late_since is not None and now - late_since <= dt.timedelta(minutes=15)
    if behind == 0:
        assert visited.count(OverdueLevel.SOON) == len(term.warning_hours)
    top = (
        OverdueLevel.OFFICERS
        if heard_level >= OverdueLevel.CHIEF
        else OverdueLevel.PROVINCE
        if term.is_legal
        else OverdueLevel.CHIEF
    )
    assert visited[-1] is top and visited == sorted(visited)


def test_the_legal_day_twenty_report_is_reminded_on_days_ten_fifteen_and_eighteen() -> None:
    term = find_deadline(TIP, Lane.CRIME_REPORT, "decide")
    assert term is not None and [20 - hours / 24 for hours in term.warning_hours] == [10, 15, 18]
    assert find_deadline(TIP, Lane.REFLECTION, "decide") is None


@hypothesis(max_examples=2000, deadline=None)
@given(st.integers(0, 14 * 366 * 24 * 60).map(lambda minutes: NOW + dt.timedelta(minutes=minutes)), st.integers(0, 14))
def test_months_of_a_prolonged_term_against_counting_days(end: dt.datetime, months: int) -> None:
    """The oracle counts months one by one."""
    local = end.astimezone(VIETNAM)
    year, month = local.year, local.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    outcome = compute_extended_deadline(DeadlineExtension(months=months), local)
    assert (outcome.year, outcome.month) == (year, month)
    assert outcome.day == min(local.day, monthrange(year, month)[1]) and outcome.timetz() == local.timetz()
    assert compute_extended_deadline(DeadlineExtension(days=30), end) - end == dt.timedelta(days=30)


@pytest.mark.parametrize(
    ("lane", "times", "who"),
    [
        (Lane.CRIME_REPORT, 2, Permission.DECIDE),
        (Lane.DENUNCIATION, 2, Permission.ASSIGN),
        (Lane.COMPLAINT, 1, Permission.ASSIGN),
    ],
)
def test_permissions_and_limits_of_prolonging(lane: Lane, times: int, who: Permission) -> None:
    expected_kind = TIP if lane is Lane.CRIME_REPORT else get_kind("petition")
    term = find_deadline(expected_kind, lane, "decide" if lane is Lane.CRIME_REPORT else "resolve")
    assert [get_next_extension(term, n) is not None for n in range(times + 1)] == [True] * times + [False]
    assert get_extension_permission(lane) is who and get_next_extension(None, 0) is None
