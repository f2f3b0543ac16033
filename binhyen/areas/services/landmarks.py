"""Place names learned from cases: confirmed when officers close a case, removed by an operator."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from binhyen.areas.models import Landmark
from binhyen.areas.queries.directory import mark_areas_changed
from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit.text import fold_text


@dataclass(frozen=True, slots=True)
class LandmarkConfirmation:
    """Confirmation by a case that `name` is in the commune `area_id`. `source`: fingerprint of the case; the latest
    counts.
    """

    name: str
    area_id: int
    source: str
    at: dt.datetime


@transaction.atomic
def store_landmarks(confirmed: Sequence[LandmarkConfirmation], *, withdrawn: Sequence[str] = ()) -> int:
    """Store confirmations; return the number new or changed. Idempotent.

    `withdrawn`: fingerprints of cases without a valid confirmation. A name removed by an operator is not learned
    again.
    """
    names = {fold_text(c.name) for c in confirmed}
    removed_names = set(Landmark.objects.filter(folded__in=names, gone=True).values_list("folded", flat=True))
    changes = Landmark.objects.filter(source__in=withdrawn, gone=False).delete()[0] if withdrawn else 0
    for confirmation in confirmed:
        folded = fold_text(confirmation.name)
        if folded in removed_names:
            continue
        fields = {"name": confirmation.name, "area_id": confirmation.area_id, "at": confirmation.at}
        row, is_changed = Landmark.objects.get_or_create(folded=folded, source=confirmation.source, defaults=fields)
        if not is_changed and row.area_id != confirmation.area_id:
            row.area_id, row.at, is_changed = confirmation.area_id, confirmation.at, True
            row.save(update_fields=["area", "at"])
        changes += is_changed
    if changes:
        mark_areas_changed()
    return changes


@transaction.atomic
def remove_landmark(*, folded: str, actor: str, now: dt.datetime) -> bool:
    """Remove a name for good: it locates nothing and is not learned again. Tell whether it existed."""
    changes = Landmark.objects.filter(folded=folded, gone=False).update(gone=True)
    if changes:
        mark_areas_changed()
        record_actions([AuditAction(actor, "landmark_taken_off", "landmark", None, {"cases": changes})], now=now)
    return bool(changes)


@transaction.atomic
def restore_landmark(*, folded: str, actor: str, now: dt.datetime) -> bool:
    """Undo `remove_landmark`. Tell whether the name was removed before."""
    changes = Landmark.objects.filter(folded=folded, gone=True).update(gone=False)
    if changes:
        mark_areas_changed()
        record_actions([AuditAction(actor, "landmark_put_back", "landmark", None, {"cases": changes})], now=now)
    return bool(changes)
