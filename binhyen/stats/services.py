"""Incremental statistics: compare each changed case with its stored contributions and write only the difference."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from django.db import connection, transaction

from binhyen.cases.models import Case, StatsDirty
from binhyen.kit.locks import AdvisoryLock, acquire_xact_lock, try_xact_lock
from binhyen.stats.case_facts import get_metrics, list_case_facts, list_counted_together
from binhyen.stats.metrics import CaseFacts
from binhyen.stats.models import Contribution, Count

Key = tuple[str, int, object, int | None]  # metric, unit, day, commune
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
    UPDATE stats_count AS s SET value = 0 WHERE s.value <> 0 AND NOT EXISTS (
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
    _recount_cases(list(cases), ids)
    StatsDirty.objects.filter(pk__in=[pk for pk, _ in marks]).delete()
    return len(ids)


def _recount_cases(cases: Iterable[Case], ids: list[int]) -> None:
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
    _apply_delta({count_key: change for count_key, change in delta.items() if change})


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


@transaction.atomic
def rebuild_counts() -> None:
    """Recount everything from the cases, after an upgrade that changes the rules or to check the sums."""
    Contribution.objects.all().delete()
    Count.objects.all().delete()
    for batch in _iter_batches(2000):
        _recount_cases(batch, [case.pk for case in batch])


@transaction.atomic
def reconcile_counts(*, since: dt.datetime) -> int:
    """Repair sums that differ from their contributions; recount the cases changed since. Returns the repaired sums."""
    acquire_xact_lock(AdvisoryLock.STATS)
    with connection.cursor() as cursor:
        cursor.execute(_RECONCILE_SQL)
        [repaired] = cursor.fetchone()
    changed = Case.objects.filter(updated_at__gte=since).values_list("pk", flat=True)
    StatsDirty.objects.bulk_create(StatsDirty(case_id=pk) for pk in changed)
    return int(repaired)


def _iter_batches(size: int) -> Iterable[list[Case]]:
    last = 0
    while batch := list(Case.objects.filter(pk__gt=last).order_by("pk")[:size]):
        yield batch
        last = batch[-1].pk
