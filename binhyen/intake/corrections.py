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
from binhyen.cases.event_data import taken_for
from binhyen.cases.models import CaseEvent, CaseMessage
from binhyen.channels.models import Message
from binhyen.intake.models import Collected, Correction
from binhyen.language.reading import CATEGORIES, Entity
from binhyen.language.training.anonymize import mask
from binhyen.privacy.config import span
from binhyen.privacy.retention_registry import Standing

BEHIND = 500  # events read again: ids are assigned before commit, so a late event may have a lower id
AT_ONCE = 5000
_LIKELY = 0.05  # minimum chance of the officer's category in one of several messages
_TAUGHT = (Verb.RECLASSIFIED, Verb.OPENED)
_LEFT = (Verb.DETACHED, Verb.SPLIT)  # the text left the case: corrections of the case did not concern it
_Source = Correction.Source


@transaction.atomic
def collect() -> int:
    """Read the events since the last run; return how many rows were written or changed. Idempotent."""
    done, _ = Collected.objects.select_for_update().get_or_create(pk=1)
    events = list(CaseEvent.objects.filter(id__gt=done.event_id - BEHIND).order_by("id")[: AT_ONCE + BEHIND])
    if not events:
        return 0
    left = _left(events)
    rows = sorted(_rows(_taught(events, left)), key=lambda row: row.at)
    Correction.objects.filter(message__in=left - {row.message_id for row in rows}).delete()
    for row in rows:
        fields = {f.name: getattr(row, f.name) for f in Correction._meta.fields if f.name not in {"id", "message"}}
        Correction.objects.update_or_create(message=row.message, defaults=fields)
    done.event_id = max(done.event_id, events[-1].pk)
    done.save()
    return len(rows)


def _left(events: Sequence[CaseEvent]) -> set[int]:
    """Return the messages that were removed from a case."""
    cases = {e.case_id for e in events if e.verb in _LEFT}
    links = (
        CaseMessage.objects.filter(case__in=cases, detached_at__isnull=False) if cases else CaseMessage.objects.none()
    )
    return set(links.values_list("message_id", flat=True))


def _taught(events: Sequence[CaseEvent], left: set[int]) -> set[int]:
    """Return the cases with a possibly new correction, or one that now concerns other messages."""
    cases = {e.case_id for e in events if e.verb in _LEFT or (e.officer_id and e.verb in _TAUGHT)}
    others = CaseMessage.objects.filter(message__in=left, detached_at=None) if left else CaseMessage.objects.none()
    return cases | set(others.values_list("case_id", flat=True))


def _rows(case_ids: Collection[int]) -> Iterator[Correction]:
    """Yield the last correction of each case for the message that it concerns, if still in the case."""
    said = CaseEvent.objects.filter(case_id__in=case_ids, officer__isnull=False, verb__in=_TAUGHT)
    last = {e.case_id: e for e in said.order_by("case_id", "-id").distinct("case_id")}
    links = CaseMessage.objects.filter(case_id__in=last, detached_at=None).exclude(message__text="")
    told: dict[int, list[CaseMessage]] = {}
    for link in links.select_related("message", "case").order_by("case_id", "id"):
        told.setdefault(link.case_id, []).append(link)
    people = CaseEvent.objects.filter(pk__in=[e.pk for e in last.values()]).values_list("case_id", "officer__public_id")
    hashes = {case_id: _hash(public_id) for case_id, public_id in people}
    for case_id, of_case in told.items():
        meant = _meant(of_case, last[case_id])
        row = _row(meant, last[case_id], hashes[case_id]) if meant else None
        if row is not None:
            yield row


def _meant(links: Sequence[CaseMessage], event: CaseEvent) -> CaseMessage | None:
    """Return the message that the correction is about: of several the one that the classifier finds likeliest.

    None if no message is likely, because the correction may then concern all of them together.
    """
    if len(links) == 1:
        return links[0]
    category = taken_for(event.verb, event.data).get("category")
    chances = [dict(link.message.reading.get("top", ())).get(category, 0.0) for link in links]
    best = max(range(len(links)), key=chances.__getitem__)
    return links[best] if chances[best] >= _LIKELY else None


def _row(link: CaseMessage, event: CaseEvent, officer_hash: str) -> Correction | None:
    """Build a row; None if there is nothing to learn or personal data cannot be masked, so nothing is stored."""
    message, after = link.message, taken_for(event.verb, event.data)
    if link.case.apart or not message.text.strip() or after.get("category") not in CATEGORIES:
        return None
    try:
        text = mask(message.text, entities(message))
    except (KeyError, TypeError):
        return None
    return Correction(
        message=message, source=_Source.PROMOTED if event.verb == Verb.OPENED else _Source.RECLASSIFIED, text=text,
        category_before=message.category, category_after=after["category"], urgency_before=message.urgency,
        urgency_after=int(after["urgency"]),
        unit_id=link.case.unit_id, officer_hash=officer_hash, at=event.at,
    )  # fmt: skip


def _hash(public_id: Any) -> str:
    return salted_hmac("intake.correction", str(public_id), algorithm="sha256").hexdigest()[:16]


def entities(message: Message) -> list[Entity]:
    """Return the entities found when the message arrived."""
    return [Entity(**{name: e[name] for name in Entity.__slots__}) for e in message.reading.get("entities", ())]


def export(path: Path) -> int:
    """Write every correction as a training row, one JSON line each; return the count.

    Sensitivity is left out, because no officer action confirms it: the model would only learn its own output.
    """
    count = 0
    with path.open("wb") as file:
        for row in Correction.objects.filter(category_after__in=CATEGORY_LABELS).order_by("pk").iterator():
            name = f"officer-{row.pk}"
            line = {
                "id": name, "text": row.text, "category": row.category_after, "urgency": row.urgency_after,
                "sensitive": None, "template": name, "register": "officer", "split": "train",
            }  # fmt: skip
            file.write(orjson.dumps(line) + b"\n")
            count += 1
    return count


def forget(now: dt.datetime, most: int) -> int:
    """Delete old masked rows; models trained on them stay."""
    ids = list(_old(now).order_by("pk").values_list("pk", flat=True)[:most])
    Correction.objects.filter(pk__in=ids).delete()
    return len(ids)


def standing(now: dt.datetime) -> Standing:
    oldest = Correction.objects.aggregate(at=Min("at"))["at"]
    goes = oldest + span("learning") if oldest else None
    return Standing(Correction.objects.count(), _old(now).count(), oldest, goes)


def _old(now: dt.datetime) -> "QuerySet[Correction]":
    return Correction.objects.filter(at__lte=now - span("learning"))
