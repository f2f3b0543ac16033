"""Clocks that run out, for whoever is to see to it."""

from typing import Any

from django.db.models import F, Q, QuerySet

from binhyen.cases.models import Case, Clock
from binhyen.cases.rules import Late
from binhyen.people import access
from binhyen.people.rules import May


def seat(officer: Any) -> Late:
    """Up to which step clocks are told for this person."""
    if access.sight(officer).province:
        return Late.PROVINCE
    return Late.CHIEF if access.may(officer, May.ASSIGN) else Late.OFFICERS


def late(officer: Any) -> "QuerySet[Clock]":
    """Clocks that the officer was told of and nobody of their level took note of: from the first warning those of their
    own cases and of what lies unowned in their unit; above, what climbed to them.
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
    """Of each name the one that counts, by their end: where merged cases brought clocks along, the nearest running."""
    every = case.clocks.select_related("lent_by").order_by(F("stopped_at").asc(nulls_first=True), "due_at")
    found: dict[str, Clock] = {}
    for clock in every:
        found.setdefault(clock.name, clock)
    return sorted(found.values(), key=lambda clock: clock.due_at)


def late_of(officer: Any, case: Case) -> bool:
    """Is there something on the case's page for this person to take note of?"""
    return late(officer).filter(case=case).exists()
