"""Pipeline items and their batches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from binhyen.cases.choices import PROVINCE_ONLY_CATEGORIES
from binhyen.cases.models import Case
from binhyen.channels.models import Group, Message
from binhyen.channels.types import IncomingMessage
from binhyen.intake.decision import Action, Destination, ItemDecision, MessageFacts
from binhyen.intake.incident_matching import IncidentMatch
from binhyen.language.places.resolve import ResolvedPlace
from binhyen.language.reading import Reading


@dataclass(frozen=True, slots=True)
class InboundItem:
    """One message in the pipeline, its sender already pseudonymous. `link_hash`: the status page of the web form."""

    channel_id: int
    reporter_id: int
    conversation_id: int
    message: IncomingMessage
    group: Group | None = None
    wants_case: bool = False
    place: str = ""  # text of the web form's place field
    link_hash: str | None = None
    was_greeted: bool = False
    is_new_reporter: bool = False  # a reporter created just now: nothing to look up
    link_key: bytes = b""  # decrypts a complaint for the holder of that page
    about: int | None = None  # the report whose status page it was written on
    is_insisting: bool = False  # saw the other authorities, and wants it stored here all the same
    processing_failed: bool = False  # processing failed: manual_fallback.py

    @property
    def is_on_own_page(self) -> bool:
        """Return whether it was written on our own page, which can be shown again with an answer."""
        return self.link_hash is not None or self.about is not None


@dataclass(frozen=True, slots=True)
class ClassifiedItem:
    """A classified item.

    `text`: with the place field; `destination`: of the point or place named; `group_destination`: of the group;
    `asks_status`: only asks for the case status; `mentions_police`: mentions police, and does not only call them;
    `recent_messages`: unassigned messages just before it, newest first; `earlier_texts`: of the author by case;
    `combined_case_id`: the case whose text it needs to be a complaint about police.
    """

    item: InboundItem
    text: str
    reading: Reading
    placed: ResolvedPlace
    seat: Destination | None
    home: Destination | None
    asks_status: bool = False
    mentions_police: bool = False
    pieces: tuple[Message, ...] = ()
    earlier_texts: Mapping[int, str] = field(default_factory=dict)
    combined_case_id: int | None = None


@dataclass(frozen=True, slots=True)
class DecidedItem:
    """An item with its reading, place, facts and decision."""

    item: InboundItem
    reading: Reading
    placed: ResolvedPlace
    facts: MessageFacts
    decision: ItemDecision
    question: str | None = None  # the question that follows the receipt
    incident_match: IncidentMatch | None = None  # the incident of which it is one more report
    possible_match: IncidentMatch | None = None  # an open incident that it may belong to, not certainly
    pieces: tuple[Message, ...] = ()  # messages just before it that form one report with it
    earlier_text: str = ""  # earlier text of the author, in another case
    is_combined_complaint: bool = False  # it is a complaint about police only together with that text

    @property
    def is_restricted(self) -> bool:
        """Whether it is a complaint about police or a follow-up of one: the register stores none of its text."""
        open_case = self.facts.mine
        if self.decision.do is Action.OPEN:
            return self.decision.category in PROVINCE_ONLY_CATEGORIES
        return (
            self.decision.do is Action.ATTACH
            and open_case is not None
            and (open_case.is_restricted or self.facts.has_precursor)
        )


@dataclass(frozen=True, slots=True)
class ItemResult:
    """The result for an item."""

    item: InboundItem
    decision: ItemDecision
    message: Message
    case: Case | None


def batches_by_sender(items: Sequence[InboundItem]) -> Iterator[list[InboundItem]]:
    """Split into batches with one message per sender: the next message is decided after the first is stored."""
    remaining = list(items)
    while remaining:
        batch: list[InboundItem] = []
        postponed: list[InboundItem] = []
        reporter_ids: set[int] = set()
        for item in remaining:
            (postponed if item.reporter_id in reporter_ids else batch).append(item)
            reporter_ids.add(item.reporter_id)
        yield batch
        remaining = postponed
