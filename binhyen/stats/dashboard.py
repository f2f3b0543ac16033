"""Sums of the dashboard and of reports: open cases now, keys by time, and the communes side by side.

Everything is read from the sums by day, unit and commune; only the open cases are counted as they are.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count as Number
from django.db.models import F, Q, Sum
from django.db.models.functions import TruncMonth, TruncWeek

from binhyen.cases.models import Case
from binhyen.language.reading import DANGER
from binhyen.people import access
from binhyen.stats.area_filter import ALL_AREAS, AreaFilter
from binhyen.stats.metrics import Breakdown, Metric, build_key
from binhyen.stats.models import Contribution, Count
from binhyen.stats.periods import Period, Step
from binhyen.stats.queries import build_count_filter

MET, LATE = build_key(Breakdown.DEADLINES, "MET"), build_key(Breakdown.DEADLINES, "LATE")
COMMUNE_KEYS = (Metric.REPORTS, Metric.URGENT, Metric.VALUABLE_TIPS, Metric.CLOSED, MET, LATE)
_TRUNCATIONS: dict[Step, Any] = {Step.DAY: F("day"), Step.WEEK: TruncWeek("day"), Step.MONTH: TruncMonth("day")}


@dataclass(frozen=True, slots=True)
class OpenCases:
    """Number of open cases, and of the urgent, overdue and unassigned ones among them."""

    open: int = 0
    urgent: int = 0
    overdue: int = 0
    unassigned: int = 0

    def __add__(self, other: "OpenCases") -> "OpenCases":
        return OpenCases(
            self.open + other.open,
            self.urgent + other.urgent,
            self.overdue + other.overdue,
            self.unassigned + other.unassigned,
        )


@dataclass(frozen=True, slots=True)
class KeySums:
    """Sums by key for a period and the period before, and by step of the period."""

    current: Mapping[str, int]
    previous: Mapping[str, int]
    by_step: Mapping[str, Mapping[dt.date, int]]

    def get_change(self, key: str) -> tuple[int, int]:
        return self.current.get(key, 0), self.previous.get(key, 0)

    def get_on_time_rate(self) -> tuple[float | None, float | None]:
        """Return the share of closed cases that met every deadline, now and before; None without closed cases."""
        return compute_rate(self.current), compute_rate(self.previous)


def compute_rate(sums: Mapping[str, int]) -> float | None:
    """Return the share of closed cases that met every deadline; None without closed cases."""
    closed = sums.get(MET, 0) + sums.get(LATE, 0)
    return sums.get(MET, 0) / closed if closed else None


def count_open_cases(officer: Any, *, ground: AreaFilter = ALL_AREAS, now: dt.datetime) -> dict[int | None, OpenCases]:
    """Count the open cases of each commune (None: unknown place). One statement."""
    if access.counts_without_cases(officer):
        cases = Case.objects.filter(is_restricted=False, excluded_officers=None)
    else:
        cases = Case.objects.filter(access.filter_cases(officer))
    rows = cases.filter(build_count_filter(officer, ground), is_open=True).values_list("commune_id")
    with access.count_scope(officer):
        return {
            commune: OpenCases(*numbers)
            for commune, *numbers in rows.annotate(
                Number("pk"),
                urgent=Number("pk", filter=Q(urgency__gte=DANGER)),
                overdue=Number("pk", filter=Q(due_at__lt=now)),
                unassigned=Number("pk", filter=Q(assignee=None)),
            )
        }


def sum_keys(officer: Any, period: Period, previous: Period, *, ground: AreaFilter = ALL_AREAS, step: Step) -> KeySums:
    """Sum every key over both periods. Two statements."""
    current: dict[str, int] = {}
    by_step: dict[str, dict[dt.date, int]] = {}
    with access.count_scope(officer):
        for key, start, number in _sum_rows(officer, period, ground, _TRUNCATIONS[step]):
            by_step.setdefault(key, {})[start] = number
            current[key] = current.get(key, 0) + number
        before = dict(_sum_rows(officer, previous, ground))
    return KeySums(current, before, by_step)


def _sum_rows(officer: Any, period: Period, ground: AreaFilter, *groups: Any) -> Any:
    """Return (key, *groups, number) rows; of a village from its few cases, as in the ledger."""
    days = Q(day__range=(period.first, period.last))
    if ground.village_id is None:
        rows = Count.objects.filter(build_count_filter(officer, ground), days, value__gt=0)
        return rows.values_list("metric", *groups).annotate(Sum("value"))
    scope = build_count_filter(officer, ground, area="case__area_id")
    return Contribution.objects.filter(scope, days).values_list("metric", *groups).annotate(Number("pk"))


def sum_by_commune(
    officer: Any, period: Period, previous: Period
) -> dict[int | None, tuple[dict[str, int], dict[str, int]]]:
    """Return COMMUNE_KEYS of each commune for both periods. One statement."""
    in_period, before = (Q(day__range=(span.first, span.last)) for span in (period, previous))
    rows = Count.objects.filter(build_count_filter(officer, ALL_AREAS), in_period | before, metric__in=COMMUNE_KEYS)
    sums = rows.values_list("commune_id", "metric").annotate(
        number=Sum("value", filter=in_period, default=0), earlier=Sum("value", filter=before, default=0)
    )
    numbers: dict[int | None, tuple[dict[str, int], dict[str, int]]] = {}
    with access.count_scope(officer):
        for commune, key, number, earlier in sums:
            pair = numbers.setdefault(commune, ({}, {}))
            pair[0][key], pair[1][key] = number, earlier
    return numbers
