"""Training rows from officers' corrections: read from case events, masked, one per message."""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils.crypto import salted_hmac

from binhyen.cases.choices import CATEGORY_LABELS, Verb
from binhyen.cases.event_data import get_classification
from binhyen.cases.models import CaseEvent, CaseMessage
from binhyen.channels.models import Message
from binhyen.intake.models import Correction, EventCursor
from binhyen.language.reading import CATEGORIES, Entity
from binhyen.language.training.anonymize import mask_personal_data
from binhyen.privacy.config import get_retention_span
from binhyen.privacy.retention_registry import RetentionStatus

OVERLAP_EVENTS = 500  # events read again: ids are assigned before commit, so a late event may have a lower id
MAX_EVENTS = 5000
_MIN_CHANCE = 0.05  # minimum chance of the officer's category in one of several messages
_CORRECTING_VERBS = (Verb.RECLASSIFIED, Verb.OPENED)
_REMOVING_VERBS = (Verb.DETACHED, Verb.SPLIT)  # the text left the case: corrections of the case did not concern it
_Source = Correction.Source


@transaction.atomic
def collect_corrections() -> int:
    """Read the events since the last run; return how many rows were written or changed. Idempotent."""
    progress, _ = EventCursor.objects.select_for_update().get_or_create(pk=1)
    events = list(
        CaseEvent.objects.filter(id__gt=progress.event_id - OVERLAP_EVENTS).order_by("id")[
            : MAX_EVENTS + OVERLAP_EVENTS
        ]
    )
    if not events:
        return 0
    removed_ids = _list_removed_messages(events)
    rows = sorted(_build_rows(_list_corrected_cases(events, removed_ids)), key=lambda row: row.at)
    Correction.objects.filter(message__in=removed_ids - {row.message_id for row in rows}).delete()
    for row in rows:
        fields = {
            field.name: getattr(row, field.name)
            for field in Correction._meta.fields
            if field.name not in {"id", "message"}
        }
        Correction.objects.update_or_create(message=row.message, defaults=fields)
    progress.event_id = max(progress.event_id, events[-1].pk)
    progress.save()
    return len(rows)


def _list_removed_messages(events: Sequence[CaseEvent]) -> set[int]:
    """Return the messages that were removed from a case."""
    cases = {event.case_id for event in events if event.verb in _REMOVING_VERBS}
    links = (
        CaseMessage.objects.filter(case__in=cases, detached_at__isnull=False) if cases else CaseMessage.objects.none()
    )
    return set(links.values_list("message_id", flat=True))


def _list_corrected_cases(events: Sequence[CaseEvent], removed_ids: set[int]) -> set[int]:
    """Return the cases with a possibly new correction, or one that now concerns other messages."""
    cases = {
        event.case_id
        for event in events
        if event.verb in _REMOVING_VERBS or (event.officer_id and event.verb in _CORRECTING_VERBS)
    }
    other_links = (
        CaseMessage.objects.filter(message__in=removed_ids, detached_at=None)
        if removed_ids
        else CaseMessage.objects.none()
    )
    return cases | set(other_links.values_list("case_id", flat=True))


def _build_rows(case_ids: Collection[int]) -> Iterator[Correction]:
    """Yield the last correction of each case for the message that it concerns, if still in the case."""
    corrections = CaseEvent.objects.filter(case_id__in=case_ids, officer__isnull=False, verb__in=_CORRECTING_VERBS)
    last_by_case = {event.case_id: event for event in corrections.order_by("case_id", "-id").distinct("case_id")}
    links = CaseMessage.objects.filter(case_id__in=last_by_case, detached_at=None).exclude(message__text="")
    links_by_case: dict[int, list[CaseMessage]] = {}
    for link in links.select_related("message", "case").order_by("case_id", "id"):
        links_by_case.setdefault(link.case_id, []).append(link)
    people = CaseEvent.objects.filter(pk__in=[event.pk for event in last_by_case.values()]).values_list(
        "case_id", "officer__public_id"
    )
    hashes = {case_id: _hash_officer(public_id) for case_id, public_id in people}
    for case_id, case_links in links_by_case.items():
        concerned_link = _choose_concerned_message(case_links, last_by_case[case_id])
        row = _build_correction(concerned_link, last_by_case[case_id], hashes[case_id]) if concerned_link else None
        if row is not None:
            yield row


def _choose_concerned_message(links: Sequence[CaseMessage], event: CaseEvent) -> CaseMessage | None:
    """Return the message that the correction is about: of several the one that the classifier finds likeliest.

    None if no message is likely, because the correction may then concern all of them together.
    """
    if len(links) == 1:
        return links[0]
    category = get_classification(event.verb, event.data).get("category")
    chances = [dict(link.message.reading.get("top", ())).get(category, 0.0) for link in links]
    best_index = max(range(len(links)), key=chances.__getitem__)
    return links[best_index] if chances[best_index] >= _MIN_CHANCE else None


def _build_correction(link: CaseMessage, event: CaseEvent, officer_hash: str) -> Correction | None:
    """Build a row; None if there is nothing to learn or personal data cannot be masked, so nothing is stored."""
    message, new_classification = link.message, get_classification(event.verb, event.data)
    if link.case.is_restricted or not message.text.strip() or new_classification.get("category") not in CATEGORIES:
        return None
    try:
        text = mask_personal_data(message.text, get_stored_entities(message))
    except (KeyError, TypeError):
        return None
    return Correction(
        message=message,
        source=_Source.PROMOTED if event.verb == Verb.OPENED else _Source.RECLASSIFIED,
        text=text,
        category_before=message.category,
        category_after=new_classification["category"],
        urgency_before=message.urgency,
        urgency_after=int(new_classification["urgency"]),
        unit_id=link.case.unit_id,
        officer_hash=officer_hash,
        at=event.at,
    )


def _hash_officer(public_id: Any) -> str:
    return salted_hmac("intake.correction", str(public_id), algorithm="sha256").hexdigest()[:16]


def get_stored_entities(message: Message) -> list[Entity]:
    """Return the entities found when the message arrived."""
    return [
        Entity(**{name: entity[name] for name in Entity.__slots__}) for entity in message.reading.get("entities", ())
    ]


def export_corrections(path: Path) -> int:
    """Write every correction as a training row, one JSON line each; return the count.

    Sensitivity is left out, because no officer action confirms it: the model would only learn its own output.
    """
    count = 0
    with path.open("wb") as file:
        for row in Correction.objects.filter(category_after__in=CATEGORY_LABELS).order_by("pk").iterator():
            name = f"officer-{row.pk}"
            line = {
                "id": name,
                "text": row.text,
                "category": row.category_after,
                "urgency": row.urgency_after,
                "sensitive": None,
                "template": name,
                "register": "officer",
                "split": "train",
            }
            file.write(orjson.dumps(line) + b"\n")
            count += 1
    return count


def delete_expired_corrections(now: dt.datetime, limit: int) -> int:
    """Delete old masked rows; models trained on them stay."""
    ids = list(_list_expired_corrections(now).order_by("pk").values_list("pk", flat=True)[:limit])
    Correction.objects.filter(pk__in=ids).delete()
    return len(ids)


def get_retention_status(now: dt.datetime) -> RetentionStatus:
    oldest = Correction.objects.aggregate(at=Min("at"))["at"]
    expires_at = oldest + get_retention_span("learning") if oldest else None
    return RetentionStatus(Correction.objects.count(), _list_expired_corrections(now).count(), oldest, expires_at)


def _list_expired_corrections(now: dt.datetime) -> "QuerySet[Correction]":
    return Correction.objects.filter(at__lte=now - get_retention_span("learning"))
