"""Interface of sealed desks: how anonymous tips and complaints about police reach the handlers' screens.

The feature that stores a kind of sealed conversation (tips, conduct) lies above the vault and is never called by name:
it provides a class named in `settings.SEALED_DESKS`, which the custody process asks for visible conversations and gives
the officer's replies. The desk decides access (its own rules and `people/access.py`, the veto included); the keys
decide readability.
"""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from binhyen.kit.i18n_markers import N_
from binhyen.kit.keyset_pagination import Page
from binhyen.people.errors import RuleViolation
from binhyen.people.models import Officer

BY_RECEIPT = N_("Người báo đọc khi mở tin bằng mã nhận tin.")  # `SealedConversation.reads` for reports with a receipt
PAGE = 50
NOT_HERE = N_("Bàn này không làm được việc đó.")


@dataclass(frozen=True, slots=True)
class SealedConversation:
    """One conversation as a list shows it. `title`, `place`, `state`: plaintext, never taken from the report."""

    ref: str  # public id, in addresses
    subject: str  # audit subject: «tip:…»
    lock_id: int
    title: str
    place: str
    urgency: int  # 0..3
    state: str
    at: dt.datetime  # the reporter's last message
    waiting: bool  # for our answer
    may_reply: bool = True
    may_hand_on: bool = True
    rings: bool = False  # an alarm without acknowledgement
    reads: str = ""  # how the reporter reads an answer, in a sentence
    case_code: str = ""  # of the case on an ordinary desk where the work is done
    handed_on_at: dt.datetime | None = None  # an extract became a case: a second one only for another subject


@dataclass(frozen=True, slots=True)
class SealedMessage:
    """One message, still encrypted to the conversation key under `context`. `who`: "" for the reporter."""

    sealed: bytes
    context: str
    at: dt.datetime
    who: str = ""
    note: bool = False  # internal between officers, never shown to the reporter


@dataclass(frozen=True, slots=True)
class SealedAttachment:
    """A picture or other file of a conversation.

    `path`: envelope under FILES_ROOT with a re-encoded JPEG without metadata; "" where it is no picture. `original`:
    envelope with the original file, "" where none is stored; `original_lock`: the custodians' key that encrypts it,
    None where the conversation key does. `reporter`: the sender, where the vault knows them. `label`: type of a file
    that is no picture («video»).
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
class ActionField:
    """A field of an action's form: a choice of `choices` (value, label), or text; `long`: several lines."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...] = ()
    long: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class DeskAction:
    """An action on a conversation besides answering. `icon`: of the sprite."""

    name: str
    label: str
    icon: str
    fields: tuple[ActionField, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReadReceipt:
    """Read receipts of one officer: name, count, last time."""

    who: str
    times: int
    last: dt.datetime


class SealedDesk(ABC):
    """Base class of a sealed desk.

    `passkey`: access needs a passkey, and its readers may save an original under the conversation key. `hands_over`:
    originals older than the custodians' keys use that key too, and can be moved to theirs. `ends`: it knows which of
    its conversations are closed.
    """

    passkey = False
    ends = True
    hands_over = False

    @property
    @abstractmethod
    def name(self) -> str:
        """Name in addresses: «tip»."""

    @property
    @abstractmethod
    def group(self) -> str:
        """Group whose key opens the conversations (`models.Group`)."""

    @property
    @abstractmethod
    def label(self) -> str:
        """Label on the screen."""

    def is_available_to(self, officer: Officer) -> bool:
        """Return whether this desk belongs to the officer, even when it is empty."""
        return True

    def notice(self, officer: Officer) -> str:
        """Return a notice to read before the list, or ""."""
        return ""

    @abstractmethod
    def talks(
        self, officer: Officer, *, over: bool = False, cursor: str = "", now: dt.datetime
    ) -> Page[SealedConversation]:
        """Return a page of visible conversations: open, most urgent first; or (`over`) closed, latest first."""

    @abstractmethod
    def talk(self, officer: Officer, ref: str, *, now: dt.datetime) -> SealedConversation | None:
        """Return one of these; None both where it is missing and where it is hidden. `ref` may be any text."""

    # The methods below are called only for a result of `get_conversation`.

    @abstractmethod
    def words(self, ref: str) -> Sequence[SealedMessage]:
        """Return the messages, oldest first."""

    @abstractmethod
    def list_files(self, ref: str) -> Sequence[SealedAttachment]:
        """Return the pictures, oldest first."""

    def looks(self, ref: str) -> Sequence[ReadReceipt]:
        """Return read receipts, latest first, for every reader of the conversation; empty if the desk has none."""
        return ()

    def deeds(self, officer: Officer, ref: str) -> Sequence[DeskAction]:
        """Return the actions that the officer may take now, besides answering."""
        return ()

    def do(self, *, officer: Officer, ref: str, deed: str, data: Mapping[str, str], now: dt.datetime) -> str:
        """Run an action in the caller's transaction; return the handler's message.

        Raises Refusal, also for one not offered.
        """
        raise RuleViolation(_(NOT_HERE))

    @abstractmethod
    def reply(self, *, officer: Officer, ref: str, text: str, now: dt.datetime) -> None:
        """Encrypt an answer to the same key and notify the reporter, in the caller's transaction. Raises Refusal."""

    @abstractmethod
    def hand_on(self, *, officer: Officer, ref: str, extract: str, again: bool, now: dt.datetime) -> str:
        """Have an ordinary case opened from the extract; return the handler's message. Raises Refusal.

        The custody process may not touch cases: leave a row and defer a job. `again`: confirms a second time.
        """

    def saved(self, *, officer: Officer, ref: str, why: str, reason: str, now: dt.datetime) -> None:
        """Notify the reporter that an original file is saved, in the caller's transaction.

        `why`: kind of reason, as text for the reporter; `reason` is for the handlers. Raises Refusal.
        """
        raise RuleViolation(_(NOT_HERE))

    def transfer_to_custodians(self, *, ref: str, file: str, data: bytes, now: dt.datetime) -> SealedAttachment:
        """Move an original (`data`) from the conversation key to a custodians' key, in the caller's transaction.

        Raises Refusal.
        """
        raise RuleViolation(_(NOT_HERE))


@lru_cache(maxsize=1)
def get_desks() -> dict[str, SealedDesk]:
    """Return the desks of settings.SEALED_DESKS by name. Raises TypeError (no desk), ValueError (duplicate name)."""
    desks_by_name: dict[str, SealedDesk] = {}
    for path in settings.SEALED_DESKS:
        desk = import_string(path)()
        if not isinstance(desk, SealedDesk):
            raise TypeError(f"{path} is no desk")
        if desk.name in desks_by_name:
            raise ValueError(f"duplicate desk name {desk.name}")
        desks_by_name[desk.name] = desk
    return desks_by_name
