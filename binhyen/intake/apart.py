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
from binhyen.channels.messages import Upload


@dataclass(frozen=True, slots=True)
class Telling:
    """Words of a complaint. `unit_ids`: police units possibly meant; `link_key`: 32 bytes that only who holds the
    status link can make, b"" in a chat; `message_id`: the row that stands for it, already bare; 0 where there is none;
    `before`: rows of what was said just before it, which the words repeat and nobody below may go on reading;
    `context`: what its author told before, held by a case of theirs that stays; it names nobody by itself;
    `resumes`: as in `cases/services/hearing.py`.
    """

    message_id: int
    words: str
    reporter_id: int | None
    conversation_id: int | None
    urgency: int
    unit_ids: tuple[int, ...] = ()
    link_hash: str | None = None
    link_key: bytes = b""
    files: tuple[Upload, ...] = ()
    resumes: bool = True
    before: tuple[int, ...] = ()
    context: str = ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A complaint that is kept only if the person insists. `lines`: where to turn instead, for a page; `letter`: the
    same for a chat, where nothing stays and the words have to be written again.
    """

    lines: tuple[str, ...]
    letter: str


class Referred(Exception):
    """Nothing was kept: the person has to hear first where else to turn, and may then insist."""

    def __init__(self, elsewhere: Elsewhere) -> None:
        super().__init__("kept only if the person insists")
        self.elsewhere = elsewhere


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
class Sealed:
    """A conversation that is sealed already: how the vault calls it, its lock with that lock's private half, what was
    said in it until now.
    """

    owner: str
    lock_id: int
    private: bytes = field(repr=False)
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of it, for the person who holds the status link."""

    id: str
    at: dt.datetime
    ours: bool
    text: str
    photos: tuple[str, ...] = ()  # of the person's own pictures


class Keeper(Protocol):
    """All inside the caller's transaction, as the program itself."""

    def refers(self, telling: Telling) -> Elsewhere | None:
        """Where to turn, for what is kept only if the person insists; None for all else. Writes nothing."""
        ...

    def open(self, telling: Telling, *, owner: str = "", now: dt.datetime) -> Kept:
        """A new complaint, routed and sealed. `owner`: how the vault is to call its words."""
        ...

    def take_up(self, case_id: int, telling: Telling, *, now: dt.datetime) -> Kept:
        """A new complaint that an ordinary case was the beginning of, told by the same person: all of it is one."""
        ...

    def hear(self, case_id: int, telling: Telling, *, now: dt.datetime) -> None:
        """A further word of the same person."""
        ...

    def adopt(self, case_id: int, telling: Telling, *, sealed: Sealed, now: dt.datetime) -> None:
        """Further words show that a case which another feature keeps sealed is a complaint: all of it leaves the desk
        that could read it.
        """
        ...

    def words(self, case_id: int, link_key: bytes) -> Sequence[Word]:
        """What was said, opened with the status link; empty where it does not open it."""
        ...

    def picture(self, case_id: int, link_key: bytes, public_id: str) -> bytes | None:
        """The clean copy of one of the person's own pictures as JPEG, opened with the status link."""
        ...


@lru_cache(maxsize=1)
def keeper() -> Keeper:
    found: Keeper = import_string(settings.KEEPER)()
    return found
