"""Transitions, deadlines and alarms of a case. Pure: facts and `now` in, an answer out.

`docs/flow.md` prints TRANSITIONS; a test keeps them equal.
"""

import datetime as dt
from dataclasses import dataclass

from binhyen.cases.kinds.base import Kind
from binhyen.cases.words import DECISIONS, NEVER_DOWN, OPEN_STATES, Lane, Outcome, State
from binhyen.kit.wording import N_

# From → where an officer may bring a case. Closing and merging have services of their own and stand here too.
TRANSITIONS: dict[State, tuple[State, ...]] = {
    State.NEW: (State.RECEIVED, State.WORKING, State.WAITING, State.PASSED_ON, State.CLOSED, State.MERGED),
    State.RECEIVED: (State.WORKING, State.WAITING, State.PASSED_ON, State.CLOSED, State.MERGED),
    State.WORKING: (State.WAITING, State.PASSED_ON, State.CLOSED, State.MERGED),
    State.WAITING: (State.WORKING, State.PASSED_ON, State.CLOSED, State.MERGED),
    State.PASSED_ON: (State.WORKING, State.CLOSED, State.MERGED),
    State.CLOSED: (State.WORKING,),
    State.MERGED: (),  # left by unmerging only
}


class NotAllowed(Exception):
    """The rules refuse; the text is Vietnamese, for the person who tried."""


class TooLate(NotAllowed):
    """The same, of a case that is no longer theirs to see: there is no page of it to say so on."""


class NotFound(Exception):
    """There is no such case for this person: it does not exist, or is not theirs to see. The two look alike."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules need to know of a case."""

    kind: Kind
    lane: Lane
    state: State


@dataclass(frozen=True, slots=True)
class Due:
    """A clock to start."""

    name: str
    label: str
    due_at: dt.datetime
    stops_at: tuple[str, ...]


def next_states(facts: Facts) -> tuple[State, ...]:
    """States an officer may choose by hand: no closing, no merging, and passing on in the crime lane only."""
    by_hand = (s for s in TRANSITIONS[facts.state] if s not in (State.CLOSED, State.MERGED))
    return tuple(s for s in by_hand if s is not State.PASSED_ON or facts.lane is Lane.CRIME_REPORT)


def check_state(facts: Facts, to: State) -> None:
    if to not in next_states(facts):
        raise NotAllowed(N_("Không thể chuyển sang trạng thái này."))


def outcomes(facts: Facts, *, decides: bool) -> tuple[Outcome, ...]:
    """Outcome codes that may close the case. `decides`: the person may take an investigator's decision."""
    if State.CLOSED not in TRANSITIONS[facts.state]:
        return ()
    decision_time = facts.lane is Lane.CRIME_REPORT and facts.state is State.PASSED_ON
    if decision_time:
        return tuple(o for o in facts.kind.outcomes if o in DECISIONS) if decides else ()
    return tuple(o for o in facts.kind.outcomes if o not in DECISIONS)


def check_outcome(facts: Facts, outcome: Outcome, *, decides: bool, summary: str) -> None:
    """A close needs an allowed code and words that the person who told can read."""
    if outcome not in outcomes(facts, decides=decides):
        raise NotAllowed(N_("Kết quả này không dùng được cho vụ việc ở trạng thái hiện tại."))
    if len(summary.strip()) < 5:
        raise NotAllowed(N_("Hãy viết kết quả bằng một câu cho người dân đọc."))


def check_merge(facts: Facts, into: Facts) -> None:
    if State.MERGED not in TRANSITIONS[facts.state]:
        raise NotAllowed(N_("Vụ việc đã xong hoặc đã gộp, không gộp được nữa."))
    if into.state not in OPEN_STATES:
        raise NotAllowed(N_("Chỉ gộp vào vụ việc đang mở."))
    if facts.lane in (Lane.COMPLAINT, Lane.DENUNCIATION) or into.lane in (Lane.COMPLAINT, Lane.DENUNCIATION):
        raise NotAllowed(N_("Không gộp khiếu nại, tố cáo."))


def clocks(kind: Kind, lane: Lane, *, opened_at: dt.datetime) -> tuple[Due, ...]:
    """The clocks a case starts with."""
    return tuple(
        Due(d.name, d.label, opened_at + dt.timedelta(hours=d.hours), d.stops_at)
        for d in kind.deadlines
        if lane in d.lanes
    )


class Stage:
    """Who an alarm rings for, in this order."""

    OFFICERS = 0
    CHIEF = 1
    PROVINCE = 2


STAGE_LABELS = {
    Stage.OFFICERS: N_("cán bộ trực xã"),
    Stage.CHIEF: N_("trưởng công an xã"),
    Stage.PROVINCE: N_("trực ban tỉnh"),
}


@dataclass(frozen=True, slots=True)
class Ladder:
    """Seconds after the opening at which an unacknowledged alarm goes a step up."""

    chief: int
    province: int


def alarm_starts(urgency: int) -> bool:
    return urgency >= 3


def next_step(stage: int, *, opened_at: dt.datetime, ladder: Ladder) -> dt.datetime | None:
    """When an alarm at `stage` goes up; None at the top."""
    if stage == Stage.OFFICERS:
        return opened_at + dt.timedelta(seconds=ladder.chief)
    if stage == Stage.CHIEF:
        return opened_at + dt.timedelta(seconds=ladder.province)
    return None


def reopens(state: State, *, closed_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Does a new word from the reporter reopen a closed case? Within three days, yes; later it is a new case."""
    return state is State.CLOSED and closed_at is not None and now - closed_at <= dt.timedelta(days=3)


def gives(*, assigns: bool, works: bool, others: bool) -> bool:
    """May somebody give a case to a colleague? Who assigns, any; who works on cases, what is theirs or nobody's
    (`others`: a third person has it)."""
    return assigns or (works and not others)


def follows_place(lane: Lane, category: str, *, held_high: bool, taken: bool) -> bool:
    """Does a case go down to the commune that its place was found in? Only what the province holds for want of a
    place: not what somebody took, and never a complaint."""
    complaint = lane in (Lane.COMPLAINT, Lane.DENUNCIATION) or category in NEVER_DOWN
    return held_high and not taken and not complaint
