"""Routing of a complaint about police, and actions of its handlers. Pure and total.

Missing, ambiguous or multiple subjects route upwards; nothing goes to the unit concerned by default. Source: Decree
22/2019/NĐ-CP art. 5 as amended by Decree 224/2025/NĐ-CP; never below what it requires.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from binhyen.cases.choices import State
from binhyen.kit.i18n_markers import N_
from binhyen.people.conflicts import ESCALATION_ORDER, Desk, format_office_key, get_higher_queue, is_excluded
from binhyen.people.roles import Role


class SubjectRank(StrEnum):
    """Rank of a complaint's subject."""

    UNKNOWN = "UNKNOWN"
    TEAM = "TEAM"
    OFFICER = "OFFICER"
    CHIEF = "CHIEF"
    UNIT = "UNIT"
    STAFF = "STAFF"
    INSPECTOR = "INSPECTOR"
    OPERATOR = "OPERATOR"
    DIRECTOR = "DIRECTOR"


RANK_LABELS = {
    SubjectRank.UNKNOWN: N_("Chưa rõ về ai"),
    SubjectRank.TEAM: N_("Tổ bảo vệ an ninh, trật tự"),
    SubjectRank.OFFICER: N_("Cán bộ công an xã"),
    SubjectRank.CHIEF: N_("Trưởng, phó công an xã"),
    SubjectRank.UNIT: N_("Cả đơn vị"),
    SubjectRank.STAFF: N_("Cán bộ công an tỉnh"),
    SubjectRank.INSPECTOR: N_("Thanh tra"),
    SubjectRank.OPERATOR: N_("Người vận hành hệ thống"),
    SubjectRank.DIRECTOR: N_("Giám đốc, phó giám đốc, văn phòng Giám đốc"),
}

# The lowest desk that may handle it. By the table, a member of the grassroots force would belong to the commune chief;
# no commune holds a key to sealed texts, so it stays one step higher.
LOWEST_DESK: dict[SubjectRank, Desk] = {
    SubjectRank.UNKNOWN: Desk.PROVINCE,
    SubjectRank.TEAM: Desk.PROVINCE,
    SubjectRank.OFFICER: Desk.PROVINCE,
    SubjectRank.CHIEF: Desk.DIRECTOR,
    SubjectRank.UNIT: Desk.DIRECTOR,
    SubjectRank.STAFF: Desk.DIRECTOR,
    SubjectRank.INSPECTOR: Desk.DIRECTOR,
    SubjectRank.OPERATOR: Desk.INSPECTORATE,
    SubjectRank.DIRECTOR: Desk.INSPECTORATE,
}
EXCLUDED_TEXT: dict[SubjectRank, str] = {
    SubjectRank.UNKNOWN: "every unit possibly named",
    SubjectRank.TEAM: "the team and its commune's police",
    SubjectRank.OFFICER: "the whole unit",
    SubjectRank.CHIEF: "the whole unit",
    SubjectRank.UNIT: "the whole unit",
    SubjectRank.STAFF: "the province's desk and staff",
    SubjectRank.INSPECTOR: "the inspectorate",
    SubjectRank.OPERATOR: "all who run the system",
    SubjectRank.DIRECTOR: "all of the province but the inspectorate",
}
_OF_ROLE: dict[str, SubjectRank] = {
    Role.VILLAGE_TEAM: SubjectRank.TEAM,
    Role.OFFICER: SubjectRank.OFFICER,
    Role.CHIEF: SubjectRank.CHIEF,
    Role.PROVINCE_DUTY: SubjectRank.STAFF,
    Role.PROVINCE_STAFF: SubjectRank.STAFF,
    Role.CUSTODIAN: SubjectRank.STAFF,
    Role.INSPECTOR: SubjectRank.INSPECTOR,
    Role.OPERATOR: SubjectRank.OPERATOR,
    Role.DIRECTOR: SubjectRank.DIRECTOR,
}
_EXTRA_CONFLICT_KEYS: dict[SubjectRank, frozenset[str]] = {
    SubjectRank.STAFF: frozenset({format_office_key(Desk.PROVINCE)}),
    SubjectRank.INSPECTOR: frozenset({format_office_key(Desk.INSPECTORATE)}),
    SubjectRank.OPERATOR: frozenset({format_office_key("OPERATION")}),
    SubjectRank.DIRECTOR: frozenset(map(format_office_key, (Desk.PROVINCE, Desk.DIRECTOR, "OPERATION", "CUSTODY"))),
}
MINISTRY = "MINISTRY"  # handles complaints that no desk here may handle


def get_rank(role: str) -> SubjectRank:
    """Return the rank of a role; an unknown role counts as the highest."""
    return _OF_ROLE.get(role, SubjectRank.DIRECTOR)


@dataclass(frozen=True, slots=True)
class Subject:
    """A possible subject of a complaint. `conflict_keys`: excluded because of it."""

    rank: SubjectRank
    conflict_keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler of complaints. `conflict_keys`: of the handler (people/conflicts.py)."""

    officer_id: int
    desk: Desk
    conflict_keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Route:
    """Result of routing.

    `recipients`: officers by «person:ID»; «office:DESK» for an unstaffed desk; or MINISTRY. `keys`: desks whose keys
    open the texts: this one and those above it without a conflict.
    """

    desk: Desk
    recipients: frozenset[str]
    conflict_keys: frozenset[str]
    keys: tuple[Desk, ...]


def route_complaint(
    subjects: Iterable[Subject], handlers: Collection[Handler], *, at_least: Desk = Desk.PROVINCE
) -> Route:
    """Route a complaint; total. `at_least`: its present desk, because a complaint never moves down."""
    all_subjects = tuple(subjects) or (Subject(SubjectRank.UNKNOWN),)
    conflict_keys = frozenset().union(
        *(
            subject_item.conflict_keys | _EXTRA_CONFLICT_KEYS.get(subject_item.rank, frozenset())
            for subject_item in all_subjects
        )
    )
    lowest = at_least
    for subject in all_subjects:
        lowest = get_higher_queue(lowest, LOWEST_DESK[subject.rank])
    free_desks = tuple(
        candidate
        for candidate in ESCALATION_ORDER[ESCALATION_ORDER.index(lowest) : -1]
        if format_office_key(candidate) not in conflict_keys
    )
    for desk in free_desks:
        recipients = frozenset(
            f"person:{handler.officer_id}"
            for handler in handlers
            if handler.desk is desk and not is_excluded(conflict_keys, handler.conflict_keys)
        )
        if recipients:
            return Route(desk, recipients, conflict_keys, free_desks[free_desks.index(desk) :])
    # An unstaffed desk waits for a new handler. Where all handlers have a conflict, no desk may handle it.
    staffed = {handler.desk for handler in handlers}
    if empty := [desk for desk in free_desks if desk not in staffed]:
        return Route(
            empty[0], frozenset({format_office_key(empty[0])}), conflict_keys, free_desks[free_desks.index(empty[0]) :]
        )
    return Route(Desk.OUTSIDE, frozenset({MINISTRY}), conflict_keys, ())


def needs_insistence(new_route: Route, all_subjects: Iterable[Subject]) -> bool:
    """Return whether it is stored only if the person insists.

    These are complaints about the province's leaders, and complaints without a desk.
    """
    return new_route.desk is Desk.OUTSIDE or any(subject.rank is SubjectRank.DIRECTOR for subject in all_subjects)


NOTES_SUFFIX = ":notes"  # suffix of a conversation's owner for officers' notes, never shown to the reporter
DESK_KEY_GROUPS: dict[Desk, str] = {Desk.PROVINCE: "CONDUCT", Desk.DIRECTOR: "DIRECTOR", Desk.INSPECTORATE: "INSPECT"}


ANSWER_CLOCK = "answer"  # the clock of its conclusion (cases/kinds.py)


class ComplaintAction(StrEnum):
    """An action of a handler, besides answering and passing facts on."""

    ACKNOWLEDGE = "da-biet"
    ACCEPT = "nhan"
    NAME = "ve-ai"
    TAKE_OVER = "rut-len"
    PROLONG = "gia-han"
    CLOSE = "ket-luan"
    REOPEN = "mo-lai"


_WORKING_ACTIONS = frozenset(
    {ComplaintAction.NAME, ComplaintAction.TAKE_OVER, ComplaintAction.PROLONG, ComplaintAction.CLOSE}
)
_ACTIONS_BY_STATE: dict[State, frozenset[ComplaintAction]] = {
    State.NEW: frozenset({ComplaintAction.ACCEPT, ComplaintAction.NAME, ComplaintAction.TAKE_OVER}),
    State.RECEIVED: _WORKING_ACTIONS,
    State.WORKING: _WORKING_ACTIONS,
    State.WAITING: _WORKING_ACTIONS,
    State.PASSED_ON: _WORKING_ACTIONS,
    State.CLOSED: frozenset({ComplaintAction.REOPEN, ComplaintAction.TAKE_OVER}),
    State.MERGED: frozenset(),
}


def list_complaint_actions(
    state: State, *, own_desk: Desk, current_desk: Desk, rings: bool = False
) -> frozenset[ComplaintAction]:
    """Return the actions at desk `own_desk` for a complaint at desk `current_desk`.

    All at the own desk, taking over from below, none above. With `rings`, the alarm can be acknowledged too.
    """
    acknowledge = frozenset({ComplaintAction.ACKNOWLEDGE}) if rings else frozenset()
    if own_desk is current_desk:
        return _ACTIONS_BY_STATE[state] - {ComplaintAction.TAKE_OVER} | acknowledge
    if ESCALATION_ORDER.index(own_desk) > ESCALATION_ORDER.index(current_desk):
        return _ACTIONS_BY_STATE[state] & {ComplaintAction.TAKE_OVER} | acknowledge
    return frozenset()


def can_pass_on(conflict_keys: Collection[str]) -> bool:
    """Return whether facts may become an ordinary case of the province's desk: never where that desk has a conflict.

    Communes never get one (cases/services/restricted_cases.py opens it at the province).
    """
    return format_office_key(Desk.PROVINCE) not in conflict_keys


# Escalation of waiting complaints: recipients, and the time when an alarm moves a desk up. Pure.
#
# People in the conflict set are never alerted; a desk without recipients is skipped. An urgent complaint (danger to
# life, violence under way) rings at its own desk at once; an overdue one at the desk above. Without acknowledgement it
# moves up a desk at a time: two steps of at most 450 seconds, so the highest desk is alerted within 15 minutes.


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """A step of the escalation: highest desk, alerted officers, time of the next step.

    `officers` may be empty; `next_at` is None at the highest desk.
    """

    desk: Desk
    officers: frozenset[int]
    next_at: dt.datetime | None


def find_recipients(
    handlers: Iterable[Handler], conflict_keys: Collection[str], *, own_desk: Desk
) -> dict[Desk, frozenset[int]]:
    """Return possible recipients by desk, from the complaint's own upwards; only desks that have some."""
    recipients: dict[Desk, set[int]] = {}
    for handler in handlers:
        open_to = (
            ESCALATION_ORDER.index(handler.desk) >= ESCALATION_ORDER.index(own_desk)
            and format_office_key(handler.desk) not in conflict_keys
        )
        if open_to and not is_excluded(conflict_keys, handler.conflict_keys):
            recipients.setdefault(handler.desk, set()).add(handler.officer_id)
    return {desk: frozenset(recipients[desk]) for desk in ESCALATION_ORDER if desk in recipients}


def find_lower_recipients(
    handlers: Iterable[Handler], conflict_keys: Collection[str], *, own_desk: Desk
) -> frozenset[int]:
    """Return recipients of lower desks without a conflict, for a complaint without a free handler.

    They learn only that one waits. Complaints outside the province alert no officer here.
    """
    lower = ESCALATION_ORDER[: ESCALATION_ORDER.index(own_desk)] if own_desk is not Desk.OUTSIDE else ()
    free = (
        handler
        for handler in handlers
        if handler.desk in lower and format_office_key(handler.desk) not in conflict_keys
    )
    return frozenset(handler.officer_id for handler in free if not is_excluded(conflict_keys, handler.conflict_keys))


def plan_first_step(
    recipients: dict[Desk, frozenset[int]], *, own_desk: Desk, late: bool, now: dt.datetime, step: int
) -> EscalationStep:
    """Return the first step. `step`: seconds a desk."""
    desks = list(recipients)
    higher = [desk for desk in desks if not late or desk is not own_desk]
    start = (higher or desks or [own_desk])[0]
    return _build_step(start, recipients, now=now, step=step)


def plan_next_step(
    recipients: dict[Desk, frozenset[int]], *, desk: Desk, now: dt.datetime, step: int
) -> EscalationStep:
    """Return the next step after `desk`: the next higher desk with recipients, otherwise it goes on ringing there."""
    above = [candidate for candidate in recipients if ESCALATION_ORDER.index(candidate) > ESCALATION_ORDER.index(desk)]
    return _build_step(above[0] if above else desk, recipients, now=now, step=step)


def list_alerted(recipients: dict[Desk, frozenset[int]], *, desk: Desk) -> frozenset[int]:
    """Return the officers alerted by an alarm at `desk` now: people come, leave, and turn out to have a conflict."""
    return frozenset().union(
        *(
            officer_ids
            for candidate, officer_ids in recipients.items()
            if ESCALATION_ORDER.index(candidate) <= ESCALATION_ORDER.index(desk)
        )
    )


def _build_step(desk: Desk, recipients: dict[Desk, frozenset[int]], *, now: dt.datetime, step: int) -> EscalationStep:
    has_higher = any(ESCALATION_ORDER.index(candidate) > ESCALATION_ORDER.index(desk) for candidate in recipients)
    return EscalationStep(
        desk, list_alerted(recipients, desk=desk), now + dt.timedelta(seconds=step) if has_higher else None
    )
