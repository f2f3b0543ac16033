"""Periodic jobs while the clock jumps, with Procrastinate's own deferrer as the control."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from procrastinate import App, periodic, testing

from binhyen.kit import clock
from binhyen.kit.periodic import SteadyDeferrer, StepDetector

HOUR = 3600.0
START = dt.datetime(2026, 11, 25, 1, 0, 0, 250_000, dt.UTC).timestamp()
Deferrer = Callable[[periodic.PeriodicRegistry], periodic.PeriodicDeferrer]


def make_deferrer(registry: periodic.PeriodicRegistry) -> periodic.PeriodicDeferrer:
    return SteadyDeferrer(registry, name="worker", connector=None)


@pytest.fixture
def registry() -> periodic.PeriodicRegistry:
    app = App(connector=testing.InMemoryConnector())
    for name, cron in (("often", "* * * * * *"), ("alarm", "* * * * * *"), ("nightly", "0 19 * * *")):
        app.periodic(cron=cron)(app.task(name=name)(lambda timestamp: None))  # type: ignore[no-untyped-call]
    return app.periodic_registry


def run_ticks(deferrer: periodic.PeriodicDeferrer, start: float, seconds: int) -> list[list[str]]:
    """Return the jobs deferred at each of this many ticks, a second apart."""
    results = []
    for second in range(seconds):
        moment = start + second
        if isinstance(deferrer, SteadyDeferrer):
            deferrer.forget_ahead(moment)
        results.append([task.task.name for task, _ in deferrer.get_previous_tasks(at=moment)])
    return results


def count_alarms_after_step_back(make: Deferrer, registry: periodic.PeriodicRegistry) -> int:
    """Count alarm jobs in the story of the issue: an hour ahead for 30 s, then right again for 180 s."""
    deferrer = make(registry)
    run_ticks(deferrer, START, 10)
    run_ticks(deferrer, START + HOUR + 10, 30)
    return sum(names.count("alarm") for names in run_ticks(deferrer, START + 40, 180))


def test_a_step_back_stops_no_job(registry: periodic.PeriodicRegistry) -> None:
    assert count_alarms_after_step_back(make_deferrer, registry) == 180


def test_negative_control_procrastinates_own_deferrer_stops(registry: periodic.PeriodicRegistry) -> None:
    assert count_alarms_after_step_back(periodic.PeriodicDeferrer, registry) == 0


def list_jobs_of_one_tick(make: Deferrer, registry: periodic.PeriodicRegistry) -> list[str]:
    """Return the jobs deferred by the first tick after a step of two days forward, in order."""
    deferrer = make(registry)
    run_ticks(deferrer, START, 10)
    return run_ticks(deferrer, START + 48 * HOUR, 1)[0]


def test_a_step_forward_runs_each_job_once_and_keeps_the_night(registry: periodic.PeriodicRegistry) -> None:
    first = make_deferrer(registry)
    run_ticks(first, dt.datetime(2026, 11, 24, 18, 59, 55, tzinfo=dt.UTC).timestamp(), 10)
    assert run_ticks(first, START + 48 * HOUR, 1)[0] == ["often", "alarm", "nightly"]
    assert list_jobs_of_one_tick(make_deferrer, registry) == ["often", "alarm"], (
        "a night before this process started is not made up"
    )


def test_negative_control_procrastinate_defers_every_second_that_was_skipped(
    registry: periodic.PeriodicRegistry,
) -> None:
    order = list_jobs_of_one_tick(periodic.PeriodicDeferrer, registry)
    assert order.index("alarm") > 170_000, "the alarm waits for two days of one-second jobs before it"


def test_a_steady_clock_defers_as_procrastinate_does(registry: periodic.PeriodicRegistry) -> None:
    start = dt.datetime(2026, 11, 25, 18, 59, 30, 250_000, dt.UTC).timestamp()
    assert run_ticks(make_deferrer(registry), start, 90) == run_ticks(periodic.PeriodicDeferrer(registry), start, 90)


@pytest.mark.parametrize("seconds", [-HOUR, HOUR, -6.0, 6.0, 2 * 24 * HOUR])
def test_a_step_is_noticed_once(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    wall, steady = [START], [100.0]
    monkeypatch.setattr(clock, "now", lambda: dt.datetime.fromtimestamp(wall[0], dt.UTC))
    detector = StepDetector(lambda: steady[0])
    wall[0], steady[0] = wall[0] + 1000.0, steady[0] + 1000.0
    assert detector.measure_step() == 0.0, "control: passing time is no step"
    wall[0], steady[0] = wall[0] + 1.0 + seconds, steady[0] + 1.0
    assert (detector.measure_step(), detector.measure_step()) == (pytest.approx(seconds), 0.0)
    wall[0] += 2.0
    assert detector.measure_step() == 0.0, "an NTP adjustment is none"


class RecordingConnector:
    """A connector that records its requests."""

    def __init__(self) -> None:
        self.done: list[tuple[str, dict[str, Any]]] = []

    async def execute_query_async(self, query: str, **arguments: Any) -> None:
        self.done.append((query, arguments))


async def _reset_deferrer(deferrer: SteadyDeferrer) -> None:
    await deferrer._reset(-HOUR, START)


def test_rows_of_times_ahead_go_and_the_step_is_written_down(registry: periodic.PeriodicRegistry) -> None:
    import asyncio

    there = RecordingConnector()
    asyncio.run(_reset_deferrer(SteadyDeferrer(registry, name="worker", connector=there)))
    (dropped, which), (_, step) = there.done
    assert dropped.startswith("DELETE FROM procrastinate_periodic_defers") and which == {"at": int(START) + 1}
    assert step == {"name": "worker", "seconds": -HOUR}
