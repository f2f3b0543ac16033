"""Of all inbox jobs that webhooks request, one reads and one waits; the others free their thread for urgent jobs."""

import threading
from collections.abc import Iterator

import pytest

from binhyen.intake import inbox_worker
from tests.process_harness import wait_until


class BlockingDrain:
    """Stand-in for an inbox job: starts, and ends on request."""

    def __init__(self) -> None:
        self.begun = 0
        self.go_on = threading.Event()

    def __call__(self) -> int:
        self.begun += 1
        assert self.go_on.wait(20)
        return 1


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Iterator[BlockingDrain]:
    made = BlockingDrain()
    monkeypatch.setattr(inbox_worker, "_drain_batches", made)
    yield made
    made.go_on.set()


class DrainThreads:
    def __init__(self) -> None:
        self.counts: list[int] = []
        self.running: list[threading.Thread] = []

    def drain(self) -> None:
        self.running.append(
            threading.Thread(target=lambda: self.counts.append(inbox_worker.drain_inbox()), daemon=True)
        )
        self.running[-1].start()

    def end(self) -> None:
        for thread in self.running:
            thread.join(20)


def test_one_job_reads_one_waits_and_a_third_ends(reading: BlockingDrain) -> None:
    threads = DrainThreads()
    threads.drain()
    wait_until(lambda: reading.begun == 1)
    threads.drain()
    wait_until(inbox_worker._queue_lock.locked, why="the second waits")
    assert inbox_worker.drain_inbox() == 0  # immediately: the waiting job has not looked yet
    assert reading.begun == 1
    reading.go_on.set()
    threads.end()
    assert (reading.begun, threads.counts) == (2, [1, 1])  # the waiting job did look


def test_defect_all_jobs_queueing_is_detected(reading: BlockingDrain, monkeypatch: pytest.MonkeyPatch) -> None:
    class Open:
        def acquire(self, blocking: bool = True) -> bool:
            return True

        def release(self) -> None:
            pass

    monkeypatch.setattr(inbox_worker, "_queue_lock", Open())
    threads = DrainThreads()
    for _ in range(4):
        threads.drain()
    wait_until(lambda: reading.begun == 1)
    reading.go_on.set()
    threads.end()
    assert reading.begun == 4


def test_a_failing_job_passes_the_lock_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_error() -> int:
        raise OSError("disk full")

    monkeypatch.setattr(inbox_worker, "_drain_batches", raise_error)
    for _ in range(2):
        with pytest.raises(OSError, match="disk full"):
            inbox_worker.drain_inbox()
    assert not inbox_worker._drain_lock.locked() and not inbox_worker._queue_lock.locked()
