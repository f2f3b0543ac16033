"""Ratings by unit and month, for the level above. Few ratings are suppressed: a single rating stays private."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from binhyen.areas.queries import get_directory
from binhyen.cases.models import Report
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.text import to_sort_key
from binhyen.people import access

MIN_SHOWN = 5  # ratings of a unit; fewer are not shown
MONTHS = 6
_LOW = 2


@dataclass(frozen=True, slots=True)
class UnitRating:
    """Ratings of a unit. `result`, `attitude`: averages, None where suppressed; `trend`: newer minus older half."""

    unit: str
    count: int
    result: float | None
    attitude: float | None
    low: int
    trend: float | None


def may_read_ratings(officer: Any) -> bool:
    """Return whether the officer is above the units: at the province."""
    return access.visibility(officer).province


def list_unit_ratings(officer: Any, *, now: dt.datetime) -> list[UnitRating]:
    """Return the ratings of the last months by unit, lowest result first, suppressed ones last."""
    if not may_read_ratings(officer):
        return []
    since = now - dt.timedelta(days=30 * MONTHS)
    middle = to_vietnam_day(now - dt.timedelta(days=15 * MONTHS))
    rows = Report.objects.filter(
        access.filter_cases(officer, "case__"), rated_at__gte=since, result_score__isnull=False
    ).values_list("case__unit", "result_score", "attitude_score", "rated_at")
    by_unit: dict[int, list[tuple[int, int, bool]]] = defaultdict(list)
    for unit_id, result, attitude, rated_at in rows:
        if result is not None and attitude is not None and rated_at is not None:
            by_unit[unit_id].append((result, attitude, to_vietnam_day(rated_at) >= middle))
    directory = get_directory()
    ratings = [_summarise(directory.unit_name(unit_id), scores) for unit_id, scores in by_unit.items()]
    return sorted(ratings, key=lambda row: (row.result is None, row.result or 0, to_sort_key(row.unit)))


def _summarise(unit: str, scores: list[tuple[int, int, bool]]) -> UnitRating:
    if len(scores) < MIN_SHOWN:
        return UnitRating(unit, len(scores), None, None, 0, None)
    newer = [result for result, _attitude, is_new in scores if is_new]
    older = [result for result, _attitude, is_new in scores if not is_new]
    has_trend = len(newer) >= MIN_SHOWN and len(older) >= MIN_SHOWN
    return UnitRating(
        unit,
        len(scores),
        sum(result for result, _a, _n in scores) / len(scores),
        sum(attitude for _r, attitude, _n in scores) / len(scores),
        sum(min(result, attitude) <= _LOW for result, attitude, _n in scores),
        sum(newer) / len(newer) - sum(older) / len(older) if has_trend else None,
    )
