"""Routing of a complaint about police, and actions of its handlers. Pure and total.

Missing, ambiguous or multiple subjects route upwards; nothing goes to the unit concerned by default. Source: security
reference D.4 (Decree 22/2019 art. 5 as amended by Decree 224/2025).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from binhyen.cases.choices import State
from binhyen.kit.i18n_markers import N_
from binhyen.people.conflicts import LADDER, Desk, barred, higher, office
from binhyen.people.roles import Role


class Rank(StrEnum):
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
    Rank.UNKNOWN: N_("Chưa rõ về ai"),
    Rank.TEAM: N_("Tổ bảo vệ an ninh, trật tự"),
    Rank.OFFICER: N_("Cán bộ công an xã"),
    Rank.CHIEF: N_("Trưởng, phó công an xã"),
    Rank.UNIT: N_("Cả đơn vị"),
    Rank.STAFF: N_("Cán bộ công an tỉnh"),
    Rank.INSPECTOR: N_("Thanh tra"),
    Rank.OPERATOR: N_("Người vận hành hệ thống"),
    Rank.DIRECTOR: N_("Giám đốc, phó giám đốc, văn phòng Giám đốc"),
}

# The lowest desk that may handle it. By the table, a member of the grassroots force would belong to the commune chief;
# no commune holds a key to sealed texts, so it stays one step higher.
TABLE: dict[Rank, Desk] = {
    Rank.UNKNOWN: Desk.PROVINCE,
    Rank.TEAM: Desk.PROVINCE,
    Rank.OFFICER: Desk.PROVINCE,
    Rank.CHIEF: Desk.DIRECTOR,
    Rank.UNIT: Desk.DIRECTOR,
    Rank.STAFF: Desk.DIRECTOR,
    Rank.INSPECTOR: Desk.DIRECTOR,
    Rank.OPERATOR: Desk.INSPECTORATE,
    Rank.DIRECTOR: Desk.INSPECTORATE,
}
HIDDEN: dict[Rank, str] = {
    Rank.UNKNOWN: "every unit possibly named",
    Rank.TEAM: "the team and its commune's police",
    Rank.OFFICER: "the whole unit",
    Rank.CHIEF: "the whole unit",
    Rank.UNIT: "the whole unit",
    Rank.STAFF: "the province's desk and staff",
    Rank.INSPECTOR: "the inspectorate",
    Rank.OPERATOR: "all who run the system",
    Rank.DIRECTOR: "all of the province but the inspectorate",
}
_OF_ROLE: dict[str, Rank] = {
    Role.VILLAGE_TEAM: Rank.TEAM,
    Role.OFFICER: Rank.OFFICER,
    Role.CHIEF: Rank.CHIEF,
    Role.PROVINCE_DUTY: Rank.STAFF,
    Role.PROVINCE_STAFF: Rank.STAFF,
    Role.CUSTODIAN: Rank.STAFF,
    Role.INSPECTOR: Rank.INSPECTOR,
    Role.OPERATOR: Rank.OPERATOR,
    Role.DIRECTOR: Rank.DIRECTOR,
}
_ALSO_HIDDEN: dict[Rank, frozenset[str]] = {
    Rank.STAFF: frozenset({office(Desk.PROVINCE)}),
    Rank.INSPECTOR: frozenset({office(Desk.INSPECTORATE)}),
    Rank.OPERATOR: frozenset({office("OPERATION")}),
    Rank.DIRECTOR: frozenset(map(office, (Desk.PROVINCE, Desk.DIRECTOR, "OPERATION", "CUSTODY"))),
}
MINISTRY = "MINISTRY"  # handles complaints that no desk here may handle


def rank_of(role: str) -> Rank:
    """Return the rank of a role; an unknown role counts as the highest."""
    return _OF_ROLE.get(role, Rank.DIRECTOR)


@dataclass(frozen=True, slots=True)
class Subject:
    """A possible subject of a complaint. `conflict_keys`: excluded because of it."""

    rank: Rank
    sides: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler of complaints. `conflict_keys`: of the handler (people/conflicts.py)."""

    officer_id: int
    desk: Desk
    sides: frozenset[str]


@dataclass(frozen=True, slots=True)
class Route:
    """Result of routing.

    `recipients`: officers by «person:ID»; «office:DESK» for an unstaffed desk; or MINISTRY. `keys`: desks whose keys
    open the texts: this one and those above it without a conflict.
    """

    desk: Desk
    recipients: frozenset[str]
    kept_from: frozenset[str]
    keys: tuple[Desk, ...]


def route(subjects: Iterable[Subject], handlers: Collection[Handler], *, at_least: Desk = Desk.PROVINCE) -> Route:
    """Route a complaint; total. `at_least`: its present desk, because a complaint never moves down."""
    about = tuple(subjects) or (Subject(Rank.UNKNOWN),)
    kept = frozenset().union(*(s.sides | _ALSO_HIDDEN.get(s.rank, frozenset()) for s in about))
    lowest = at_least
    for subject in about:
        lowest = higher(lowest, TABLE[subject.rank])
    free = tuple(d for d in LADDER[LADDER.index(lowest) : -1] if office(d) not in kept)
    for desk in free:
        able = frozenset(f"person:{h.officer_id}" for h in handlers if h.desk is desk and not barred(kept, h.sides))
        if able:
            return Route(desk, able, kept, free[free.index(desk) :])
    # An unstaffed desk waits for a new handler. Where all handlers have a conflict, no desk may handle it.
    staffed = {h.desk for h in handlers}
    if empty := [desk for desk in free if desk not in staffed]:
        return Route(empty[0], frozenset({office(empty[0])}), kept, free[free.index(empty[0]) :])
    return Route(Desk.OUTSIDE, frozenset({MINISTRY}), kept, ())


def only_if_insisted(to: Route, about: Iterable[Subject]) -> bool:
    """Return whether it is stored only if the person insists.

    These are complaints about the province's leaders, and complaints without a desk (D.4).
    """
    return to.desk is Desk.OUTSIDE or any(subject.rank is Rank.DIRECTOR for subject in about)


NOTES = ":notes"  # suffix of a conversation's owner for officers' notes, never shown to the reporter
GROUPS: dict[Desk, str] = {Desk.PROVINCE: "CONDUCT", Desk.DIRECTOR: "DIRECTOR", Desk.INSPECTORATE: "INSPECT"}


ANSWER = "answer"  # the clock of its conclusion (cases/kinds/conduct.py)


class Deed(StrEnum):
    """An action of a handler, besides answering and passing facts on."""

    ACKNOWLEDGE = "da-biet"
    ACCEPT = "nhan"
    NAME = "ve-ai"
    TAKE_OVER = "rut-len"
    PROLONG = "gia-han"
    CLOSE = "ket-luan"
    REOPEN = "mo-lai"


_AT_WORK = frozenset({Deed.NAME, Deed.TAKE_OVER, Deed.PROLONG, Deed.CLOSE})
_NEXT: dict[State, frozenset[Deed]] = {
    State.NEW: frozenset({Deed.ACCEPT, Deed.NAME, Deed.TAKE_OVER}),
    State.RECEIVED: _AT_WORK,
    State.WORKING: _AT_WORK,
    State.WAITING: _AT_WORK,
    State.PASSED_ON: _AT_WORK,
    State.CLOSED: frozenset({Deed.REOPEN, Deed.TAKE_OVER}),
    State.MERGED: frozenset(),
}


def deeds(state: State, *, own: Desk, at: Desk, rings: bool = False) -> frozenset[Deed]:
    """Return the actions at desk `own_desk` for a complaint at desk `current_desk`.

    All at the own desk, taking over from below, none above. With `rings`, the alarm can be acknowledged too.
    """
    heard = frozenset({Deed.ACKNOWLEDGE}) if rings else frozenset()
    if own is at:
        return _NEXT[state] - {Deed.TAKE_OVER} | heard
    if LADDER.index(own) > LADDER.index(at):
        return _NEXT[state] & {Deed.TAKE_OVER} | heard
    return frozenset()


def may_pass_on(kept_from: Collection[str]) -> bool:
    """Return whether facts may become an ordinary case of the province's desk: never where that desk has a conflict.

    Communes never get one (cases/services/restricted_cases.py opens it at the province).
    """
    return office(Desk.PROVINCE) not in kept_from
