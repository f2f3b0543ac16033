"""Conflicts of interest. Pure; the rules behind access.py, complaint routing and row-level security.

A conflict key is a string: `person:7`, `unit:12`, `office:PROVINCE`. A subject has excluded keys, an officer has own
keys; a shared key excludes the officer, whatever the role. Source: security reference, B.6 and D.4.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from binhyen.kit.i18n_markers import N_
from binhyen.people.roles import Role

REMEMBERED = dt.timedelta(days=3 * 365)  # how long an officer counts as a member of a former unit: house rule


class Desk(StrEnum):
    """Queues that handle complaints about police, from the lowest to the highest."""

    PROVINCE = "PROVINCE"
    DIRECTOR = "DIRECTOR"
    INSPECTORATE = "INSPECTORATE"
    OUTSIDE = "OUTSIDE"  # handled outside: people get the Ministry's address


LADDER = tuple(Desk)
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
class Seat:
    """A present or former appointment. `above`: parent units without the province."""

    role: str
    unit_id: int
    above: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Source of an officer's conflict keys: present, recent and acting appointments, colleagues, relatives."""

    officer_id: int
    seats: tuple[Seat, ...]
    beside: frozenset[int] = frozenset()
    ties: frozenset[int] = frozenset()


def person(officer_id: int) -> str:
    return f"person:{officer_id}"


def unit(unit_id: int) -> str:
    return f"unit:{unit_id}"


def office(name: str) -> str:
    return f"office:{name}"


def home(seat: Seat) -> frozenset[str]:
    """Return the conflict keys of an appointment: its office, or its unit and parents, so that a village team belongs
    to its commune.
    """
    if seat.role in OFFICES:
        return frozenset({office(OFFICES[seat.role])})
    return frozenset(map(unit, (seat.unit_id, *seat.above)))


def sides(of: Standing) -> frozenset[str]:
    """Return all conflict keys of an officer: themselves, relatives, colleagues and every appointment."""
    persons = {of.officer_id, *of.beside, *of.ties}
    return frozenset(map(person, persons)).union(*map(home, of.seats))


def kept_from(of: Standing) -> frozenset[str]:
    """Return the keys excluded from a subject about this officer. Relatives and colleagues match by their own keys."""
    return frozenset({person(of.officer_id)}).union(*map(home, of.seats))


def barred(kept: Collection[str], mine: Collection[str]) -> bool:
    return not frozenset(kept).isdisjoint(mine)


def desk_of(role: str) -> Desk | None:
    """Return the queue of a role; None for a role that handles no complaints."""
    found = OFFICES.get(role)
    return Desk(found) if found in LADDER else None


def oversees(role: str) -> tuple[Desk, ...]:
    """Return the queues whose complaints a role may see: the own one and those below it."""
    own = desk_of(role)
    return LADDER[: LADDER.index(own) + 1] if own else ()


def higher(one: Desk, other: Desk) -> Desk:
    return max(one, other, key=LADDER.index)
