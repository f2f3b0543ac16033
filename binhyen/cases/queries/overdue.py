"""Overdue and expiring clocks for the responsible officers."""

from typing import Any

from django.db.models import F, Q, QuerySet

from binhyen.cases.models import Case, Clock
from binhyen.cases.rules import Late
from binhyen.people import access
from binhyen.people.roles import May


def seat(officer: Any) -> Late:
    """Return the highest escalation level of this officer."""
    if access.sight(officer).province:
        return Late.PROVINCE
    return Late.CHIEF if access.may(officer, May.ASSIGN) else Late.OFFICERS


def late(officer: Any) -> "QuerySet[Clock]":
    """Return clocks that the officer was notified of and that their level has not acknowledged.

    From the first warning those of their own cases and of unassigned ones in their unit; for higher levels the
    escalated ones.
    """
    level, unit = seat(officer), access.sight(officer).unit_id or getattr(officer, "unit_id", None)
    mine = Q(case__assignee=officer)
    free = Q(case__assignee=None, case__unit=unit) if access.may(officer, May.WORK_CASES) else access.NOTHING
    wanted = Q(mine | free, heard__lt=Late.OFFICERS)
    if level > Late.OFFICERS:
        wanted |= Q(~mine, stage__gte=level, heard__lt=level)
    told = Clock.objects.filter(stopped_at=None, stage__gt=Late.QUIET, case__is_open=True)
    return told.filter(access.cases(officer, prefix="case__"), wanted)


def clocks(case: Case) -> list[Clock]:
    """Return the clock that counts for each name, by deadline.

    Of clocks inherited by a merge the earliest running one.
    """
    every = case.clocks.select_related("lent_by").order_by(F("stopped_at").asc(nulls_first=True), "due_at")
    found: dict[str, Clock] = {}
    for clock in every:
        found.setdefault(clock.name, clock)
    return sorted(found.values(), key=lambda clock: clock.due_at)


def late_of(officer: Any, case: Case) -> bool:
    """Return whether the case page has a clock for this officer to acknowledge."""
    return late(officer).filter(case=case).exists()
