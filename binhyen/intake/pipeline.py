"""Intake pipeline: the one place that lists the steps from a message to a case; `process_items` reads top to bottom.

Works on batches: the number of statements hardly depends on the number of messages.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction

from binhyen.areas import queries as areas
from binhyen.areas.queries import Directory
from binhyen.cases.choices import CATEGORY_LABELS, PROVINCE_ONLY_CATEGORIES
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.event_data import GROUP_TIP_TEXT, PRIVATE_FOLLOW_UP_TEXT
from binhyen.cases.incident_features import Incident, extract_features
from binhyen.cases.kinds import get_kind_for_category
from binhyen.cases.models import Case
from binhyen.cases.queries import reporter_cases
from binhyen.cases.services.create import NewCase, create_cases
from binhyen.cases.services.duplicate_reports import DuplicateReport, add_duplicate_reports
from binhyen.cases.services.follow_ups import FollowUp, add_follow_ups, rate_outcome
from binhyen.cases.services.location import Location, set_location
from binhyen.cases.services.lost_found import enqueue_matching
from binhyen.cases.services.unit_of_work import CITIZEN_ACTOR
from binhyen.channels.models import Message
from binhyen.channels.services import MessageToStore, queue_messages, store_messages
from binhyen.channels.services.messages import TIP_KEY_GROUP
from binhyen.intake import incident_matching, message_context
from binhyen.intake.case_assignment import is_standalone_report
from binhyen.intake.complaint_store import ComplaintText, StoredComplaint, get_complaint_store
from binhyen.intake.decision import Action, is_confidential, is_sensitive, must_seal
from binhyen.intake.incident_matching import IncidentMatch, NewReport
from binhyen.intake.interpret import classify_all, interpret
from binhyen.intake.items import DecidedItem, InboundItem, ItemResult, batches_by_sender
from binhyen.intake.manual_fallback import build_manual_fallback, no_plaintext_on_error
from binhyen.intake.model_cache import get_text_reader
from binhyen.intake.moderation import flag_messages
from binhyen.intake.referral import refer_complaints, strip_insist_prefix
from binhyen.intake.replies import build_auto_replies
from binhyen.intake.texts import UNSURE_PLACE_PREFIX
from binhyen.kit.search_terms import accented_words
from binhyen.kit.text import fold_text
from binhyen.language.distinctive_ids import is_distinctive
from binhyen.language.places import Gazetteer, ResolvedPlace, list_scene_places
from binhyen.language.reading import Reading

_IDENTIFIER_TYPES = {"PHONE", "BANK_ACCOUNT", "ID_NUMBER", "PLATE", "URL"}


@transaction.atomic(savepoint=False)
def process_items(items: Sequence[InboundItem], *, now: dt.datetime) -> list[ItemResult]:
    """Run: interpret → decide → match incidents → refer → store → open, join, attach or rate → reply.

    Raises NotStoredYet for messages written on our own pages.
    """
    results: list[ItemResult] = []
    for batch in batches_by_sender([strip_insist_prefix(item) for item in items]):
        cases_by_reporter = reporter_cases.list_open_cases(
            [batch_item.reporter_id for batch_item in batch if not batch_item.is_new_reporter], now=now
        )
        cases_by_reporter |= reporter_cases.list_cases_of_reports(
            [batch_item.about for batch_item in batch if batch_item.about], now=now
        )
        text_reader, directory = get_text_reader(), areas.get_directory()
        classified = classify_all(
            [batch_item for batch_item in batch if not batch_item.processing_failed],
            cases_by_reporter,
            text_reader,
            directory,
        )
        cases_by_reporter |= reporter_cases.list_open_complaints(
            [
                classified_item.item.reporter_id
                for classified_item in classified
                if classified_item.asks_status and not classified_item.item.about
            ],
            now=now,
        )
        recent_messages = message_context.list_preceding_messages(batch, now=now)
        classified = message_context.attach_earlier_texts(
            [message_context.attach_recent_messages(entry, recent_messages, directory) for entry in classified],
            cases_by_reporter,
        )
        decided = _match_incidents(
            [
                interpret(entry, cases_by_reporter.get(entry.item.reporter_id, ()), text_reader, directory)
                for entry in classified
            ]
        )
        decided = refer_complaints(message_context.attach_to_group_tips(decided, now=now), _to_complaint_text, now=now)
        decided += [
            build_manual_fallback(batch_item, cases_by_reporter.get(batch_item.reporter_id, ()), directory)
            for batch_item in batch
            if batch_item.processing_failed
        ]
        with no_plaintext_on_error(decided):
            messages = store_messages([_to_message_row(decision_item) for decision_item in decided], now=now)
            decided_messages = list(zip(decided, messages, strict=True))
            flag_messages(decided_messages, now=now)
            opened = _open_new_cases(decided_messages, now=now)
            enqueue_matching(opened.values())
            opened |= _add_duplicate_reporters(decided_messages, opened, now=now)
            stored_complaints = _store_complaints(decided_messages, now=now)
            unrestricted = [
                (decision_item, stored_message)
                for decision_item, stored_message in decided_messages
                if not decision_item.is_restricted
            ]
            add_follow_ups(
                [
                    _to_follow_up(decision_item, stored_message)
                    for decision_item, stored_message in unrestricted
                    if decision_item.decision.do is Action.ATTACH
                ],
                ladder=get_alarm_delays(),
                now=now,
            )
            unit_by_message: dict[int, int | None] = {}
            for decision_item, message in unrestricted:
                if decision_item.decision.do is Action.ATTACH and (spot := _find_new_place(decision_item)):
                    unit_by_message[message.pk] = set_location(
                        case_id=decision_item.decision.case_id or 0, spot=spot, ladder=get_alarm_delays(), now=now
                    )
                if decision_item.decision.do is Action.RATE and decision_item.decision.report_id is not None:
                    rate_outcome(
                        report_id=decision_item.decision.report_id,
                        helped=decision_item.decision.was_helpful,
                        message_id=message.pk,
                        now=now,
                    )
            opened |= {pk: entry.case for pk, entry in stored_complaints.items()}
            letters = {pk: entry.letter for pk, entry in stored_complaints.items()}
            queue_messages(
                list(build_auto_replies(decided_messages, opened, letters, unit_by_message, now=now)), now=now
            )
            results += [
                ItemResult(decision_item.item, decision_item.decision, stored_message, opened.get(stored_message.pk))
                for decision_item, stored_message in decided_messages
            ]
    return results


def _to_message_row(decided: DecidedItem) -> MessageToStore:
    item, message = decided.item, decided.item.message
    group_destination = (
        decided.facts.province_destination if decided.facts.category in PROVINCE_ONLY_CATEGORIES else decided.facts.home
    )  # complaints stay at the province
    unit_id = (
        decided.decision.seat.unit_id
        if decided.decision.seat
        else (group_destination.unit_id if group_destination and item.group else None)
    )
    return MessageToStore(
        channel_id=item.channel_id,
        conversation_id=item.conversation_id if item.group is None else None,
        is_complaint=decided.is_restricted,
        group_id=item.group.pk if item.group else None,
        reporter_id=item.reporter_id,
        unit_id=unit_id or decided.facts.province_destination.unit_id,
        external_id=message.external_id,
        text=message.text,
        sent_at=message.sent_at,
        category=decided.reading.category,
        urgency=decided.reading.urgency,
        sensitive=is_sensitive(decided.facts),
        reading=_reading_to_dict(decided.reading, decided.placed),
        location=message.location,
        media=message.media,
        opens_case=decided.decision.do in (Action.OPEN, Action.JOIN),
        keys=tuple(dict.fromkeys(_iter_identifiers(decided.reading))),
        seal_to_group=_get_seal_group(decided),
        is_confidential=is_confidential(decided.facts),
    )


def _get_seal_group(decided: DecidedItem) -> str:
    """Return the group that alone may read a tip from a group and its follow-ups; "" for everything else."""
    stays_in_case = decided.decision.do in (Action.OPEN, Action.JOIN, Action.ATTACH) and not decided.is_restricted
    return TIP_KEY_GROUP if must_seal(decided.facts) and stays_in_case else ""


def _reading_to_dict(reading: Reading, placed: ResolvedPlace) -> dict[str, Any]:
    """Return the reading for orjson, which serialises nested values itself."""
    place = {"commune": placed.commune, "confidence": placed.confidence, "reason": placed.reason}
    fields = {name: getattr(reading, name) for name in Reading.__dataclass_fields__}
    if len(placed.candidates) > 1:  # show the ambiguity in the case, even if one candidate was chosen
        fields["reasons"] = (*reading.reasons, f"{UNSURE_PLACE_PREFIX}: {placed.reason}")
    return fields | {"place": place | {"candidates": placed.candidates}}


def _match_incidents(decided_items: Sequence[DecidedItem]) -> list[DecidedItem]:
    """Turn reports that would open a case of an already open incident into further reports of it."""
    directory, gazetteer = areas.get_directory(), get_text_reader().gazetteer
    new_reports = [
        _to_new_report(decided, directory, gazetteer) if _may_join_incident(decided) else None
        for decided in decided_items
    ]
    matches = incident_matching.find_incidents(new_reports, gazetteer)
    return [
        _apply_match(decided, match) if match else decided
        for decided, match in zip(decided_items, matches, strict=True)
    ]


def _may_join_incident(decided: DecidedItem) -> bool:
    return decided.decision.do is Action.OPEN and not decided.facts.sealed


def _apply_match(decided: DecidedItem, match: IncidentMatch) -> DecidedItem:
    if not match.sure:
        return replace(decided, possible_match=match)
    return replace(
        decided,
        decision=replace(decided.decision, do=Action.JOIN, reason="cùng sự việc"),
        incident_match=match,
        question=None,
    )


def _to_new_report(decided: DecidedItem, directory: Directory, gazetteer: Gazetteer) -> NewReport:
    destination = decided.decision.seat or decided.facts.province_destination
    incident = Incident(
        case_id=0,
        category=decided.decision.category,
        urgency=decided.decision.urgency,
        sensitive=is_sensitive(decided.facts),
        is_complaint=False,
        unit_id=destination.unit_id,
        commune_id=destination.commune_id,
        at=decided.item.message.sent_at,
        folded=_get_search_text(decided),
        keys=frozenset(str(entity.norm).lower() for entity in decided.reading.entities if is_distinctive(entity)),
    )
    commune = next(
        (candidate.code for candidate in directory.communes.values() if candidate.area_id == destination.commune_id),
        None,
    )
    message = decided.item.message
    return NewReport(
        incident,
        lambda: extract_features(
            message.text,
            message.sent_at,
            commune,
            dict(decided.reading.top),
            decided.reading.entities,
            gazetteer,
            message.location,
        ),
    )


def _add_duplicate_reporters(
    decided_messages: Sequence[tuple[DecidedItem, Message]], opened: dict[int, Case], *, now: dt.datetime
) -> dict[int, Case]:
    """Add duplicate reporters to their cases; return the cases by message id."""
    joined_items = [
        (decided, message, decided.incident_match) for decided, message in decided_messages if decided.incident_match
    ]
    for decided, _, _ in joined_items:
        message_context.seal_recent_messages(decided, now=now)
    return add_duplicate_reports(
        [
            DuplicateReport(
                case_id=match.case_id or opened[decided_messages[match.position][1].pk].pk,
                message_id=message.pk,
                reporter_id=decided.item.reporter_id,
                conversation_id=decided.item.conversation_id,
                folded=_get_search_text(decided),
                search_accented=accented_words(_get_search_source(decided)),
                urgency=decided.decision.urgency,
                why=match.why,
                link_hash=decided.item.link_hash,
                has_news=match.has_news,
            )
            for decided, message, match in joined_items
        ],
        ladder=get_alarm_delays(),
        now=now,
    )


def _find_new_place(decided: DecidedItem) -> Location | None:
    """Return the place that a private follow-up gives to a case without one."""
    open_case, destination, directory = decided.facts.mine, decided.facts.placed, areas.get_directory()
    if (
        open_case is None
        or open_case.placed
        or destination is None
        or destination.commune_id is None
        or decided.item.group is not None
    ):
        return None
    if decided.facts.sealed:
        return None  # the place is part of the sealed text
    return Location(
        destination.unit_id,
        destination.commune_id,
        _get_village_id(decided, directory) or destination.commune_id,
        _get_place_text(decided),
    )


def _open_new_cases(decided_messages: Sequence[tuple[DecidedItem, Message]], *, now: dt.datetime) -> dict[int, Case]:
    """Open new cases; return them by the id of their message."""
    pairs = [
        (decided, message)
        for decided, message in decided_messages
        if decided.decision.do is Action.OPEN and not decided.is_restricted
    ]
    directory = areas.get_directory()
    openings = [_to_new_case(decided, message, directory) for decided, message in pairs]
    index_by_message = {message.pk: index for index, (_, message) in enumerate(pairs)}
    for index, (decided, _) in enumerate(pairs):
        if decided.possible_match:
            possible_index = (
                None
                if decided.possible_match.case_id
                else index_by_message.get(decided_messages[decided.possible_match.position][1].pk)
            )
            openings[index] = replace(
                openings[index], near=decided.possible_match.case_id or None, near_index=possible_index
            )
    cases = create_cases(openings, ladder=get_alarm_delays(), now=now)
    for (decided, _), case in zip(pairs, cases, strict=True):
        message_context.assign_recent_messages(decided, unit_id=case.unit_id, now=now)
    return {message.pk: case for (_, message), case in zip(pairs, cases, strict=True)}


def _store_complaints(
    decided_messages: Sequence[tuple[DecidedItem, Message]], *, now: dt.datetime
) -> dict[int, StoredComplaint]:
    """Store complaints about police in the complaint store; return new ones by message id."""
    stored: dict[int, StoredComplaint] = {}
    for decided, message in decided_messages:
        if decided.is_restricted and decided.decision.do is Action.OPEN:
            stored[message.pk] = get_complaint_store().open(_to_complaint_text(decided, message), now=now)
        elif decided.is_restricted and decided.facts.has_precursor:
            stored[message.pk] = get_complaint_store().convert_case(
                decided.decision.case_id or 0, _to_complaint_text(decided, message), now=now
            )
        elif decided.is_restricted and decided.decision.do is Action.ATTACH:
            get_complaint_store().add_message(
                decided.decision.case_id or 0, _to_complaint_text(decided, message), now=now
            )
    return stored


def _to_complaint_text(decided: DecidedItem, message: Message | None = None) -> ComplaintText:
    item, directory = decided.item, areas.get_directory()
    codes = [decided.placed.commune or "", *decided.placed.candidates]
    candidate_units = [directory.communes[code].unit_id for code in codes if code in directory.communes]
    destination_units = [
        destination.unit_id
        for destination in (decided.facts.placed, decided.facts.home, decided.facts.mine, item.group)
        if destination is not None
    ]
    unit_ids = tuple(
        dict.fromkeys(
            unit_id
            for unit_id in (*destination_units, *candidate_units)
            if unit_id != decided.facts.province_destination.unit_id
        )
    )
    is_new = message is None or decided.decision.do is Action.OPEN  # a converted case already has the earlier text
    message_text = "\n".join(
        filter(
            None,
            [
                decided.earlier_text if is_new and decided.is_combined_complaint else "",
                message_context.get_full_text(decided),
            ],
        )
    )
    text = f"{message_text}\n\nNơi xảy ra: {item.place}" if item.place else message_text
    return ComplaintText(
        message_id=message.pk if message else 0,
        before=tuple(message_context.get_recent_ids(decided)),
        words=text,
        reporter_id=item.reporter_id,
        conversation_id=item.conversation_id,
        urgency=max(decided.reading.urgency, 1),
        unit_ids=unit_ids,
        link_hash=item.link_hash,
        link_key=item.link_key,
        context=decided.earlier_text if is_new and not decided.is_combined_complaint else "",
        files=tuple(media.upload for media in item.message.media if media.upload),
        resumes=decided.decision.resumes,
    )


def _to_new_case(decided: DecidedItem, message: Message, directory: Directory) -> NewCase:
    kind = get_kind_for_category(decided.decision.category)
    destination = decided.decision.seat or decided.facts.province_destination
    place = _get_place_text(decided)
    return NewCase(
        kind=kind.code,
        lane=kind.get_lane(decided.decision.category),
        category=decided.decision.category,
        urgency=decided.decision.urgency,
        sensitive=is_sensitive(decided.facts),
        unit_id=destination.unit_id,
        commune_id=destination.commune_id,
        area_id=_get_village_id(decided, directory) or destination.commune_id,
        place=place,
        actor=CITIZEN_ACTOR,
        title=" · ".join(filter(None, [CATEGORY_LABELS[decided.decision.category], place])),
        folded=_get_search_text(decided),
        search_accented=accented_words(_get_search_source(decided)),
        latitude=message.latitude,
        longitude=message.longitude,
        reporter_id=decided.item.reporter_id,
        conversation_id=decided.item.conversation_id,
        link_hash=decided.item.link_hash,
        message_ids=(message.pk, *message_context.get_recent_ids(decided)),
        asked=decided.question is not None,
        words=_get_first_text(decided),
        followed_id=_get_tip_case_id(decided),
    )


def _get_tip_case_id(decided: DecidedItem) -> int | None:
    """Return the case of the group tip that this private message is about."""
    return (
        decided.facts.mine.case_id
        if decided.facts.mine and decided.facts.is_private_follow_up and decided.facts.sealed
        else None
    )


def _get_first_text(decided: DecidedItem) -> str:
    if not _hides_text(decided):
        return decided.item.message.text
    return GROUP_TIP_TEXT if decided.item.group else PRIVATE_FOLLOW_UP_TEXT


def _hides_text(decided: DecidedItem) -> bool:
    """Return whether the case shows no text: the message stood in a group and is a tip, or follows one."""
    return decided.facts.sealed or (decided.item.group is not None and is_sensitive(decided.facts))


def _get_search_source(decided: DecidedItem) -> str:
    """Return the searchable text: message and place; of a group tip the place alone, of its follow-ups ""."""
    if _hides_text(decided):
        return _get_place_text(decided) if decided.decision.do is Action.OPEN else ""
    return f"{decided.item.message.text} {_get_place_text(decided)}"


def _get_search_text(decided: DecidedItem) -> str:
    """Return the same without accents, plus the identifiers."""
    return " ".join(
        [fold_text(_get_search_source(decided)), *(() if _hides_text(decided) else _iter_identifiers(decided.reading))]
    )


def _get_village_id(decided: DecidedItem, directory: Directory) -> int | None:
    return (
        directory.villages.get((decided.placed.commune or "", decided.placed.place.key))
        if decided.placed.place
        else None
    )


def _get_place_text(decided: DecidedItem) -> str:
    """Return the place as written: the field of the web form first, then other places in the text."""
    place_names = [
        entity.text
        for entity in list_scene_places(decided.reading.entities)
        if fold_text(entity.text) not in fold_text(decided.item.place)
    ]
    return ", ".join(dict.fromkeys(filter(None, [decided.item.place, *place_names])))[:120]


def _iter_identifiers(reading: Reading) -> Iterator[str]:
    """Return canonical phones, plates and accounts: found in any notation."""
    return (str(entity.norm).lower() for entity in reading.entities if entity.type in _IDENTIFIER_TYPES and entity.norm)


def _to_follow_up(decided: DecidedItem, message: Message) -> FollowUp:
    return FollowUp(
        case_id=decided.decision.case_id or 0,
        message_id=message.pk,
        reporter_id=decided.item.reporter_id,
        conversation_id=decided.item.conversation_id,
        folded=_get_search_text(decided),
        search_accented=accented_words(_get_search_source(decided)),
        urgency=decided.decision.urgency,
        resumes=decided.decision.resumes,
        sensitive=is_sensitive(decided.facts) and decided.decision.resumes,
        place="" if _hides_text(decided) else _get_place_text(decided),
        category=decided.facts.category
        if is_standalone_report(decided.facts) and decided.facts.category not in PROVINCE_ONLY_CATEGORIES
        else "",
    )
