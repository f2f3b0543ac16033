"""Message context: what the sender wrote before, in open cases and just before without a case.

Messages of the last minutes without a case, such as a place or half a sentence, form one report with the message that
reports something, and a place in them is the place of the incident. Before a group tip or a complaint about police they
are as secret as the report; before a complaint even if they opened a case, unless that is an incident of its own.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.db.models import Q, QuerySet

from binhyen.areas import queries as areas
from binhyen.areas.queries import Directory
from binhyen.cases.choices import PROVINCE_ONLY_CATEGORIES
from binhyen.cases.incident_features import Age, OpenCase, Phase
from binhyen.cases.queries import reporter_cases
from binhyen.channels.models import Message
from binhyen.intake.case_assignment import MIN_REPORT_WORDS, belongs_to_case, is_police_complaint
from binhyen.intake.complaint_detection import detect
from binhyen.intake.complaint_detection.detect import Classify, detect_in_combined, mentions_police
from binhyen.intake.decision import NON_CASE_CATEGORIES, Destination, Intent, MessageFacts, Origin
from binhyen.intake.items import BatchContext, ClassifiedItem, DecidedItem, InboundItem, ItemInContext
from binhyen.intake.model_cache import get_alarm_bar, get_text_reader
from binhyen.intake.officer_chat import get_officer_chat
from binhyen.kit.text import fold_to_words
from binhyen.language.places.resolve import MIN_PLACE_CONFIDENCE
from binhyen.language.reading import DANGER, Reading
from binhyen.privacy.rules.data_requests import parse_chat_request as asks_about_data

RECENT_WINDOW = dt.timedelta(minutes=10)
MAX_RECENT_MESSAGES = 8
_WEAK_CATEGORIES = frozenset({"admin_question", "other"})  # a wrong or a lost item stays with its officers


def load_context(batch: Sequence[InboundItem], *, now: dt.datetime) -> BatchContext:
    """Load the open cases of the senders, the cases of the status pages they write on, and which are officers."""
    reporter_ids = [item.reporter_id for item in batch if not item.is_new_reporter]
    own_cases = reporter_cases.list_open_cases(reporter_ids, now=now)
    page_cases = reporter_cases.list_cases_of_reports([item.about for item in batch if item.about], now=now)
    known_senders = [item.reporter_id for item in batch if item.origin is Origin.CHAT and not item.is_new_reporter]
    officers = get_officer_chat().list_linked_reporters(known_senders) if known_senders else frozenset()
    return BatchContext(own_cases | page_cases, get_text_reader(), areas.get_directory(), get_alarm_bar(), officers)


def add_context(
    classified_items: Sequence[ClassifiedItem], context: BatchContext, *, now: dt.datetime
) -> list[ItemInContext]:
    """Add to each item its sender's open cases, recent messages and earlier texts."""
    cases_by_reporter = {**context.cases_by_reporter, **_list_complaints_asked_about(classified_items, now=now)}
    recent_messages = _list_preceding_messages([classified.item for classified in classified_items], now=now)
    earlier_texts = _list_earlier_texts(classified_items, cases_by_reporter)
    in_context: list[ItemInContext] = []
    for classified in classified_items:
        reporter_id = classified.item.reporter_id
        if _is_forwarded(classified, context):
            in_context.append(ItemInContext(classified, (), (), {}))
            continue
        recent = tuple(recent_messages.get(classified.item.conversation_id, ())) if not classified.item.group else ()
        in_context.append(
            ItemInContext(
                _add_recent_messages(classified, recent, context.directory),
                _select_referenced(cases_by_reporter.get(reporter_id, ()), classified.item.case_code),
                recent,
                earlier_texts.get(reporter_id, {}),
            )
        )
    return in_context


def _is_forwarded(classified: ClassifiedItem, context: BatchContext) -> bool:
    """Return whether it is a report that an officer forwarded: consecutive ones come from different people.

    Their pictures without words, short additions and answers belong to the text before, as those of anybody.
    """
    item, reading = classified.item, classified.reading
    if item.origin is not Origin.CHAT or item.reporter_id not in context.officers or classified.asks_status:
        return False
    is_report = reading.category not in NON_CASE_CATEGORIES and len(item.message.text.split()) >= MIN_REPORT_WORDS
    return is_report or reading.urgency >= DANGER


def _select_referenced(open_cases: Sequence[OpenCase], code: str) -> tuple[OpenCase, ...]:
    """Return the case with this code alone, all without a code: another case must not get the answer about it."""
    return tuple(open_case for open_case in open_cases if not code or open_case.code == code)


def _list_complaints_asked_about(
    classified_items: Sequence[ClassifiedItem], *, now: dt.datetime
) -> dict[int, tuple[OpenCase, ...]]:
    """Return the open complaints about police of those who only ask for the status of their case."""
    asking = [entry.item.reporter_id for entry in classified_items if entry.asks_status and not entry.item.about]
    return reporter_cases.list_open_complaints(asking, now=now)


def _list_preceding_messages(items: Sequence[InboundItem], *, now: dt.datetime) -> dict[int, list[Message]]:
    """Return recent unassigned messages by private conversation, newest first, without data requests.

    One statement, none for new people.
    """
    conversation_ids = [
        item.conversation_id for item in items if item.group is None and not item.is_new_reporter and not item.about
    ]
    if not conversation_ids:
        return {}
    by_conversation: dict[int, list[Message]] = {}
    rows = (
        _select_unassigned(now)
        .filter(conversation__in=conversation_ids)
        .exclude(text="")
        .only("id", "conversation", "reading", "text")
    )
    for message in rows:
        if asks_about_data(fold_to_words(message.text)) is None:
            by_conversation.setdefault(message.conversation_id or 0, []).append(message)
    return {conversation_id: messages[:MAX_RECENT_MESSAGES] for conversation_id, messages in by_conversation.items()}


def _select_unassigned(now: dt.datetime) -> QuerySet[Message]:
    return Message.objects.filter(in_case=False, received_at__gt=now - RECENT_WINDOW).order_by("-id")


def _add_recent_messages(classified: ClassifiedItem, recent: Sequence[Message], directory: Directory) -> ClassifiedItem:
    """Read the item with the recent messages: their place is its place, and they may make it a complaint."""
    reading = _detect_split_complaint(classified, recent)
    if classified.destination is not None or classified.item.place:
        return replace(classified, reading=reading)
    for message in recent:
        place = message.reading.get("place") or {}
        commune = directory.communes.get(place.get("commune") or "")
        if commune is not None and (place.get("confidence") or 0.0) >= MIN_PLACE_CONFIDENCE:
            entities = message.reading.get("entities", ())
            place_names = [entity["text"] for entity in entities if entity["type"] == "PLACE"]
            item = replace(classified.item, place=", ".join(place_names)[:120])
            destination = Destination(commune.unit_id, commune.area_id)
            return replace(classified, reading=reading, item=item, destination=destination)
    return replace(classified, reading=reading)


def _detect_split_complaint(classified: ClassifiedItem, recent: Sequence[Message]) -> Reading:
    """Detect a complaint split over messages: «cái anh Dũng bên công an xã», «cầm của em 2 triệu rồi»."""
    if not any(mentions_police(message.text) for message in recent):
        return classified.reading
    return detect_in_combined(
        classified.reading, ", ".join([*(message.text for message in reversed(recent)), classified.text])
    )


def _list_earlier_texts(
    classified_items: Sequence[ClassifiedItem], cases_by_reporter: Mapping[int, Sequence[OpenCase]]
) -> dict[int, dict[int, str]]:
    """Return by reporter and case their earlier messages in open cases. One statement, none without such cases."""
    case_ids: set[int] = set()
    reporter_ids: list[int] = []
    for classified in classified_items:
        reporter_id = classified.item.reporter_id
        readable = [case.case_id for case in cases_by_reporter.get(reporter_id, ()) if _may_be_reread(case)]
        if readable:
            case_ids.update(readable)
            reporter_ids.append(reporter_id)
    earlier_texts: dict[int, dict[int, str]] = {}
    if case_ids:
        for (reporter_id, case_id), texts in reporter_cases.list_recent_messages(case_ids, reporter_ids).items():
            earlier_texts.setdefault(reporter_id, {})[case_id] = "\n".join(texts)
    return earlier_texts


def add_group_messages(decided_items: Sequence[DecidedItem], *, now: dt.datetime) -> list[DecidedItem]:
    """Add the authors' recent group messages to group tips and complaints, pictures too.

    One statement, none without tips.
    """
    tips = [decided for decided in decided_items if decided.is_group_report]
    if not tips:
        return list(decided_items)
    conditions = Q()
    for decided in tips:
        conditions |= Q(group=decided.item.group, reporter=decided.item.reporter_id)
    by_author: dict[tuple[int | None, int], list[Message]] = {}
    for message in _select_unassigned(now).filter(conditions, ciphertext=None).only("id", "group", "reporter", "text"):
        by_author.setdefault((message.group_id, message.reporter_id), []).append(message)
    complete: list[DecidedItem] = []
    for decided in decided_items:
        author = (decided.facts.group_id, decided.item.reporter_id)
        recent = tuple(by_author.get(author, ())[:MAX_RECENT_MESSAGES])
        complete.append(replace(decided, recent_messages=recent) if decided.is_group_report else decided)
    return complete


def _may_be_reread(open_case: OpenCase) -> bool:
    return not (open_case.is_restricted or open_case.is_sealed or open_case.is_closed) and open_case.urgency < DANGER


def detect_with_earlier_text(entry: ItemInContext, facts: MessageFacts, classify: Classify) -> ItemInContext:
    """Reclassify the item as a complaint about police if it is one together with an earlier text."""
    classified = entry.classified
    if facts.intent in (Intent.STATUS_QUESTION, Intent.CALL) or not facts.folded_text:
        return entry
    for open_case in entry.open_cases:
        earlier_text = entry.earlier_texts.get(open_case.case_id, "")
        if earlier_text and _continues_case(facts, open_case):
            reading = detect.detect_across_messages(
                classified.reading, earlier_text, classified.item.message.text, classify
            )
            if reading is not classified.reading:
                return replace(
                    entry, classified=replace(classified, reading=reading), combined_case_id=open_case.case_id
                )
    return entry


def find_earlier_text(entry: ItemInContext, facts: MessageFacts) -> str:
    """Return the earlier text of the author in the case that it continues, whether it stays there or not."""
    if entry.combined_case_id is not None:
        return entry.earlier_texts[entry.combined_case_id]
    for open_case in entry.open_cases:
        if open_case.case_id in entry.earlier_texts and _continues_case(facts, open_case):
            return entry.earlier_texts[open_case.case_id]
    return ""


def _continues_case(facts: MessageFacts, open_case: OpenCase) -> bool:
    if facts.in_group:
        return open_case.group_id == facts.group_id and open_case.age is Age.MINUTES
    return open_case.is_private and (open_case.age <= Age.HOUR or belongs_to_case(facts, open_case))


def find_precursor_case(entry: ItemInContext, facts: MessageFacts, classify: Classify) -> OpenCase | None:
    """Return the case that a complaint began with, at a desk that may be accused; usually None."""
    if facts.category not in PROVINCE_ONLY_CATEGORIES or facts.in_group:
        return None
    candidates = [
        open_case
        for open_case in entry.open_cases
        if _is_untouched_private(open_case) and is_police_complaint(facts, open_case)
    ]
    return next((open_case for open_case in candidates if _is_precursor(entry, open_case, classify)), None)


def _is_untouched_private(open_case: OpenCase) -> bool:
    """Return whether one person reported it in private and no officer has touched it."""
    return _may_be_reread(open_case) and open_case.is_private and open_case.phase is Phase.UNTOUCHED


def _is_precursor(entry: ItemInContext, open_case: OpenCase, classify: Classify) -> bool:
    if open_case.age is Age.MINUTES and open_case.category in _WEAK_CATEGORIES:
        return True
    if entry.combined_case_id is not None:
        return entry.combined_case_id == open_case.case_id
    item = entry.classified.item
    earlier_text, text = entry.earlier_texts.get(open_case.case_id, ""), item.message.text
    if not earlier_text or not (open_case.age <= Age.HOUR or item.about):
        return False
    is_start = detect.is_start_of_complaint(earlier_text, text, open_case.urgency)
    return is_start and detect.classify_combined(earlier_text, text, classify) is not None
