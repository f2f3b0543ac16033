"""Place names learned from cases: confirmed when officers close a case, removed by an operator."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from binhyen.areas.models import Landmark
from binhyen.areas.queries.directory import changed
from binhyen.audit.services import Act, record
from binhyen.kit.text import fold


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Confirmation by a case that `name` is in the commune `area_id`. `source`: fingerprint of the case; the latest
    counts.
    """

    name: str
    area_id: int
    source: str
    at: dt.datetime


@transaction.atomic
def confirm(confirmed: Sequence[Confirmed], *, withdrawn: Sequence[str] = ()) -> int:
    """Store confirmations; return the number new or changed. Idempotent.

    `withdrawn`: fingerprints of cases without a valid confirmation. A name removed by an operator is not learned
    again.
    """
    names = {fold(c.name) for c in confirmed}
    barred = set(Landmark.objects.filter(folded__in=names, gone=True).values_list("folded", flat=True))
    number = Landmark.objects.filter(source__in=withdrawn, gone=False).delete()[0] if withdrawn else 0
    for each in confirmed:
        folded = fold(each.name)
        if folded in barred:
            continue
        fields = {"name": each.name, "area_id": each.area_id, "at": each.at}
        row, made = Landmark.objects.get_or_create(folded=folded, source=each.source, defaults=fields)
        if not made and row.area_id != each.area_id:
            row.area_id, row.at, made = each.area_id, each.at, True
            row.save(update_fields=["area", "at"])
        number += made
    if number:
        changed()
    return number


@transaction.atomic
def take_off(*, folded: str, actor: str, now: dt.datetime) -> bool:
    """Remove a name for good: it locates nothing and is not learned again. Tell whether it existed."""
    number = Landmark.objects.filter(folded=folded, gone=False).update(gone=True)
    if number:
        changed()
        record([Act(actor, "landmark_taken_off", "landmark", None, {"cases": number})], now=now)
    return bool(number)


@transaction.atomic
def put_back(*, folded: str, actor: str, now: dt.datetime) -> bool:
    """Undo `remove_landmark`. Tell whether the name was removed before."""
    number = Landmark.objects.filter(folded=folded, gone=True).update(gone=False)
    if number:
        changed()
        record([Act(actor, "landmark_put_back", "landmark", None, {"cases": number})], now=now)
    return bool(number)
