"""Read events that are recorded in the audit log. Pure; the one table for screens and API."""

from dataclasses import dataclass
from enum import StrEnum


class ReadKind(StrEnum):
    """Kind of data that was read; the value is the entry's verb."""

    CASE = "case.read"  # the page of a case, with its conversation
    CASE_BY_API = "api.case.read"
    LIST_BY_API = "api.cases.listed"
    MESSAGES = "messages.read"  # the page of unassigned messages
    PHOTO = "photo.read"  # a preview copy
    ORIGINAL = "original.read"  # evidence as it was sent
    SEARCH = "search.asked"
    EXPORT = "cases.exported"
    BOOK = "audit.read"  # the audit log itself
    BOOK_EXPORT = "audit.exported"


# Always recorded; the others only if the shown data are sensitive.
_ALWAYS_RECORDED = frozenset(ReadKind) - {ReadKind.CASE, ReadKind.MESSAGES, ReadKind.PHOTO}


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """One read event. `sensitive`: of the shown data; `count`: of hits or rows, where useful."""

    what: ReadKind
    sensitive: bool = False
    count: int | None = None


def is_recorded(event: ReadEvent) -> bool:
    """Tell whether the event is recorded. Total: an unknown kind cannot be skipped."""
    return event.sensitive or event.what in _ALWAYS_RECORDED


def build_read_detail(event: ReadEvent) -> dict[str, int]:
    """Return the detail of the entry: numbers only, never search words or names (the entry's object identifies it)."""
    return {} if event.count is None else {"n": event.count}
