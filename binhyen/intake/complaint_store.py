"""Port for complaints about police: their text is not stored in the register but in the feature of settings.KEEPER.

That feature lies above intake and is never imported by name, as with the desks of vault/sealed_desks.py.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from binhyen.cases.models import Case
from binhyen.channels.types import UploadedPicture


@dataclass(frozen=True, slots=True)
class ComplaintText:
    """Text of a complaint.

    `unit_ids`: police units possibly meant; `link_key`: 32 bytes that only the holder of the status link can derive,
    b"" in a chat; `message_id`: its row, already without text, 0 if none; `earlier_message_ids`: messages just before
    it, repeated in the text, which no lower unit may read any more; `context`: earlier text of the author in another
    case of theirs that stays; it names no person by itself; `resumes`: as in `cases/services/follow_ups.py`.
    """

    message_id: int
    words: str
    reporter_id: int | None
    conversation_id: int | None
    urgency: int
    unit_ids: tuple[int, ...] = ()
    link_hash: str | None = None
    link_key: bytes = b""
    files: tuple[UploadedPicture, ...] = ()
    resumes: bool = True
    before: tuple[int, ...] = ()
    context: str = ""


@dataclass(frozen=True, slots=True)
class Referral:
    """A complaint that is stored only if the person insists.

    `lines`: other authorities to turn to, for a page; `letter`: the same for a chat, where nothing is stored and the
    text must be written again.
    """

    lines: tuple[str, ...]
    letter: str


class NotStoredYet(Exception):
    """Nothing was stored: the person must first see the other authorities, and may then insist."""

    def __init__(self, elsewhere: Referral) -> None:
        super().__init__("stored only if the person insists")
        self.elsewhere = elsewhere


@dataclass(frozen=True, slots=True)
class StoredComplaint:
    """A stored complaint.

    `letter`: the immediate private reply. `key_id`, `private`: the conversation key of its text and its private half,
    for the copy of a receipt.
    """

    case: Case
    letter: str
    key_id: int = 0
    private: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class SealedConversationText:
    """An already sealed conversation: its vault owner name, conversation key with private half, and text so far."""

    owner: str
    key_id: int
    private: bytes = field(repr=False)
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ComplaintMessage:
    """One message of a complaint, for the holder of the status link."""

    id: str
    at: dt.datetime
    ours: bool
    text: str
    photos: tuple[str, ...] = ()  # the person's own pictures
    sealed_kinds: tuple[str, ...] = ()  # kinds of the person's other files


class ComplaintStore(Protocol):
    """Storage of complaints. All methods run inside the caller's transaction, in the program's own scope."""

    def find_referral(self, complaint_text: ComplaintText) -> Referral | None:
        """Return other authorities if the complaint is stored only on insistence, else None. Writes nothing."""
        ...

    def open(self, complaint_text: ComplaintText, *, owner: str = "", now: dt.datetime) -> StoredComplaint:
        """Store a new complaint, routed and sealed. `owner`: the name of its text in the vault."""
        ...

    def convert_case(self, case_id: int, complaint_text: ComplaintText, *, now: dt.datetime) -> StoredComplaint:
        """Convert an ordinary case of the same person that the complaint continues; both become one complaint."""
        ...

    def add_message(self, case_id: int, complaint_text: ComplaintText, *, now: dt.datetime) -> None:
        """Add a further message of the same person."""
        ...

    def adopt_conversation(
        self, case_id: int, complaint_text: ComplaintText, *, sealed: SealedConversationText, now: dt.datetime
    ) -> None:
        """Adopt a sealed case of another feature that turns out to be a complaint.

        All of it leaves the desk that could read it.
        """
        ...

    def words(self, case_id: int, link_key: bytes) -> Sequence[ComplaintMessage]:
        """Return the messages, decrypted with the status link; empty if the link does not decrypt them."""
        ...

    def picture(self, case_id: int, link_key: bytes, public_id: str) -> bytes | None:
        """Return the clean copy of one of the person's pictures as JPEG, decrypted with the status link."""
        ...


@lru_cache(maxsize=1)
def get_complaint_store() -> ComplaintStore:
    store: ComplaintStore = import_string(settings.KEEPER)()
    return store
