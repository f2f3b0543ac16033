"""Interpretation of a message: classified, placed, its facts gathered, decided."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from binhyen.areas import queries as areas
from binhyen.areas.queries import Directory
from binhyen.cases.choices import PROVINCE_ONLY_CATEGORIES
from binhyen.cases.incident_features import OpenCase
from binhyen.channels.types import STICKER
from binhyen.intake import message_context
from binhyen.intake.accusations import describes_wrongdoing, has_accusation, has_person_reference
from binhyen.intake.case_assignment import (
    belongs_to_case,
    is_police_complaint,
    is_private_follow_up,
    is_relocated_danger,
    is_sealed_follow_up,
    select_case,
)
from binhyen.intake.clarification import build_question, resolve_answer
from binhyen.intake.complaint_detection.detect import detect_complaint, identifies_officer_only, mentions_police
from binhyen.intake.decision import Destination, MessageFacts, decide_item
from binhyen.intake.items import ClassifiedItem, DecidedItem, InboundItem
from binhyen.kit.text import fold_to_words
from binhyen.language.classify import short_replies
from binhyen.language.classify.short_replies import ShortReply
from binhyen.language.places.resolve import MIN_PLACE_CONFIDENCE, ResolvedPlace, resolve_place
from binhyen.language.police_neglect import detect_neglect
from binhyen.language.reader import Reader
from binhyen.language.reading import DANGER, Reading
from binhyen.people import queries as officers
from binhyen.privacy.rules.data_requests import parse_chat_request as asks_about_data


def classify_all(
    batch: Sequence[InboundItem],
    cases_by_reporter: Mapping[int, Sequence[OpenCase]],
    text_reader: Reader,
    directory: Directory,
) -> list[ClassifiedItem]:
    """Classify each item; escalate possible complaints about police or about their future readers."""
    classified = [_classify_item(item, text_reader, directory) for item in batch]
    unit_sets = [
        _list_reading_units(classified_item, cases_by_reporter.get(classified_item.item.reporter_id, ()), directory)
        for classified_item in classified
    ]
    names_by_unit = officers.list_names_of_units(set().union(*unit_sets))
    return [
        _escalate_complaint(
            classified_item,
            [name for unit in units for name in names_by_unit[unit]],
            has_case=classified_item.item.reporter_id in cases_by_reporter,
        )
        for classified_item, units in zip(classified, unit_sets, strict=True)
    ]


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


def _classify_item(item: InboundItem, text_reader: Reader, directory: Directory) -> ClassifiedItem:
    text = f"{item.message.text}\n{item.place}" if item.place else item.message.text
    reading = text_reader.understand(text)
    group_seat = directory.get_responsible_unit(item.group.area_id) if item.group else None
    near_commune = directory.get_commune_code(item.group.area_id) if item.group else None
    placed = resolve_place(reading.entities, text_reader.gazetteer, near_commune)
    return ClassifiedItem(
        item,
        text,
        reading,
        placed,
        _resolve_destination(item, placed, directory),
        Destination(*group_seat) if group_seat else None,
    )


def _list_reading_units(classified: ClassifiedItem, open_cases: Sequence[OpenCase], directory: Directory) -> set[int]:
    """Return the units whose officers would read it; none if it names no person."""
    if not any(entity.type == "PERSON" for entity in classified.reading.entities):
        return set()
    destination = classified.seat or classified.home
    return {destination.unit_id if destination else directory.province_unit_id} | {
        open_case.unit_id for open_case in open_cases
    }


def interpret(
    classified: ClassifiedItem, open_cases: Sequence[OpenCase], text_reader: Reader, directory: Directory
) -> DecidedItem:
    """Decide on the item and the one question back. `open_cases`: the sender's active cases, newest first."""
    classified = message_context.detect_with_earlier_text(
        classified, _gather_facts(classified, directory), open_cases, text_reader.understand
    )
    item, text, placed, facts = (
        classified.item,
        classified.text,
        classified.placed,
        _gather_facts(classified, directory),
    )
    open_case = open_cases[0] if classified.asks_status and open_cases else select_case(open_cases, facts)
    if open_case and (open_case.asked or open_case.waiting) and not open_case.placed and item.group is None:
        placed = resolve_answer(text, classified.reading.entities, text_reader.gazetteer)
        facts = replace(facts, placed=_resolve_destination(item, placed, directory))
    reading = classified.reading
    # A message that only names the culprit belongs to the earlier report, despite complaints since then.
    keeps_case = (
        open_case is not None
        and belongs_to_case(facts, open_case)
        and not (open_case.is_restricted and identifies_officer_only(item.message.text))
    )
    if (
        precursor := None
        if keeps_case
        else message_context.find_precursor_case(classified, facts, open_cases, text_reader.understand)
    ):
        facts = replace(facts, mine=precursor, has_precursor=True)
    elif open_case:
        is_follow_up = belongs_to_case(facts, open_case)
        if is_follow_up:
            reading = _adjust_for_danger(reading, facts, open_case)
        facts = replace(
            facts,
            mine=open_case,
            is_follow_up=is_follow_up,
            urgency=reading.urgency,
            category=reading.category,
            sensitive=reading.sensitive,
            reply=_classify_reply(item.message.text, reading) if open_case.closed else None,
        )
        is_private = is_follow_up and is_private_follow_up(facts, open_case)
        facts = replace(
            facts, sealed=is_follow_up and is_sealed_follow_up(facts, open_case), is_private_follow_up=is_private
        )
    decision = decide_item(facts)
    question_text = build_question(decision, reading, placed, located=facts.placed is not None, text=text)
    if facts.sealed:  # the answer would be sealed: its officer asks
        question_text = None
    return DecidedItem(
        item,
        reading,
        placed,
        facts,
        decision,
        question_text,
        pieces=classified.pieces,
        earlier_text=message_context.find_earlier_text(classified, facts, open_cases),
        is_combined_complaint=classified.combined_case_id is not None,
    )


def _gather_facts(classified: ClassifiedItem, directory: Directory) -> MessageFacts:
    item, text, reading = classified.item, classified.text, classified.reading
    folded_text = fold_to_words(item.message.text)
    return MessageFacts(
        words=len(text.split()),
        folded_text=folded_text,
        about_data=not item.message.media and asks_about_data(folded_text) is not None,
        has_media=any(media.kind != STICKER for media in item.message.media) or item.message.location is not None,
        has_sticker=any(media.kind == STICKER for media in item.message.media),
        asks_status=classified.asks_status,
        calls=short_replies.ONLY_CALLED_REASON in reading.reasons,
        in_group=item.group is not None,
        group_id=item.group.pk if item.group else 0,
        category=reading.category,
        confidence=reading.confidence,
        urgency=reading.urgency,
        sensitive=reading.sensitive,
        mentions_police=classified.mentions_police,
        placed=classified.seat,
        home=classified.home,
        province_destination=Destination(directory.province_unit_id, None),
        mine=None,
        wants_case=item.wants_case,
        on_status_page=item.about is not None,
        was_greeted=item.was_greeted,
        refers_to_person=has_person_reference(text, reading.entities),
        accuses_person=has_accusation(text),
        is_wrongdoing=describes_wrongdoing(text),
    )


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
