"""Sums of the dashboard and of reports: open cases now, keys by time, and the communes side by side.

Everything is read from the sums by day, unit and commune; only the open cases are counted as they are.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count as Number
from django.db.models import F, Q, Sum
from django.db.models.functions import TruncWeek

from binhyen.areas.queries import get_directory, select_villages
from binhyen.cases.choices import CATEGORY_LABELS
from binhyen.cases.models import Case
from binhyen.channels.models import Group
from binhyen.kit.clock import to_vietnam_day
from binhyen.language.reading import DANGER
from binhyen.people import access
from binhyen.stats.area_filter import ALL_AREAS, AreaFilter
from binhyen.stats.metrics import HOUR_PREFIX, Breakdown, Metric, build_key
from binhyen.stats.models import Contribution
from binhyen.stats.periods import ChartStep, Period
from binhyen.stats.queries import build_count_filter, count_by_commune, select_day_sums, sum_by_month

MET, LATE = build_key(Breakdown.DEADLINES, "MET"), build_key(Breakdown.DEADLINES, "LATE")
COMMUNE_KEYS = (Metric.REPORTS, Metric.URGENT, Metric.VALUABLE_TIPS, Metric.CLOSED, MET, LATE)


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


def compute_satisfaction(sums: Mapping[str, int]) -> float | None:
    """Return the share of rated cases whose answer helped; None without ratings."""
    helped, not_helped = (sums.get(build_key(Breakdown.RATING, code), 0) for code in ("HELPED", "NOT_HELPED"))
    return helped / (helped + not_helped) if helped + not_helped else None


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


def sum_keys(
    officer: Any, period: Period, previous: Period, *, ground: AreaFilter = ALL_AREAS, step: ChartStep
) -> KeySums:
    """Sum every key over both periods. Up to six statements, none of them over the days of a year of the province."""
    current: Counter[str] = Counter()
    before: Counter[str] = Counter()
    by_step: dict[str, dict[dt.date, int]] = {}
    with access.count_scope(officer):
        if step is ChartStep.MONTH:
            steps = sum_by_month(officer, period, ground)
        else:
            steps = {(key, start): number for key, start, number in _sum_days(officer, period, ground, step)}
        for (key, start), number in steps.items():
            by_step.setdefault(key, {})[start] = number
            current[key] += number
        for (key, _month), number in sum_by_month(officer, previous, ground).items():
            before[key] += number
    return KeySums(current, before, by_step)


def _sum_days(officer: Any, period: Period, ground: AreaFilter, step: ChartStep) -> Any:
    """Return (key, start of the step, number) rows; of a village from its few cases, as in the ledger."""
    shown = ~Q(metric__startswith=HOUR_PREFIX)
    group = TruncWeek("day") if step is ChartStep.WEEK else F("day")
    if ground.village_id is None:
        rows = select_day_sums(officer, period, ground).filter(shown)
        return rows.values_list("metric", group).annotate(Sum("value"))
    scope = build_count_filter(officer, ground, area="case__area_id") & Q(day__range=(period.first, period.last))
    return Contribution.objects.filter(scope, shown).values_list("metric", group).annotate(Number("pk"))


def sum_by_commune(
    officer: Any, period: Period, previous: Period
) -> dict[int | None, tuple[dict[str, int], dict[str, int]]]:
    """Return COMMUNE_KEYS of each commune for both periods."""
    current, before = (count_by_commune(officer, span, metrics=COMMUNE_KEYS) for span in (period, previous))
    return {area: (current.get(area, {}), before.get(area, {})) for area in {*current, *before}}


@dataclass(frozen=True, slots=True)
class OfficerLoad:
    """Open cases of one officer; `name` empty: without assignee."""

    name: str
    open: int
    urgent: int
    overdue: int


def list_officer_loads(officer: Any, *, ground: AreaFilter = ALL_AREAS, now: dt.datetime) -> list[OfficerLoad]:
    """List the officers with open cases, most first. One statement; empty for a reader without cases."""
    if access.counts_without_cases(officer):
        return []
    cases = Case.objects.filter(access.filter_cases(officer), build_count_filter(officer, ground), is_open=True)
    rows = cases.values_list("assignee__name").annotate(
        Number("pk"), urgent=Number("pk", filter=Q(urgency__gte=DANGER)), overdue=Number("pk", filter=Q(due_at__lt=now))
    )
    loads = [OfficerLoad(name or "", *numbers) for name, *numbers in rows.order_by()]
    return sorted(loads, key=lambda load: (-load.open, load.name))


def count_village_coverage(officer: Any, *, ground: AreaFilter = ALL_AREAS, now: dt.datetime) -> tuple[int, int]:
    """Return the villages with an open group, and all villages of the officer's area. One statement."""
    directory = get_directory()
    own_code = directory.get_commune_code(officer.unit.area_id)
    if ground.commune_ids:
        communes = list(ground.commune_ids)
    elif access.counts_province(officer):
        communes = [entry.area_id for entry in directory.communes.values()]
    else:
        communes = [directory.communes[own_code].area_id] if own_code else []
    villages = select_villages(communes, to_vietnam_day(now))
    with access.count_scope(officer):
        groups = Group.objects.filter(access.filter_counts(officer), closed_at=None)
        counted = villages.aggregate(
            covered=Number("pk", filter=Q(area_id__in=groups.values("area_id"))), total=Number("pk")
        )
    return counted["covered"], counted["total"]


# What people write about, by area and week: from the sums alone, small counts suppressed. Never the authors.

CONCERN_WEEKS = 8
MIN_CONCERN_CASES = 5  # cases of a concern in a week; fewer could point at a person
_HALF = CONCERN_WEEKS // 2
_NOTABLE = 1.5  # factor of growth from the older to the newer half


@dataclass(frozen=True, slots=True)
class Concern:
    """A concern. `weeks`: count by week, oldest first, None where suppressed; `total`: of the shown weeks."""

    code: str
    label: str
    weeks: tuple[int | None, ...]
    total: int
    is_new: bool
    is_growing: bool


def list_concern_weeks(today: dt.date) -> list[dt.date]:
    """Return the Mondays of the last complete weeks, oldest first."""
    monday = today - dt.timedelta(days=today.weekday())
    return [monday - dt.timedelta(weeks=number) for number in range(CONCERN_WEEKS, 0, -1)]


def list_concerns(officer: Any, *, today: dt.date, ground: AreaFilter = ALL_AREAS) -> list[Concern]:
    """Return the topics with a shown week, most first. One statement over the sums."""
    mondays = list_concern_weeks(today)
    keys = {build_key(Breakdown.CATEGORY, code): code for code in CATEGORY_LABELS}
    counts: dict[str, dict[dt.date, int]] = defaultdict(dict)
    with access.count_scope(officer):
        weeks = Period(mondays[0], mondays[-1] + dt.timedelta(days=6))
        rows = select_day_sums(officer, weeks, ground).filter(metric__in=list(keys))
        for metric, week, number in rows.values_list("metric", TruncWeek("day")).annotate(Sum("value")):
            counts[keys[metric]][week] = number
    topics = [_build_concern(code, [weeks.get(monday, 0) for monday in mondays]) for code, weeks in counts.items()]
    return sorted((concern for concern in topics if concern.total), key=lambda concern: (-concern.total, concern.code))


def _build_concern(code: str, numbers: list[int]) -> Concern:
    shown = tuple(number if number >= MIN_CONCERN_CASES else None for number in numbers)
    older, newer = (sum(number or 0 for number in half) for half in (shown[:_HALF], shown[_HALF:]))
    is_new = older == 0 and newer > 0
    is_growing = not is_new and older > 0 and newer >= _NOTABLE * older
    return Concern(code, CATEGORY_LABELS[code], shown, older + newer, is_new, is_growing)
