"""Incremental statistics: compare each changed case with its stored contributions and write only the difference."""

from collections import Counter
from collections.abc import Iterable

from django.db import connection, transaction

from binhyen.cases.models import Case, Uncounted
from binhyen.kit.locks import Lock, take
from binhyen.stats.case_facts import counted, metrics_of, together
from binhyen.stats.metrics import CaseFacts
from binhyen.stats.models import Contribution, Count

Key = tuple[str, int, object, int | None]  # metric, unit, day, commune
# Two statements: a sum may never be negative, not even in the row proposed to ON CONFLICT.
_ROWS = """
INSERT INTO stats_count (metric, unit_id, day, commune_id, value)
SELECT m, u, d, c, 0 FROM unnest(%s::text[], %s::bigint[], %s::date[], %s::bigint[]) AS t(m, u, d, c)
ON CONFLICT (metric, unit_id, day, commune_id) DO NOTHING
"""
_ADD = """
UPDATE stats_count AS s SET value = s.value + t.n
FROM unnest(%s::text[], %s::bigint[], %s::date[], %s::bigint[], %s::int[]) AS t(m, u, d, c, n)
WHERE s.metric = t.m AND s.unit_id = t.u AND s.day = t.d AND s.commune_id IS NOT DISTINCT FROM t.c
"""


@transaction.atomic
def count(*, most: int = 1000) -> int:
    """Update the sums for changed cases and return how many cases; an advisory lock allows one counter at a time."""
    if not take(Lock.STATS):
        return 0
    marks = list(Uncounted.objects.order_by("id").values_list("id", "case_id")[:most])
    if not marks:
        return 0
    ids = together({case_id for _, case_id in marks})
    # The lock makes these cases final: a later writer leaves a new mark.
    cases = Case.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True)
    _recount(list(cases), ids)
    Uncounted.objects.filter(pk__in=[pk for pk, _ in marks]).delete()
    return len(ids)


def _recount(cases: Iterable[Case], ids: list[int]) -> None:
    before = {(c.case_id, c.metric): c for c in Contribution.objects.filter(case_id__in=ids)}
    wanted = {(c.case_id, c.metric): c for case, facts in counted(cases) for c in _contributions(case, facts)}
    delta: Counter[Key] = Counter()
    gone = [c for key, c in before.items() if key not in wanted or _key(wanted[key]) != _key(c)]
    fresh = [c for key, c in wanted.items() if key not in before or _key(before[key]) != _key(c)]
    delta.update(dict.fromkeys(map(_key, gone), 0))
    for c in gone:
        delta[_key(c)] -= 1
    for c in fresh:
        delta[_key(c)] += 1
    Contribution.objects.filter(pk__in=[c.pk for c in gone]).delete()
    Contribution.objects.bulk_create(fresh)
    _add({k: v for k, v in delta.items() if v})


def _contributions(case: Case, facts: CaseFacts) -> list[Contribution]:
    return [
        Contribution(case_id=case.pk, metric=metric, day=day, commune_id=case.commune_id, unit_id=case.unit_id)
        for metric, day in metrics_of(case, facts).items()
    ]


def _key(c: Contribution) -> Key:
    return (c.metric, c.unit_id, c.day, c.commune_id)


def _add(delta: dict[Key, int]) -> None:
    if not delta:
        return
    metrics, units, days, communes = zip(*delta, strict=True)
    with connection.cursor() as cursor:
        keys = [list(metrics), list(units), list(days), list(communes)]
        cursor.execute(_ROWS, keys)
        cursor.execute(_ADD, [*keys, list(delta.values())])


@transaction.atomic
def rebuild() -> None:
    """Recount everything from the cases, after an upgrade that changes the rules or to check the sums."""
    Contribution.objects.all().delete()
    Count.objects.all().delete()
    for batch in _batches(2000):
        _recount(batch, [c.pk for c in batch])


def _batches(size: int) -> Iterable[list[Case]]:
    last = 0
    while batch := list(Case.objects.filter(pk__gt=last).order_by("pk")[:size]):
        yield batch
        last = batch[-1].pk
