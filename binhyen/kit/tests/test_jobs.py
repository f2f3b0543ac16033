"""Ranks of queues, jobs for many cases, and pools of a worker process."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection, connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.kit import jobs
from binhyen.kit.jobs import QUEUE_PRIORITIES, defer_for_cases, defer_once, register_job, run_for_cases
from binhyen.supervisor import JobPool, _run_pools


def fetch_job(*queues: str) -> str | None:
    """Fetch the next job as a worker does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_fetch_job_v2(%s, NULL)", [list(queues)])
        row = cursor.fetchone()
        return row[0] if row else None


@pytest.mark.django_db
def test_a_job_of_a_higher_queue_overtakes_those_that_wait() -> None:
    for queue in sorted(QUEUE_PRIORITIES, key=lambda name: QUEUE_PRIORITIES[name]):
        defer_once(queue=queue, task=f"tests.{queue}", key=f"tests.{queue}")
    assert [fetch_job("urgent", "intake") for _ in range(3)] == ["tests.urgent", "tests.intake", None]
    assert [fetch_job("bulk", "answers") for _ in range(3)] == ["tests.answers", "tests.bulk", None]


@pytest.mark.django_db
def test_periodic_jobs_have_the_rank_of_their_queue() -> None:
    tasks = [task for task in app.tasks.values() if task.queue in QUEUE_PRIORITIES and not task.name.startswith("proc")]
    assert len(tasks) > 50
    assert not [task.name for task in tasks if task.priority != QUEUE_PRIORITIES[task.queue]]


@pytest.mark.django_db
def test_cases_share_a_job_and_none_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MAX_CASES_PER_JOB", 2)
    defer_for_cases(queue="bulk", task="tests.cases", case_ids=[3, 1, 2, 3])
    defer_for_cases(queue="bulk", task="tests.cases", case_ids=[1, 4])  # 1 waits already, 4 does not
    defer_for_cases(queue="bulk", task="tests.cases", case_ids=[1, 4])
    defer_for_cases(queue="bulk", task="tests.cases", case_ids=[])
    waiting = ProcrastinateJob.objects.filter(task_name="tests.cases").order_by("pk").values_list("args", flat=True)
    assert [job["case_ids"] for job in waiting] == [[1, 2], [3], [1, 4]]


def test_a_failure_with_one_case_leaves_the_others() -> None:
    seen: list[int] = []

    def visit_case(case_id: int) -> None:
        if case_id == 2:
            raise ValueError("case 2")
        seen.append(case_id)

    with pytest.raises(ValueError, match="case 2"):
        run_for_cases(visit_case, [1, 2, 3])
    assert seen == [1, 3]
    run_for_cases(visit_case, [4])
    assert seen == [1, 3, 4]


def test_a_failed_selection_leaves_every_case_to_its_job() -> None:
    seen: list[int] = []
    run_for_cases(seen.append, [1, 2], select=lambda case_ids: case_ids[1:])
    assert seen == [2]
    run_for_cases(seen.append, [3, 4], select=lambda case_ids: [case_ids[9]])
    assert seen == [2, 3, 4]


def test_answers_wait_while_messages_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "YIELD_SECONDS", 60.0)
    seen: list[int] = []
    answering = threading.Thread(target=run_for_cases, args=(seen.append, [1]))
    with jobs.postpone_case_jobs():
        answering.start()
        assert not seen
        monkeypatch.setattr(jobs, "YIELD_SECONDS", 0.0)
        run_for_cases(seen.append, [2])  # not for ever
        assert seen == [2]
    answering.join(30)
    assert seen == [2, 1]


@dataclass
class JobLog:
    """The jobs of the test: how many began, and those that ended, in order."""

    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    release: threading.Event = field(default_factory=threading.Event)
    alarmed: threading.Event = field(default_factory=threading.Event)
    ended: list[str] = field(default_factory=list)

    def hold_thread(self, number: int) -> None:
        self.begun.release()
        assert self.release.wait(60)
        self.ended.append(f"background {number}")

    def raise_alarm(self) -> None:
        self.ended.append("alarm")
        self.alarmed.set()


@pytest.fixture
def job_log() -> Iterator[JobLog]:
    job_log = JobLog()
    register_job(name="tests.hold", queue="bulk")(job_log.hold_thread)
    register_job(name="tests.alarm", queue="urgent")(job_log.raise_alarm)
    yield job_log
    job_log.release.set()
    for name in ("tests.hold", "tests.alarm"):
        del app.tasks[name]


def run_pools(pools: list[JobPool], event: threading.Event) -> None:
    """Run the pools until the event."""

    async def run() -> None:
        connector: Any = app.connector
        with app.replace_connector(connector.get_worker_connector()):
            async with app.open_async():
                worker_run = asyncio.create_task(_run_pools(app, pools))
                await asyncio.to_thread(event.wait, 60)
                worker_run.cancel()
                await asyncio.wait([worker_run])

    asyncio.run(run())


@pytest.mark.parametrize("is_shared", [False, True])
def test_long_background_jobs_leave_threads_to_alarms(is_shared: bool, job_log: JobLog, real_db: None) -> None:
    """In one pool, the negative control, two long jobs hold both threads and the alarm comes after one of them."""
    for number in range(2):
        defer_once(queue="bulk", task="tests.hold", key=f"tests.hold {number}", arguments={"number": number})
    pools = [JobPool(("urgent", "bulk"), 2)] if is_shared else [JobPool(("urgent",), 1), JobPool(("bulk",), 2)]

    def defer_alarm() -> None:
        for _ in range(2):
            assert job_log.begun.acquire(timeout=60)
        defer_once(queue="urgent", task="tests.alarm", key="tests.alarm")
        if not is_shared:
            assert job_log.alarmed.wait(60)
        job_log.release.set()
        connections.close_all()

    thread = threading.Thread(target=defer_alarm)
    thread.start()
    run_pools(pools, job_log.alarmed)
    thread.join(60)
    assert (job_log.ended[0] == "alarm") is not is_shared
    assert "alarm" in job_log.ended
