"""Message context: messages of a sender just before a report that opened no case, such as a place or half a sentence.

With the message that reports something they form one report, and a place in them is the place of the incident. Before a
group tip or a complaint about police they are as secret as the report; before a complaint even if they opened a case,
unless that is an incident of its own.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.db.models import Q, QuerySet

from binhyen.areas.queries import Directory
from binhyen.cases.choices import PROVINCE_ONLY_CATEGORIES
from binhyen.cases.incident_features import OpenCase
from binhyen.cases.queries.reporter_cases import list_recent_messages
from binhyen.channels.models import Message
from binhyen.channels.services.messages import retain_all_for_case, seal_messages
from binhyen.intake.case_assignment import belongs_to_case, is_police_complaint
from binhyen.intake.complaint_detection import combined
from binhyen.intake.complaint_detection.combined import Classify
from binhyen.intake.complaint_detection.detect import detect_in_combined, mentions_police
from binhyen.intake.decision import Action, Destination, MessageFacts, is_sensitive, must_seal
from binhyen.intake.items import ClassifiedItem, DecidedItem, InboundItem
from binhyen.kit.text import fold_to_words
from binhyen.language.places import MIN_PLACE_CONFIDENCE
from binhyen.language.reading import DANGER, Reading
from binhyen.privacy.rules.data_requests import parse_chat_request as asks_about_data

RECENT_WINDOW = dt.timedelta(minutes=10)
MAX_RECENT_MESSAGES = 8
_WEAK_CATEGORIES = frozenset({"admin_question", "other"})  # a wrong or a lost item stays with its officers


def list_preceding_messages(items: Sequence[InboundItem], *, now: dt.datetime) -> dict[int, list[Message]]:
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


def attach_recent_messages(
    classified: ClassifiedItem, by_conversation: Mapping[int, Sequence[Message]], directory: Directory
) -> ClassifiedItem:
    """Add the recent messages and their place to the item; they may also turn it into a complaint."""
    recent = by_conversation.get(classified.item.conversation_id, ()) if classified.item.group is None else ()
    classified = replace(classified, pieces=tuple(recent), reading=_detect_split_complaint(classified, recent))
    if classified.seat is not None or classified.item.place:
        return classified
    for message in recent:
        place = message.reading.get("place") or {}
        commune = directory.communes.get(place.get("commune") or "")
        if commune is not None and (place.get("confidence") or 0.0) >= MIN_PLACE_CONFIDENCE:
            place_names = [
                entity["text"] for entity in message.reading.get("entities", ()) if entity["type"] == "PLACE"
            ]
            item = replace(classified.item, place=", ".join(place_names)[:120])
            return replace(classified, item=item, seat=Destination(commune.unit_id, commune.area_id))
    return classified


def _detect_split_complaint(classified: ClassifiedItem, recent: Sequence[Message]) -> Reading:
    """Detect a complaint split over messages: «cái anh Dũng bên công an xã», «cầm của em 2 triệu rồi»."""
    if not any(mentions_police(message.text) for message in recent):
        return classified.reading
    return detect_in_combined(
        classified.reading, ", ".join([*(message.text for message in reversed(recent)), classified.text])
    )


def attach_to_group_tips(decided_items: Sequence[DecidedItem], *, now: dt.datetime) -> list[DecidedItem]:
    """Attach the authors' recent group messages to group tips and complaints, pictures too.

    One statement, none without tips.
    """
    tips = [decided for decided in decided_items if _is_group_report(decided)]
    if not tips:
        return list(decided_items)
    conditions = Q()
    for decided in tips:
        conditions |= Q(group=decided.item.group, reporter=decided.item.reporter_id)
    by_author: dict[tuple[int | None, int], list[Message]] = {}
    for message in _select_unassigned(now).filter(conditions, sealed=None).only("id", "group", "reporter", "text"):
        by_author.setdefault((message.group_id, message.reporter_id), []).append(message)
    return [
        replace(
            decided,
            pieces=tuple(by_author.get((decided.facts.group_id, decided.item.reporter_id), ())[:MAX_RECENT_MESSAGES]),
        )
        if _is_group_report(decided)
        else decided
        for decided in decided_items
    ]


def _is_group_report(decided: DecidedItem) -> bool:
    return (
        decided.item.group is not None
        and decided.decision.do in (Action.OPEN, Action.JOIN)
        and is_sensitive(decided.facts)
    )


def assign_recent_messages(decided: DecidedItem, *, unit_id: int, now: dt.datetime) -> None:
    """Assign the recent messages to the case of the report."""
    if decided.pieces:
        retain_all_for_case(get_recent_ids(decided), unit_id=unit_id)
        seal_recent_messages(decided, now=now)


def seal_recent_messages(decided: DecidedItem, *, now: dt.datetime) -> None:
    """Seal the recent messages if the report itself is restricted."""
    if decided.pieces and (_is_group_report(decided) or decided.facts.sealed):
        seal_messages(get_recent_ids(decided), immediately=must_seal(decided.facts), now=now)


def get_full_text(decided: DecidedItem) -> str:
    """Return all text as written, oldest first."""
    return "\n".join(filter(None, [*(message.text for message in reversed(decided.pieces)), decided.item.message.text]))


def get_recent_ids(decided: DecidedItem) -> list[int]:
    return [message.pk for message in decided.pieces]


def attach_earlier_texts(
    classified_items: Sequence[ClassifiedItem], cases_by_reporter: Mapping[int, Sequence[OpenCase]]
) -> list[ClassifiedItem]:
    """Add the earlier messages of each sender in their open cases. One statement, none without such cases."""
    readable_cases = {
        classified.item.reporter_id: [
            open_case
            for open_case in cases_by_reporter.get(classified.item.reporter_id, ())
            if _may_be_reread(open_case)
        ]
        for classified in classified_items
    }
    cases = {open_case.case_id for reporter_cases in readable_cases.values() for open_case in reporter_cases}
    if not cases:
        return list(classified_items)
    messages_by_sender = list_recent_messages(
        cases, [reporter for reporter, reporter_cases in readable_cases.items() if reporter_cases]
    )
    return [
        replace(
            classified,
            earlier_texts={
                case_id: "\n".join(texts)
                for (reporter_id, case_id), texts in messages_by_sender.items()
                if reporter_id == classified.item.reporter_id
            },
        )
        for classified in classified_items
    ]


def _may_be_reread(open_case: OpenCase) -> bool:
    return not (open_case.is_restricted or open_case.is_sealed or open_case.closed) and open_case.urgency < DANGER


def detect_with_earlier_text(
    classified: ClassifiedItem, facts: MessageFacts, open_cases: Sequence[OpenCase], classify: Classify
) -> ClassifiedItem:
    """Reclassify the item as a complaint about police if it is one together with an earlier text."""
    if classified.asks_status or facts.calls or not facts.folded_text:
        return classified
    for open_case in open_cases:
        earlier_text = classified.earlier_texts.get(open_case.case_id, "")
        if earlier_text and _continues_case(facts, open_case):
            reading = combined.detect_across_messages(
                classified.reading, earlier_text, classified.item.message.text, classify
            )
            if reading is not classified.reading:
                return replace(classified, reading=reading, combined_case_id=open_case.case_id)
    return classified


def find_earlier_text(classified: ClassifiedItem, facts: MessageFacts, open_cases: Sequence[OpenCase]) -> str:
    """Return the earlier text of the author in the case that it continues, whether it stays there or not."""
    if classified.combined_case_id is not None:
        return classified.earlier_texts[classified.combined_case_id]
    return next(
        (
            classified.earlier_texts[open_case.case_id]
            for open_case in open_cases
            if open_case.case_id in classified.earlier_texts and _continues_case(facts, open_case)
        ),
        "",
    )


def _continues_case(facts: MessageFacts, open_case: OpenCase) -> bool:
    if facts.in_group:
        return open_case.group_id == facts.group_id and open_case.fresh
    return open_case.private and (open_case.recent or belongs_to_case(facts, open_case))


def find_precursor_case(
    classified: ClassifiedItem, facts: MessageFacts, open_cases: Sequence[OpenCase], classify: Classify
) -> OpenCase | None:
    """Return the case that a complaint began with, at a desk that may be accused; usually None.

    `open_cases`: newest first.
    """
    if facts.category not in PROVINCE_ONLY_CATEGORIES or facts.in_group:
        return None
    candidates = [
        open_case
        for open_case in open_cases
        if _is_untouched_private(open_case) and is_police_complaint(facts, open_case)
    ]
    return next((open_case for open_case in candidates if _is_precursor(classified, open_case, classify)), None)


def _is_untouched_private(open_case: OpenCase) -> bool:
    """Return whether one person reported it in private and no officer has touched it."""
    return _may_be_reread(open_case) and open_case.private and open_case.untouched and not open_case.has_other_reporters


def _is_precursor(classified: ClassifiedItem, open_case: OpenCase, classify: Classify) -> bool:
    if open_case.fresh and open_case.category in _WEAK_CATEGORIES:
        return True
    if classified.combined_case_id is not None:
        return classified.combined_case_id == open_case.case_id
    earlier_text, text = classified.earlier_texts.get(open_case.case_id, ""), classified.item.message.text
    if not earlier_text or not (open_case.recent or classified.item.about):
        return False
    is_start = combined.is_start_of_complaint(earlier_text, text, open_case.urgency)
    return is_start and combined.classify_combined(earlier_text, text, classify) is not None
