"""State transitions, deadlines and alarms of a case. Pure: facts and `now` in, an answer out.

`docs/message-flow.md` prints TRANSITIONS; a test keeps them equal.
"""

import datetime as dt
from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from binhyen.cases.choices import (
    COMPLAINT_LANES,
    DECISIONS,
    OPEN_STATES,
    PROOF_REQUIRED_OUTCOMES,
    PROVINCE_ONLY_CATEGORIES,
    REGISTER_OUTCOMES,
    Grade,
    Lane,
    Outcome,
    State,
)
from binhyen.cases.kinds import URGENT_LEVEL, CaseKind, Deadline, DeadlineExtension
from binhyen.kit.business_days import KNOWN_CALENDAR, WorkCalendar, add_working_hours
from binhyen.kit.i18n_markers import N_
from binhyen.language.reading import DANGER
from binhyen.people.roles import Permission, get_role_visibility, role_may

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
SCORES = range(1, 6)  # of a rating
LOW_SCORE = 2  # opens the way one level up
_VIETNAM = dt.timezone(dt.timedelta(hours=7))
REOPEN_WINDOW = dt.timedelta(days=3)


class NotAllowed(Exception):
    """The rules refuse the action; the text is Vietnamese and shown to the user."""


class PlaceElsewhere(NotAllowed):
    """The chosen commune is not that of the case's place: asked once before a transfer."""


class CaseNoLongerVisible(NotAllowed):
    """Refused because the case is no longer visible to the officer: there is no page of it to show the error on."""


class NotFound(Exception):
    """The case does not exist or is not visible to the officer; both look alike."""


@dataclass(frozen=True, slots=True)
class CaseStatus:
    """Facts of a case that the rules need."""

    kind: CaseKind
    lane: Lane
    state: State
    category: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A clock to start."""

    name: str
    label: str
    due_at: dt.datetime
    paused_in_states: tuple[str, ...]
    next_at: dt.datetime  # first reminder before the deadline


def list_next_states(facts: CaseStatus) -> tuple[State, ...]:
    """Return the states an officer may set by hand: no closing, no merging; passing on only in the crime lane."""
    by_hand = (state for state in TRANSITIONS[facts.state] if state not in (State.CLOSED, State.MERGED))
    return tuple(state for state in by_hand if state is not State.PASSED_ON or facts.lane is Lane.CRIME_REPORT)


def check_state(facts: CaseStatus, to: State) -> None:
    if to not in list_next_states(facts):
        raise NotAllowed(N_("Không thể chuyển sang trạng thái này."))


def allowed_actions(
    facts: CaseStatus,
    abilities: Collection[Permission],
    *,
    is_own: bool,
    can_acknowledge: bool,
    can_reply: bool,
    has_overdue: bool = False,
    can_read: bool = True,
    is_on_the_way: bool = False,
) -> frozenset[str]:
    """Return the actions an officer may take on a visible case. `is_own`: assigned to the officer; `can_acknowledge`:
    an alarm that they may acknowledge; `can_reply`: a reporter can receive a reply; `has_overdue`: notified of a
    deadline; `can_read`: its text is readable to them; `is_on_the_way`: acknowledged, arrival not yet reported."""
    can_work, can_report, open_ = (
        Permission.WORK_CASES in abilities,
        Permission.REPORT_BACK in abilities,
        facts.state in OPEN_STATES,
    )
    allowed = {
        "acknowledge": can_work and open_ and can_acknowledge,
        "take": can_work and open_ and not is_own,
        "set_state": can_work and open_ and bool(list_next_states(facts)),
        "hand_on": open_ and (can_work or Permission.HAND_ON in abilities),
        "close": can_work
        and can_read
        and bool(list_outcomes(facts, can_decide=is_own and Permission.DECIDE in abilities)),
        "reopen": can_work and can_read and facts.state is State.CLOSED,
        "reply": can_work and can_reply,
        "ask": can_work and open_ and can_reply,
        "note": can_work or can_report,
        "merge": can_work and open_ and not facts.kind.sealed,
        "relate": can_work,
        "grade": can_work and can_read and facts.kind.is_graded,
        "reward": can_work and can_read and facts.kind.is_graded and facts.state is State.CLOSED,
        "set_out": can_work and open_ and is_on_the_way,
        "arrive": can_work and open_ and is_on_the_way,
        "evidence": can_work or (can_report and is_own),
        "correct": can_work and can_read and open_,
        "set_place": can_work and open_ and not facts.kind.sealed,
        "set_pin": can_work and open_ and not facts.kind.sealed,
        "identity": can_work and not facts.kind.sealed,
        "heard_late": has_overdue,
    }
    return frozenset(name for name, yes in allowed.items() if yes)


def list_outcomes(facts: CaseStatus, *, can_decide: bool, in_register: bool = False) -> tuple[Outcome, ...]:
    """Return outcomes that may close the case. `can_decide`: the investigator to whom the case is assigned.

    `in_register`: a register decides (found things, stopped frauds), which has outcomes of its own.
    """
    if State.CLOSED not in TRANSITIONS[facts.state]:
        return ()
    decision_time = facts.lane is Lane.CRIME_REPORT and facts.state is State.PASSED_ON
    if decision_time:
        return tuple(outcome for outcome in facts.kind.outcomes if outcome in DECISIONS) if can_decide else ()
    further = facts.kind.outcomes_by_category.get(facts.category, ())
    excluded = DECISIONS if in_register else (*DECISIONS, *REGISTER_OUTCOMES)
    return tuple(outcome for outcome in (*further, *facts.kind.outcomes) if outcome not in excluded)


def check_outcome(
    facts: CaseStatus,
    outcome: Outcome,
    *,
    can_decide: bool,
    summary: str,
    has_proof: bool,
    in_register: bool = False,
) -> None:
    """Check a close: an allowed outcome, a summary for the reporter and, if in PROOF_REQUIRED_OUTCOMES, a proof."""
    if outcome not in list_outcomes(facts, can_decide=can_decide, in_register=in_register):
        raise NotAllowed(N_("Kết quả này không dùng được cho vụ việc ở trạng thái hiện tại."))
    if len(summary.strip()) < 5:
        raise NotAllowed(N_("Hãy viết kết quả bằng một câu cho người dân đọc."))
    if outcome in PROOF_REQUIRED_OUTCOMES and not has_proof:
        raise NotAllowed(N_("Kết quả này cần căn cứ: ghi số biên bản, quyết định, lời người nhận, hoặc kèm ảnh, tệp."))


def check_grade(outcome: str, grade: str) -> None:
    """Refuse the grade valuable for an unfounded tip. `outcome`: empty while open."""
    if outcome == Outcome.UNFOUNDED and grade == Grade.VALUABLE:
        raise NotAllowed(N_("Tin không đúng thì không thể «Có giá trị». Hãy chọn lại kết quả hoặc mức đánh giá."))


def check_merge(facts: CaseStatus, into: CaseStatus, *, alone: bool = False) -> None:
    if State.MERGED not in TRANSITIONS[facts.state]:
        raise NotAllowed(N_("Vụ việc đã xong hoặc đã gộp, không gộp được nữa."))
    if into.state not in OPEN_STATES:
        raise NotAllowed(N_("Chỉ gộp vào vụ việc đang mở."))
    if {facts.lane, into.lane} & COMPLAINT_LANES or alone:  # a receipt shows its own case only
        raise NotAllowed(N_("Không gộp khiếu nại, tố cáo, tin mật. Chỉ nối hai vụ với nhau."))
    if facts.lane is Lane.CRIME_REPORT and into.lane is not Lane.CRIME_REPORT:
        raise NotAllowed(N_("Không gộp tố giác, tin báo tội phạm vào phản ánh. Hãy gộp ngược lại."))


def compute_due(
    deadline: Deadline, opened_at: dt.datetime, calendar: WorkCalendar = KNOWN_CALENDAR, *, urgency: int = 0
) -> dt.datetime:
    """Return the end of a deadline: hours on the clock, or office hours of the calendar."""
    hours = deadline.hours
    if deadline.urgent_hours is not None and urgency >= URGENT_LEVEL:
        hours = deadline.urgent_hours
    if not deadline.is_working_time:
        return opened_at + dt.timedelta(hours=hours)
    local = opened_at.astimezone(_VIETNAM)
    due = add_working_hours(local, hours, extra=calendar.extra, worked=calendar.worked)
    return due.astimezone(dt.UTC)


def build_clocks(
    kind: CaseKind,
    lane: Lane,
    *,
    opened_at: dt.datetime,
    calendar: WorkCalendar = KNOWN_CALENDAR,
    urgency: int = 0,
) -> tuple[Due, ...]:
    """Return the clocks a case starts with."""
    return tuple(
        Due(
            rule.name,
            rule.label,
            due := compute_due(rule, opened_at, calendar, urgency=urgency),
            rule.paused_in_states,
            compute_first_reminder(rule, due),
        )
        for rule in kind.deadlines
        if lane in rule.lanes
    )


ANSWER_DEADLINES = frozenset({"answer", "resolve", "decide"})


def compute_answer_due(kind: CaseKind, lane: Lane, state: State, *, opened_at: dt.datetime) -> dt.datetime | None:
    """Return when the reporter may expect an answer, without extensions; None where none is owed any more."""
    rules = [rule for rule in kind.deadlines if rule.name in ANSWER_DEADLINES and lane in rule.lanes]
    owed = [opened_at + dt.timedelta(hours=rule.hours) for rule in rules if state not in rule.paused_in_states]
    return min(owed, default=None) if state in OPEN_STATES else None


@dataclass(frozen=True, slots=True)
class EscalationDelays:
    """Seconds after the start until an unacknowledged alarm or deadline is escalated one level."""

    chief: int
    province: int


class OverdueLevel(IntEnum):
    """Level notified of an overdue clock, in this order; also the level that acknowledged it."""

    QUIET = 0
    SOON = 1  # the case holder, before the deadline
    OFFICERS = 2  # the case holder, at the deadline
    CHIEF = 3
    PROVINCE = 4


LATE_LABELS = {
    OverdueLevel.SOON: N_("Sắp quá hạn: báo người giữ việc"),
    OverdueLevel.OFFICERS: N_("Quá hạn: báo người giữ việc"),
    OverdueLevel.CHIEF: N_("Quá hạn: báo trưởng công an xã"),
    OverdueLevel.PROVINCE: N_("Quá hạn: báo trực ban tỉnh"),
}


def find_deadline(kind: CaseKind, lane: Lane, name: str) -> Deadline | None:
    """Return the deadline of a running clock; None where the kind has it no longer in this lane."""
    return next((rule for rule in kind.deadlines if rule.name == name and lane in rule.lanes), None)


def compute_first_reminder(deadline: Deadline, due_at: dt.datetime) -> dt.datetime:
    return due_at - dt.timedelta(hours=max(deadline.warning_hours, default=0))


def decide_overdue_notice(
    deadline: Deadline | None,
    stage: OverdueLevel,
    *,
    due_at: dt.datetime,
    acknowledged: OverdueLevel,
    delays: EscalationDelays,
    now: dt.datetime,
) -> tuple[OverdueLevel, dt.datetime | None]:
    """Decide the next notification of a clock: the level to notify now, and when to check again (None: never). Levels
    go up one at a time, even where a clock starts overdue. The case holder cannot hide it from the chief by
    acknowledging; the chief can from the province. `delays`: seconds after the deadline."""
    if now < due_at:
        warns = (due_at - dt.timedelta(hours=hours) for hours in (deadline.warning_hours if deadline else ()))
        return OverdueLevel.SOON, min((warning_time for warning_time in warns if warning_time > now), default=due_at)
    if stage < OverdueLevel.OFFICERS:
        return OverdueLevel.OFFICERS, now + dt.timedelta(seconds=delays.chief)
    if acknowledged >= OverdueLevel.CHIEF:
        return stage, None
    if stage == OverdueLevel.OFFICERS:
        further = now + dt.timedelta(seconds=delays.province - delays.chief)
        return OverdueLevel.CHIEF, further if deadline and deadline.is_legal else None
    return OverdueLevel.PROVINCE, None


def get_extension_permission(lane: Lane) -> Permission:
    """Return the permission to extend: an assigned investigator for crime reports, as for decisions; else a lead."""
    return Permission.DECIDE if lane is Lane.CRIME_REPORT else Permission.ASSIGN


def get_next_extension(deadline: Deadline | None, prolonged: int) -> DeadlineExtension | None:
    """Return the next extension after `prolonged` ones; None where none is left."""
    left = deadline.extensions[prolonged:] if deadline else ()
    return left[0] if left else None


def compute_extended_deadline(extension: DeadlineExtension, due_at: dt.datetime) -> dt.datetime:
    """Return the new deadline, same time of day; calendar months clamp (31 August + 1 month = 30 September)."""
    years, month = divmod(due_at.month - 1 + extension.months, 12)
    year = due_at.year + years
    day = min(due_at.day, monthrange(year, month + 1)[1])
    return due_at.replace(year=year, month=month + 1, day=day) + dt.timedelta(days=extension.days)


class AlarmLevel:
    """Escalation level of an alarm, in this order; earlier levels keep receiving it."""

    OFFICERS = 0
    CHIEF = 1
    PROVINCE = 2


STAGE_LABELS = {
    AlarmLevel.OFFICERS: N_("cán bộ trực xã"),
    AlarmLevel.CHIEF: N_("trưởng công an xã"),
    AlarmLevel.PROVINCE: N_("trực ban tỉnh"),
}


class AlarmCause(StrEnum):
    """Cause of an unacknowledged alarm. A case that was given to a person is not yet confirmed by that person."""

    UNASSIGNED = "UNASSIGNED"
    UNCONFIRMED = "UNCONFIRMED"
    UPDATED = "UPDATED"


def get_alarm_cause(
    state: State, *, is_assigned: bool, assigned_at: dt.datetime, message_at: dt.datetime | None
) -> AlarmCause:
    """Return the cause of an alarm. `assigned_at`: the last assignment; `message_at`: the message that started it."""
    if not is_assigned:
        return AlarmCause.UNASSIGNED
    if state != State.NEW and message_at is not None and message_at > assigned_at:
        return AlarmCause.UPDATED
    return AlarmCause.UNCONFIRMED


def silencing_takes(cause: AlarmCause) -> bool:
    """Return whether stopping the alarm takes the case, so that no case is quiet while its officer does not know of
    it. New words alone leave it with the officer in charge.
    """
    return cause != AlarmCause.UPDATED


def get_alarm_level(role: str) -> int | None:
    """Return the level from which a role receives alarms of a commune; None for roles that could not acknowledge."""
    step = AlarmLevel.CHIEF if role_may(role, Permission.ASSIGN) else AlarmLevel.OFFICERS
    if get_role_visibility(role, unit_id=0, officer_id=0).province:
        step = AlarmLevel.PROVINCE
    return step if role_may(role, Permission.WORK_CASES) else None


@dataclass(frozen=True, slots=True)
class AlarmRecipient:
    """An active officer as alarm recipient, from `level` on."""

    officer_id: int
    step: int
    unit_id: int


def choose_notified_officers(subscribed: Collection[int], *, on_duty: Collection[int]) -> frozenset[int]:
    """Return the officers to notify: those on duty; all recipients if none of them has a push subscription."""
    return frozenset(subscribed) & frozenset(on_duty) or frozenset(subscribed)


def alarm_recipients(
    recipients: Collection[AlarmRecipient],
    *,
    unit_id: int,
    stage: int,
    owner: int | None,
    excluded: Collection[int] = (),
) -> tuple[int, ...]:
    """Return the recipients of an alarm; `owner`: the assigned officer. A level without active officers passes it to
    the next one at once. Cases of the province's own unit alarm its desk from the start."""
    unit_recipients = [
        recipient
        for recipient in recipients
        if recipient.officer_id not in excluded
        and (recipient.unit_id == unit_id or recipient.step == AlarmLevel.PROVINCE)
    ]
    owner_ids = [
        recipient.officer_id
        for recipient in unit_recipients
        if recipient.officer_id == owner and recipient.unit_id == unit_id
    ]
    for level in range(stage, AlarmLevel.PROVINCE + 1):
        recipient_ids = [
            recipient.officer_id
            for recipient in unit_recipients
            if recipient.step <= level or (recipient.step == AlarmLevel.PROVINCE and recipient.unit_id == unit_id)
        ]
        if recipient_ids:
            return tuple(dict.fromkeys([*recipient_ids, *owner_ids]))
    return ()


def should_alarm(urgency: int) -> bool:
    return urgency >= DANGER


def get_next_escalation(stage: int, *, opened_at: dt.datetime, delays: EscalationDelays) -> dt.datetime | None:
    """Return when an alarm at `stage` escalates; None at the top."""
    if stage == AlarmLevel.OFFICERS:
        return opened_at + dt.timedelta(seconds=delays.chief)
    if stage == AlarmLevel.CHIEF:
        return opened_at + dt.timedelta(seconds=delays.province)
    return None


def should_reopen(state: State, *, closed_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Return whether a new message reopens a closed case: only within REOPEN_WINDOW, later it opens a new case."""
    return state is State.CLOSED and closed_at is not None and now - closed_at <= REOPEN_WINDOW


def may_assign(*, can_assign: bool, can_work: bool, is_taken: bool) -> bool:
    """Return whether an officer may assign the case to a colleague: a lead always, a case officer only a case of their
    own or an unassigned one (`is_taken`: a third person has it)."""
    return can_assign or (can_work and not is_taken)


def should_follow_place(lane: Lane, category: str, *, at_province: bool, is_taken: bool) -> bool:
    """Return whether a case moves down to the commune of its place: only one that the province holds because the place
    was unknown, not one that an officer took, and never a complaint."""
    complaint = lane in COMPLAINT_LANES or category in PROVINCE_ONLY_CATEGORIES
    return at_province and not is_taken and not complaint
