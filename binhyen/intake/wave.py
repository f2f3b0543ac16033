"""A message on its way through the journey, and the waves in which messages go."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from binhyen.cases.models import Case
from binhyen.cases.words import NEVER_DOWN
from binhyen.channels.messages import IncomingMessage
from binhyen.channels.models import Group, Message
from binhyen.intake.rules import Decision, Do, Facts, Seat
from binhyen.intake.sameness import Match
from binhyen.language.places import Placed
from binhyen.language.reading import Reading


@dataclass(frozen=True, slots=True)
class Item:
    """One message on its way, its sender already a pseudonym. `link_hash`: the status page of the web form."""

    channel_id: int
    reporter_id: int
    conversation_id: int
    message: IncomingMessage
    group: Group | None = None
    wants_case: bool = False
    place: str = ""  # what the web form's place field says
    link_hash: str | None = None
    greeted: bool = False
    newcomer: bool = False  # a reporter made a moment ago: nothing to look up
    link_key: bytes = b""  # opens a complaint's words for who holds that page
    about: int | None = None  # the report whose status page this was written on
    insists: bool = False  # heard where else to turn, and wants it kept here all the same
    unread: bool = False  # the program stumbled over it: unread.py

    @property
    def on_a_page(self) -> bool:
        """Written on a page of ours, which can be shown again with an answer."""
        return self.link_hash is not None or self.about is not None


@dataclass(frozen=True, slots=True)
class Read:
    """An item as read. `text`: with the place field; `seat`: of the point or place named, `home`: of the group; `asks`:
    says nothing but how does mine stand; `police`: speaks of police, and does not only call them;
    `pieces`: messages just before it that became no case, the newest first; `earlier`: what its author said before, by
    the case that holds it; `joins`: the one of these with which alone it complains of police.
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
    """An item with what the reader and the gazetteer say of it."""

    item: Item
    reading: Reading
    placed: Placed
    facts: Facts
    decision: Decision
    asks: str | None = None  # the question that follows the receipt
    joins: Match | None = None  # the incident it is one more report of
    beside: Match | None = None  # the open one that it may be of, and not surely
    pieces: tuple[Message, ...] = ()  # messages just before it, of which it makes one report
    earlier: str = ""  # what its author told before and another case holds
    with_earlier: bool = False  # with that alone it complains of police

    @property
    def apart(self) -> bool:
        """A complaint about police, or a further word on one: the register keeps none of its words."""
        mine = self.facts.mine
        if self.decision.do is Do.OPEN:
            return self.decision.category in NEVER_DOWN
        return self.decision.do is Do.ATTACH and mine is not None and (mine.apart or self.facts.led_in)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an item."""

    item: Item
    decision: Decision
    message: Message
    case: Case | None


def waves(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Split so that each sender speaks once a wave: what somebody says next is decided after their first is stored."""
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
