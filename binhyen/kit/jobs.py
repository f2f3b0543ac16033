"""Background jobs: a row in the same transaction (Procrastinate); connections return to the pool afterwards."""

import functools
from collections.abc import Callable
from typing import Any, cast

import orjson
from django.db import connection, connections
from procrastinate.contrib.django import app

from binhyen.kit import logs

log = logs.get_logger("jobs")
Task = Callable[..., None]


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

        task = app.task(name=name, queue=queue, queueing_lock=name if cron else None)(run_job)
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
            "SELECT kit_defer_once(%s, %s, %s, %s::jsonb)", [queue, task, key, orjson.dumps(arguments or {}).decode()]
        )


@register_job(name="kit.clean", queue="bulk", cron="41 19 * * *", destroys=True)  # UTC: the small hours in Viet Nam
def prune_kit() -> None:
    from binhyen.kit import clock, erasure_log, pruning  # import models, as above

    pruning.prune_live_events(now=clock.now())
    pruning.prune_finished_jobs(now=clock.now())
    erasure_log.delete_old_files(now=clock.now())
    erasure_log.mark_alive(now=clock.now())
