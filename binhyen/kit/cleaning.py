"""What nobody needs any more goes, in bounded batches, each a transaction of its own: no long lock."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from django.db import connection
from django.db.models import QuerySet

from binhyen.kit.models import LiveEvent

BATCH = 2000
LIVE_EVENTS = dt.timedelta(days=2)  # the feed itself reads the last quarter of an hour
FAILED_JOBS = dt.timedelta(days=14)  # as long as somebody may want to see why
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
    """A feature that knows whether this clock may have jumped; asked before what is over by it goes for good."""
    _asked.append(ask)


def clock_holds(*, now: dt.datetime) -> bool:
    return all(ask(now=now) for ask in _asked)


Known = Callable[[Sequence[str]], Iterable[str]]
_owners: dict[str, Known] = {}


def owns(folder: str, known: Known) -> None:
    """A feature's own folder of FILES_ROOT; `known`: which of these names its rows still bear. What none does goes."""
    _owners[folder] = known


def owners() -> Mapping[str, Known]:
    return _owners


def remove(rows: QuerySet[Any], *, batch: int = BATCH) -> int:
    """Delete rows, oldest key first; how many. Not inside a transaction, or the batches are one after all."""
    removed = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:batch]):
        rows.model._base_manager.filter(pk__in=keys).delete()
        removed += len(keys)
    return removed


def live_events(*, now: dt.datetime, batch: int = BATCH) -> int:
    return remove(LiveEvent.objects.filter(at__lt=now - LIVE_EVENTS), batch=batch)


def failed_jobs(*, now: dt.datetime, batch: int = BATCH) -> int:
    """Jobs that ended, and their events, when nothing happened to them for two weeks; how many."""
    removed = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_FAILED, [now - FAILED_JOBS, batch])
            if not cursor.rowcount:
                return removed
            removed += cursor.rowcount
