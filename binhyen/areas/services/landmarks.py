"""Names of places learnt from cases: confirmed when officers close one, taken off by an operator."""

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
    """A case says that `name` lies in the commune `area_id`. `source`: a print of the case; the last word counts."""

    name: str
    area_id: int
    source: str
    at: dt.datetime


@transaction.atomic
def confirm(confirmed: Sequence[Confirmed], *, withdrawn: Sequence[str] = ()) -> int:
    """How many were new or changed. `withdrawn`: prints of cases that confirm nothing any more. Safe to repeat.

    A name that an operator took off is not learnt again.
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
    """The name places nothing any more and is not learnt again. Whether it was there."""
    number = Landmark.objects.filter(folded=folded, gone=False).update(gone=True)
    if number:
        changed()
        record([Act(actor, "landmark_taken_off", "landmark", None, {"cases": number})], now=now)
    return bool(number)


@transaction.atomic
def put_back(*, folded: str, actor: str, now: dt.datetime) -> bool:
    """Undo of `take_off`. Whether it was off."""
    number = Landmark.objects.filter(folded=folded, gone=True).update(gone=False)
    if number:
        changed()
        record([Act(actor, "landmark_put_back", "landmark", None, {"cases": number})], now=now)
    return bool(number)
