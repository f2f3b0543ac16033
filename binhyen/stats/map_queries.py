"""Numbers of the map: a value for each commune, open cases with a position, and reports by hour of the week."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from binhyen.areas.map_drawing import Box
from binhyen.cases.models import Case
from binhyen.people import access
from binhyen.people.roles import Permission
from binhyen.stats import dashboard
from binhyen.stats.area_filter import ALL_AREAS, AreaFilter
from binhyen.stats.dashboard import compute_rate
from binhyen.stats.metrics import HOUR_PREFIX, Metric, build_hour_code
from binhyen.stats.models import Contribution
from binhyen.stats.periods import Period
from binhyen.stats.queries import build_count_filter, select_day_sums, select_month_sums, split_for_province

MAX_POINTS = 400
OPEN, OVERDUE, ON_TIME = "OPEN", "OVERDUE", "ON_TIME"
PERIOD_METRICS = (Metric.REPORTS, Metric.URGENT, Metric.VALUABLE_TIPS, Metric.CLOSED)


@dataclass(frozen=True, slots=True)
class CommuneNumbers:
    """Numbers of a commune by measure: PERIOD_METRICS, ON_TIME in percent (absent without closed cases), OPEN,
    OVERDUE.
    """

    values: Mapping[str, int]
    previous: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CasePoint:
    """An open case with a position."""

    code: str
    title: str
    urgency: int
    is_overdue: bool
    longitude: float
    latitude: float


def list_commune_numbers(
    officer: Any, period: Period, previous: Period, *, now: dt.datetime
) -> dict[int | None, CommuneNumbers]:
    """Return the numbers of each commune of today that the officer may count; None: unknown place."""
    sums = dashboard.sum_by_commune(officer, period, previous)
    open_cases = dashboard.count_open_cases(officer, now=now)
    numbers = {}
    for area in {*sums, *open_cases}:
        current, before = sums.get(area, ({}, {}))
        values: dict[str, int] = {key: current.get(key, 0) for key in PERIOD_METRICS}
        rate = compute_rate(current)
        if rate is not None:
            values[ON_TIME] = round(rate * 100)
        if area in open_cases:
            values |= {OPEN: open_cases[area].open, OVERDUE: open_cases[area].overdue}
        numbers[area] = CommuneNumbers(values, {key: before.get(key, 0) for key in PERIOD_METRICS})
    return numbers


def list_open_points(
    officer: Any, box: Box, *, ground: AreaFilter = ALL_AREAS, now: dt.datetime
) -> tuple[list[CasePoint], bool]:
    """Return the newest open cases with a position inside the box, and whether there are more. One statement.

    Only cases that the officer sees; none for a reader of sums.
    """
    if not access.officer_may(officer, Permission.READ_LEDGER):
        return [], False
    west, south, east, north = box
    rows = Case.objects.filter(
        access.filter_cases(officer),
        is_open=True,
        longitude__range=(west, east),
        latitude__range=(south, north),
    )
    if ground.commune_ids:
        rows = rows.filter(commune_id__in=ground.commune_ids)
    columns = ("code", "title", "urgency", "due_at", "longitude", "latitude")
    points = [
        CasePoint(code, title, urgency, due_at is not None and due_at < now, longitude, latitude)
        for code, title, urgency, due_at, longitude, latitude in rows.order_by("-pk").values_list(*columns)[
            : MAX_POINTS + 1
        ]
    ]
    return points[:MAX_POINTS], len(points) > MAX_POINTS


def sum_by_hour(officer: Any, period: Period, *, ground: AreaFilter = ALL_AREAS) -> list[list[int]]:
    """Return the reports of each hour by weekday, Monday first."""
    sums: Counter[str] = Counter()
    hours, first, last = {"metric__startswith": HOUR_PREFIX}, period.first, period.last
    with access.count_scope(officer):
        if ground.village_id is not None:
            scope = build_count_filter(officer, ground, area="case__area_id")
            metrics = Contribution.objects.filter(scope, day__range=(first, last), **hours)
            sums.update(Counter(metrics.values_list("metric", flat=True)))
        else:
            whole, edges = split_for_province(officer, period)
            if whole is not None:
                months = select_month_sums(whole, ground).filter(**hours)
                sums.update(dict(months.values_list("metric").annotate(Sum("value"))))
            for edge in edges:
                days = select_day_sums(officer, edge, ground).filter(**hours)
                sums.update(dict(days.values_list("metric").annotate(Sum("value"))))
    return [[sums[HOUR_PREFIX + build_hour_code(weekday, hour)] for hour in range(24)] for weekday in range(7)]
