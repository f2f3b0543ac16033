"""What is handed to the outbox."""

from dataclasses import dataclass

from binhyen.channels.gate.wording import Told


@dataclass(frozen=True, slots=True)
class Private:
    """What an answer in private must not give away: who else told. `own`: what the receiver wrote, which they know."""

    own: tuple[str, ...]
    others: tuple[str, ...]  # words of the others
    names: tuple[str, ...]  # persons the others named and the receiver did not, folded
    secrets: tuple[str, ...]  # pseudonyms of the others
    hushed: bool  # the case is sensitive: not even the others' wording

    def told(self) -> tuple[Told, ...]:
        return tuple(Told.of(words) for words in self.others) if self.hushed else ()


@dataclass(frozen=True, slots=True)
class Draft:
    """Something to send. `key`: one effect, one row, however often it is queued."""

    key: str
    channel_id: int
    text: str
    purpose: str
    conversation_id: int | None = None
    group_id: int | None = None
    case_id: int | None = None
    unit_id: int | None = None
    officer_id: int | None = None
    tail: str = ""  # added where the person answers in a chat; our own page has buttons instead
    guard: Private | None = None  # for a private word; a word to a group is always examined
