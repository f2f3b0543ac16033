"""Messages handed to the outbox."""

from dataclasses import dataclass

from binhyen.channels.dlp.verbatim_overlap import ProtectedText


@dataclass(frozen=True, slots=True)
class ReplyPrivacy:
    """Facts that a private reply must not reveal: the identity of other reporters.

    `own_texts`: texts of the recipient, which they know.
    """

    own_texts: tuple[str, ...]
    other_texts: tuple[str, ...]  # texts of other reporters
    protected_names: tuple[str, ...]  # persons named by others and not by the recipient, normalized
    pseudonyms: tuple[str, ...]  # of other reporters
    is_sensitive: bool  # true: not even wording of other reporters may appear

    def list_protected_texts(self) -> tuple[ProtectedText, ...]:
        return tuple(ProtectedText.of(words) for words in self.other_texts) if self.is_sensitive else ()


@dataclass(frozen=True, slots=True)
class OutgoingDraft:
    """A message to send. `key`: idempotency key; queued several times it gives one row."""

    key: str
    channel_id: int
    text: str
    purpose: str
    conversation_id: int | None = None
    group_id: int | None = None
    case_id: int | None = None
    unit_id: int | None = None
    officer_id: int | None = None
    chat_suffix: str = ""  # appended where the person replies in a chat; our own page has buttons instead
    privacy: ReplyPrivacy | None = None  # for a private message; a group message is always checked
