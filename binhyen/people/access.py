"""Access control in one place: lists, search, counts, live feed, addresses, API and exports all start here.

Every function takes the requesting officer and fails closed: no officer, an inactive one or an unknown role see
nothing. A guarded table has the columns `unit` (unit of the case) and, for tasks, `assignee`; cases also have `apart`:
restricted cases (complaints about police) are in no list. They are on queues of their own, behind `filter_complaints`.
Conflict rules are checked last and no role passes them.
"""

import re
from collections.abc import Collection, Hashable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db.models import Case, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Concat

from binhyen.kit.database.base import NO_SCOPE
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.people import conflicts
from binhyen.people.conflict_facts import conflict_keys_of
from binhyen.people.models import ConflictRule, Officer
from binhyen.people.roles import (
    Permission,
    Role,
    Visibility,
    format_rls_scope,
    get_role_visibility,
    list_role_topics,
    role_may,
)

NOTHING = Q(pk__in=[])
COMPLAINT_PURPOSE = "APART"  # purpose of messages to a person with a complaint about police


def visibility(officer: Any) -> Visibility:
    """Return the officer's visibility."""
    if not isinstance(officer, Officer) or not officer.is_active:
        return Visibility()
    return get_role_visibility(officer.role, unit_id=officer.unit_id, officer_id=officer.pk)


def get_visibility_key(officer: Any) -> Hashable:
    """Return a key that is equal only if every filter of this module gives the same rows; caches compiled statements.

    Any new input of a filter must be added to it.
    """
    return (officer.pk, officer.role, officer.unit_id) if isinstance(officer, Officer) and officer.is_active else None


def visible_filter(officer: Any, *, unit: str = "unit_id", assignee: str | None = None) -> Q:
    """Return the filter for rows that the officer may see. `unit`, `assignee`: names of the columns."""
    allowed = visibility(officer)
    if allowed.province:
        return Q()
    if allowed.unit_id is not None:
        return Q(**{unit: allowed.unit_id})
    if allowed.assignee_id is not None and assignee is not None:
        return Q(**{assignee: allowed.assignee_id})
    return NOTHING


def filter_cases(officer: Any, prefix: str = "") -> Q:
    """Return the filter for cases the officer may see; `prefix` for tables that refer to a case, e.g. `case__`."""
    visible = visible_filter(officer, unit=f"{prefix}unit_id", assignee=f"{prefix}assignee_id")
    return visible & Q(**{f"{prefix}is_restricted": False}) & _without_exclusion(officer, prefix)


def counts_without_cases(officer: Any) -> bool:
    """Return whether the officer reads the province's sums, but none of its cases (the director)."""
    return officer_may(officer, Permission.READ_STATISTICS) and visibility(officer) == Visibility()


def counts_province(officer: Any) -> bool:
    """Return whether the officer reads the sums of every unit."""
    return visibility(officer).province or counts_without_cases(officer)


def filter_counts(officer: Any) -> Q:
    """Return the filter of sums by unit: those of the visible cases, or all where `counts_without_cases`."""
    if not officer_may(officer, Permission.READ_STATISTICS):
        return NOTHING
    return Q() if counts_without_cases(officer) else visible_filter(officer)


def count_scope(officer: Any) -> AbstractContextManager[None]:
    """Return the row-level-security scope in which the officer's sums are read."""
    return rls_scope(PROGRAM_SCOPE) if counts_without_cases(officer) else nullcontext()


def filter_assignees(unit: Any) -> Q:
    """Return the filter for possible assignees of a unit's cases (`unit`: key or expression): officers that work on
    visible cases and the unit's village teams.
    """
    assignees = NOTHING
    for role in Role:
        scope, in_unit = get_role_visibility(role, unit_id=0, officer_id=0), Q(unit=unit)
        if role_may(role, Permission.WORK_CASES):
            assignees |= Q(role=role) if scope.province else Q(in_unit, role=role)
        elif role_may(role, Permission.REPORT_BACK):
            assignees |= Q(in_unit | Q(unit__parent=unit), role=role)
    return Q(assignees, is_active=True)


def filter_outgoing(officer: Any) -> Q:
    """Return the filter for outgoing messages: none to a person with a complaint about police, none on a case with an
    exclusion of the officer.
    """
    visible = Q() if officer_may(officer, Permission.OPERATE) else visible_filter(officer)
    return visible & ~Q(purpose=COMPLAINT_PURPOSE) & _without_exclusion(officer, "case__")


def filter_weapon_custody(officer: Any, prefix: str = "") -> Q:
    """Return the filter for records of weapons whose names and storage places the officer may see.

    Those of the own records, or all with KEEP_WEAPONS; beside `filter_cases`.
    """
    if officer_may(officer, Permission.KEEP_WEAPONS):
        return Q()
    return Q(**{f"{prefix}officer": officer.pk}) if isinstance(officer, Officer) and officer.is_active else NOTHING


def _without_exclusion(officer: Any, prefix: str) -> Q:
    officer_id = officer.pk if isinstance(officer, Officer) else None
    return ~Q(**{f"{prefix}excluded_officers__contains": [officer_id]})


def filter_complaints(officer: Any, prefix: str = "") -> tuple[Q, str]:
    """Return the filter for visible complaints about police and its scope words for row-level security.

    Visible are those of the own queue and of queues below, without a conflict of interest. For a table that refers to
    people's `ConflictRule`; `prefix` leads there. Reads the conflict keys in two statements.
    """
    if not officer_may(officer, Permission.HANDLE_CONDUCT):
        return NOTHING, "desk:"
    queues, conflict_keys = conflicts.list_overseen_queues(officer.role), sorted(conflict_keys_of(officer))
    visible = Q(**{f"{prefix}desk__in": queues}) & ~Q(**{f"{prefix}conflict_keys__overlap": conflict_keys})
    return visible, f"desk:{','.join(queues)};sides:{','.join(conflict_keys)}"


def get_rls_scope(officer: Any) -> str:
    """Return the officer's visibility as a scope of row-level security (binhyen/rls/policies.py)."""
    if not isinstance(officer, Officer) or not officer.is_active:
        return NO_SCOPE
    return format_rls_scope(officer.role, unit_id=officer.unit_id, officer_id=officer.pk)


def build_scope_expression(role: str, unit: str, officer: str) -> Case:
    """Return `get_rls_scope` as an SQL expression; arguments are the names of its columns."""
    ids = {"{unit}": Cast(F(unit), TextField()), "{officer}": Cast(F(officer), TextField())}
    branches = []
    for listed_role in Role:
        words = re.split(r"(\{\w+\})", format_rls_scope(listed_role, unit_id="{unit}", officer_id="{officer}"))
        parts = [ids.get(part, Value(part, TextField())) for part in words if part]
        branches.append(When(**{role: listed_role}, then=Concat(*parts) if len(parts) > 1 else parts[0]))
    return Case(*branches, default=Value(NO_SCOPE), output_field=TextField())


def filter_subjects(officer: Any, column: str) -> Q:
    """Filter rows whose `column` holds an audit subject («case:K7M29QXD») without an exclusion of the officer."""
    if not isinstance(officer, Officer) or not officer.is_active:
        return NOTHING
    return _exclude_subjects(
        column, ConflictRule.objects.filter(conflict_keys__overlap=sorted(conflict_keys_of(officer)))
    )


def excluded_units(subject_ref: str, units: Collection[int]) -> frozenset[int]:
    """Return the units excluded from a subject. They learn only that they cannot have it, never the reason."""
    unit_by_key = {conflicts.format_unit_key(unit): unit for unit in units}
    with rls_scope(PROGRAM_SCOPE):
        conflict_keys = (
            ConflictRule.objects.filter(subject_ref=subject_ref).values_list("conflict_keys", flat=True).first() or ()
        )
    return frozenset(unit_by_key[key] for key in conflict_keys if key in unit_by_key)


def _exclude_subjects(column: str, rules: QuerySet[ConflictRule]) -> Q:
    """Exclude restricted subjects. Read in program scope: officers may not read the list of exclusions, not even by an
    error.
    """
    with rls_scope(PROGRAM_SCOPE):
        names = [name for pair in rules.values_list("subject_ref", "alias") for name in pair if name]
    return ~Q(**{f"{column}__in": names}) if names else Q()


def filter_audit_entries(officer: Any) -> Q:
    """Filter audit entries: the inspectorate sees all but those about complaints against police.

    Earlier entries of a case that became a complaint stay visible: their absence would reveal which case it is.
    """
    if not officer_may(officer, Permission.READ_AUDIT):
        return NOTHING
    with rls_scope(PROGRAM_SCOPE):
        rules = list(ConflictRule.objects.exclude(alias="").values_list("subject_ref", "alias", "since"))
    hidden_subjects = [name for subject_ref, alias, since in rules if since is None for name in (subject_ref, alias)]
    hidden = Q(object__startswith="conduct:") | Q(object__in=hidden_subjects)
    for subject_ref, alias, since in rules:
        if since is not None:
            hidden |= Q(object__in=[subject_ref, alias], at__gte=since)
    return ~hidden


def filter_own_activity(officer: Any) -> Q:
    """Filter the officer's own actions and failed sign-ins of the own account; never actions of others about them."""
    if not isinstance(officer, Officer) or not officer.is_active:
        return NOTHING
    actor = f"officer:{officer.public_id}"
    return Q(actor=actor) | Q(object=actor, verb="sign_in_failed")


def officer_may(officer: Any, ability: Permission) -> bool:
    return isinstance(officer, Officer) and officer.may(ability)


def list_live_topics(officer: Any) -> tuple[str, ...]:
    if not isinstance(officer, Officer) or not officer.is_active:
        return ()
    return list_role_topics(officer.role, unit_id=officer.unit_id, officer_id=officer.pk)
