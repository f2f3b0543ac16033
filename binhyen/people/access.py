"""Access control in one place: lists, search, counts, live feed, addresses, API and exports all start here.

Every function takes the requesting officer and fails closed: no officer, an inactive one or an unknown role see
nothing. A guarded table has the columns `unit` (unit of the case) and, for tasks, `assignee`; cases also have `apart`:
restricted cases (complaints about police) are in no list. They are on queues of their own, behind `filter_complaints`.
Conflict rules are checked last and no role passes them.
"""

import re
from collections.abc import Collection, Hashable
from typing import Any

from django.db.models import Case, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Concat

from binhyen.kit.database.base import NOBODY
from binhyen.kit.rls_scope import PROGRAM, entered
from binhyen.people import conflicts
from binhyen.people.conflict_facts import sides_of
from binhyen.people.models import Officer, Veto
from binhyen.people.roles import May, Role, Sight, scope_words, sees, topics
from binhyen.people.roles import may as role_may

NOTHING = Q(pk__in=[])
APART = "APART"  # purpose of messages to a person with a complaint about police


def sight(officer: Any) -> Sight:
    """Return the officer's visibility."""
    if not isinstance(officer, Officer) or not officer.is_active:
        return Sight()
    return sees(officer.role, unit_id=officer.unit_id, officer_id=officer.pk)


def sight_key(officer: Any) -> Hashable:
    """Return a key that is equal only if every filter of this module gives the same rows; caches compiled statements.

    Any new input of a filter must be added to it.
    """
    return (officer.pk, officer.role, officer.unit_id) if isinstance(officer, Officer) and officer.is_active else None


def within(officer: Any, *, unit: str = "unit_id", assignee: str | None = None) -> Q:
    """Return the filter for rows that the officer may see. `unit`, `assignee`: names of the columns."""
    seen = sight(officer)
    if seen.province:
        return Q()
    if seen.unit_id is not None:
        return Q(**{unit: seen.unit_id})
    if seen.own_tasks_of is not None and assignee is not None:
        return Q(**{assignee: seen.own_tasks_of})
    return NOTHING


def cases(officer: Any, prefix: str = "") -> Q:
    """Return the filter for cases the officer may see; `prefix` for tables that refer to a case, e.g. `case__`."""
    seen = within(officer, unit=f"{prefix}unit_id", assignee=f"{prefix}assignee_id")
    return seen & Q(**{f"{prefix}apart": False}) & _not_barred(officer, prefix)


def holders(unit: Any) -> Q:
    """Return the filter for possible assignees of a unit's cases (`unit`: key or expression): officers that work on
    visible cases and the unit's village teams.
    """
    found = NOTHING
    for role in Role:
        seen, here = sees(role, unit_id=0, officer_id=0), Q(unit=unit)
        if role_may(role, May.WORK_CASES):
            found |= Q(role=role) if seen.province else Q(here, role=role)
        elif role_may(role, May.REPORT_BACK):
            found |= Q(here | Q(unit__parent=unit), role=role)
    return Q(found, is_active=True)


def outgoing(officer: Any) -> Q:
    """Return the filter for outgoing messages: none to a person with a complaint about police, none on a case with an
    exclusion of the officer.
    """
    seen = Q() if may(officer, May.OPERATE) else within(officer)
    return seen & ~Q(purpose=APART) & _not_barred(officer, "case__")


def _not_barred(officer: Any, prefix: str) -> Q:
    me = officer.pk if isinstance(officer, Officer) else None
    return ~Q(**{f"{prefix}barred__contains": [me]})


def desk(officer: Any, prefix: str = "") -> tuple[Q, str]:
    """Return the filter for visible complaints about police and its scope words for row-level security.

    Visible are those of the own queue and of queues below, without a conflict of interest. For a table that refers to
    people's `ConflictRule`; `prefix` leads there. Reads the conflict keys in two statements.
    """
    if not may(officer, May.HANDLE_CONDUCT):
        return NOTHING, "desk:"
    oversees, sides = conflicts.oversees(officer.role), sorted(sides_of(officer))
    seen = Q(**{f"{prefix}desk__in": oversees}) & ~Q(**{f"{prefix}kept_from__overlap": sides})
    return seen, f"desk:{','.join(oversees)};sides:{','.join(sides)}"


def scope_of(officer: Any) -> str:
    """Return the officer's visibility as a scope of row-level security (binhyen/rls/policies.py)."""
    if not isinstance(officer, Officer) or not officer.is_active:
        return NOBODY
    return scope_words(officer.role, unit_id=officer.unit_id, officer_id=officer.pk)


def scope_column(role: str, unit: str, officer: str) -> Case:
    """Return `get_rls_scope` as an SQL expression; arguments are the names of its columns."""
    ids = {"{unit}": Cast(F(unit), TextField()), "{officer}": Cast(F(officer), TextField())}
    cases = []
    for each in Role:
        words = re.split(r"(\{\w+\})", scope_words(each, unit_id="{unit}", officer_id="{officer}"))
        parts = [ids.get(part, Value(part, TextField())) for part in words if part]
        cases.append(When(**{role: each}, then=Concat(*parts) if len(parts) > 1 else parts[0]))
    return Case(*cases, default=Value(NOBODY), output_field=TextField())


def matter(officer: Any, column: str) -> Q:
    """Filter rows whose `column` holds an audit subject («case:K7M29QXD») without an exclusion of the officer."""
    if not isinstance(officer, Officer) or not officer.is_active:
        return NOTHING
    return _not_of(column, Veto.objects.filter(kept_from__overlap=sorted(sides_of(officer))))


def shut_out(matter: str, units: Collection[int]) -> frozenset[int]:
    """Return the units excluded from a subject. They learn only that they cannot have it, never the reason."""
    asked = {conflicts.unit(unit): unit for unit in units}
    with entered(PROGRAM):
        kept = Veto.objects.filter(matter=matter).values_list("kept_from", flat=True).first() or ()
    return frozenset(asked[side] for side in kept if side in asked)


def _not_of(column: str, kept: QuerySet[Veto]) -> Q:
    """Exclude restricted subjects. Read in program scope: officers may not read the list of exclusions, not even by an
    error.
    """
    with entered(PROGRAM):
        names = [name for pair in kept.values_list("matter", "alias") for name in pair if name]
    return ~Q(**{f"{column}__in": names}) if names else Q()


def book(officer: Any) -> Q:
    """Filter audit entries: the inspectorate sees all but those about complaints against police.

    Earlier entries of a case that became a complaint stay visible: their absence would reveal which case it is.
    """
    if not may(officer, May.READ_AUDIT):
        return NOTHING
    with entered(PROGRAM):
        kept = list(Veto.objects.exclude(alias="").values_list("matter", "alias", "since"))
    whole = [name for matter, alias, since in kept if since is None for name in (matter, alias)]
    hidden = Q(object__startswith="conduct:") | Q(object__in=whole)
    for matter, alias, since in kept:
        if since is not None:
            hidden |= Q(object__in=[matter, alias], at__gte=since)
    return ~hidden


def own_traces(officer: Any) -> Q:
    """Filter the officer's own actions and failed sign-ins of the own account; never actions of others about them."""
    if not isinstance(officer, Officer) or not officer.is_active:
        return NOTHING
    me = f"officer:{officer.public_id}"
    return Q(actor=me) | Q(object=me, verb="sign_in_failed")


def may(officer: Any, ability: May) -> bool:
    return isinstance(officer, Officer) and officer.may(ability)


def live_topics(officer: Any) -> tuple[str, ...]:
    if not isinstance(officer, Officer) or not officer.is_active:
        return ()
    return topics(officer.role, unit_id=officer.unit_id, officer_id=officer.pk)
