"""Pruning of expired rows in bounded batches, one transaction each, so that no lock is held long."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from django.db import connection
from django.db.models import QuerySet

from binhyen.kit.models import LiveEvent

BATCH_SIZE = 2000
LIVE_EVENT_RETENTION = dt.timedelta(days=2)  # the SSE feed itself reads the last quarter of an hour only
FAILED_JOB_RETENTION = dt.timedelta(days=14)  # long enough to look up the reason of a failure
_DELETE_FINISHED_JOBS = """
DELETE FROM procrastinate_jobs WHERE id IN (
    SELECT j.id FROM procrastinate_jobs j
    WHERE j.status IN ('failed', 'cancelled', 'aborted', 'succeeded')
      AND NOT EXISTS (SELECT 1 FROM procrastinate_events e WHERE e.job_id = j.id AND e.at > %s)
    ORDER BY j.id LIMIT %s)
"""


class ClockCheck(Protocol):
    def __call__(self, *, now: dt.datetime) -> bool: ...


_clock_checks: list[ClockCheck] = []


def register_clock_check(check: ClockCheck) -> None:
    """Register a check of a feature that detects clock jumps; it runs before expired data is deleted for good."""
    _clock_checks.append(check)


def is_clock_reliable(*, now: dt.datetime) -> bool:
    return all(check(now=now) for check in _clock_checks)


ListExisting = Callable[[Sequence[str]], Iterable[str]]
_file_owners: dict[str, ListExisting] = {}


def register_file_owner(folder: str, list_existing: ListExisting) -> None:
    """Register a feature's folder of FILES_ROOT; files whose names `list_existing` does not return are deleted."""
    _file_owners[folder] = list_existing


def file_owners() -> Mapping[str, ListExisting]:
    return _file_owners


def delete_in_batches(rows: QuerySet[Any], *, batch: int = BATCH_SIZE) -> int:
    """Delete rows in batches, oldest key first; return the count. Inside a transaction all batches would be one."""
    removed = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:batch]):
        rows.model._base_manager.filter(pk__in=keys).delete()
        removed += len(keys)
    return removed


def prune_live_events(*, now: dt.datetime, batch: int = BATCH_SIZE) -> int:
    return delete_in_batches(LiveEvent.objects.filter(at__lt=now - LIVE_EVENT_RETENTION), batch=batch)


def prune_finished_jobs(*, now: dt.datetime, batch: int = BATCH_SIZE) -> int:
    """Delete finished jobs and their events after two weeks without an event; return the count."""
    removed = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_DELETE_FINISHED_JOBS, [now - FAILED_JOB_RETENTION, batch])
            if not cursor.rowcount:
                return removed
            removed += cursor.rowcount
