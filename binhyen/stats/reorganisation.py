"""Reorganisations of communes: preview of a planned one, and its application on the day."""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Sum

from binhyen.areas.models import Area, Reorganisation, Unit
from binhyen.areas.queries import UnitInfo, get_directory
from binhyen.areas.queries.directory import mark_areas_changed
from binhyen.areas.queries.places import list_villages_of_commune
from binhyen.areas.rules.reorganisation import ReorganisationKind, ReorganisationPlan
from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.models import Case
from binhyen.channels.models import Group
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.locks import AdvisoryLock, acquire_xact_lock
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.people.models import DutyShift, Officer
from binhyen.people.roles import Role
from binhyen.stats.metrics import Metric
from binhyen.stats.models import Contribution, Count

_ACTOR = "system:reorganisation"


@dataclass(frozen=True, slots=True)
class AffectedPart:
    """Numbers of one commune that a reorganisation moves."""

    name: str
    unit: str
    villages: int
    officers: int
    chiefs: int
    groups: int
    members: int
    open_cases: int
    cases: int
    shifts: int
    reports_this_year: int


def preview_reorganisation(plan: ReorganisationPlan, *, now: dt.datetime) -> list[AffectedPart]:
    """Count the rows of each commune that will move: of a split, those of its villages. Counts only: the operator sees
    no case.
    """
    today = to_vietnam_day(now)
    units = {unit.area_id: unit for unit in get_directory().open_units if unit.level == Unit.Level.COMMUNE}
    names = {entry.area_id: entry.full_name for entry in get_directory().communes.values()}
    with rls_scope(PROGRAM_SCOPE):
        return [
            _count_split(names[area], units[area], plan.villages, today)
            if plan.kind is ReorganisationKind.SPLIT
            else _count_part(names[area], area, units[area].id, units[area].name, today, now)
            for area in plan.old_areas
            if area in units and area in names
        ]


def _count_part(name: str, area: int, unit: int, unit_name: str, today: dt.date, now: dt.datetime) -> AffectedPart:
    groups = Group.objects.filter(unit=unit, closed_at=None)
    reports = Count.objects.filter(unit=unit, metric=Metric.REPORTS, day__year=today.year)
    officers = Officer.objects.filter(unit=unit, is_active=True)
    cases = Case.objects.filter(unit=unit)
    return AffectedPart(
        name=name,
        unit=unit_name,
        villages=len(list_villages_of_commune(area, today)),
        officers=officers.count(),
        chiefs=officers.filter(role=Role.CHIEF).count(),
        groups=groups.count(),
        members=groups.aggregate(number=Sum("members", default=0))["number"],
        open_cases=cases.filter(is_open=True).count(),
        cases=cases.count(),
        shifts=DutyShift.objects.filter(unit=unit, ends_at__gt=now).count(),
        reports_this_year=reports.aggregate(number=Sum("value", default=0))["number"],
    )


def _count_split(name: str, unit: UnitInfo, villages: Sequence[int], today: dt.date) -> AffectedPart:
    """Count the rows that follow villages; officers and shifts stay."""
    groups = Group.objects.filter(unit=unit.id, area__in=villages, closed_at=None)
    cases = Case.objects.filter(area__in=villages, commune=unit.area_id)
    first = dt.date(today.year, 1, 1)
    reports = Contribution.objects.filter(case__in=cases, metric=Metric.REPORTS, day__gte=first)
    return AffectedPart(
        name=name,
        unit=unit.name,
        villages=len(villages),
        officers=0,
        chiefs=0,
        groups=groups.count(),
        members=groups.aggregate(number=Sum("members", default=0))["number"],
        open_cases=cases.filter(is_open=True).count(),
        cases=cases.count(),
        shifts=0,
        reports_this_year=reports.count(),
    )


# Each with the owner's rights and for plans of its kind only.
STATEMENTS = {
    ReorganisationKind.MERGE: "SELECT stats_apply_reorganisation(%s, %s, %s)",
    ReorganisationKind.SPLIT: "SELECT stats_apply_split(%s, %s, %s)",
    ReorganisationKind.RENAME: "SELECT stats_apply_rename(%s, %s, %s)",
}


def apply_due(*, now: dt.datetime) -> int:
    """Apply the plans whose day has come, in the order of their days; return how many."""
    today = to_vietnam_day(now)
    planned = Reorganisation.objects.filter(state=Reorganisation.State.PLANNED, day__lte=today)
    return sum(apply_reorganisation(pk, now=now) for pk in planned.order_by("day", "pk").values_list("pk", flat=True))


@transaction.atomic
def apply_reorganisation(plan_id: int, *, now: dt.datetime) -> bool:
    """Apply one plan; tell whether its day had come and it was not cancelled.

    Locks the counter first: a count of a case must not meet half a move.
    """
    acquire_xact_lock(AdvisoryLock.STATS)
    acquire_xact_lock(AdvisoryLock.AREAS)
    kind = ReorganisationKind(Reorganisation.objects.values_list("kind", flat=True).get(pk=plan_id))
    with connection.cursor() as cursor:
        cursor.execute(STATEMENTS[kind], [plan_id, to_vietnam_day(now), now])
        [moved] = cursor.fetchone()
    if moved is None:
        return False
    numbers = json.loads(moved) if isinstance(moved, str) else moved
    mark_areas_changed()
    plan = Reorganisation.objects.get(pk=plan_id)
    detail = {name: numbers.get(name, 0) for name in ("open_cases", "cases", "villages")}
    detail |= {"kind": kind}
    action = AuditAction(_ACTOR, "reorganisation_applied", f"area:{plan.public_id}", numbers["unit"], detail)
    record_actions([action], now=now)
    return True


def list_plans() -> list[tuple[Reorganisation, list[str]]]:
    """List the newest plans with the names of their communes as they were planned."""
    plans = list(Reorganisation.objects.order_by("-pk")[:30])
    areas = {area for plan in plans for area in plan.old_areas}
    names: dict[int, str] = {}
    for version in Area.objects.filter(pk__in=areas).values_list("pk", "versions__full_name", "versions__valid_from"):
        names[version[0]] = version[1]
    return [(plan, [names.get(area, "") for area in plan.old_areas]) for plan in plans]
