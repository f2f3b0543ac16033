"""Storage stages of the pipeline: messages, cases, reporters, follow-ups, places, ratings and replies."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from binhyen.areas import queries as areas
from binhyen.areas.queries import Directory
from binhyen.cases.choices import CATEGORY_LABELS, PROVINCE_ONLY_CATEGORIES
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.event_data import GROUP_TIP_TEXT, PRIVATE_FOLLOW_UP_TEXT
from binhyen.cases.kinds import get_kind_for_category
from binhyen.cases.models import Case
from binhyen.cases.services import follow_ups
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.follow_ups import DuplicateReport, FollowUp, add_duplicate_reports
from binhyen.cases.services.location import Location, set_location
from binhyen.cases.services.lost_found import enqueue_matching
from binhyen.cases.services.unit_of_work import CITIZEN_ACTOR
from binhyen.channels.services import MessageToStore, OutgoingDraft, queue_messages, store_messages
from binhyen.channels.services.messages import retain_all_for_case, seal_messages
from binhyen.channels.services.moderation_flags import FlaggedMessage, store_flags
from binhyen.intake.case_assignment import is_standalone_report
from binhyen.intake.complaint_detection.detect import mentions_police
from binhyen.intake.decision import (
    Action,
    AutoReply,
    FollowUpRelation,
    is_confidential,
    is_sensitive,
    must_seal,
)
from binhyen.intake.items import BatchContext, DecidedItem, IncidentMatch, ItemResult, StoredItem, iter_identifiers
from binhyen.intake.officer_chat import get_officer_chat
from binhyen.intake.replies import build_origin_draft, build_replies
from binhyen.intake.texts import UNSURE_PLACE_PREFIX
from binhyen.kit.search_terms import accented_words
from binhyen.language.classify.classifier import MessageClassification
from binhyen.language.moderation import ABUSE, moderate
from binhyen.language.reading import Reading

Protect = Callable[[DecidedItem, MessageToStore], MessageToStore]


def _leave_readable(decided: DecidedItem, row: MessageToStore) -> MessageToStore:
    return row


def store_items(
    decided_items: Sequence[DecidedItem], *, protect: Protect = _leave_readable, now: dt.datetime
) -> list[StoredItem]:
    """Store the messages. `protect`: says of each row who may read it."""
    rows = [protect(decided, _build_message_row(decided)) for decided in decided_items]
    messages = store_messages(rows, now=now) if rows else []
    return [StoredItem(decided, message) for decided, message in zip(decided_items, messages, strict=True)]


def _build_message_row(decided: DecidedItem) -> MessageToStore:
    item, message, facts = decided.item, decided.item.message, decided.facts
    is_command = decided.decision.reply is AutoReply.OFFICER  # belongs to no unit: no page shows it
    # No record of the person asking about a number, and none of a link code.
    is_unrecorded = is_command or decided.decision.reply is AutoReply.CHECK
    return MessageToStore(
        channel_id=item.channel_id,
        conversation_id=item.conversation_id if item.group is None else None,
        group_id=item.group.pk if item.group else None,
        reporter_id=item.reporter_id,
        unit_id=None if is_command else _get_message_unit(decided),
        external_id=message.external_id,
        text="" if is_unrecorded else message.text,
        sent_at=message.sent_at,
        category=decided.reading.category,
        urgency=decided.reading.urgency,
        sensitive=is_sensitive(facts),
        reading={"reasons": [decided.decision.reason]} if is_unrecorded else _reading_to_dict(decided),
        location=message.location,
        media=message.media,
        opens_case=decided.decision.do in (Action.OPEN, Action.JOIN),
        keys=() if is_unrecorded else tuple(dict.fromkeys(iter_identifiers(decided.reading))),
        is_confidential=is_confidential(facts),
    )


def _get_message_unit(decided: DecidedItem) -> int:
    """Return the unit of the case, of the group, or the province; complaints stay at the province."""
    facts = decided.facts
    if decided.decision.destination:
        return decided.decision.destination.unit_id
    if decided.item.group and facts.group_destination and facts.category not in PROVINCE_ONLY_CATEGORIES:
        return facts.group_destination.unit_id
    return facts.province_destination.unit_id


def _reading_to_dict(decided: DecidedItem) -> dict[str, Any]:
    """Return the reading for orjson, which serialises nested values itself, with the place that the form named."""
    reading, placed = decided.reading, decided.placed
    place = {"commune": placed.commune, "confidence": placed.confidence, "reason": placed.reason}
    fields = {name: getattr(reading, name) for name in Reading.__dataclass_fields__}
    if len(placed.candidates) > 1:  # show the ambiguity in the case, even if one candidate was chosen
        fields["reasons"] = (*reading.reasons, f"{UNSURE_PLACE_PREFIX}: {placed.reason}")
    typed = {"typed_place": decided.item.place} if decided.item.place and not decided.hides_text else {}
    return fields | typed | {"place": place | {"candidates": placed.candidates}}


def flag_group_messages(stored: Sequence[StoredItem], *, now: dt.datetime) -> None:
    """Store flags for the group's officers: abuse, advertising, bait, data of others. No reply: a person decides."""
    store_flags(list(_find_flags(stored)), now=now)


def _find_flags(stored: Sequence[StoredItem]) -> Iterator[FlaggedMessage]:
    for entry in stored:
        group, reading = entry.decided.item.group, entry.decided.reading
        if group is None:
            continue
        classified = MessageClassification(
            reading.category, reading.confidence, reading.top, reading.urgency, reading.sensitive, reading.reasons
        )
        for hit in moderate(entry.message.text, reading.entities, classified):
            # It may be a complaint that was not recognised: those it concerns are not asked to reprimand the author.
            if hit.kind == ABUSE and mentions_police(entry.message.text):
                continue
            yield FlaggedMessage(entry.message, group, hit.kind, hit.why, hit.answer)


def open_cases(stored: Sequence[StoredItem], *, now: dt.datetime) -> dict[int, Case]:
    """Open new cases, with the messages just before them; return the cases by message id."""
    new = [entry for entry in stored if entry.decided.decision.do is Action.OPEN]
    directory = areas.get_directory()
    index_by_message = {entry.message.pk: index for index, entry in enumerate(new)}
    openings = [_suggest_match(_build_new_case(entry, directory), entry, stored, index_by_message) for entry in new]
    cases = create_cases(openings, ladder=get_alarm_delays(), now=now)
    opened = {entry.message.pk: case for entry, case in zip(new, cases, strict=True)}
    for entry in new:
        _assign_recent_messages(entry.decided, unit_id=opened[entry.message.pk].unit_id, now=now)
    enqueue_matching(opened.values())
    return opened


def _suggest_match(
    opening: NewCase, entry: StoredItem, stored: Sequence[StoredItem], index_by_message: Mapping[int, int]
) -> NewCase:
    """Note the case that it may duplicate, or the other opening of the batch."""
    match = entry.decided.possible_match
    if match is None:
        return opening
    if match.case_id:
        return replace(opening, near=match.case_id)
    return replace(opening, near_index=index_by_message.get(stored[match.position].message.pk))


def _build_new_case(entry: StoredItem, directory: Directory) -> NewCase:
    decided, message, decision = entry.decided, entry.message, entry.decided.decision
    kind = get_kind_for_category(decision.category)
    destination = decision.destination or decided.facts.province_destination
    place = decided.place_text
    return NewCase(
        kind=kind.code,
        lane=kind.get_lane(decision.category),
        category=decision.category,
        urgency=decision.urgency,
        sensitive=is_sensitive(decided.facts),
        unit_id=destination.unit_id,
        commune_id=destination.commune_id,
        area_id=_get_village_id(decided, directory) or destination.commune_id,
        place=place,
        actor=CITIZEN_ACTOR,
        title=" · ".join(filter(None, [CATEGORY_LABELS[decision.category], place])),
        folded=decided.search_text,
        search_accented=accented_words(decided.search_source),
        latitude=message.latitude,
        longitude=message.longitude,
        reporter_id=decided.item.reporter_id,
        conversation_id=decided.item.conversation_id,
        link_hash=decided.item.link_hash,
        message_ids=(message.pk, *decided.recent_message_ids),
        asked=decided.question is not None,
        words=_get_first_text(decided),
        followed_id=_get_tip_case_id(decided),
    )


def _get_tip_case_id(decided: DecidedItem) -> int | None:
    """Return the case of the group tip that this private message is about."""
    facts = decided.facts
    is_about_tip = facts.relation is FollowUpRelation.PRIVATE_FOLLOW_UP and facts.is_sealed
    return facts.open_case.case_id if facts.open_case and is_about_tip else None


def _get_first_text(decided: DecidedItem) -> str:
    if not decided.hides_text:
        return decided.item.message.text
    return GROUP_TIP_TEXT if decided.item.group else PRIVATE_FOLLOW_UP_TEXT


def _get_village_id(decided: DecidedItem, directory: Directory) -> int | None:
    place = decided.placed.place
    return directory.villages.get((decided.placed.commune or "", place.key)) if place else None


def _assign_recent_messages(decided: DecidedItem, *, unit_id: int, now: dt.datetime) -> None:
    """Assign the messages just before a report to its case."""
    if decided.recent_messages:
        retain_all_for_case(decided.recent_message_ids, unit_id=unit_id)
        _seal_recent_messages(decided, now=now)


def _seal_recent_messages(decided: DecidedItem, *, now: dt.datetime) -> None:
    """Seal the messages just before a report that is itself sealed, or is sealed later because it is urgent."""
    if decided.recent_messages and (decided.is_group_report or decided.facts.is_sealed):
        seal_messages(decided.recent_message_ids, immediately=must_seal(decided.facts), now=now)


def add_duplicate_reporters(
    stored: Sequence[StoredItem], opened: Mapping[int, Case], *, now: dt.datetime
) -> dict[int, Case]:
    """Add duplicate reporters to their cases; return the cases by message id."""
    reports: list[DuplicateReport] = []
    for entry in stored:
        match = entry.decided.incident_match
        if match is not None:
            _seal_recent_messages(entry.decided, now=now)
            case_id = match.case_id or opened[stored[match.position].message.pk].pk
            reports.append(_build_duplicate_report(entry, match, case_id))
    return add_duplicate_reports(reports, ladder=get_alarm_delays(), now=now)


def _build_duplicate_report(entry: StoredItem, match: IncidentMatch, case_id: int) -> DuplicateReport:
    decided = entry.decided
    return DuplicateReport(
        case_id=case_id,
        message_id=entry.message.pk,
        reporter_id=decided.item.reporter_id,
        conversation_id=decided.item.conversation_id,
        folded=decided.search_text,
        search_accented=accented_words(decided.search_source),
        urgency=decided.decision.urgency,
        why=match.why,
        link_hash=decided.item.link_hash,
        has_news=match.has_news,
    )


def store_follow_ups(stored: Sequence[StoredItem], *, now: dt.datetime) -> None:
    """Attach follow-ups to their cases."""
    new = [_build_follow_up(entry) for entry in stored if entry.decided.decision.do is Action.ATTACH]
    follow_ups.add_follow_ups(new, ladder=get_alarm_delays(), now=now)


def _build_follow_up(entry: StoredItem) -> FollowUp:
    decided, facts = entry.decided, entry.decided.facts
    is_certain = is_standalone_report(facts) and facts.category not in PROVINCE_ONLY_CATEGORIES
    return FollowUp(
        case_id=decided.decision.case_id or 0,
        message_id=entry.message.pk,
        reporter_id=decided.item.reporter_id,
        conversation_id=decided.item.conversation_id,
        folded=decided.search_text,
        search_accented=accented_words(decided.search_source),
        urgency=decided.decision.urgency,
        resumes=decided.decision.resumes,
        sensitive=is_sensitive(facts) and decided.decision.resumes,
        place="" if decided.hides_text else decided.place_text,
        category=facts.category if is_certain else "",
    )


def set_case_places(stored: Sequence[StoredItem], *, now: dt.datetime) -> dict[int, int | None]:
    """Set the place that a private follow-up gives to a case without one; return the new units by message id."""
    unit_by_message: dict[int, int | None] = {}
    directory = areas.get_directory()
    for entry in stored:
        decided = entry.decided
        spot = _find_new_place(decided, directory) if decided.decision.do is Action.ATTACH else None
        if spot is not None:
            unit_by_message[entry.message.pk] = set_location(
                case_id=decided.decision.case_id or 0, spot=spot, ladder=get_alarm_delays(), now=now
            )
    return unit_by_message


def _find_new_place(decided: DecidedItem, directory: Directory) -> Location | None:
    open_case, destination = decided.facts.open_case, decided.facts.place_destination
    if open_case is None or open_case.has_place or decided.item.group is not None:
        return None
    if destination is None or destination.commune_id is None:
        return None
    area_id = _get_village_id(decided, directory) or destination.commune_id
    return Location(destination.unit_id, destination.commune_id, area_id, decided.place_text)


def rate_outcomes(stored: Sequence[StoredItem], *, now: dt.datetime) -> None:
    """Store the ratings of closed cases."""
    for entry in stored:
        decision = entry.decided.decision
        if decision.do is Action.RATE and decision.report_id is not None:
            follow_ups.rate_outcome(
                report_id=decision.report_id, helped=decision.was_helpful, message_id=entry.message.pk, now=now
            )


def queue_replies(
    stored: Sequence[StoredItem],
    cases: Mapping[int, Case],
    unit_by_message: Mapping[int, int | None],
    *,
    now: dt.datetime,
) -> None:
    """Queue the immediate replies. `unit_by_message`: units that got a case because of the place in the message."""
    drafts: list[OutgoingDraft] = []
    for entry in stored:
        pk = entry.message.pk
        drafts += build_replies(entry, cases.get(pk), unit_by_message.get(pk), now=now)
    queue_messages(drafts, now=now)


def ask_origins(
    stored: Sequence[StoredItem], cases: Mapping[int, Case], context: BatchContext, *, now: dt.datetime
) -> None:
    """Ask officers from which group a message comes that they forwarded into their own chat."""
    entries = {
        entry.decided.item.reporter_id: entry
        for entry in stored
        if entry.message.pk in cases and entry.decided.item.reporter_id in context.officers
    }
    if not entries:
        return
    codes = {reporter_id: cases[entry.message.pk].code for reporter_id, entry in entries.items()}
    questions = get_officer_chat().build_origin_questions(codes)
    drafts = [build_origin_draft(entries[reporter_id], question) for reporter_id, question in questions.items()]
    queue_messages(drafts, now=now)


def build_results(stored: Sequence[StoredItem], cases: Mapping[int, Case]) -> list[ItemResult]:
    return [
        ItemResult(entry.decided.item, entry.decided.decision, entry.message, cases.get(entry.message.pk))
        for entry in stored
    ]
