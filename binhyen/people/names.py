"""By which names officers may be meant in what people write: without marks, whoever is locked or moved on too, for
people complain late; nobody who left so long ago that their name went (services/leaving.py).
"""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from binhyen.areas.models import Unit
from binhyen.people.models import Officer, Posting
from binhyen.people.services.leaving import GONE


def of_units(unit_ids: Collection[int]) -> dict[int, list[str]]:
    """Of whoever serves or served in these units and in village teams below them, by unit. One statement, or none."""
    found: dict[int, list[str]] = {unit_id: [] for unit_id in unit_ids}
    if found:
        here = Q(unit__in=found) | Q(unit__parent__in=found, unit__level=Unit.Level.VILLAGE)
        now = _known().filter(here).values_list("unit_id", "unit__parent_id", "folded")
        before = Posting.objects.filter(here).values_list("unit_id", "unit__parent_id", "officer__folded")
        for unit_id, parent_id, name in now.union(before):
            for place in found.keys() & {unit_id, parent_id}:
                found[place].append(name)
    return found


def everybody() -> dict[int, str]:
    """By key."""
    return dict(_known().values_list("pk", "folded"))


def _known() -> "QuerySet[Officer]":
    return Officer.objects.exclude(username__startswith=GONE)
