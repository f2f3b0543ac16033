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
    rated: bool = False  # they have said whether its end helped


@dataclass(frozen=True, slots=True)
class Incident:
    """What tells whether two reports may be of one incident. `case_id` 0: not a case yet.

    `keys`: plates, accounts, papers, phones of a new report in their canonical form, as `folded` holds them;
    `complaint`: in a lane where cases are never joined; `version`: of the case.
    """

    case_id: int
    category: str
    urgency: int
    sensitive: bool
    complaint: bool
    unit_id: int
    commune_id: int | None
    at: dt.datetime
    folded: str
    keys: frozenset[str] = frozenset()
    version: int = 0


@dataclass(frozen=True, slots=True)
class ToldMessage:
    """What one person told of a case, and what the reader made of it. `opening`: the words that opened the case;
    `top`: likely categories and their probabilities; `entities`: as the reader gave them.
    """

    message_id: int
    opening: bool
    text: str
    at: dt.datetime
    category: str
    top: str  # JSON, as it lies in the database: most were read before
    entities: str
    point: tuple[float, float] | None
