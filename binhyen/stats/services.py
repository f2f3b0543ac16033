"""Incremental statistics: compare each changed case with its stored contributions and write only the difference."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from binhyen.areas.queries import get_directory
from binhyen.cases.models import Case, CaseMessage, StatsDirty
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.locks import AdvisoryLock, acquire_xact_lock, try_xact_lock
from binhyen.stats.case_facts import get_metrics, list_case_facts, list_counted_together
from binhyen.stats.metrics import POSTS, Breakdown, CaseFacts, build_key
from binhyen.stats.models import Contribution, Count, DayCount, MonthCount
from binhyen.stats.queries import list_post_sums

_BATCHES_PER_SUM = 10  # every batch changes the same rows of days and months
Key = tuple[str, int, dt.date, int | None]  # metric, unit, day, commune
# Two statements: a sum may never be negative, not even in the row proposed to ON CONFLICT.
_INSERT_ROWS_SQL = """
INSERT INTO stats_count (metric, unit_id, day, commune_id, value)
SELECT m, u, d, c, 0 FROM unnest(%s::text[], %s::bigint[], %s::date[], %s::bigint[]) AS t(m, u, d, c)
ON CONFLICT (metric, unit_id, day, commune_id) DO NOTHING
"""
_ADD_SQL = """
UPDATE stats_count AS s SET value = s.value + t.n
FROM unnest(%s::text[], %s::bigint[], %s::date[], %s::bigint[], %s::int[]) AS t(m, u, d, c, n)
WHERE s.metric = t.m AND s.unit_id = t.u AND s.day = t.d AND s.commune_id IS NOT DISTINCT FROM t.c
"""

_INSERT_MONTHS_SQL = """
INSERT INTO stats_monthcount (metric, month, area_id, value)
SELECT m, d, a, 0 FROM unnest(%s::text[], %s::date[], %s::bigint[]) AS t(m, d, a)
ON CONFLICT (area_id, month, metric) DO NOTHING
"""
_ADD_MONTHS_SQL = """
UPDATE stats_monthcount AS s SET value = s.value + t.n
FROM unnest(%s::text[], %s::date[], %s::bigint[], %s::int[]) AS t(m, d, a, n)
WHERE s.metric = t.m AND s.month = t.d AND s.area_id IS NOT DISTINCT FROM t.a
"""
_INSERT_DAYS_SQL = """
INSERT INTO stats_daycount (metric, day, value) SELECT m, d, 0 FROM unnest(%s::text[], %s::date[]) AS t(m, d)
ON CONFLICT (day, metric) DO NOTHING
"""
_ADD_DAYS_SQL = """
UPDATE stats_daycount AS s SET value = s.value + t.n
FROM unnest(%s::text[], %s::date[], %s::int[]) AS t(m, d, n) WHERE s.metric = t.m AND s.day = t.d
"""
_RECONCILE_DAYS_SQL = """
WITH wanted AS (
    SELECT metric, day, sum(value)::int AS value FROM stats_count GROUP BY 1, 2
), added AS (
    INSERT INTO stats_daycount (metric, day, value) SELECT metric, day, value FROM wanted
    ON CONFLICT (day, metric) DO UPDATE SET value = EXCLUDED.value WHERE stats_daycount.value <> EXCLUDED.value
    RETURNING 1
), emptied AS (
    UPDATE stats_daycount AS s SET value = 0 WHERE s.value <> 0 AND NOT EXISTS (
        SELECT FROM wanted w WHERE w.metric = s.metric AND w.day = s.day)
    RETURNING 1
)
SELECT (SELECT count(*) FROM added) + (SELECT count(*) FROM emptied)
"""
_RECONCILE_MONTHS_SQL = """
WITH wanted AS (
    SELECT metric, date_trunc('month', day)::date AS month, commune_id AS area_id, sum(value)::int AS value
    FROM stats_count GROUP BY 1, 2, 3
    UNION ALL
    SELECT metric, date_trunc('month', day)::date, %s, sum(value)::int FROM stats_count GROUP BY 1, 2
), added AS (
    INSERT INTO stats_monthcount (metric, month, area_id, value) SELECT metric, month, area_id, value FROM wanted
    ON CONFLICT (area_id, month, metric) DO UPDATE SET value = EXCLUDED.value
        WHERE stats_monthcount.value <> EXCLUDED.value
    RETURNING 1
), emptied AS (
    UPDATE stats_monthcount AS s SET value = 0 WHERE s.value <> 0 AND NOT EXISTS (
        SELECT FROM wanted w WHERE w.metric = s.metric AND w.month = s.month
            AND w.area_id IS NOT DISTINCT FROM s.area_id)
    RETURNING 1
)
SELECT (SELECT count(*) FROM added) + (SELECT count(*) FROM emptied)
"""
_RECONCILE_SQL = """
WITH wanted AS (
    SELECT metric, unit_id, day, commune_id, count(*)::int AS value FROM stats_contribution GROUP BY 1, 2, 3, 4
), added AS (
    INSERT INTO stats_count (metric, unit_id, day, commune_id, value)
    SELECT metric, unit_id, day, commune_id, value FROM wanted
    ON CONFLICT (metric, unit_id, day, commune_id) DO UPDATE SET value = EXCLUDED.value
        WHERE stats_count.value <> EXCLUDED.value
    RETURNING 1
), emptied AS (
    UPDATE stats_count AS s SET value = 0 WHERE s.value <> 0 AND s.metric <> %s AND NOT EXISTS (
        SELECT FROM wanted w WHERE w.metric = s.metric AND w.unit_id = s.unit_id AND w.day = s.day
            AND w.commune_id IS NOT DISTINCT FROM s.commune_id)
    RETURNING 1
)
SELECT (SELECT count(*) FROM added) + (SELECT count(*) FROM emptied)
"""


@transaction.atomic
def update_counts(*, limit: int = 1000) -> int:
    """Update the sums for changed cases and return how many cases; an advisory lock allows one counter at a time."""
    if not try_xact_lock(AdvisoryLock.STATS):
        return 0
    marks = list(StatsDirty.objects.order_by("id").values_list("id", "case_id")[:limit])
    if not marks:
        return 0
    ids = list_counted_together({case_id for _, case_id in marks})
    # The lock makes these cases final: a later writer leaves a new mark.
    cases = Case.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True)
    _apply_delta(_update_contributions(list(cases), ids))
    StatsDirty.objects.filter(pk__in=[pk for pk, _ in marks]).delete()
    return len(ids)


def _update_contributions(cases: Iterable[Case], ids: list[int]) -> dict[Key, int]:
    """Store the contributions of these cases; return the changes of the sums."""
    existing = {
        (contribution.case_id, contribution.metric): contribution
        for contribution in Contribution.objects.filter(case_id__in=ids)
    }
    wanted = {
        (contribution.case_id, contribution.metric): contribution
        for case, facts in list_case_facts(cases)
        for contribution in _build_contributions(case, facts)
    }
    delta: Counter[Key] = Counter()
    removed = [
        contribution
        for key, contribution in existing.items()
        if key not in wanted or _get_key(wanted[key]) != _get_key(contribution)
    ]
    added = [
        contribution
        for key, contribution in wanted.items()
        if key not in existing or _get_key(existing[key]) != _get_key(contribution)
    ]
    delta.update(dict.fromkeys(map(_get_key, removed), 0))
    for contribution in removed:
        delta[_get_key(contribution)] -= 1
    for contribution in added:
        delta[_get_key(contribution)] += 1
    Contribution.objects.filter(pk__in=[contribution.pk for contribution in removed]).delete()
    Contribution.objects.bulk_create(added)
    return {count_key: change for count_key, change in delta.items() if change}


def _build_contributions(case: Case, facts: CaseFacts) -> list[Contribution]:
    return [
        Contribution(case_id=case.pk, metric=metric, day=day, commune_id=case.commune_id, unit_id=case.unit_id)
        for metric, day in get_metrics(case, facts).items()
    ]


def _get_key(contribution: Contribution) -> Key:
    return (contribution.metric, contribution.unit_id, contribution.day, contribution.commune_id)


def _apply_delta(delta: dict[Key, int]) -> None:
    if not delta:
        return
    metrics, units, days, communes = zip(*delta, strict=True)
    with connection.cursor() as cursor:
        keys = [list(metrics), list(units), list(days), list(communes)]
        cursor.execute(_INSERT_ROWS_SQL, keys)
        cursor.execute(_ADD_SQL, [*keys, list(delta.values())])
        months = _sum_months(delta)
        month_metrics, firsts, areas = zip(*months, strict=True)
        month_keys = [list(month_metrics), list(firsts), list(areas)]
        cursor.execute(_INSERT_MONTHS_SQL, month_keys)
        cursor.execute(_ADD_MONTHS_SQL, [*month_keys, list(months.values())])
        day_sums = _sum_days(delta)
        day_metrics, province_days = zip(*day_sums, strict=True)
        day_keys = [list(day_metrics), list(province_days)]
        cursor.execute(_INSERT_DAYS_SQL, day_keys)
        cursor.execute(_ADD_DAYS_SQL, [*day_keys, list(day_sums.values())])


def _sum_months(delta: dict[Key, int]) -> dict[tuple[str, dt.date, int | None], int]:
    """Return the changes of the months of communes and of the province."""
    province, months = get_directory().province_area_id, Counter[tuple[str, dt.date, int | None]]()
    for (metric, _unit, day, commune), change in delta.items():
        for area in (commune, province):
            months[metric, day.replace(day=1), area] += change
    return months


def _sum_days(delta: dict[Key, int]) -> dict[tuple[str, dt.date], int]:
    """Return the changes of the days of the province."""
    days = Counter[tuple[str, dt.date]]()
    for (metric, _unit, day, _commune), change in delta.items():
        days[metric, day] += change
    return days


@transaction.atomic
def rebuild_counts() -> None:
    """Recount everything from the cases, after an upgrade that changes the rules or to check the sums.

    The channel of a case whose messages are deleted is known from its contribution alone, which therefore stays.
    """
    has_message = Exists(CaseMessage.objects.filter(case=OuterRef("case")))
    by_channel = Contribution.objects.filter(metric__startswith=build_key(Breakdown.CHANNEL, ""))
    remaining = list(by_channel.exclude(has_message))
    Contribution.objects.exclude(pk__in=[contribution.pk for contribution in remaining]).delete()
    for sums in (Count, DayCount, MonthCount):
        sums.objects.exclude(metric=POSTS).delete()
    _apply_delta(Counter(map(_get_key, remaining)))
    delta: Counter[Key] = Counter()
    for number, batch in enumerate(_iter_batches(2000), 1):
        delta.update(_update_contributions(batch, [case.pk for case in batch]))
        if number % _BATCHES_PER_SUM == 0:
            _apply_delta(delta)
            delta.clear()
    _apply_delta(delta)


@transaction.atomic
def reconcile_counts(*, since: dt.datetime) -> int:
    """Repair sums that differ from their contributions; recount the cases changed since. Returns the repaired sums."""
    acquire_xact_lock(AdvisoryLock.STATS)
    with connection.cursor() as cursor:
        cursor.execute(_RECONCILE_SQL, [POSTS])
        [repaired] = cursor.fetchone()
        cursor.execute(_RECONCILE_DAYS_SQL)
        repaired += cursor.fetchone()[0]
        cursor.execute(_RECONCILE_MONTHS_SQL, [get_directory().province_area_id])
        repaired += cursor.fetchone()[0]
    changed = Case.objects.filter(updated_at__gte=since).values_list("pk", flat=True)
    StatsDirty.objects.bulk_create(StatsDirty(case_id=pk) for pk in changed)
    return int(repaired)


@transaction.atomic
def restate_posts(*, now: dt.datetime) -> int:
    """Restate the posts of bulletins of every day before today; return the changed sums.

    Posts of today are few and counted directly: most are not sent yet, and some will be cancelled.
    """
    acquire_xact_lock(AdvisoryLock.STATS)
    communes = {entry.area_id for entry in get_directory().communes.values()}
    delta: Counter[Key] = Counter()
    for unit, day, area, number in list_post_sums(before=to_vietnam_day(now)):
        delta[POSTS, unit, day, area if area in communes else None] += number
    stored = Count.objects.filter(metric=POSTS).values_list("metric", "unit_id", "day", "commune_id", "value")
    delta.subtract({(metric, unit, day, commune): value for metric, unit, day, commune, value in stored})
    changed = {key: change for key, change in delta.items() if change}
    _apply_delta(changed)
    return len(changed)


def _iter_batches(size: int) -> Iterable[list[Case]]:
    last = 0
    while batch := list(Case.objects.filter(pk__gt=last).order_by("pk")[:size]):
        yield batch
        last = batch[-1].pk
