"""Kinds of case: every category has one home, and each declaration of a kind can be carried out."""

import datetime as dt
from itertools import pairwise

import pytest

from binhyen.cases.choices import (
    CATEGORY_LABELS,
    DECISIONS,
    OUTCOME_LABELS,
    STATE_LABELS,
    Lane,
    Outcome,
    State,
)
from binhyen.cases.kinds import CaseKind, get_case_kinds, get_kind_for_category
from binhyen.cases.rules import TRANSITIONS, CaseStatus, build_clocks, list_outcomes
from binhyen.language.reading import CATEGORIES

KINDS = list(get_case_kinds().values())
NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)


def list_lanes(kind: CaseKind) -> set[Lane]:
    """Return the lanes in which a case of the kind can start."""
    return {kind.get_lane(category) for category in kind.categories}


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_of_the_reader_belongs_to_exactly_one_kind(category: str) -> None:
    assert [k.code for k in KINDS if category in k.categories] == [get_kind_for_category(category).code]


def test_kinds_claim_only_categories_that_the_reader_knows_and_people_can_read() -> None:
    claimed = {category for kind in KINDS for category in kind.categories}
    assert claimed == set(CATEGORIES) == set(CATEGORY_LABELS)


def test_an_unknown_category_becomes_another_matter_and_never_an_error() -> None:
    assert get_kind_for_category("no such category").code == "other"


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.code)
def test_a_kind_says_only_what_the_register_knows(kind: CaseKind) -> None:
    assert kind.label and kind.code == kind.code.lower() and len(kind.code) <= 16
    assert set(kind.lanes_by_category) <= set(kind.categories)
    assert kind.outcomes and set(kind.outcomes) <= set(OUTCOME_LABELS)
    assert len(set(kind.outcomes)) == len(kind.outcomes)


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.code)
def test_deadlines_have_a_length_a_source_and_states_that_keep_them(kind: CaseKind) -> None:
    names = [(d.name, lane) for d in kind.deadlines for lane in d.lanes]
    assert len(set(names)) == len(names)
    for deadline in kind.deadlines:
        assert deadline.hours > 0 and deadline.label and deadline.source and deadline.lanes
        assert set(deadline.paused_in_states) <= set(STATE_LABELS)
        assert {State.CLOSED, State.MERGED} <= set(deadline.paused_in_states), (
            "the deadline would keep running after the end"
        )


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.code)
def test_every_lane_a_case_can_start_in_has_a_clock(kind: CaseKind) -> None:
    for lane in list_lanes(kind):
        assert build_clocks(kind, lane, opened_at=NOW), f"{kind.code} in {lane} has no deadline at all"


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.code)
def test_every_open_state_leads_to_an_outcome(kind: CaseKind) -> None:
    for lane in list_lanes(kind):
        for state in TRANSITIONS:
            if State.CLOSED in TRANSITIONS[state]:
                assert list_outcomes(CaseStatus(kind, lane, state), can_decide=True), (
                    f"{kind.code} cannot end from {state}"
                )


@pytest.mark.parametrize("kind", [k for k in KINDS if Lane.CRIME_REPORT in list_lanes(k)], ids=lambda k: k.code)
def test_only_an_investigator_decides_a_crime_report_that_was_passed_on(kind: CaseKind) -> None:
    passed_on = CaseStatus(kind, Lane.CRIME_REPORT, State.PASSED_ON)
    assert list_outcomes(passed_on, can_decide=False) == ()
    assert set(list_outcomes(passed_on, can_decide=True)) == set(DECISIONS)
    working = list_outcomes(CaseStatus(kind, Lane.CRIME_REPORT, State.WORKING), can_decide=True)
    assert working and not set(working) & set(DECISIONS)


def test_every_outcome_can_be_reached() -> None:
    further = {o for k in KINDS for outcomes in k.outcomes_by_category.values() for o in outcomes}
    assert {o for k in KINDS for o in k.outcomes} | further == set(Outcome)


def test_the_table_of_states_is_whole_and_leads_out_of_every_open_state() -> None:
    assert set(TRANSITIONS) == set(State) == set(STATE_LABELS)
    for state, following in TRANSITIONS.items():
        assert state not in following and len(set(following)) == len(following)
        if state is not State.MERGED:
            assert State.CLOSED in following or state is State.CLOSED


def test_clocks_come_in_the_order_of_their_moments() -> None:
    """The first-listed deadline of a lane is the nearest: screens show them in this order."""
    for kind in KINDS:
        for lane in list_lanes(kind):
            due = [d.due_at for d in build_clocks(kind, lane, opened_at=NOW)]
            assert all(a <= b for a, b in pairwise(due))
