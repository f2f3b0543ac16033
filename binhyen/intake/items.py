"""Pipeline items and their batches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from binhyen.cases.choices import NEVER_DOWN
from binhyen.cases.models import Case
from binhyen.channels.models import Group, Message
from binhyen.channels.types import IncomingMessage
from binhyen.intake.decision import Decision, Do, Facts, Seat
from binhyen.intake.incident_matching import Match
from binhyen.language.places import Placed
from binhyen.language.reading import Reading


@dataclass(frozen=True, slots=True)
class Item:
    """One message in the pipeline, its sender already pseudonymous. `link_hash`: the status page of the web form."""

    channel_id: int
    reporter_id: int
    conversation_id: int
    message: IncomingMessage
    group: Group | None = None
    wants_case: bool = False
    place: str = ""  # text of the web form's place field
    link_hash: str | None = None
    greeted: bool = False
    newcomer: bool = False  # a reporter created just now: nothing to look up
    link_key: bytes = b""  # decrypts a complaint for the holder of that page
    about: int | None = None  # the report whose status page it was written on
    insists: bool = False  # saw the other authorities, and wants it stored here all the same
    unread: bool = False  # processing failed: manual_fallback.py

    @property
    def on_a_page(self) -> bool:
        """Return whether it was written on our own page, which can be shown again with an answer."""
        return self.link_hash is not None or self.about is not None


@dataclass(frozen=True, slots=True)
class Read:
    """A classified item.

    `text`: with the place field; `destination`: of the point or place named; `group_destination`: of the group;
    `asks_status`: only asks for the case status; `mentions_police`: mentions police, and does not only call them;
    `recent_messages`: unassigned messages just before it, newest first; `earlier_texts`: of the author by case;
    `combined_case_id`: the case whose text it needs to be a complaint about police.
    """

    item: Item
    text: str
    reading: Reading
    placed: Placed
    seat: Seat | None
    home: Seat | None
    asks: bool = False
    police: bool = False
    pieces: tuple[Message, ...] = ()
    earlier: Mapping[int, str] = field(default_factory=dict)
    joins: int | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """An item with its reading, place, facts and decision."""

    item: Item
    reading: Reading
    placed: Placed
    facts: Facts
    decision: Decision
    asks: str | None = None  # the question that follows the receipt
    joins: Match | None = None  # the incident of which it is one more report
    beside: Match | None = None  # an open incident that it may belong to, not certainly
    pieces: tuple[Message, ...] = ()  # messages just before it that form one report with it
    earlier: str = ""  # earlier text of the author, in another case
    with_earlier: bool = False  # it is a complaint about police only together with that text

    @property
    def apart(self) -> bool:
        """Whether it is a complaint about police or a follow-up of one: the register stores none of its text."""
        mine = self.facts.mine
        if self.decision.do is Do.OPEN:
            return self.decision.category in NEVER_DOWN
        return self.decision.do is Do.ATTACH and mine is not None and (mine.apart or self.facts.led_in)


@dataclass(frozen=True, slots=True)
class Result:
    """The result for an item."""

    item: Item
    decision: Decision
    message: Message
    case: Case | None


def waves(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Split into batches with one message per sender: the next message is decided after the first is stored."""
    rest = list(items)
    while rest:
        wave: list[Item] = []
        later: list[Item] = []
        seen: set[int] = set()
        for item in rest:
            (later if item.reporter_id in seen else wave).append(item)
            seen.add(item.reporter_id)
        yield wave
        rest = later
