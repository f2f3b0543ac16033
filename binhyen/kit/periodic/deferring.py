"""Periodic jobs that survive a clock that jumps.

Procrastinate (periodic.py, 3.x) remembers for each job the last time for which it was deferred. After a step back that
time lies ahead, and nothing periodic runs until the clock has caught up: no alarm rises, no watchdog barks. After a
step forward it defers one job for each second that was skipped, the first job's seconds before the next job's turn.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from procrastinate import periodic, worker
from procrastinate.app import App

from binhyen.kit import clock, logs
from binhyen.kit.periodic.heartbeat import STEPPED

AHEAD = 1.0  # seconds; a remembered time so much later than now is of another clock
STEP = 5.0  # seconds between the wall clock and the steady one; less is NTP at its work
_DROP_AHEAD = "DELETE FROM procrastinate_periodic_defers WHERE defer_timestamp > %(at)s"
log = logs.get_logger("worker")


class StepDetector:
    """Compares the wall clock with the steady one."""

    def __init__(self, steady: Callable[[], float] = clock.steady_seconds) -> None:
        self._steady = steady
        self._apart = clock.now().timestamp() - steady()

    def look(self) -> float:
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
            jumped, now = self._steps.look(), clock.now().timestamp()
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
        log.error("clock_stepped", seconds=round(jumped, 1), process=self._name)
        await self._connector.execute_query_async(_DROP_AHEAD, at=int(now + AHEAD))
        if jumped:
            await self._connector.execute_query_async(STEPPED, name=self._name, seconds=round(jumped, 1))


class SteadyWorker(worker.Worker):
    """Procrastinate's worker with our deferrer."""

    async def _periodic_deferrer(self) -> None:
        await SteadyDeferrer(
            self.app.periodic_registry,
            name=(self.worker_name or "worker").partition("-")[0],
            connector=self.app.connector,
            **self.app.periodic_defaults,
        ).worker()


async def run_worker_async(app: App, **options: Any) -> None:
    """As `App.run_worker_async`."""
    untyped: Any = app
    untyped.perform_import_paths()
    made: Any = SteadyWorker(app, **{**app.worker_defaults, **options})
    await made.run()
