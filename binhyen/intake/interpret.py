"""Interpretation of messages: classified, placed, their facts gathered, decided, and the one question back.

A message that cannot be processed, for any cause, goes to a person unread by the program. In doubt upwards, as
everywhere: to the province's queue, with an alarm, because it may be a cry for help.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from binhyen.areas import queries as areas
from binhyen.areas.queries import Directory
from binhyen.cases.choices import PROVINCE_ONLY_CATEGORIES, QUESTION_CATEGORY, SCAM_CATEGORY
from binhyen.cases.incident_features import OpenCase
from binhyen.channels.types import STICKER, IncomingMessage
from binhyen.intake import message_context
from binhyen.intake.accusations import describes_wrongdoing, has_accusation, has_person_reference
from binhyen.intake.alarm_budget import apply_alarm_bar
from binhyen.intake.case_assignment import (
    belongs_to_case,
    is_police_complaint,
    is_private_follow_up,
    is_relocated_danger,
    is_sealed_follow_up,
    select_case,
)
from binhyen.intake.complaint_detection.detect import (
    Classify,
    detect_complaint,
    identifies_officer_only,
    mentions_police,
)
from binhyen.intake.decision import (
    TRUSTED_CONFIDENCE,
    Accusation,
    Action,
    AutoReply,
    Destination,
    FollowUpRelation,
    Intent,
    ItemDecision,
    MessageAttachment,
    MessageFacts,
    Origin,
    decide_item,
)
from binhyen.intake.items import BatchContext, ClassifiedItem, DecidedItem, InboundItem, ItemInContext
from binhyen.intake.officer_chat import get_officer_chat
from binhyen.intake.scam_check import get_scam_check
from binhyen.intake.texts import UNREAD_REASON
from binhyen.kit.ids import normalize_code
from binhyen.kit.text import fold_text, fold_to_words, to_nfc
from binhyen.language import questions
from binhyen.language.classify import short_replies
from binhyen.language.classify.short_replies import ShortReply
from binhyen.language.classify.urgency import PRIVATE_TALK_BAR
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.resolve import MIN_PLACE_CONFIDENCE, ResolvedPlace, resolve_place
from binhyen.language.police_neglect import detect_neglect
from binhyen.language.questions import detect_address_form
from binhyen.language.reading import DANGER, Entity, Reading
from binhyen.people import queries as officers
from binhyen.privacy.rules.data_requests import parse_chat_request as asks_about_data

_INSIST_PREFIX = re.compile(r"\W*v(?:ẫn|an)\s+g(?:ửi|ui)\b\W*", re.IGNORECASE)
_UNKNOWN_TOPIC = "public_order"  # asks «việc này», when the category is uncertain
_CHECKED_CATEGORIES = frozenset({SCAM_CATEGORY, QUESTION_CATEGORY, "other"})  # of questions about a number or link
_CASE_REFERENCE = re.compile(r"\s*(.{1,20}?)\s*·\s*([0-9A-Z]{4}-[0-9A-Z]{4})\s*")
_MAX_ANSWER_WORDS = 12  # a longer answer is interpreted like any other message
_FILLER_WORDS = frozenset(
    ("dạ", "ạ", "vâng", "da", "vang", "ở", "o", "tại", "tai", "bên", "ben", "là", "la", "chỗ", "cho")
)
_EMPTY_READING = Reading("other", 0.0, (), DANGER, sensitive=False, entities=(), reasons=(UNREAD_REASON,))
_NO_PLACE = ResolvedPlace(None, None, 0.0, (), UNREAD_REASON)


def parse_insistence(item: InboundItem) -> InboundItem:
    """Strip the words by which a person insists in a private chat, and mark the item as insisting."""
    match = _INSIST_PREFIX.match(to_nfc(item.message.text)) if item.group is None and not item.is_on_own_page else None
    if match is None or fold_text(item.message.text).strip() == fold_text(match[0]).strip():
        return item
    text = to_nfc(item.message.text)[match.end() :]
    return replace(item, is_insisting=True, message=replace(item.message, text=text))


def parse_case_reference(item: InboundItem) -> InboundItem:
    """Take the case out of a short reply such as «Có · K7M2-9QXD», the text of a button."""
    match = _CASE_REFERENCE.fullmatch(to_nfc(item.message.text)) if item.origin is Origin.CHAT else None
    if match is None or short_replies.parse_reply(match[1]) is None:
        return item
    return replace(item, case_code=normalize_code(match[2]), message=replace(item.message, text=match[1]))


def classify_items(batch: Sequence[InboundItem], context: BatchContext) -> list[ClassifiedItem]:
    """Classify the readable items; escalate possible complaints about police or about their future readers."""
    directory, cases_by_reporter = context.directory, context.cases_by_reporter
    read_items = [_classify_item(item, context) for item in batch if not item.processing_failed]
    unit_sets = [
        _list_reading_units(read_item, cases_by_reporter.get(read_item.item.reporter_id, ()), directory)
        for read_item in read_items
    ]
    names_by_unit = officers.list_names_of_units(set().union(*unit_sets))
    classified: list[ClassifiedItem] = []
    for read_item, units in zip(read_items, unit_sets, strict=True):
        names = [name for unit in units for name in names_by_unit[unit]]
        has_case = read_item.item.reporter_id in cases_by_reporter
        classified.append(_escalate_complaint(read_item, names, has_case=has_case))
    return classified


def _escalate_complaint(classified: ClassifiedItem, officers: Sequence[str], *, has_case: bool) -> ClassifiedItem:
    # Mentions of police matter only beside an earlier report (case_assignment.py).
    mentions = has_case and (
        mentions_police(classified.text, officers)
        or (classified.reading.urgency < DANGER and detect_neglect(classified.text))
    )
    is_private = classified.item.group is None
    has_case, is_new_private = has_case and is_private, is_private and not has_case
    if has_case and short_replies.is_status_question(classified.item.message.text, classified.reading):
        return replace(classified, reading=short_replies.as_status_question(classified.reading), asks_status=True)
    return replace(
        classified,
        reading=detect_complaint(
            classified.reading, classified.text, officers, has_case=has_case, private=is_new_private
        ),
        mentions_police=mentions,
    )


def _classify_item(item: InboundItem, context: BatchContext) -> ClassifiedItem:
    text_reader, directory = context.reader, context.directory
    text = f"{item.message.text}\n{item.place}" if item.place else item.message.text
    reading = apply_alarm_bar(text_reader.understand(text), context.alarm_bar if item.group else PRIVATE_TALK_BAR)
    group_unit = directory.get_responsible_unit(item.group.area_id) if item.group else None
    near_commune = directory.get_commune_code(item.group.area_id) if item.group else None
    placed = resolve_place(reading.entities, text_reader.gazetteer, near_commune)
    return ClassifiedItem(
        item,
        text,
        reading,
        placed,
        _resolve_destination(item, placed, directory),
        Destination(*group_unit) if group_unit else None,
    )


def _list_reading_units(classified: ClassifiedItem, open_cases: Sequence[OpenCase], directory: Directory) -> set[int]:
    """Return the units whose officers would read it; none if it names no person."""
    if not any(entity.type == "PERSON" for entity in classified.reading.entities):
        return set()
    destination = classified.destination or classified.group_destination
    return {destination.unit_id if destination else directory.province_unit_id} | {
        open_case.unit_id for open_case in open_cases
    }


def decide_items(items: Sequence[ItemInContext], context: BatchContext) -> list[DecidedItem]:
    """Decide on each item, and on the one question back."""
    return [_decide_item(entry, context) for entry in items]


def _decide_item(in_context: ItemInContext, context: BatchContext) -> DecidedItem:
    directory, classify = context.directory, context.reader.understand
    first_facts = _gather_facts(in_context.classified, directory)
    entry = message_context.detect_with_earlier_text(in_context, first_facts, classify)
    classified = entry.classified
    message_facts = first_facts if entry is in_context else _gather_facts(classified, directory)
    open_case = _select_case(entry, message_facts)
    placed, destination = _resolve_place(classified, open_case, context)
    placed_facts = replace(message_facts, place_destination=destination)
    precursor = _find_precursor(entry, placed_facts, open_case, classify)
    if precursor is not None:
        facts = replace(placed_facts, open_case=precursor, relation=FollowUpRelation.CONTINUED_COMPLAINT)
        reading = classified.reading
    elif open_case is not None:
        facts, reading = _relate_to_case(classified, placed_facts, open_case)
    else:
        facts, reading = placed_facts, classified.reading
    decision = decide_item(facts)
    question = build_question(decision, reading, placed, located=destination is not None, text=classified.text)
    return DecidedItem(
        classified.item,
        reading,
        placed,
        facts,
        decision,
        # The answer in a sealed case would be sealed: its officer asks. Officers are asked for the group instead.
        None if facts.is_sealed or classified.item.reporter_id in context.officers else question,
        recent_messages=entry.recent_messages,
        earlier_text=message_context.find_earlier_text(entry, facts),
        is_combined_complaint=entry.combined_case_id is not None,
    )


def _select_case(entry: ItemInContext, facts: MessageFacts) -> OpenCase | None:
    """Return the sender's case that it belongs to or stands beside; a status question means the newest."""
    if entry.classified.asks_status and entry.open_cases:
        return entry.open_cases[0]
    return select_case(entry.open_cases, facts)


def _resolve_place(
    classified: ClassifiedItem, open_case: OpenCase | None, context: BatchContext
) -> tuple[ResolvedPlace, Destination | None]:
    """Return place and destination; what may answer our question for the place is read as an answer."""
    item = classified.item
    if item.group is not None or open_case is None or open_case.has_place:
        return classified.placed, classified.destination
    if not (open_case.has_question or open_case.is_waiting):
        return classified.placed, classified.destination
    placed = resolve_answer(classified.text, classified.reading.entities, context.reader.gazetteer)
    return placed, _resolve_destination(item, placed, context.directory)


def _find_precursor(
    entry: ItemInContext, facts: MessageFacts, open_case: OpenCase | None, classify: Classify
) -> OpenCase | None:
    """Return the case that a complaint about police began with, unless it continues another one."""
    if open_case is not None and belongs_to_case(facts, open_case):
        # A message that only names the culprit belongs to the earlier report, despite complaints since then.
        is_culprit_named = open_case.is_restricted and identifies_officer_only(entry.classified.item.message.text)
        if not is_culprit_named:
            return None
    return message_context.find_precursor_case(entry, facts, classify)


def _relate_to_case(
    classified: ClassifiedItem, facts: MessageFacts, open_case: OpenCase
) -> tuple[MessageFacts, Reading]:
    """Return the facts with the case that it follows or stands beside, and the reading adjusted to it."""
    is_follow_up = belongs_to_case(facts, open_case)
    reading = _adjust_for_danger(classified.reading, facts, open_case) if is_follow_up else classified.reading
    related = replace(
        facts,
        open_case=open_case,
        urgency=reading.urgency,
        category=reading.category,
        sensitive=reading.sensitive,
        reply=_classify_reply(classified.item.message.text, reading) if open_case.is_closed else None,
    )
    return replace(
        related, relation=_get_relation(related, open_case) if is_follow_up else FollowUpRelation.BESIDE
    ), reading


def _get_relation(facts: MessageFacts, open_case: OpenCase) -> FollowUpRelation:
    """Return the relation of a follow-up to its case."""
    if is_private_follow_up(facts, open_case):
        return FollowUpRelation.PRIVATE_FOLLOW_UP
    return FollowUpRelation.SEALED_FOLLOW_UP if is_sealed_follow_up(facts, open_case) else FollowUpRelation.FOLLOW_UP


def _gather_facts(classified: ClassifiedItem, directory: Directory) -> MessageFacts:
    item, text, reading = classified.item, classified.text, classified.reading
    folded_text = fold_to_words(item.message.text)
    return MessageFacts(
        words=len(text.split()),
        folded_text=folded_text,
        category=reading.category,
        confidence=reading.confidence,
        urgency=reading.urgency,
        sensitive=reading.sensitive,
        place_destination=classified.destination,
        group_destination=classified.group_destination,
        province_destination=Destination(directory.province_unit_id, None),
        origin=item.origin,
        group_id=item.group.pk if item.group else 0,
        attachment=_get_attachment(item.message),
        intent=_get_intent(classified, folded_text),
        accusation=_get_accusation(text),
        refers_to_person=has_person_reference(text, reading.entities),
        mentions_police=classified.mentions_police,
        is_talk=reading.is_talk,
    )


def _get_attachment(message: IncomingMessage) -> MessageAttachment:
    if message.location is not None or any(media.kind != STICKER for media in message.media):
        return MessageAttachment.FILE
    return MessageAttachment.STICKER if message.media else MessageAttachment.NONE


def _get_intent(classified: ClassifiedItem, folded_text: str) -> Intent:
    if not classified.item.message.media and asks_about_data(folded_text) is not None:
        return Intent.DATA_REQUEST
    if _is_officer_command(classified.item):
        return Intent.OFFICER_COMMAND
    if classified.asks_status:
        return Intent.STATUS_QUESTION
    if _asks_about_scam(classified):
        return Intent.SCAM_CHECK
    is_call = short_replies.ONLY_CALLED_REASON in classified.reading.reasons
    return Intent.CALL if is_call else Intent.REPORT


def _is_officer_command(item: InboundItem) -> bool:
    is_text = item.origin is Origin.CHAT and not item.message.media
    return is_text and get_officer_chat().is_command(item.message.text, item.reporter_id)


def _asks_about_scam(classified: ClassifiedItem) -> bool:
    """Return whether a private message only asks whether a number or link is a scam."""
    item = classified.item
    is_chat = item.origin is Origin.CHAT and classified.reading.category in _CHECKED_CATEGORIES
    return is_chat and not item.message.media and get_scam_check().is_question(item.message.text)


def _get_accusation(text: str) -> Accusation:
    if describes_wrongdoing(text):
        return Accusation.WRONGDOING
    return Accusation.ACTS if has_accusation(text) else Accusation.NONE


def _adjust_for_danger(reading: Reading, facts: MessageFacts, open_case: OpenCase) -> Reading:
    """Adjust the reading during an ongoing danger.

    A new place is as urgent as the danger itself, and «nobody comes» is no complaint.
    """
    if is_relocated_danger(facts, open_case):
        reading = replace(reading, urgency=DANGER)
    if (
        reading.category in PROVINCE_ONLY_CATEGORIES
        and open_case.category not in PROVINCE_ONLY_CATEGORIES
        and not is_police_complaint(facts, open_case)
    ):
        other_categories = tuple(entry for entry in reading.top if entry[0] not in PROVINCE_ONLY_CATEGORIES)
        category, chance = other_categories[0] if other_categories else (open_case.category, 0.0)
        reading = replace(reading, category=category, confidence=chance, top=other_categories, sensitive=False)
    return reading


def _classify_reply(text: str, reading: Reading) -> ShortReply | None:
    """Return how it answers the question after closing: a sticker, a few words, thanks."""
    if not text:
        return ShortReply.KIND
    return short_replies.parse_reply(text) or (
        short_replies.parse_thanks(text) if reading.category == "thanks" else None
    )


def _resolve_destination(item: InboundItem, placed: ResolvedPlace, directory: Directory) -> Destination | None:
    """Return the destination of the point or place named; a point outranks text, an uncertain place counts as none."""
    if item.message.location is not None:
        code = areas.find_commune_at(*item.message.location)
        if code is not None and code in directory.communes:
            return Destination(directory.communes[code].unit_id, directory.communes[code].area_id)
    commune = directory.communes.get(placed.commune or "")
    if commune is not None and placed.confidence >= MIN_PLACE_CONFIDENCE:
        return Destination(commune.unit_id, commune.area_id)
    return None


def build_question(
    decision: ItemDecision, reading: Reading, placed: ResolvedPlace, *, located: bool, text: str
) -> str | None:
    """Return the one question that follows the receipt of a new case, or None.

    Only for a case opened in a private conversation: in a group no question is asked. `located`: the commune is known,
    if only by an attached point. For a sensitive report the question repeats no place; with low confidence it names no
    topic either.
    """
    if decision.do is not Action.OPEN or decision.reply is not AutoReply.RECEIVED:
        return None
    known_place = replace(placed, commune=placed.commune or "") if located else placed
    if reading.sensitive:
        known_place = replace(known_place, place=None)
    if reading.confidence < TRUSTED_CONFIDENCE:
        if known_place.commune is not None:
            return None
        reading = replace(reading, category=_UNKNOWN_TOPIC)
    return questions.choose_question(reading, known_place, detect_address_form(text, reading.entities))


def resolve_answer(text: str, entities: Sequence[Entity], gazetteer: Gazetteer) -> ResolvedPlace:
    """Return the place named by an answer: as in any message, or a bare name («dạ, cẩm xuyên ạ»).

    A bare name is a commune, because that was asked and districts no longer exist.
    """
    placed = resolve_place(entities, gazetteer)
    words = text.replace(",", " ").replace(".", " ").split()
    if placed.commune is not None or not 0 < len(words) <= _MAX_ANSWER_WORDS:
        return placed
    while words and words[0].lower() in _FILLER_WORDS:
        words.pop(0)
    while words and words[-1].lower() in _FILLER_WORDS:
        words.pop()
    names = [entity.text for entity in entities if entity.type == "PLACE"] or [" ".join(words)]
    for name in (names[0], f"xã {names[0]}") if len(names) == 1 and names[0] else ():
        resolved = resolve_place([Entity("PLACE", name, 0, len(name), None)], gazetteer)
        if resolved.commune is not None:
            return resolved
    return placed


def decide_unread_items(batch: Sequence[InboundItem], context: BatchContext) -> list[DecidedItem]:
    """Decide on the items whose processing failed before, without reading their text."""
    return [
        _decide_unread_item(item, context.cases_by_reporter.get(item.reporter_id, ()), context.directory)
        for item in batch
        if item.processing_failed
    ]


def _decide_unread_item(item: InboundItem, open_cases: Sequence[OpenCase], directory: Directory) -> DecidedItem:
    open_case = None if item.group else _select_unread_case(item, open_cases)
    group_unit = directory.get_responsible_unit(item.group.area_id) if item.group else None
    province = Destination(directory.province_unit_id, None)
    facts = MessageFacts(
        words=1,
        folded_text="",
        category=_EMPTY_READING.category,
        confidence=0.0,
        urgency=DANGER,
        sensitive=item.group is not None,  # possibly a tip: sealed after the possible danger was checked
        place_destination=None,
        group_destination=Destination(*group_unit) if group_unit else None,
        province_destination=province,
        open_case=open_case,
        relation=FollowUpRelation.FOLLOW_UP if open_case else FollowUpRelation.BESIDE,
        origin=item.origin,
        group_id=item.group.pk if item.group else 0,
        attachment=_get_attachment(item.message),
    )
    decision = ItemDecision(
        Action.OPEN,
        UNREAD_REASON,
        AutoReply.INVITE if item.group else AutoReply.RECEIVED,
        destination=province,
        category=_EMPTY_READING.category,
        urgency=DANGER,
    )
    if open_case:
        decision = replace(
            decision, do=Action.ATTACH, reply=AutoReply.DANGER, case_id=open_case.case_id, destination=None, category=""
        )
    return DecidedItem(item, _EMPTY_READING, _NO_PLACE, facts, decision)


def _select_unread_case(item: InboundItem, open_cases: Sequence[OpenCase]) -> OpenCase | None:
    """Return the sender's complaint about police, or the case of the status page."""
    page_case = open_cases[0] if open_cases and item.about else None
    return next((candidate for candidate in open_cases if candidate.is_restricted), page_case)
