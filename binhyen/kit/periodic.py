"""Periodic jobs that survive clock changes: deferral, heartbeats, and a dead-man's switch."""

import asyncio
import datetime as dt
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import connection, connections
from procrastinate import periodic, worker
from procrastinate.app import App

from binhyen.kit import clock, logs
from binhyen.kit.db_errors import is_infrastructure_error
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope

# Signs of life of periodic work, and jumps of clocks, as rows that other processes read. Times are the database's.

BEAT_SECONDS = 2.0  # between two writes of one process: the job itself runs every second
_last_beats: dict[str, float] = {}
_BEAT = """
INSERT INTO kit_heartbeat (name, beats, at, stepped_by) VALUES (%s, 1, clock_timestamp(), 0)
ON CONFLICT (name) DO UPDATE SET beats = kit_heartbeat.beats + 1, at = excluded.at
"""
# For the worker's own asynchronous connection.
STEPPED = """
INSERT INTO kit_heartbeat (name, beats, at, stepped_at, stepped_by)
VALUES (%(name)s, 0, clock_timestamp(), clock_timestamp(), %(seconds)s)
ON CONFLICT (name) DO UPDATE SET stepped_at = excluded.stepped_at, stepped_by = excluded.stepped_by
"""


def record_heartbeat(name: str) -> None:
    """Store a heartbeat of this work."""
    now = time.monotonic()
    if now - _last_beats.get(name, -BEAT_SECONDS) >= BEAT_SECONDS:
        _last_beats[name] = now
        _execute(_BEAT, [name])


def count_heartbeats(name: str) -> int | None:
    """Return the number of heartbeats; None without any."""
    rows = _execute("SELECT beats FROM kit_heartbeat WHERE name = %s", [name], read=True)
    return int(rows[0][0]) if rows else None


def get_last_heartbeat(name: str) -> dt.datetime | None:
    """Return the time of the last heartbeat, by the database's clock; None without any."""
    rows = _execute("SELECT at FROM kit_heartbeat WHERE name = %s AND beats > 0", [name], read=True)
    return rows[0][0] if rows else None


def get_database_time() -> dt.datetime:
    moment: dt.datetime = _execute("SELECT clock_timestamp()", [], read=True)[0][0]
    return moment


def measure_clock_offset() -> float:
    """Return by how many seconds this machine's clock is ahead of the database's, a configured offset aside."""
    before = clock.now()
    there = get_database_time()
    return ((before + (clock.now() - before) / 2) - clock.OFFSET - there).total_seconds()


def list_clock_steps(*, since: dt.datetime) -> list[tuple[str, dt.datetime, float]]:
    """Return the clock steps since then, by the database's time: process, time, seconds."""
    sql = "SELECT name, stepped_at, stepped_by FROM kit_heartbeat WHERE stepped_at > %s ORDER BY stepped_at DESC"
    return [(name, at, seconds) for name, at, seconds in _execute(sql, [since], read=True)]


def _execute(sql: str, values: list[Any], *, read: bool = False) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if read else []


# A dead-man's switch for work that must not stop: another process does it when its heartbeat stops.
#
# Runs as a thread beside the pages. It measures waiting by a steady clock and takes the time from the database, so
# that neither a worker that hangs nor a clock that was set wrong keeps an alarm from rising.

LOOK_SECONDS = 5.0
SILENT_SECONDS = 15.0  # a worker that restarts is back by then
Work = Callable[[dt.datetime], object]
log = logs.get_logger("dead_man_switch")


class DeadManSwitch:
    """`work`: what to do in place of the worker, by the name of its heartbeat."""

    def __init__(self, work: Mapping[str, Work], steady: Callable[[], float] = time.monotonic) -> None:
        self._work, self._steady = dict(work), steady
        self._told: set[str] = set()
        began = steady()
        self._seen: dict[str, tuple[int | None, float]] = dict.fromkeys(work, (None, began))

    def run_silent_work(self) -> list[str]:
        """Do the work whose heartbeat stopped; which that was."""
        stopped = [name for name in self._work if self._is_silent(name)]
        for name in sorted(self._told - set(stopped)):
            log.warning("worker_heard_again", work=name)
        for name in stopped:
            if name not in self._told:  # once a silence: it may last for hours
                log.error("worker_silent", work=name)
        self._told = set(stopped)
        for name in stopped:
            with rls_scope(PROGRAM_SCOPE):
                self._work[name](get_database_time())
        return stopped

    def _is_silent(self, name: str) -> bool:
        beats, now = count_heartbeats(name), self._steady()
        known, since = self._seen[name]
        if beats != known:
            self._seen[name] = beats, now
            return False
        return now - since >= SILENT_SECONDS

    def run(self, stop: threading.Event) -> None:
        while not stop.wait(LOOK_SECONDS):
            try:
                self.run_silent_work()
            except Exception as error:  # the next look comes in a moment, whatever this one met
                (log.warning if is_infrastructure_error(error) else log.exception)(
                    "watchdog_failed", problem=type(error).__name__
                )
            finally:
                connections.close_all()


def start_dead_man_switch(work: Mapping[str, Work]) -> threading.Event:
    """Begin to watch; setting the event ends it."""
    stop = threading.Event()
    threading.Thread(target=DeadManSwitch(work).run, args=(stop,), name="watchdog", daemon=True).start()
    return stop


# Periodic jobs that survive a clock that jumps.
#
# Procrastinate (periodic.py, 3.x) remembers for each job the last time for which it was deferred. After a step back
# that time lies ahead, and nothing periodic runs until the clock has caught up: no alarm rises, no watchdog reports.
# After a step forward it defers one job for each second that was skipped, the first job's seconds before the next
# job's turn.

AHEAD = 1.0  # seconds; a remembered time so much later than now is of another clock
STEP = 5.0  # seconds between the wall clock and the steady one; less is NTP at its work
_DROP_AHEAD = "DELETE FROM procrastinate_periodic_defers WHERE defer_timestamp > %(at)s"
worker_log = logs.get_logger("worker")


class StepDetector:
    """Compares the wall clock with the steady one."""

    def __init__(self, steady: Callable[[], float] = clock.steady_seconds) -> None:
        self._steady = steady
        self._apart = clock.now().timestamp() - steady()

    def measure_step(self) -> float:
        """Return by how many seconds the wall clock jumped since the last look; 0.0 for less than `STEP`."""
        apart = clock.now().timestamp() - self._steady()
        jumped, self._apart = apart - self._apart, apart
        return jumped if abs(jumped) >= STEP else 0.0


class SteadyDeferrer(periodic.PeriodicDeferrer):
    """Defers each periodic job once for all the times that passed, and forgets times that lie ahead of the clock."""

    def __init__(self, registry: periodic.PeriodicRegistry, *, name: str, connector: Any, **options: Any) -> None:
        super().__init__(registry, **options)
        self._name, self._connector = name, connector
        self._steps = StepDetector()

    async def worker(self) -> None:
        while self.registry.periodic_tasks:
            jumped, now = self._steps.measure_step(), clock.now().timestamp()
            if jumped or self.forget_ahead(now):
                await self._reset(jumped, now)
            await self.defer_jobs(jobs_to_defer=self.get_previous_tasks(at=now))
            await asyncio.sleep(min(self.get_next_tick(at=now), 60) + periodic.MARGIN)

    def forget_ahead(self, at: float) -> bool:
        """Drop remembered times that the clock has not reached yet; were there any?"""
        ahead = [key for key, timestamp in self.last_defers.items() if timestamp > at + AHEAD]
        for key in ahead:
            del self.last_defers[key]
        return bool(ahead)

    def get_previous_tasks(self, at: float) -> Iterable[periodic.TaskAtTime]:
        """Each job whose time has come, once, for its latest time: a job asks the clock itself what there is to do."""
        for key, task in self.registry.periodic_tasks.items():
            latest = round(task.croniter.get_prev(ret_type=float, start_time=at))
            last = self.last_defers.get(key)
            if at - latest <= self.max_delay if last is None else latest > last:
                self.last_defers[key] = latest
                yield task, latest

    async def _reset(self, jumped: float, now: float) -> None:
        """Also the rows of times ahead: a nightly job would be taken for done when its night comes."""
        worker_log.error("clock_stepped", seconds=round(jumped, 1), process=self._name)
        await self._connector.execute_query_async(_DROP_AHEAD, at=int(now + AHEAD))
        if jumped:
            await self._connector.execute_query_async(STEPPED, name=self._name, seconds=round(jumped, 1))


class SteadyWorker(worker.Worker):
    """Procrastinate's worker with our deferrer, or without any: one of the workers of a process is enough."""

    def __init__(self, app: App, *, defers_periodic_jobs: bool, **options: Any) -> None:
        super().__init__(app, **options)
        self._defers_periodic_jobs = defers_periodic_jobs

    async def _periodic_deferrer(self) -> None:
        if not self._defers_periodic_jobs:
            await self._stop_event.wait()
            return
        await SteadyDeferrer(
            self.app.periodic_registry,
            name=(self.worker_name or "worker").partition("-")[0],
            connector=self.app.connector,
            **self.app.periodic_defaults,
        ).worker()


async def run_worker_async(app: App, *, defers_periodic_jobs: bool = True, **options: Any) -> None:
    """As `App.run_worker_async`."""
    untyped: Any = app
    untyped.perform_import_paths()
    made: Any = SteadyWorker(app, defers_periodic_jobs=defers_periodic_jobs, **{**app.worker_defaults, **options})
    await made.run()
