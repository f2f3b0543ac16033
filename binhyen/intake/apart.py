"""Complaints about police do not stay in the register: their words go to whoever keeps them (settings.KEEPER).

The feature that keeps them lies above intake and is never called by name, as with the desks of vault/desks.py.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from binhyen.cases.models import Case


@dataclass(frozen=True, slots=True)
class Telling:
    """Words of a complaint. `unit_ids`: police units possibly meant; `link_key`: 32 bytes that only who holds the
    status link can make, b"" in a chat; `message_id`: the row that stands for it, already bare; 0 where there is none.
    """

    message_id: int
    words: str
    reporter_id: int | None
    conversation_id: int | None
    urgency: int
    unit_ids: tuple[int, ...] = ()
    link_hash: str | None = None
    link_key: bytes = b""


@dataclass(frozen=True, slots=True)
class Kept:
    """`letter`: what the person hears at once, in private. `lock_id`, `private`: the lock of its words and that lock's
    private half, for a receipt's copy.
    """

    case: Case
    letter: str
    lock_id: int = 0
    private: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of it, for the person who holds the status link."""

    id: str
    at: dt.datetime
    ours: bool
    text: str


class Keeper(Protocol):
    """All inside the caller's transaction, as the program itself."""

    def open(self, telling: Telling, *, owner: str = "", now: dt.datetime) -> Kept:
        """A new complaint, routed and sealed. `owner`: how the vault is to call its words."""
        ...

    def hear(self, case_id: int, telling: Telling, *, now: dt.datetime) -> None:
        """A further word of the same person."""
        ...

    def words(self, case_id: int, link_key: bytes) -> Sequence[Word]:
        """What was said, opened with the status link; empty where it does not open it."""
        ...


@lru_cache(maxsize=1)
def keeper() -> Keeper:
    found: Keeper = import_string(settings.KEEPER)()
    return found
