"""Desks of sealed conversations: how anonymous tips and complaints about police come to the handlers' screens.

The feature that keeps a kind of sealed conversation (tips, conduct) lies above the vault and is never called by name:
it gives a class named in `settings.SEALED_DESKS`, and the custody process asks it what an officer may see and hands it
what the officer wrote. The desk decides who sees what (its own rules and `people/access.py`, the veto included); the
keys decide who can read it.
"""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from binhyen.kit.pages import Page
from binhyen.kit.wording import N_
from binhyen.people.models import Officer
from binhyen.people.services.refusal import Refusal

BY_RECEIPT = N_("Người báo đọc khi mở tin bằng mã nhận tin.")  # `Talk.reads` of what came with a receipt
PAGE = 50
NOT_HERE = N_("Bàn này không làm việc ấy.")


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation as a list shows it. `title`, `place`, `state`: clear words, never of what was told."""

    ref: str  # public id, in addresses
    subject: str  # the matter, as the audit names it: «tip:…»
    lock_id: int
    title: str
    place: str
    urgency: int  # 0..3
    state: str
    at: dt.datetime  # the person's last word
    waiting: bool  # for an answer of ours
    may_reply: bool = True
    may_hand_on: bool = True
    rings: bool = False  # an alarm that nobody acknowledged
    reads: str = ""  # how the person reads an answer, in a sentence
    case_code: str = ""  # of the case on an ordinary desk where the work is done
    handed_on_at: dt.datetime | None = None  # an extract went on as a case: a second one only for another matter


@dataclass(frozen=True, slots=True)
class Sealed:
    """One word of it, still sealed to the conversation's lock under `context`. `who`: "" for the person who told."""

    sealed: bytes
    context: str
    at: dt.datetime
    who: str = ""
    note: bool = False  # between officers, never said to the person


@dataclass(frozen=True, slots=True)
class File:
    """A picture of it: an envelope under FILES_ROOT that holds a JPEG made anew, without metadata; "" where it is no
    picture. `original`: the envelope with the file as it came, "" where none is kept; `original_lock`: the custodians'
    lock that it lies under, None where the conversation's own opens it. `reporter`: who sent it, where the vault knows.
    `label`: what a file is that is no picture («video»).
    """

    id: str
    path: str
    context: str
    at: dt.datetime
    original: str = ""
    original_context: str = ""
    original_lock: int | None = None
    reporter: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a deed's form: one of `choices` (value, words), or words; `long`: a text of some lines."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...] = ()
    long: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a handler may do with a conversation beside answering. `icon`: of the sprite."""

    name: str
    label: str
    icon: str
    fields: tuple[Field, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody read a conversation: who, how often, when last."""

    who: str
    times: int
    last: dt.datetime


class SealedDesk(ABC):
    """`passkey`: nothing else lets in; who reads there may save a file as it came that lies under the conversation's
    own lock. `hands_over`: files of before there were keys of custodians lie under that lock too, and can go to theirs.
    `ends`: it knows which of its conversations are over.
    """

    passkey = False
    ends = True
    hands_over = False

    @property
    @abstractmethod
    def name(self) -> str:
        """In addresses: «tip»."""

    @property
    @abstractmethod
    def group(self) -> str:
        """Whose key opens the locks (`models.Group`)."""

    @property
    @abstractmethod
    def label(self) -> str:
        """On the screen."""

    def serves(self, officer: Officer) -> bool:
        """Is it this officer's desk, whatever lies there?"""
        return True

    def notice(self, officer: Officer) -> str:
        """What its people should know before they look at the list; ""."""
        return ""

    @abstractmethod
    def talks(self, officer: Officer, *, over: bool = False, cursor: str = "", now: dt.datetime) -> Page[Talk]:
        """What the officer may see, page by page: what is not over, the most urgent first; or (`over`) what is, the
        latest first.
        """

    @abstractmethod
    def talk(self, officer: Officer, ref: str, *, now: dt.datetime) -> Talk | None:
        """One of these; None for what is not there and what is not theirs alike. `ref` may be anything."""

    # The rest is asked only for what `talk` gave.

    @abstractmethod
    def words(self, ref: str) -> Sequence[Sealed]:
        """Oldest first."""

    @abstractmethod
    def files(self, ref: str) -> Sequence[File]:
        """Its pictures, oldest first."""

    def looks(self, ref: str) -> Sequence[Look]:
        """Who looked at it, the latest first, for all who may see it; none where a desk does not tell."""
        return ()

    def deeds(self, officer: Officer, ref: str) -> Sequence[Deed]:
        """What the officer may do with it now, beside answering."""
        return ()

    def do(self, *, officer: Officer, ref: str, deed: str, data: Mapping[str, str], now: dt.datetime) -> str:
        """In the caller's transaction; what to tell the handler. Raises Refusal, also for a deed nobody offered."""
        raise Refusal(_(NOT_HERE))

    @abstractmethod
    def reply(self, *, officer: Officer, ref: str, text: str, now: dt.datetime) -> None:
        """Seal an answer to the same lock, let the person know; in the caller's transaction. Raises Refusal."""

    @abstractmethod
    def hand_on(self, *, officer: Officer, ref: str, extract: str, again: bool, now: dt.datetime) -> str:
        """Have an ordinary case opened from the extract; what to tell the handler. The custody process may not touch
        cases: leave a row and defer a job. `again`: knowing that it went on before. Raises Refusal.
        """

    def saved(self, *, officer: Officer, ref: str, why: str, reason: str, now: dt.datetime) -> None:
        """Somebody saves a file as it came: its person hears of it, and for what kind of reason (`why`, in words);
        `reason` is for those who handle it. In the caller's transaction. Raises Refusal.
        """
        raise Refusal(_(NOT_HERE))

    def hand_over(self, *, ref: str, file: str, data: bytes, now: dt.datetime) -> File:
        """Seal a file as it came (`data`) that lies under the conversation's own lock to one of the custodians instead;
        in the caller's transaction. Raises Refusal.
        """
        raise Refusal(_(NOT_HERE))


@lru_cache(maxsize=1)
def desks() -> dict[str, SealedDesk]:
    """The desks of settings.SEALED_DESKS by name. TypeError for what is no whole desk, ValueError for two alike."""
    found: dict[str, SealedDesk] = {}
    for path in settings.SEALED_DESKS:
        desk = import_string(path)()
        if not isinstance(desk, SealedDesk):
            raise TypeError(f"{path} is no desk")
        if desk.name in found:
            raise ValueError(f"two desks are called {desk.name}")
        found[desk.name] = desk
    return found
