"""Transitions, deadlines and alarms of a case. Pure: facts and `now` in, an answer out.

`docs/message-flow.md` prints TRANSITIONS; a test keeps them equal.
"""

import datetime as dt
from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

from binhyen.cases.kinds.base import Deadline, Kind, Longer
from binhyen.cases.words import COMPLAINTS, DECISIONS, DEEDS, NEVER_DOWN, OPEN_STATES, Grade, Lane, Outcome, State
from binhyen.kit.wording import N_
from binhyen.language.reading import DANGER
from binhyen.people.rules import May, may, sees

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
REOPENS_WITHIN = dt.timedelta(days=3)


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
    next_at: dt.datetime  # when it is first told that it runs out


def next_states(facts: Facts) -> tuple[State, ...]:
    """States an officer may choose by hand: no closing, no merging, and passing on in the crime lane only."""
    by_hand = (s for s in TRANSITIONS[facts.state] if s not in (State.CLOSED, State.MERGED))
    return tuple(s for s in by_hand if s is not State.PASSED_ON or facts.lane is Lane.CRIME_REPORT)


def check_state(facts: Facts, to: State) -> None:
    if to not in next_states(facts):
        raise NotAllowed(N_("Không thể chuyển sang trạng thái này."))


def deeds(
    facts: Facts, abilities: Collection[May], *, own: bool, reported: bool, heard: bool, late: bool = False,
    reads: bool = True,
) -> frozenset[str]:  # fmt: skip
    """What somebody may do with a case that they see. `own`: it is theirs; `reported`: nobody acknowledged it, and they
    may; `heard`: who told can read an answer; `late`: they know that a clock runs out; `reads`: its words are open.
    """
    works, reports, open_ = May.WORK_CASES in abilities, May.REPORT_BACK in abilities, facts.state in OPEN_STATES
    allowed = {
        "acknowledge": works and open_ and reported,
        "take": works and open_ and not own,
        "set_state": works and open_ and bool(next_states(facts)),
        "hand_on": open_ and (works or May.HAND_ON in abilities),
        "close": works and reads and bool(outcomes(facts, decides=May.DECIDE in abilities)),
        "reopen": works and reads and facts.state is State.CLOSED,
        "reply": works and heard,
        "ask": works and open_ and heard,
        "note": works or reports,
        "merge": works and open_ and not facts.kind.sealed,
        "relate": works,
        "grade": works and reads and facts.kind.graded,
        "evidence": works or (reports and own),
        "correct": works and reads and open_,
        "set_place": works and open_ and not facts.kind.sealed,
        "identity": works and not facts.kind.sealed,
        "heard_late": late,
    }
    return frozenset(name for name, yes in allowed.items() if yes)


def outcomes(facts: Facts, *, decides: bool) -> tuple[Outcome, ...]:
    """Outcome codes that may close the case. `decides`: the person may take an investigator's decision."""
    if State.CLOSED not in TRANSITIONS[facts.state]:
        return ()
    decision_time = facts.lane is Lane.CRIME_REPORT and facts.state is State.PASSED_ON
    if decision_time:
        return tuple(o for o in facts.kind.outcomes if o in DECISIONS) if decides else ()
    return tuple(o for o in facts.kind.outcomes if o not in DECISIONS)


def check_outcome(facts: Facts, outcome: Outcome, *, decides: bool, summary: str, proved: bool) -> None:
    """A close needs an allowed code, words that the person who told can read and, of a deed, what proves it."""
    if outcome not in outcomes(facts, decides=decides):
        raise NotAllowed(N_("Kết quả này không dùng được cho vụ việc ở trạng thái hiện tại."))
    if len(summary.strip()) < 5:
        raise NotAllowed(N_("Hãy viết kết quả bằng một câu cho người dân đọc."))
    if outcome in DEEDS and not proved:
        raise NotAllowed(N_("Kết quả này cần căn cứ: ghi số biên bản, quyết định, lời người nhận, hoặc kèm ảnh, tệp."))


def check_worth(outcome: str, grade: str) -> None:
    """What turned out untrue is not counted among the province's valuable tips. `outcome`: empty while open."""
    if outcome == Outcome.UNFOUNDED and grade == Grade.VALUABLE:
        raise NotAllowed(N_("Tin không đúng thì không thể «Có giá trị». Hãy chọn lại kết quả hoặc mức đánh giá."))


def check_merge(facts: Facts, into: Facts, *, alone: bool = False) -> None:
    if State.MERGED not in TRANSITIONS[facts.state]:
        raise NotAllowed(N_("Vụ việc đã xong hoặc đã gộp, không gộp được nữa."))
    if into.state not in OPEN_STATES:
        raise NotAllowed(N_("Chỉ gộp vào vụ việc đang mở."))
    if {facts.lane, into.lane} & COMPLAINTS or alone:  # a receipt reads its own case
        raise NotAllowed(N_("Không gộp khiếu nại, tố cáo, tin mật. Chỉ nối hai vụ với nhau."))
    if facts.lane is Lane.CRIME_REPORT and into.lane is not Lane.CRIME_REPORT:
        raise NotAllowed(N_("Không gộp tố giác, tin báo tội phạm vào phản ánh. Hãy gộp ngược lại."))


def clocks(kind: Kind, lane: Lane, *, opened_at: dt.datetime) -> tuple[Due, ...]:
    """The clocks a case starts with."""
    return tuple(
        Due(d.name, d.label, due := opened_at + dt.timedelta(hours=d.hours), d.stops_at, first_told(d, due))
        for d in kind.deadlines
        if lane in d.lanes
    )


@dataclass(frozen=True, slots=True)
class Ladder:
    """Seconds after its start at which what nobody took note of goes a step up."""

    chief: int
    province: int


class Late(IntEnum):
    """Who was told that a clock runs out, in this order; also up to whom somebody took note."""

    QUIET = 0
    SOON = 1  # whoever has the case, before it is over
    OFFICERS = 2  # the same, when it is
    CHIEF = 3
    PROVINCE = 4


LATE_LABELS = {
    Late.SOON: N_("Sắp quá hạn: báo người giữ việc"),
    Late.OFFICERS: N_("Quá hạn: báo người giữ việc"),
    Late.CHIEF: N_("Quá hạn: báo trưởng công an xã"),
    Late.PROVINCE: N_("Quá hạn: báo trực ban tỉnh"),
}


def deadline(kind: Kind, lane: Lane, name: str) -> Deadline | None:
    """The deadline of a running clock; None for one that the kind has in this lane no more."""
    return next((d for d in kind.deadlines if d.name == name and lane in d.lanes), None)


def first_told(deadline: Deadline, due_at: dt.datetime) -> dt.datetime:
    return due_at - dt.timedelta(hours=max(deadline.warns, default=0))


def tell_late(
    deadline: Deadline | None, stage: Late, *, due_at: dt.datetime, heard: Late, ladder: Ladder, now: dt.datetime
) -> tuple[Late, dt.datetime | None]:
    """A step of a clock whose time to be told has come: whom it is told now, and when to look again (None: never).

    Upwards one step at a time, also where it was late already when it began to run. Whoever has the case cannot keep it
    from the chief by taking note; the chief can from the province. `ladder`: seconds from the end of the term.
    """
    if now < due_at:
        warns = (due_at - dt.timedelta(hours=h) for h in (deadline.warns if deadline else ()))
        return Late.SOON, min((at for at in warns if at > now), default=due_at)
    if stage < Late.OFFICERS:
        return Late.OFFICERS, now + dt.timedelta(seconds=ladder.chief)
    if heard >= Late.CHIEF:
        return stage, None
    if stage == Late.OFFICERS:
        further = now + dt.timedelta(seconds=ladder.province - ladder.chief)
        return Late.CHIEF, further if deadline and deadline.legal else None
    return Late.PROVINCE, None


def who_prolongs(lane: Lane) -> May:
    """Of a crime report an assigned investigator, as every decision on one; else whoever leads the unit."""
    return May.DECIDE if lane is Lane.CRIME_REPORT else May.ASSIGN


def next_term(deadline: Deadline | None, prolonged: int) -> Longer | None:
    """The prolongation that is left after so many."""
    left = deadline.longer[prolonged:] if deadline else ()
    return left[0] if left else None


def prolong(longer: Longer, due_at: dt.datetime) -> dt.datetime:
    """The new end: the same time of day, months by the calendar of `due_at` (31 August and a month: 30 September)."""
    years, month = divmod(due_at.month - 1 + longer.months, 12)
    year = due_at.year + years
    day = min(due_at.day, monthrange(year, month + 1)[1])
    return due_at.replace(year=year, month=month + 1, day=day) + dt.timedelta(days=longer.days)


class Stage:
    """Whom an alarm rings for, in this order; who heard it goes on hearing it."""

    OFFICERS = 0
    CHIEF = 1
    PROVINCE = 2


STAGE_LABELS = {
    Stage.OFFICERS: N_("cán bộ trực xã"),
    Stage.CHIEF: N_("trưởng công an xã"),
    Stage.PROVINCE: N_("trực ban tỉnh"),
}


def rings_from(role: str) -> int | None:
    """The step from which alarms of a commune ring for a role; None: never, for who could not stop them."""
    step = Stage.CHIEF if may(role, May.ASSIGN) else Stage.OFFICERS
    if sees(role, unit_id=0, officer_id=0).province:
        step = Stage.PROVINCE
    return step if may(role, May.WORK_CASES) else None


@dataclass(frozen=True, slots=True)
class Bell:
    """Somebody who can sign in and for whom alarms may ring, from `step` on."""

    officer_id: int
    step: int
    unit_id: int


def rung(
    bells: Collection[Bell], *, unit_id: int, stage: int, owner: int | None, barred: Collection[int] = ()
) -> tuple[int, ...]:
    """Whom an alarm of the unit rings for; `owner`: who has the case. Where nobody of a step can sign in, the next one
    hears it at once. What the province's unit holds rings at its own desk from the start.
    """
    there = [b for b in bells if b.officer_id not in barred and (b.unit_id == unit_id or b.step == Stage.PROVINCE)]
    own = [b.officer_id for b in there if b.officer_id == owner and b.unit_id == unit_id]
    for step in range(stage, Stage.PROVINCE + 1):
        found = [b.officer_id for b in there if b.step <= step or (b.step == Stage.PROVINCE and b.unit_id == unit_id)]
        if found:
            return tuple(dict.fromkeys([*found, *own]))
    return ()


def alarm_starts(urgency: int) -> bool:
    return urgency >= DANGER


def next_step(stage: int, *, opened_at: dt.datetime, ladder: Ladder) -> dt.datetime | None:
    """When an alarm at `stage` goes up; None at the top."""
    if stage == Stage.OFFICERS:
        return opened_at + dt.timedelta(seconds=ladder.chief)
    if stage == Stage.CHIEF:
        return opened_at + dt.timedelta(seconds=ladder.province)
    return None


def reopens(state: State, *, closed_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Does a new word from the reporter reopen a closed case? Lately closed, yes; later it is a new case."""
    return state is State.CLOSED and closed_at is not None and now - closed_at <= REOPENS_WITHIN


def gives(*, assigns: bool, works: bool, others: bool) -> bool:
    """May somebody give a case to a colleague? Who assigns, any; who works on cases, what is theirs or nobody's
    (`others`: a third person has it)."""
    return assigns or (works and not others)


def follows_place(lane: Lane, category: str, *, held_high: bool, taken: bool) -> bool:
    """Does a case go down to the commune that its place was found in? Only what the province holds for want of a
    place: not what somebody took, and never a complaint."""
    complaint = lane in COMPLAINTS or category in NEVER_DOWN
    return held_high and not taken and not complaint
