"""Which looks at data are entries of the book. Pure; screens and API ask here, so that one table says it."""

from dataclasses import dataclass
from enum import StrEnum


class Read(StrEnum):
    """What somebody looked at; the value is the entry's verb."""

    CASE = "case.read"  # the page of a case, with its conversation
    CASE_BY_API = "api.case.read"
    LIST_BY_API = "api.cases.listed"
    MESSAGES = "messages.read"  # the page of loose messages
    PHOTO = "photo.read"  # a shown copy
    ORIGINAL = "original.read"  # evidence as it was sent
    SEARCH = "search.asked"
    EXPORT = "cases.exported"
    BOOK = "audit.read"  # the book of entries itself
    BOOK_EXPORT = "audit.exported"


# Always; the others only where what was seen is sensitive.
_ALWAYS = frozenset(Read) - {Read.CASE, Read.MESSAGES, Read.PHOTO}


@dataclass(frozen=True, slots=True)
class Seen:
    """One look. `sensitive`: whether what was shown is; `count`: of hits or rows, where that says something."""

    what: Read
    sensitive: bool = False
    count: int | None = None


def is_entry(seen: Seen) -> bool:
    """Total: an unknown read cannot be written down as «not recorded»."""
    return seen.sensitive or seen.what in _ALWAYS


def detail(seen: Seen) -> dict[str, int]:
    """Numbers only: never the words of a search, never whose page it was (the entry's object says that)."""
    return {} if seen.count is None else {"n": seen.count}
