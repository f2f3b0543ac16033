"""Conflicts of interest. Pure; the rules behind access.py, complaint routing and row-level security.

A conflict key is a string: `person:7`, `unit:12`, `office:PROVINCE`. A subject has excluded keys, an officer has own
keys; a shared key excludes the officer, whatever the role.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from binhyen.kit.i18n_markers import N_
from binhyen.people.roles import Role

FORMER_UNIT_PERIOD = dt.timedelta(days=3 * 365)  # how long an officer counts as a member of a former unit: house rule


class Desk(StrEnum):
    """Queues that handle complaints about police, from the lowest to the highest."""

    PROVINCE = "PROVINCE"
    DIRECTOR = "DIRECTOR"
    INSPECTORATE = "INSPECTORATE"
    OUTSIDE = "OUTSIDE"  # handled outside: people get the Ministry's address


ESCALATION_ORDER = tuple(Desk)
DESK_LABELS = {
    Desk.PROVINCE: N_("Tiếp nhận của tỉnh"),
    Desk.DIRECTOR: N_("Văn phòng Giám đốc"),
    Desk.INSPECTORATE: N_("Thanh tra"),
    Desk.OUTSIDE: N_("Ngoài hệ thống"),
}
# All officers of the province are in one unit; the office tells the working group.
OFFICES: dict[str, str] = {
    Role.PROVINCE_DUTY: Desk.PROVINCE,
    Role.PROVINCE_STAFF: Desk.PROVINCE,
    Role.DIRECTOR: Desk.DIRECTOR,
    Role.INSPECTOR: Desk.INSPECTORATE,
    Role.OPERATOR: "OPERATION",
    Role.CUSTODIAN: "CUSTODY",
}


@dataclass(frozen=True, slots=True)
class OfficerPost:
    """A present or former appointment. `above`: parent units without the province."""

    role: str
    unit_id: int
    parent_units: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ConflictFacts:
    """Source of an officer's conflict keys: present, recent and acting appointments, colleagues, relatives."""

    officer_id: int
    posts: tuple[OfficerPost, ...]
    colleagues: frozenset[int] = frozenset()
    relatives: frozenset[int] = frozenset()


def format_person_key(officer_id: int) -> str:
    return f"person:{officer_id}"


def format_unit_key(unit_id: int) -> str:
    return f"unit:{unit_id}"


def format_office_key(name: str) -> str:
    return f"office:{name}"


def get_post_keys(seat: OfficerPost) -> frozenset[str]:
    """Return the conflict keys of an appointment: its office, or its unit and parents, so that a village team belongs
    to its commune.
    """
    if seat.role in OFFICES:
        return frozenset({format_office_key(OFFICES[seat.role])})
    return frozenset(map(format_unit_key, (seat.unit_id, *seat.parent_units)))


def get_conflict_keys(facts: ConflictFacts) -> frozenset[str]:
    """Return all conflict keys of an officer: themselves, relatives, colleagues and every appointment."""
    persons = {facts.officer_id, *facts.colleagues, *facts.relatives}
    return frozenset(map(format_person_key, persons)).union(*map(get_post_keys, facts.posts))


def get_excluded_keys(facts: ConflictFacts) -> frozenset[str]:
    """Return the keys excluded from a subject about this officer. Relatives and colleagues match by their own keys."""
    return frozenset({format_person_key(facts.officer_id)}).union(*map(get_post_keys, facts.posts))


def is_excluded(excluded_keys: Collection[str], own_keys: Collection[str]) -> bool:
    return not frozenset(excluded_keys).isdisjoint(own_keys)


def get_queue(role: str) -> Desk | None:
    """Return the queue of a role; None for a role that handles no complaints."""
    office_name = OFFICES.get(role)
    return Desk(office_name) if office_name in ESCALATION_ORDER else None


def list_overseen_queues(role: str) -> tuple[Desk, ...]:
    """Return the queues whose complaints a role may see: the own one and those below it."""
    own_queue = get_queue(role)
    return ESCALATION_ORDER[: ESCALATION_ORDER.index(own_queue) + 1] if own_queue else ()


def get_higher_queue(left: Desk, right: Desk) -> Desk:
    return max(left, right, key=ESCALATION_ORDER.index)
