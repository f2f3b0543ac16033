"""Background jobs: a row in the same transaction (Procrastinate); connections return to the pool afterwards."""

import functools
from collections.abc import Callable
from typing import Any, cast

import orjson
from django.db import connection, connections
from procrastinate.contrib.django import app

from binhyen.kit import logs

log = logs.get("jobs")
Task = Callable[..., None]


def job(*, name: str, queue: str, cron: str | None = None, destroys: bool = False) -> Callable[[Task], Task]:
    """Register a background job. `cron` (six fields, seconds last) makes it periodic; one waits at a time.

    `destroys`: it deletes expired data for good, so it is skipped while the clock may have jumped.
    """

    def register(function: Task) -> Task:
        if destroys:
            function = _by_a_clock_that_holds(function, name)

        @functools.wraps(function)
        def run(**arguments: Any) -> None:
            arguments.pop("timestamp", None)  # Procrastinate passes it to periodic jobs; ours read the clock
            try:
                function(**arguments)
            finally:
                connections.close_all()

        task = app.task(name=name, queue=queue, queueing_lock=name if cron else None)(run)
        if cron:
            app.periodic(cron=cron)(cast("Any", task))
        return function

    return register


def _by_a_clock_that_holds(function: Task, name: str) -> Task:
    @functools.wraps(function)
    def run(**arguments: Any) -> None:
        from binhyen.kit import clock, pruning  # import models: not while this module is only inspected

        if pruning.clock_holds(now=clock.now()):
            function(**arguments)
        else:
            log.error("clock_jumped", job=name)

    return run


def defer_once(*, queue: str, task: str, key: str, arguments: dict[str, Any] | None = None) -> None:
    """Queue `task` after this transaction, unless one with the same `key` waits already."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kit_defer_once(%s, %s, %s, %s::jsonb)", [queue, task, key, orjson.dumps(arguments or {}).decode()]
        )


@job(name="kit.clean", queue="bulk", cron="41 19 * * *", destroys=True)  # UTC: the small hours in Viet Nam
def clean() -> None:
    from binhyen.kit import clock, erasure_log, pruning  # import models, as above

    pruning.live_events(now=clock.now())
    pruning.failed_jobs(now=clock.now())
    erasure_log.drop_old(now=clock.now())
    erasure_log.mark_alive(now=clock.now())
