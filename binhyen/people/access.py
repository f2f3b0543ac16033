"""Who may see what: the one place. Lists, search, counts, live feed, addresses, API and exports all start here.

Every function takes the officer who asks and fails closed: no officer, an inactive one, an unknown role see nothing.
A table that wants to be guarded has the columns `unit` (whose case it is) and, for tasks, `assignee`.
"""

from typing import Any

from django.db.models import Q

from binhyen.people.models import Officer
from binhyen.people.rules import May, Sight, sees, topics

NOTHING = Q(pk__in=[])


def sight(officer: Any) -> Sight:
    """How far the officer sees."""
    if not isinstance(officer, Officer) or not officer.is_active:
        return Sight()
    return sees(officer.role, unit_id=officer.unit_id, officer_id=officer.pk)


def within(officer: Any, *, unit: str = "unit_id", assignee: str | None = None) -> Q:
    """The filter for a table: rows of what the officer sees. `unit`, `assignee`: names of the columns."""
    seen = sight(officer)
    if seen.province:
        return Q()
    if seen.unit_id is not None:
        return Q(**{unit: seen.unit_id})
    if seen.own_tasks_of is not None and assignee is not None:
        return Q(**{assignee: seen.own_tasks_of})
    return NOTHING


def cases(officer: Any, prefix: str = "") -> Q:
    """Cases the officer sees; `prefix` for tables that hang on a case, e.g. `case__`."""
    return within(officer, unit=f"{prefix}unit_id", assignee=f"{prefix}assignee_id")


def may(officer: Any, ability: May) -> bool:
    return isinstance(officer, Officer) and officer.may(ability)


def live_topics(officer: Any) -> tuple[str, ...]:
    if not isinstance(officer, Officer) or not officer.is_active:
        return ()
    return topics(officer.role, unit_id=officer.unit_id, officer_id=officer.pk)
