"""Outcome ledger: the province's table for any area and period; each number links to its cases."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count as Number
from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum

from binhyen.cases.models import Case
from binhyen.channels.models import Group, GroupSize
from binhyen.kit.clock import day_start
from binhyen.kit.keyset_pagination import Page, decode, encode
from binhyen.people import access
from binhyen.people.roles import May
from binhyen.stats.area_filter import EVERYWHERE, Ground
from binhyen.stats.case_facts import counted, metrics_of
from binhyen.stats.metrics import LEDGER, Line, Metric
from binhyen.stats.models import Contribution, Count
from binhyen.stats.periods import Period

PAGE = 50
COMPARED = (Metric.REPORTS, Metric.URGENT, Metric.CLOSED)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger with its number; `by_month`: (first of month, number) for the trend chart."""

    line: Line
    value: int
    by_month: tuple[tuple[dt.date, int], ...] = ()


def _scope(officer: Any, ground: Ground, *, area: str = "area_id") -> Q:
    """Return the filter of rows that the officer may count within an area. `area`: the column of the smallest area."""
    if not access.may(officer, May.READ_LEDGER):
        return access.NOTHING
    seen = access.within(officer)
    if ground.village_id is not None:
        return seen & Q(**{area: ground.village_id})
    return seen & Q(commune_id__in=ground.commune_ids) if ground.commune_ids else seen


def ledger(officer: Any, period: Period, *, ground: Ground = EVERYWHERE) -> list[Entry]:
    """Return every line of LEDGER_LINES; lines of features that do not exist yet are zero. Three statements."""
    months: dict[tuple[str, dt.date], int] = {}
    for metric, day, n in _sums(officer, period, ground):
        key = (metric, day.replace(day=1))
        months[key] = months.get(key, 0) + n
    groups = _groups(officer, period, ground)
    return [_entry(line, months, groups) for line in LEDGER]


def by_commune(officer: Any, period: Period) -> dict[int | None, dict[str, int]]:
    """Return the COMPARED_METRICS of each commune with cases; None: cases of unknown commune. One statement."""
    counts = Count.objects.filter(_scope(officer, EVERYWHERE), day__range=(period.first, period.last), value__gt=0)
    found: dict[int | None, dict[str, int]] = {}
    sums = counts.filter(metric__in=COMPARED).values_list("commune_id", "metric").annotate(Sum("value"))
    for commune, metric, n in sums:
        found.setdefault(commune, {})[metric] = n
    return found


def _sums(officer: Any, period: Period, ground: Ground) -> Any:
    """Return (metric, day, number) rows.

    The sums are by commune; a village has few cases, which are counted directly.
    """
    days = Q(day__range=(period.first, period.last))
    if ground.village_id is None:
        counts = Count.objects.filter(_scope(officer, ground), days)
        return counts.values_list("metric", "day").annotate(Sum("value"))
    return _contributions(officer, ground).filter(days).values_list("metric", "day").annotate(Number("pk"))


def _contributions(officer: Any, ground: Ground) -> QuerySet[Contribution]:
    return Contribution.objects.filter(_scope(officer, ground, area="case__area_id"))


def _entry(line: Line, months: dict[tuple[str, dt.date], int], groups: dict[str, int]) -> Entry:
    if line.metric is None:
        return Entry(line, groups.get(line.source, 0))
    by_month = tuple(sorted((day, n) for (metric, day), n in months.items() if metric == line.metric))
    return Entry(line, sum(n for _, n in by_month), by_month)


def _groups(officer: Any, period: Period, ground: Ground) -> dict[str, int]:
    """Count groups and members as of the end of the period."""
    if not access.may(officer, May.READ_LEDGER):
        return {}
    end = day_start(period.last + dt.timedelta(days=1))
    rows = Group.objects.filter(access.within(officer), opened_at__lt=end).filter(
        Q(closed_at=None) | Q(closed_at__gte=end)
    )
    if ground.village_id is not None:
        rows = rows.filter(area_id=ground.village_id)
    elif ground.commune_ids:
        rows = rows.filter(unit__area_id__in=ground.commune_ids)
    sizes = GroupSize.objects.filter(group=OuterRef("pk"), day__lte=period.last).order_by("-day")
    sized = rows.annotate(size=Subquery(sizes.values("members")[:1]))
    levels = {
        level: (n, members or 0) for level, n, members in sized.values_list("level").annotate(Number("pk"), Sum("size"))
    }
    return {
        "groups_commune": levels.get(Group.Level.COMMUNE, (0, 0))[0],
        "groups_village": levels.get(Group.Level.VILLAGE, (0, 0))[0],
        "members": sum(members for _, members in levels.values()),
    }


def cases_behind(
    officer: Any, metric: Metric, period: Period, *, ground: Ground = EVERYWHERE, cursor: str = ""
) -> Page[Contribution]:
    """Return the cases behind a number, newest first; all pages together have as many rows as the number."""
    rows = _contributions(officer, ground).filter(metric=metric, day__range=(period.first, period.last))
    after = decode("contributions", cursor, 1)
    if after:
        rows = rows.filter(case_id__lt=after[0])
    found = list(rows.select_related("case", "case__unit", "case__assignee").order_by("-case_id")[: PAGE + 1])
    return Page(found[:PAGE], encode("contributions", (found[PAGE - 1].case_id,)) if len(found) > PAGE else "")


def recount(officer: Any, metric: Metric, period: Period, *, ground: Ground = EVERYWHERE) -> int:
    """Count a number from the cases themselves, to check the sums."""
    total = 0
    seen = Case.objects.filter(access.cases(officer), _scope(officer, ground))
    for case, facts in counted(seen):
        day = metrics_of(case, facts).get(metric)
        total += day is not None and period.first <= day <= period.last
    return total
