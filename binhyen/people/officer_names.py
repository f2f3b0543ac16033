"""Officer names to match in messages: without diacritics, with locked and transferred officers, because people
complain late.

Anonymised accounts (services/anonymize.py) have no name any more.
"""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from binhyen.areas.models import Unit
from binhyen.people.models import Officer, Posting
from binhyen.people.services.anonymize import ANONYMOUS_PREFIX


def list_names_of_units(unit_ids: Collection[int]) -> dict[int, list[str]]:
    """Return names of present and former officers of these units and their village teams, by unit. One statement, or
    none.
    """
    names_by_unit: dict[int, list[str]] = {unit_id: [] for unit_id in unit_ids}
    if names_by_unit:
        in_units = Q(unit__in=names_by_unit) | Q(unit__parent__in=names_by_unit, unit__level=Unit.Level.VILLAGE)
        current = _named_officers().filter(in_units).values_list("unit_id", "unit__parent_id", "folded")
        former = Posting.objects.filter(in_units).values_list("unit_id", "unit__parent_id", "officer__folded")
        for unit_id, parent_id, name in current.union(former):
            for place in names_by_unit.keys() & {unit_id, parent_id}:
                names_by_unit[place].append(name)
    return names_by_unit


def list_all_names() -> dict[int, str]:
    """Return all names by primary key."""
    return dict(_named_officers().values_list("pk", "folded"))


def _named_officers() -> "QuerySet[Officer]":
    return Officer.objects.exclude(username__startswith=ANONYMOUS_PREFIX)
