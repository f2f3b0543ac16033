"""What intake needs to know of a case somebody told of before. Pure."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case the sender told of before. `closed`: already closed, lately enough to be reopened by a new word."""

    case_id: int
    category: str
    urgency: int
    waiting: bool  # an officer asked and waits
    closed: bool
    report_id: int
    private: bool  # told in private, not in the group
    recent: bool = False  # something happened on it within the hour
    unit_id: int = 0
    placed: bool = True  # its commune is known
    apart: bool = False  # a complaint about police: what follows is sealed as it comes
    asked: bool = False  # intake asked by itself a short while ago, and nothing came yet


@dataclass(frozen=True, slots=True)
class Incident:
    """What tells whether two reports are of one incident. `case_id` 0: not a case yet.

    `keys`: plates, accounts, papers, phones of a new report in their canonical form, as `folded` holds them;
    `point`: latitude and longitude in degrees; `complaint`: in a lane where cases are never joined.
    """

    case_id: int
    category: str
    sensitive: bool
    complaint: bool
    unit_id: int
    commune_id: int | None
    area_id: int | None
    place: str
    point: tuple[float, float] | None
    at: dt.datetime
    folded: str
    keys: frozenset[str] = frozenset()

    @property
    def village(self) -> bool:
        """Its place is known to the village."""
        return self.area_id is not None and self.area_id != self.commune_id
