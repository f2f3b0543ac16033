"""Messages handed to the outbox."""

from dataclasses import dataclass

from binhyen.channels.dlp.verbatim_overlap import Told


@dataclass(frozen=True, slots=True)
class Private:
    """Facts that a private reply must not reveal: the identity of other reporters.

    `own_texts`: texts of the recipient, which they know.
    """

    own: tuple[str, ...]
    others: tuple[str, ...]  # texts of other reporters
    names: tuple[str, ...]  # persons named by others and not by the recipient, normalized
    secrets: tuple[str, ...]  # of other reporters
    hushed: bool  # true: not even wording of other reporters may appear

    def told(self) -> tuple[Told, ...]:
        return tuple(Told.of(words) for words in self.others) if self.hushed else ()


@dataclass(frozen=True, slots=True)
class Draft:
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
    tail: str = ""  # appended where the person replies in a chat; our own page has buttons instead
    guard: Private | None = None  # for a private message; a group message is always checked
