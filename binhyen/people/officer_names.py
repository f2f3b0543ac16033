"""Officer names to match in messages: without diacritics, with locked and transferred officers, because people
complain late.

Anonymised accounts (services/anonymize.py) have no name any more.
"""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from binhyen.areas.models import Unit
from binhyen.people.models import Officer, Posting
from binhyen.people.services.anonymize import GONE


def of_units(unit_ids: Collection[int]) -> dict[int, list[str]]:
    """Return names of present and former officers of these units and their village teams, by unit. One statement, or
    none.
    """
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
    """Return all names by primary key."""
    return dict(_known().values_list("pk", "folded"))


def _known() -> "QuerySet[Officer]":
    return Officer.objects.exclude(username__startswith=GONE)
