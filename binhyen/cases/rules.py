"""State transitions, deadlines and alarms of a case. Pure: facts and `now` in, an answer out.

`docs/message-flow.md` prints TRANSITIONS; a test keeps them equal.
"""

import datetime as dt
from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

from binhyen.cases.choices import (
    COMPLAINTS,
    DECISIONS,
    DEEDS,
    NEVER_DOWN,
    OPEN_STATES,
    Grade,
    Lane,
    Outcome,
    State,
)
from binhyen.cases.kinds.base import Deadline, Kind, Longer
from binhyen.kit.i18n_markers import N_
from binhyen.language.reading import DANGER
from binhyen.people.roles import May, may, sees

# From → states an officer may choose. Closing and merging have their own services but are listed here too.
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
    """The rules refuse the action; the text is Vietnamese and shown to the user."""


class TooLate(NotAllowed):
    """Refused because the case is no longer visible to the officer: there is no page of it to show the error on."""


class NotFound(Exception):
    """The case does not exist or is not visible to the officer; both look alike."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of a case that the rules need."""

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
    next_at: dt.datetime  # first reminder before the deadline


def next_states(facts: Facts) -> tuple[State, ...]:
    """Return the states an officer may set by hand: no closing, no merging; passing on only in the crime lane."""
    by_hand = (s for s in TRANSITIONS[facts.state] if s not in (State.CLOSED, State.MERGED))
    return tuple(s for s in by_hand if s is not State.PASSED_ON or facts.lane is Lane.CRIME_REPORT)


def check_state(facts: Facts, to: State) -> None:
    if to not in next_states(facts):
        raise NotAllowed(N_("Không thể chuyển sang trạng thái này."))


def deeds(
    facts: Facts, abilities: Collection[May], *, own: bool, reported: bool, heard: bool, late: bool = False,
    reads: bool = True,
) -> frozenset[str]:  # fmt: skip
    """Return the actions an officer may take on a visible case. `is_own`: assigned to the officer; `can_acknowledge`:
    an alarm that they may acknowledge; `can_reply`: a reporter can receive a reply; `has_overdue`: notified of a
    deadline; `reads`: its text is readable to them."""
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
    """Return outcomes that may close the case. `can_decide`: the officer may take an investigator's decision."""
    if State.CLOSED not in TRANSITIONS[facts.state]:
        return ()
    decision_time = facts.lane is Lane.CRIME_REPORT and facts.state is State.PASSED_ON
    if decision_time:
        return tuple(o for o in facts.kind.outcomes if o in DECISIONS) if decides else ()
    return tuple(o for o in facts.kind.outcomes if o not in DECISIONS)


def check_outcome(facts: Facts, outcome: Outcome, *, decides: bool, summary: str, proved: bool) -> None:
    """Check a close: an allowed outcome, a summary for the reporter and, if in PROOF_REQUIRED_OUTCOMES, a proof."""
    if outcome not in outcomes(facts, decides=decides):
        raise NotAllowed(N_("Kết quả này không dùng được cho vụ việc ở trạng thái hiện tại."))
    if len(summary.strip()) < 5:
        raise NotAllowed(N_("Hãy viết kết quả bằng một câu cho người dân đọc."))
    if outcome in DEEDS and not proved:
        raise NotAllowed(N_("Kết quả này cần căn cứ: ghi số biên bản, quyết định, lời người nhận, hoặc kèm ảnh, tệp."))


def check_worth(outcome: str, grade: str) -> None:
    """Refuse the grade valuable for an unfounded tip. `outcome`: empty while open."""
    if outcome == Outcome.UNFOUNDED and grade == Grade.VALUABLE:
        raise NotAllowed(N_("Tin không đúng thì không thể «Có giá trị». Hãy chọn lại kết quả hoặc mức đánh giá."))


def check_merge(facts: Facts, into: Facts, *, alone: bool = False) -> None:
    if State.MERGED not in TRANSITIONS[facts.state]:
        raise NotAllowed(N_("Vụ việc đã xong hoặc đã gộp, không gộp được nữa."))
    if into.state not in OPEN_STATES:
        raise NotAllowed(N_("Chỉ gộp vào vụ việc đang mở."))
    if {facts.lane, into.lane} & COMPLAINTS or alone:  # a receipt shows its own case only
        raise NotAllowed(N_("Không gộp khiếu nại, tố cáo, tin mật. Chỉ nối hai vụ với nhau."))
    if facts.lane is Lane.CRIME_REPORT and into.lane is not Lane.CRIME_REPORT:
        raise NotAllowed(N_("Không gộp tố giác, tin báo tội phạm vào phản ánh. Hãy gộp ngược lại."))


def clocks(kind: Kind, lane: Lane, *, opened_at: dt.datetime) -> tuple[Due, ...]:
    """Return the clocks a case starts with."""
    return tuple(
        Due(d.name, d.label, due := opened_at + dt.timedelta(hours=d.hours), d.stops_at, first_told(d, due))
        for d in kind.deadlines
        if lane in d.lanes
    )


@dataclass(frozen=True, slots=True)
class Ladder:
    """Seconds after the start until an unacknowledged alarm or deadline is escalated one level."""

    chief: int
    province: int


class Late(IntEnum):
    """Level notified of an overdue clock, in this order; also the level that acknowledged it."""

    QUIET = 0
    SOON = 1  # the case holder, before the deadline
    OFFICERS = 2  # the case holder, at the deadline
    CHIEF = 3
    PROVINCE = 4


LATE_LABELS = {
    Late.SOON: N_("Sắp quá hạn: báo người giữ việc"),
    Late.OFFICERS: N_("Quá hạn: báo người giữ việc"),
    Late.CHIEF: N_("Quá hạn: báo trưởng công an xã"),
    Late.PROVINCE: N_("Quá hạn: báo trực ban tỉnh"),
}


def deadline(kind: Kind, lane: Lane, name: str) -> Deadline | None:
    """Return the deadline of a running clock; None where the kind has it no longer in this lane."""
    return next((d for d in kind.deadlines if d.name == name and lane in d.lanes), None)


def first_told(deadline: Deadline, due_at: dt.datetime) -> dt.datetime:
    return due_at - dt.timedelta(hours=max(deadline.warns, default=0))


def tell_late(
    deadline: Deadline | None, stage: Late, *, due_at: dt.datetime, heard: Late, ladder: Ladder, now: dt.datetime
) -> tuple[Late, dt.datetime | None]:
    """Decide the next notification of a clock: the level to notify now, and when to check again (None: never). Levels
    go up one at a time, even where a clock starts overdue. The case holder cannot hide it from the chief by
    acknowledging; the chief can from the province. `delays`: seconds after the deadline."""
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
    """Return the permission to extend: an assigned investigator for crime reports, as for decisions; else a lead."""
    return May.DECIDE if lane is Lane.CRIME_REPORT else May.ASSIGN


def next_term(deadline: Deadline | None, prolonged: int) -> Longer | None:
    """Return the next extension after `prolonged` ones; None where none is left."""
    left = deadline.longer[prolonged:] if deadline else ()
    return left[0] if left else None


def prolong(longer: Longer, due_at: dt.datetime) -> dt.datetime:
    """Return the new deadline, same time of day; calendar months clamp (31 August + 1 month = 30 September)."""
    years, month = divmod(due_at.month - 1 + longer.months, 12)
    year = due_at.year + years
    day = min(due_at.day, monthrange(year, month + 1)[1])
    return due_at.replace(year=year, month=month + 1, day=day) + dt.timedelta(days=longer.days)


class Stage:
    """Escalation level of an alarm, in this order; earlier levels keep receiving it."""

    OFFICERS = 0
    CHIEF = 1
    PROVINCE = 2


STAGE_LABELS = {
    Stage.OFFICERS: N_("cán bộ trực xã"),
    Stage.CHIEF: N_("trưởng công an xã"),
    Stage.PROVINCE: N_("trực ban tỉnh"),
}


def rings_from(role: str) -> int | None:
    """Return the level from which a role receives alarms of a commune; None for roles that could not acknowledge."""
    step = Stage.CHIEF if may(role, May.ASSIGN) else Stage.OFFICERS
    if sees(role, unit_id=0, officer_id=0).province:
        step = Stage.PROVINCE
    return step if may(role, May.WORK_CASES) else None


@dataclass(frozen=True, slots=True)
class Bell:
    """An active officer as alarm recipient, from `level` on."""

    officer_id: int
    step: int
    unit_id: int


def rung(
    bells: Collection[Bell], *, unit_id: int, stage: int, owner: int | None, barred: Collection[int] = ()
) -> tuple[int, ...]:
    """Return the recipients of an alarm; `owner`: the assigned officer. A level without active officers passes it to
    the next one at once. Cases of the province's own unit alarm its desk from the start."""
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
    """Return when an alarm at `stage` escalates; None at the top."""
    if stage == Stage.OFFICERS:
        return opened_at + dt.timedelta(seconds=ladder.chief)
    if stage == Stage.CHIEF:
        return opened_at + dt.timedelta(seconds=ladder.province)
    return None


def reopens(state: State, *, closed_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Return whether a new message reopens a closed case: only within REOPEN_WINDOW, later it opens a new case."""
    return state is State.CLOSED and closed_at is not None and now - closed_at <= REOPENS_WITHIN


def gives(*, assigns: bool, works: bool, others: bool) -> bool:
    """Return whether an officer may assign the case to a colleague: a lead always, a case officer only a case of their
    own or an unassigned one (`is_taken`: a third person has it)."""
    return assigns or (works and not others)


def follows_place(lane: Lane, category: str, *, held_high: bool, taken: bool) -> bool:
    """Return whether a case moves down to the commune of its place: only one that the province holds because the place
    was unknown, not one that an officer took, and never a complaint."""
    complaint = lane in COMPLAINTS or category in NEVER_DOWN
    return held_high and not taken and not complaint
