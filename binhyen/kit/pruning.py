"""Pruning of expired rows in bounded batches, one transaction each, so that no lock is held long."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from django.db import connection
from django.db.models import QuerySet

from binhyen.kit.models import LiveEvent

BATCH = 2000
LIVE_EVENTS = dt.timedelta(days=2)  # the SSE feed itself reads the last quarter of an hour only
FAILED_JOBS = dt.timedelta(days=14)  # long enough to look up the reason of a failure
_FAILED = """
DELETE FROM procrastinate_jobs WHERE id IN (
    SELECT j.id FROM procrastinate_jobs j
    WHERE j.status IN ('failed', 'cancelled', 'aborted', 'succeeded')
      AND NOT EXISTS (SELECT 1 FROM procrastinate_events e WHERE e.job_id = j.id AND e.at > %s)
    ORDER BY j.id LIMIT %s)
"""


class Asked(Protocol):
    def __call__(self, *, now: dt.datetime) -> bool: ...


_asked: list[Asked] = []


def trusts(ask: Asked) -> None:
    """Register a check of a feature that detects clock jumps; it runs before expired data is deleted for good."""
    _asked.append(ask)


def clock_holds(*, now: dt.datetime) -> bool:
    return all(ask(now=now) for ask in _asked)


Known = Callable[[Sequence[str]], Iterable[str]]
_owners: dict[str, Known] = {}


def owns(folder: str, known: Known) -> None:
    """Register a feature's folder of FILES_ROOT; files whose names `list_existing` does not return are deleted."""
    _owners[folder] = known


def owners() -> Mapping[str, Known]:
    return _owners


def remove(rows: QuerySet[Any], *, batch: int = BATCH) -> int:
    """Delete rows in batches, oldest key first; return the count. Inside a transaction all batches would be one."""
    removed = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:batch]):
        rows.model._base_manager.filter(pk__in=keys).delete()
        removed += len(keys)
    return removed


def live_events(*, now: dt.datetime, batch: int = BATCH) -> int:
    return remove(LiveEvent.objects.filter(at__lt=now - LIVE_EVENTS), batch=batch)


def failed_jobs(*, now: dt.datetime, batch: int = BATCH) -> int:
    """Delete finished jobs and their events after two weeks without an event; return the count."""
    removed = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_FAILED, [now - FAILED_JOBS, batch])
            if not cursor.rowcount:
                return removed
            removed += cursor.rowcount
