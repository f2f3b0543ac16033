"""What people write about, by area and week: from the sums alone, small counts suppressed. Never the authors."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum
from django.db.models.functions import TruncWeek

from binhyen.cases.choices import CATEGORY_LABELS
from binhyen.people import access
from binhyen.stats.area_filter import ALL_AREAS, AreaFilter
from binhyen.stats.metrics import Breakdown, build_key
from binhyen.stats.models import Count
from binhyen.stats.queries import build_count_filter

WEEKS = 8
MIN_SHOWN = 5  # cases of a concern in a week; fewer could point at a person
_HALF = WEEKS // 2
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
    return [monday - dt.timedelta(weeks=number) for number in range(WEEKS, 0, -1)]


def list_concerns(officer: Any, *, today: dt.date, ground: AreaFilter = ALL_AREAS) -> list[Concern]:
    """Return the topics with a shown week, most first. One statement over the sums."""
    mondays = list_concern_weeks(today)
    keys = {build_key(Breakdown.CATEGORY, code): code for code in CATEGORY_LABELS}
    counts: dict[str, dict[dt.date, int]] = defaultdict(dict)
    with access.count_scope(officer):
        rows = Count.objects.filter(
            build_count_filter(officer, ground),
            metric__in=list(keys),
            day__range=(mondays[0], mondays[-1] + dt.timedelta(days=6)),
            value__gt=0,
        )
        for metric, week, number in rows.values_list("metric", TruncWeek("day")).annotate(Sum("value")):
            counts[keys[metric]][week] = number
    topics = [_build_concern(code, [weeks.get(monday, 0) for monday in mondays]) for code, weeks in counts.items()]
    return sorted((concern for concern in topics if concern.total), key=lambda concern: (-concern.total, concern.code))


def _build_concern(code: str, numbers: list[int]) -> Concern:
    shown = tuple(number if number >= MIN_SHOWN else None for number in numbers)
    older, newer = (sum(number or 0 for number in half) for half in (shown[:_HALF], shown[_HALF:]))
    is_new = older == 0 and newer > 0
    is_growing = not is_new and older > 0 and newer >= _NOTABLE * older
    return Concern(code, CATEGORY_LABELS[code], shown, older + newer, is_new, is_growing)
