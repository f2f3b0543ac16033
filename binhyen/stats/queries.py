"""Outcome ledger: the province's table for any area and period; each number links to its cases."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count as Number
from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import TruncDate, TruncMonth

from binhyen.areas.queries import get_commune_names, get_communes_by_area, get_directory, list_reorganisation_days
from binhyen.bulletins.queries import select_posts
from binhyen.cases.models import Case
from binhyen.channels.models import Group, GroupSize
from binhyen.kit import clock, prepared_queries
from binhyen.kit.clock import VIETNAM, start_of_day, to_vietnam_day
from binhyen.kit.keyset_pagination import Page, decode_cursor, encode_cursor
from binhyen.people import access
from binhyen.people.roles import Permission
from binhyen.stats.area_filter import ALL_AREAS, AreaFilter
from binhyen.stats.case_facts import get_metrics, list_case_facts
from binhyen.stats.metrics import HOUR_PREFIX, LEDGER_LINES, POSTS, LedgerLineDefinition, Metric
from binhyen.stats.models import Contribution, Count, DayCount, MonthCount
from binhyen.stats.periods import Period, split_whole_months

PAGE_SIZE = 50
COMPARED_METRICS = (Metric.REPORTS, Metric.URGENT, Metric.CLOSED)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line of the ledger with its number; `by_month`: (first of month, number) for the trend chart."""

    line: LedgerLineDefinition
    value: int
    by_month: tuple[tuple[dt.date, int], ...] = ()


def build_count_filter(officer: Any, ground: AreaFilter, *, area: str = "area_id") -> Q:
    """Return the filter of rows that the officer may count within an area. `area`: the column of the smallest area."""
    visible = access.filter_counts(officer)
    if ground.village_id is not None:
        return visible & Q(**{area: ground.village_id})
    return visible & Q(commune_id__in=ground.commune_ids) if ground.commune_ids else visible


def get_ledger(officer: Any, period: Period, *, ground: AreaFilter = ALL_AREAS) -> list[LedgerEntry]:
    """Return every line of LEDGER_LINES; lines of features that do not exist yet are zero. Five statements."""
    with access.count_scope(officer):
        months = sum_by_month(officer, period, ground, metrics=[*Metric, POSTS])
        sources = _count_groups(officer, period, ground)
        if sources:
            summed = sum(number for (metric, _month), number in months.items() if metric == POSTS)
            sources["bulletins"] = count_posts(officer, period, ground, summed=summed)
    return [_build_entry(line, months, sources) for line in LEDGER_LINES]


def count_by_commune(
    officer: Any, period: Period, *, metrics: Sequence[str] = COMPARED_METRICS
) -> dict[int | None, dict[str, int]]:
    """Return the metrics of each commune with cases; None: cases of unknown commune.

    Whole months are read from their sums, other days from theirs. Up to three statements.
    """
    numbers: dict[int | None, dict[str, int]] = {}
    with access.count_scope(officer):
        for commune, metric, number in _list_commune_sums(officer, period, metrics):
            sums = numbers.setdefault(commune, {})
            sums[metric] = sums.get(metric, 0) + number
    return numbers


def _list_commune_sums(officer: Any, period: Period, metrics: Sequence[str]) -> Iterator[tuple[int | None, str, int]]:
    """Yield (commune, metric, number)."""
    whole, edges = split_for_province(officer, period)
    if whole is not None:
        months = select_month_sums(whole, ALL_AREAS, by_commune=True).filter(metric__in=metrics)
        yield from months.values_list("area_id", "metric").annotate(Sum("value"))
    for edge in edges:
        days = select_day_sums(officer, edge, ALL_AREAS, by_commune=True).filter(metric__in=metrics)
        yield from days.values_list("commune_id", "metric").annotate(Sum("value"))


def count_by_commune_then(officer: Any, period: Period) -> dict[str, dict[str, int]]:
    """Return name → COMPARED_METRICS of the communes as they were on the day of each case; "" for an unknown place.

    Read from the contributions, since the sums follow the communes of today. A case whose place was never a commune of
    that time counts where it counts today.
    """
    numbers: dict[str, Counter[str]] = {}
    for span in _split_at(period, list_reorganisation_days(period.first, period.last)):
        with access.count_scope(officer):
            rows = Contribution.objects.filter(
                build_count_filter(officer, ALL_AREAS),
                metric__in=COMPARED_METRICS,
                day__range=(span.first, span.last),
            )
            groups = list(rows.values_list("case__area_id", "commune_id", "metric").annotate(Number("pk")))
        then = get_communes_by_area({area for area, *_rest in groups if area}, span.first)
        places = {(area, commune): _choose_commune(then.get(area, ()), commune) for area, commune, *_rest in groups}
        names = get_commune_names({place for place in places.values() if place}, span.first)
        names |= {
            entry.area_id: entry.full_name for entry in get_directory().communes.values() if entry.area_id not in names
        }
        for area, commune, metric, number in groups:
            name = names.get(places[area, commune] or 0, "")
            numbers.setdefault(name, Counter())[metric] += number
    return {name: dict(counts) for name, counts in numbers.items()}


def _choose_commune(then: Sequence[int], today: int | None) -> int | None:
    return then[0] if len(then) == 1 else today


def _split_at(period: Period, days: Sequence[dt.date]) -> list[Period]:
    """Split a period so that each part starts on one of the days, or with the period."""
    starts = [period.first, *(day for day in days if day > period.first)]
    ends = [*(start - dt.timedelta(days=1) for start in starts[1:]), period.last]
    return [Period(start, end) for start, end in zip(starts, ends, strict=True)]


def sum_by_month(
    officer: Any, period: Period, ground: AreaFilter, *, metrics: Sequence[str] = ()
) -> dict[tuple[str, dt.date], int]:
    """Return (metric, first of month) → number; of all metrics and breakdowns but the hours, unless some are named.

    A village has few cases, which are counted directly. Whole months of the province and of its communes are read from
    their own sums, unless the officer reads only those of a unit.
    """
    named = Q(metric__in=list(metrics)) if metrics else ~Q(metric__startswith=HOUR_PREFIX)
    month = TruncMonth("day")
    if ground.village_id is not None:
        rows = _select_contributions(officer, ground).filter(named, day__range=(period.first, period.last))
        return _add_up(rows.values_list("metric", month).annotate(Number("pk")))
    whole, edges = split_for_province(officer, period)
    sums: Counter[tuple[str, dt.date]] = Counter()
    if whole is not None:
        totals = select_month_sums(whole, ground).filter(named)
        sums.update(_add_up(totals.values_list("metric", "month").annotate(Sum("value"))))
    for edge in edges:
        counts = select_day_sums(officer, edge, ground).filter(named)
        sums.update(_add_up(counts.values_list("metric", month).annotate(Sum("value"))))
    return dict(sums)


def split_for_province(officer: Any, period: Period) -> tuple[Period | None, list[Period]]:
    """Return the months that may be read from MonthCount, and the other days: those of a reader of one unit are all."""
    return split_whole_months(period) if access.counts_province(officer) else (None, [period])


def select_month_sums(months: Period, ground: AreaFilter, *, by_commune: bool = False) -> QuerySet[MonthCount]:
    """Return the sums of whole months of the province, or of an area's communes; for readers of the province only.

    `by_commune`: those of every commune, where there is no area.
    """
    province = get_directory().province_area_id
    if ground.commune_ids:
        areas = Q(area__in=ground.commune_ids)
    else:
        areas = Q(area=None) | ~Q(area=province) if by_commune else Q(area=province)
    return MonthCount.objects.filter(areas, month__range=(months.first, months.last), value__gt=0)


def select_day_sums(officer: Any, days: Period, ground: AreaFilter, *, by_commune: bool = False) -> QuerySet[Any]:
    """Return the sums of days: of the whole province from its own, of a unit or an area by unit and commune.

    `by_commune`: by unit and commune also of the whole province.
    """
    if access.counts_province(officer) and not ground.commune_ids and not by_commune:
        return DayCount.objects.filter(day__range=(days.first, days.last), value__gt=0)
    return Count.objects.filter(build_count_filter(officer, ground), day__range=(days.first, days.last), value__gt=0)


def _add_up(rows: Iterable[tuple[str, dt.date, int]]) -> dict[tuple[str, dt.date], int]:
    return {(metric, month): number for metric, month, number in rows if number}


def _select_contributions(officer: Any, ground: AreaFilter) -> QuerySet[Contribution]:
    return Contribution.objects.filter(build_count_filter(officer, ground, area="case__area_id"))


def _build_entry(
    line: LedgerLineDefinition, months: dict[tuple[str, dt.date], int], groups: dict[str, int]
) -> LedgerEntry:
    if line.metric is None:
        return LedgerEntry(line, groups.get(line.source, 0))
    by_month = tuple(sorted((day, number) for (metric, day), number in months.items() if metric == line.metric))
    return LedgerEntry(line, sum(number for _, number in by_month), by_month)


def _count_groups(officer: Any, period: Period, ground: AreaFilter) -> dict[str, int]:
    """Count groups and members as of the end of the period; of one that has not ended, as of now."""
    if not access.officer_may(officer, Permission.READ_STATISTICS):
        return {}
    end = start_of_day(period.last + dt.timedelta(days=1))
    rows = _select_groups(officer, ground).filter(opened_at__lt=end).filter(Q(closed_at=None) | Q(closed_at__gte=end))
    size: F | Subquery = F("members")
    if period.last < to_vietnam_day(clock.now()):
        sizes = GroupSize.objects.filter(group=OuterRef("pk"), day__lte=period.last).order_by("-day")
        size = Subquery(sizes.values("members")[:1])
    levels = {
        level: (number, members or 0)
        for level, number, members in rows.values_list("level").annotate(Number("pk"), total=Sum(size))
    }
    return {
        "groups_commune": levels.get(Group.Level.COMMUNE, (0, 0))[0],
        "groups_village": levels.get(Group.Level.VILLAGE, (0, 0))[0],
        "members": sum(members for _, members in levels.values()),
    }


def _select_groups(officer: Any, ground: AreaFilter) -> QuerySet[Group]:
    groups = Group.objects.filter(access.filter_counts(officer))
    if ground.village_id is not None:
        return groups.filter(area_id=ground.village_id)
    return groups.filter(unit__area_id__in=ground.commune_ids) if ground.commune_ids else groups


def count_posts(officer: Any, period: Period, ground: AreaFilter, *, summed: int) -> int:
    """Add the posts after the last day in the sums to the summed ones; those of a village, which has no sums, all."""
    first = period.first
    if ground.village_id is None:
        counted = Count.objects.filter(build_count_filter(officer, ground), metric=POSTS, value__gt=0)
        last = counted.aggregate(day=Max("day"))["day"]
        first = max(first, last + dt.timedelta(days=1)) if last else first
    if first > period.last:
        return summed
    start, end = start_of_day(first), start_of_day(period.last + dt.timedelta(days=1))
    rows = prepared_queries.fetch_rows(
        ("posts", access.get_visibility_key(officer), ground),
        lambda: _build_posts_query(officer, ground),
        {prepared_queries.NOW_PARAM: start, prepared_queries.FUTURE_PARAM: end},
    )
    return summed + sum(int(row["number"]) for row in rows)


def _build_posts_query(officer: Any, ground: AreaFilter) -> QuerySet[Any, Any]:
    posts = select_posts(start=prepared_queries.NOW_PARAM, end=prepared_queries.FUTURE_PARAM)
    rows = posts.filter(group__in=_select_groups(officer, ground)).order_by()
    # Grouped by a constant: `count()` would run at once, this can be compiled and kept.
    return rows.values(constant=Value(1)).annotate(number=Number("pk")).values("number")


def list_post_sums(*, before: dt.date) -> list[tuple[int, dt.date, int, int]]:
    """List the posts of bulletins before a day: unit, day, area of the unit, number. Over all units."""
    posts = select_posts(start=None, end=start_of_day(before))
    day = TruncDate("queued_at", tzinfo=VIETNAM)
    return list(posts.values_list("group__unit_id", day, "group__unit__area_id").annotate(Number("pk")))


def list_cases_behind(
    officer: Any, metric: str, period: Period, *, ground: AreaFilter = ALL_AREAS, cursor: str = ""
) -> Page[Contribution]:
    """Return the cases behind a number, newest first; all pages together have as many rows as the number.

    `metric`: a key of metrics.list_metric_keys. Only cases that the officer sees.
    """
    days = (period.first, period.last)
    rows = _select_contributions(officer, ground).filter(access.visible_filter(officer), metric=metric, day__range=days)
    last_key = decode_cursor("contributions", cursor, 1)
    if last_key:
        rows = rows.filter(case_id__lt=last_key[0])
    page_rows = list(rows.select_related("case", "case__unit", "case__assignee").order_by("-case_id")[: PAGE_SIZE + 1])
    return Page(
        page_rows[:PAGE_SIZE],
        encode_cursor("contributions", (page_rows[PAGE_SIZE - 1].case_id,)) if len(page_rows) > PAGE_SIZE else "",
    )


def count_cases_behind(officer: Any, metric: str, period: Period, *, ground: AreaFilter = ALL_AREAS) -> int:
    """Count the cases behind a number, from the sums where they have them."""
    days = Q(metric=metric, day__range=(period.first, period.last))
    if ground.village_id is None:
        sums = Count.objects.filter(build_count_filter(officer, ground), access.visible_filter(officer), days)
        return sums.aggregate(number=Sum("value", default=0))["number"] or 0
    return _select_contributions(officer, ground).filter(access.visible_filter(officer), days).count()


def recount_from_cases(officer: Any, metric: str, period: Period, *, ground: AreaFilter = ALL_AREAS) -> int:
    """Count a number from the cases themselves, to check the sums."""
    total = 0
    visible_cases = Case.objects.filter(access.filter_cases(officer), build_count_filter(officer, ground))
    for case, facts in list_case_facts(visible_cases):
        day = get_metrics(case, facts).get(metric)
        total += day is not None and period.first <= day <= period.last
    return total
