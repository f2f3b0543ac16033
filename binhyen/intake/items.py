"""Items that pass between the stages of the pipeline, and the texts that stand for them in rows.

InboundItem → ClassifiedItem → ItemInContext → DecidedItem → StoredItem → ItemResult.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from binhyen.areas.queries import Directory
from binhyen.cases.choices import PROVINCE_ONLY_CATEGORIES
from binhyen.cases.incident_features import OpenCase
from binhyen.cases.models import Case
from binhyen.channels.models import Group, Message
from binhyen.channels.types import IncomingMessage
from binhyen.intake.decision import (
    Action,
    Destination,
    FollowUpRelation,
    ItemDecision,
    MessageFacts,
    Origin,
    is_sensitive,
)
from binhyen.kit.text import fold_text
from binhyen.language.classify.urgency import DANGER_TALK_BAR
from binhyen.language.places.resolve import ResolvedPlace, list_scene_places
from binhyen.language.reader import Reader
from binhyen.language.reading import Reading

_IDENTIFIER_TYPES = {"PHONE", "BANK_ACCOUNT", "ID_NUMBER", "PLATE", "URL"}
_MAX_PLACE_CHARS = 120


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
    is_new_reporter: bool = False  # a reporter created just now: nothing to look up
    link_key: bytes = b""  # decrypts a complaint for the holder of that page
    about: int | None = None  # the report whose status page it was written on
    is_insisting: bool = False  # saw the other authorities, and wants it stored here all the same
    case_code: str = ""  # of the case whose button was pressed
    processing_failed: bool = False  # a person reads it: interpret.py: decide_unread

    @property
    def origin(self) -> Origin:
        if self.group is not None:
            return Origin.GROUP
        if self.about is not None:
            return Origin.STATUS_PAGE
        return Origin.WEB_FORM if self.wants_case else Origin.CHAT

    @property
    def is_on_own_page(self) -> bool:
        """Return whether it was written on our own page, which can be shown again with an answer."""
        return self.link_hash is not None or self.about is not None


@dataclass(frozen=True, slots=True)
class BatchContext:
    """Data loaded once for a batch: the senders' cases by reporter (newest first), reader, directory.

    `alarm_bar`: log-odds from which a learnt danger in a group raises an alarm. `officers`: reporters that are an
    officer's own chat (officer_chat.py).
    """

    cases_by_reporter: Mapping[int, Sequence[OpenCase]]
    reader: Reader
    directory: Directory
    alarm_bar: float = DANGER_TALK_BAR
    officers: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ClassifiedItem:
    """A classified item.

    `text`: with the place field; `destination`: of the point or place named; `group_destination`: of the group;
    `asks_status`: only asks for the case status; `mentions_police`: mentions police, and does not only call them.
    """

    item: InboundItem
    text: str
    reading: Reading
    placed: ResolvedPlace
    destination: Destination | None
    group_destination: Destination | None
    asks_status: bool = False
    mentions_police: bool = False


@dataclass(frozen=True, slots=True)
class ItemInContext:
    """A classified item with what its sender wrote before.

    `open_cases`: the sender's, newest first; `recent_messages`: unassigned messages just before it, newest first;
    `earlier_texts`: of the sender by case; `combined_case_id`: the case whose text it needs to be a complaint about
    police.
    """

    classified: ClassifiedItem
    open_cases: Sequence[OpenCase] = ()
    recent_messages: tuple[Message, ...] = ()
    earlier_texts: Mapping[int, str] = field(default_factory=dict)
    combined_case_id: int | None = None


@dataclass(frozen=True, slots=True)
class IncidentMatch:
    """The match of a new report: a case, or (case_id 0) the report at `position` of the same batch. `why`: a code.

    `sure`: else it stays separate, and the other case is suggested to the officer; `has_news`: it adds information.
    """

    case_id: int
    position: int
    why: str
    sure: bool = True
    has_news: bool = True


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
    recent_messages: tuple[Message, ...] = ()  # messages just before it that form one report with it
    earlier_text: str = ""  # earlier text of the author, in another case
    is_combined_complaint: bool = False  # it is a complaint about police only together with that text

    @property
    def is_restricted(self) -> bool:
        """Whether it is a complaint about police or a follow-up of one: the register stores none of its text."""
        open_case = self.facts.open_case
        if self.decision.do is Action.OPEN:
            return self.decision.category in PROVINCE_ONLY_CATEGORIES
        return (
            self.decision.do is Action.ATTACH
            and open_case is not None
            and (open_case.is_restricted or self.facts.relation is FollowUpRelation.CONTINUED_COMPLAINT)
        )

    @property
    def hides_text(self) -> bool:
        """Whether its case shows no text: the message stood in a group and is a tip, or follows one."""
        return self.facts.is_sealed or (self.item.group is not None and is_sensitive(self.facts))

    @property
    def is_group_report(self) -> bool:
        """Whether it is a tip or a complaint that stood in a group."""
        return (
            self.item.group is not None and self.decision.do in (Action.OPEN, Action.JOIN) and is_sensitive(self.facts)
        )

    @property
    def recent_message_ids(self) -> list[int]:
        """Ids of the messages just before it that form one report with it."""
        return [message.pk for message in self.recent_messages]

    @property
    def full_text(self) -> str:
        """All text as written, oldest first."""
        recent_texts = [message.text for message in reversed(self.recent_messages)]
        return "\n".join(filter(None, [*recent_texts, self.item.message.text]))

    @property
    def place_text(self) -> str:
        """The place as written: the field of the web form first, then other places in the text."""
        place_names = [
            entity.text
            for entity in list_scene_places(self.reading.entities)
            if fold_text(entity.text) not in fold_text(self.item.place)
        ]
        return ", ".join(dict.fromkeys(filter(None, [self.item.place, *place_names])))[:_MAX_PLACE_CHARS]

    @property
    def search_source(self) -> str:
        """The searchable text: message and place; of a group tip the place alone, of its follow-ups ""."""
        if self.hides_text:
            return self.place_text if self.decision.do is Action.OPEN else ""
        return f"{self.item.message.text} {self.place_text}"

    @property
    def search_text(self) -> str:
        """The same without accents, plus the identifiers."""
        return " ".join([fold_text(self.search_source), *(() if self.hides_text else iter_identifiers(self.reading))])


@dataclass(frozen=True, slots=True)
class StoredItem:
    """A decided item with the row of its message."""

    decided: DecidedItem
    message: Message


@dataclass(frozen=True, slots=True)
class ItemResult:
    """The result for an item."""

    item: InboundItem
    decision: ItemDecision
    message: Message
    case: Case | None


def split_by_sender(items: Sequence[InboundItem]) -> Iterator[list[InboundItem]]:
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


def iter_identifiers(reading: Reading) -> Iterator[str]:
    """Return canonical phones, plates and accounts: found in any notation."""
    return (str(entity.norm).lower() for entity in reading.entities if entity.type in _IDENTIFIER_TYPES and entity.norm)
