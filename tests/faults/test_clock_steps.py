"""The clock is set back under a running worker: alarms are still raised. Real worker, real database (issue 13, 4)."""

import asyncio
import datetime as dt
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinatePeriodicDefer

from binhyen.cases.models import Alarm
from binhyen.cases.services import alarms
from binhyen.cases.tests.scene import open_case
from binhyen.conduct.services.alarms import WORK
from binhyen.kit import clock, periodic
from binhyen.kit.periodic import SILENT_SECONDS, DeadManSwitch
from tests import rls
from tests.process_harness import ProcessHarness, wait_until

pytestmark = pytest.mark.fault
HOUR = 3600.0
URGENT = ("urgent",)


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marks the module, so that pytest-django creates the test database even if this file runs alone."""


class ShiftedClock:
    """The clock of this process, ahead by an offset that the test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead, real = 0.0, clock.now
        monkeypatch.setattr(clock, "now", lambda: real() + dt.timedelta(seconds=self.ahead))


@pytest.fixture
def turned(monkeypatch: pytest.MonkeyPatch, settings: Any) -> ShiftedClock:
    settings.ALARM_CHIEF_SECONDS, settings.ALARM_PROVINCE_SECONDS = 1, 2
    monkeypatch.setattr(periodic, "BEAT_SECONDS", 0.0)
    return ShiftedClock(monkeypatch)


@pytest.fixture
def worker(real_db: None) -> Iterator[None]:
    """Run a worker of the urgent queue in its own thread, as `supervisor.work` does."""
    begun, tasks, loops = threading.Event(), [], []

    async def run_worker() -> None:
        tasks.append(asyncio.current_task())
        loops.append(asyncio.get_running_loop())
        begun.set()
        connector: Any = app.connector
        with app.replace_connector(connector.get_worker_connector()):
            async with app.open_async():
                await periodic.run_worker_async(
                    app,
                    name="urgent-1",
                    queues=list(URGENT),
                    concurrency=2,
                    fetch_job_polling_interval=0.1,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=5,
                )

    def run_loop() -> None:
        try:
            asyncio.run(run_worker())
        except asyncio.CancelledError:
            pass
        finally:
            connections.close_all()

    thread = threading.Thread(target=run_loop)
    thread.start()
    assert begun.wait(20)
    yield
    loops[0].call_soon_threadsafe(tasks[0].cancel)
    thread.join(20)
    assert not thread.is_alive()


def count_heartbeats() -> int:
    return periodic.count_heartbeats(alarms.ESCALATE) or 0


def has_more_heartbeats() -> None:
    before = count_heartbeats()
    wait_until(lambda: count_heartbeats() >= before + 2, why="the job that raises alarms runs")


def get_stage(case: Any) -> int:
    return Alarm.objects.get(case=case).escalation_level


def test_an_hour_ahead_and_back_stops_no_alarm(turned: ShiftedClock, worker: None, unit: Callable[[str], Any]) -> None:
    has_more_heartbeats()
    turned.ahead = HOUR
    has_more_heartbeats()
    ahead = open_case(unit("18568"), urgency=3)
    turned.ahead = 0.0
    after = open_case(unit("18568"), urgency=3, text="Cháy nhà ở thôn 3")
    wait_until(lambda: get_stage(ahead) == get_stage(after) == 2, why="both alarms at the top")
    has_more_heartbeats()
    newest = ProcrastinatePeriodicDefer.objects.order_by("-defer_timestamp").first()
    assert newest is not None and newest.defer_timestamp <= clock.now().timestamp() + 5, "no row of the future"
    steps = periodic.list_clock_steps(since=periodic.get_database_time() - dt.timedelta(minutes=5))
    assert [(name, round(seconds, -1)) for name, _, seconds in steps] == [("urgent", -HOUR)]


def test_a_worker_that_stands_still_is_replaced_by_the_pages(
    turned: ShiftedClock, real_db: None, unit: Callable[[str], Any]
) -> None:
    """Without any worker, and with a clock that is an hour ahead: the pages raise the alarm, by the database's time."""
    seconds = [0.0]
    dog = DeadManSwitch(WORK, lambda: seconds[0])
    turned.ahead = HOUR
    case = open_case(unit("18568"), urgency=3)
    with rls.acting_as("pages"):
        assert dog.run_silent_work() == [] and get_stage_as_owner(case) == 0, (
            "control: it waits for a worker that may come back"
        )
        seconds[0] += SILENT_SECONDS
        wait_until(lambda: dog.run_silent_work() and get_stage_as_owner(case) == 2, why="the alarm at the top")


def get_stage_as_owner(case: Any) -> int:
    import psycopg

    from tests.process_harness import get_owner_dsn

    with psycopg.connect(get_owner_dsn()) as connection:
        row = connection.execute("SELECT escalation_level FROM cases_alarm WHERE case_id = %s", [case.pk]).fetchone()
    return int(row[0]) if row else -1


def test_without_a_worker_the_real_pages_raise_an_alarm(
    real_db: None, unit: Callable[[str], Any], tmp_path: Path, settings: Any
) -> None:
    """The real process as it is started in production: only pages runs."""
    settings.ALARM_CHIEF_SECONDS = 2  # this process opens the case with it
    seconds = {"BINHYEN_ALARM_CHIEF": "2", "BINHYEN_ALARM_PROVINCE": "4"}
    stack = ProcessHarness(tmp_path, seconds)
    case = open_case(unit("18568"), urgency=3)
    stack.start_processes("pages")
    try:
        wait_until(lambda: get_stage(case) == 2, 120, "the alarm at the top")
    finally:
        stack.stop_processes("pages")
    assert list(case.events.filter(verb="alarmed").values_list("actor", flat=True)) == ["system:escalation"] * 2
