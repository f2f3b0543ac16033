"""What intake needs to know of a case somebody told of before. Pure."""

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
