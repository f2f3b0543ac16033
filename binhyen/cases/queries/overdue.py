"""Overdue and expiring clocks for the responsible officers; times until arrival at urgent cases."""

from collections.abc import Collection
from typing import Any

from django.db.models import F, Q, QuerySet

from binhyen.cases.models import Alarm, Case, Clock
from binhyen.cases.rules import OverdueLevel
from binhyen.people import access
from binhyen.people.roles import Permission


def get_overdue_level(officer: Any) -> OverdueLevel:
    """Return the highest escalation level of this officer."""
    if access.visibility(officer).province:
        return OverdueLevel.PROVINCE
    return OverdueLevel.CHIEF if access.officer_may(officer, Permission.ASSIGN) else OverdueLevel.OFFICERS


def select_overdue(officer: Any) -> "QuerySet[Clock]":
    """Return clocks that the officer was notified of and that their level has not acknowledged.

    From the first warning those of their own cases and of unassigned ones in their unit; for higher levels the
    escalated ones.
    """
    level, unit = get_overdue_level(officer), access.visibility(officer).unit_id or getattr(officer, "unit_id", None)
    own_cases = Q(case__assignee=officer)
    free = (
        Q(case__assignee=None, case__unit=unit)
        if access.officer_may(officer, Permission.WORK_CASES)
        else access.NOTHING
    )
    wanted = Q(own_cases | free, acknowledged_level__lt=OverdueLevel.OFFICERS)
    if level > OverdueLevel.OFFICERS:
        wanted |= Q(~own_cases, escalation_level__gte=level, acknowledged_level__lt=level)
    notified = Clock.objects.filter(stopped_at=None, escalation_level__gt=OverdueLevel.QUIET, case__is_open=True)
    return notified.filter(access.filter_cases(officer, prefix="case__"), wanted)


def list_clocks(case: Case) -> list[Clock]:
    """Return the clock that counts for each name, by deadline.

    Of clocks inherited by a merge the earliest running one.
    """
    every = case.clocks.select_related("inherited_from").order_by(F("stopped_at").asc(nulls_first=True), "due_at", "pk")
    clocks_by_name: dict[str, Clock] = {}
    for clock in every:
        clocks_by_name.setdefault(clock.name, clock)
    return sorted(clocks_by_name.values(), key=lambda clock: clock.due_at)


def has_overdue(officer: Any, case: Case) -> bool:
    """Return whether the case page has a clock for this officer to acknowledge."""
    return select_overdue(officer).filter(case=case).exists()


def get_arrival_minutes(case_ids: Collection[int]) -> dict[int, float]:
    """Return by case the minutes from the alarm until officers arrived; cases without a recorded arrival are absent.

    For counts over all cases: the caller limits them to visible cases.
    """
    rows = Alarm.objects.filter(case__in=case_ids, arrived_at__isnull=False).values_list(
        "case", "raised_at", "arrived_at"
    )
    return {
        case: (arrived_at - raised_at).total_seconds() / 60
        for case, raised_at, arrived_at in rows
        if arrived_at is not None
    }
