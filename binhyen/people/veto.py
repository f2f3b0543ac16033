"""Conflicts of interest: on whose side somebody stands. Pure; what access.py, the routing of complaints about police
and the fence in the database obey.

A side is a word: `person:7`, `unit:12`, `office:PROVINCE`. A matter is kept from sides, a person has sides; who shares
one with a matter is barred from it, whatever their role. Source: security reference, B.6 and D.4.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from binhyen.kit.wording import N_
from binhyen.people.rules import Role

REMEMBERED = dt.timedelta(days=3 * 365)  # how long somebody counts as of a unit they left: house rule


class Desk(StrEnum):
    """Who handles complaints about police, from below upwards."""

    PROVINCE = "PROVINCE"
    DIRECTOR = "DIRECTOR"
    INSPECTORATE = "INSPECTORATE"
    OUTSIDE = "OUTSIDE"  # nobody here may: the Ministry's address is told


LADDER = tuple(Desk)
DESK_LABELS = {
    Desk.PROVINCE: N_("Tiếp nhận của tỉnh"),
    Desk.DIRECTOR: N_("Văn phòng Giám đốc"),
    Desk.INSPECTORATE: "Thanh tra",
    Desk.OUTSIDE: N_("Ngoài hệ thống"),
}
# The province's people sit in one unit; whom they work with is told by the office.
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
    """A place somebody serves or served in. `above`: units over it, the province's not among them."""

    role: str
    unit_id: int
    above: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What makes somebody's sides: seats of today, of late and by appointment; who serves beside them; relatives."""

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
    """The sides of a seat: its office, or its unit with those over it, so that a village team is of its commune."""
    if seat.role in OFFICES:
        return frozenset({office(OFFICES[seat.role])})
    return frozenset(map(unit, (seat.unit_id, *seat.above)))


def sides(of: Standing) -> frozenset[str]:
    """All sides somebody stands on: themselves, relatives, who serves beside them, and every seat."""
    persons = {of.officer_id, *of.beside, *of.ties}
    return frozenset(map(person, persons)).union(*map(home, of.seats))


def kept_from(of: Standing) -> frozenset[str]:
    """From whom a matter about this person is kept. Relatives and colleagues find themselves by their own sides."""
    return frozenset({person(of.officer_id)}).union(*map(home, of.seats))


def barred(kept: Collection[str], mine: Collection[str]) -> bool:
    return not frozenset(kept).isdisjoint(mine)


def desk_of(role: str) -> Desk | None:
    """The desk a role sits at; None for who handles no complaints."""
    found = OFFICES.get(role)
    return Desk(found) if found in LADDER else None


def oversees(role: str) -> tuple[Desk, ...]:
    """Desks whose matters a role may see: the own one and those below it."""
    own = desk_of(role)
    return LADDER[: LADDER.index(own) + 1] if own else ()


def higher(one: Desk, other: Desk) -> Desk:
    return max(one, other, key=LADDER.index)
