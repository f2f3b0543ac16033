"""Background jobs: a row in the same transaction (Procrastinate); connections return to the pool afterwards."""

import functools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast

import orjson
from django.db import connection, connections
from procrastinate.contrib.django import app

from binhyen.kit import logs

log = logs.get_logger("jobs")
Task = Callable[..., None]
# Jobs with a higher priority are fetched first. `intake` and `delivery` keep 0, at which SQL functions queue jobs.
QUEUE_PRIORITIES: Final = {"urgent": 10, "intake": 0, "delivery": 0, "answers": -5, "bulk": -10}
# Longest wait for each case while messages are read: the threads of a process share one interpreter lock (GIL).
# At 0.1 the answers of a backlog cost its reading a third of its rate: 97 instead of 149 messages a second in
# `./dev bench journey`, medians of three alternating runs.
YIELD_SECONDS: Final = 0.5
MAX_CASES_PER_JOB: Final = 100  # their ids are in its deduplication key, which is indexed


def register_job(*, name: str, queue: str, cron: str | None = None, destroys: bool = False) -> Callable[[Task], Task]:
    """Register a background job. `cron` (six fields, seconds last) makes it periodic; one waits at a time.

    `destroys`: it deletes expired data for good, so it is skipped while the clock may have jumped.
    """

    def decorate(function: Task) -> Task:
        if destroys:
            function = _skip_if_clock_jumped(function, name)

        @functools.wraps(function)
        def run_job(**arguments: Any) -> None:
            arguments.pop("timestamp", None)  # Procrastinate passes it to periodic jobs; ours read the clock
            try:
                function(**arguments)
            finally:
                connections.close_all()

        priority, lock = QUEUE_PRIORITIES[queue], name if cron else None
        task = app.task(name=name, queue=queue, priority=priority, queueing_lock=lock)(run_job)
        if cron:
            app.periodic(cron=cron)(cast("Any", task))
        return function

    return decorate


def _skip_if_clock_jumped(function: Task, name: str) -> Task:
    @functools.wraps(function)
    def run_job(**arguments: Any) -> None:
        from binhyen.kit import clock, pruning  # import models: not while this module is only inspected

        if pruning.is_clock_reliable(now=clock.now()):
            function(**arguments)
        else:
            log.error("clock_jumped", job=name)

    return run_job


def defer_once(*, queue: str, task: str, key: str, arguments: dict[str, Any] | None = None) -> None:
    """Queue `task` after this transaction, unless one with the same `key` waits already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kit_defer_by_queue(%s, %s, %s, %s, %s::jsonb)",
            [queue, QUEUE_PRIORITIES[queue], task, key, orjson.dumps(arguments or {}).decode()],
        )


def defer_for_cases(*, queue: str, task: str, case_ids: Iterable[int]) -> None:
    """Queue `task` for these cases after this transaction, `MAX_CASES_PER_JOB` at a time."""
    ids = sorted(set(case_ids))
    for start in range(0, len(ids), MAX_CASES_PER_JOB):
        chunk = ids[start : start + MAX_CASES_PER_JOB]
        key = f"{task}:{','.join(map(str, chunk))}"
        defer_once(queue=queue, task=task, key=key, arguments={"case_ids": chunk})


_case_jobs_may_run = threading.Event()
_case_jobs_may_run.set()


@contextmanager
def postpone_case_jobs() -> Iterator[None]:
    """Let `run_for_cases` wait up to `YIELD_SECONDS` for each case meanwhile. One caller at a time."""
    _case_jobs_may_run.clear()
    try:
        yield
    finally:
        _case_jobs_may_run.set()


def run_for_cases(
    job: Callable[[int], object],
    case_ids: Sequence[int],
    *,
    select: Callable[[Sequence[int]], Sequence[int]] | None = None,
) -> None:
    """Run the job for each case with failures isolated; raise the first error at the end.

    `select` reads all cases at once and returns those that need the job; all of them get it where that fails.
    """
    errors = []
    if select is not None:
        _case_jobs_may_run.wait(YIELD_SECONDS)
        try:
            case_ids = select(case_ids)
        except Exception as error:
            log.warning("selection_failed", problem=type(error).__name__)
    for case_id in case_ids:
        _case_jobs_may_run.wait(YIELD_SECONDS)
        try:
            job(case_id)
        except Exception as error:  # raised below
            errors.append(error)
    if errors:
        raise errors[0]


@register_job(name="kit.clean", queue="bulk", cron="41 19 * * *", destroys=True)  # UTC: the small hours in Viet Nam
def prune_kit() -> None:
    from binhyen.kit import clock, erasure_log, pruning  # import models, as above

    pruning.prune_live_events(now=clock.now())
    pruning.prune_finished_jobs(now=clock.now())
    erasure_log.delete_old_files(now=clock.now())
    erasure_log.mark_alive(now=clock.now())
