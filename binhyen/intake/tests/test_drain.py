"""Of all inbox jobs that webhooks request, one reads and one waits; the others free their thread for urgent jobs."""

import threading
from collections.abc import Iterator

import pytest

from binhyen.intake import inbox_worker
from tests.process_harness import until


class Reading:
    """Stand-in for an inbox job: starts, and ends on request."""

    def __init__(self) -> None:
        self.begun = 0
        self.go_on = threading.Event()

    def __call__(self) -> int:
        self.begun += 1
        assert self.go_on.wait(20)
        return 1


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reading]:
    made = Reading()
    monkeypatch.setattr(inbox_worker, "_drain", made)
    yield made
    made.go_on.set()


class Threads:
    def __init__(self) -> None:
        self.counts: list[int] = []
        self.running: list[threading.Thread] = []

    def drain(self) -> None:
        self.running.append(threading.Thread(target=lambda: self.counts.append(inbox_worker.drain()), daemon=True))
        self.running[-1].start()

    def end(self) -> None:
        for thread in self.running:
            thread.join(20)


def test_one_reads_one_waits_and_a_third_goes(reading: Reading) -> None:
    threads = Threads()
    threads.drain()
    until(lambda: reading.begun == 1)
    threads.drain()
    until(inbox_worker._next.locked, why="the second waits")
    assert inbox_worker.drain() == 0  # immediately: the waiting job has not looked yet
    assert reading.begun == 1
    reading.go_on.set()
    threads.end()
    assert (reading.begun, threads.counts) == (2, [1, 1])  # the waiting job did look


def test_defect_everybody_stands_in_line_is_noticed(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    class Open:
        def acquire(self, blocking: bool = True) -> bool:
            return True

        def release(self) -> None:
            pass

    monkeypatch.setattr(inbox_worker, "_next", Open())
    threads = Threads()
    for _ in range(4):
        threads.drain()
    until(lambda: reading.begun == 1)
    reading.go_on.set()
    threads.end()
    assert reading.begun == 4


def test_a_drain_that_fails_leaves_the_turn_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> int:
        raise OSError("disk full")

    monkeypatch.setattr(inbox_worker, "_drain", broken)
    for _ in range(2):
        with pytest.raises(OSError, match="disk full"):
            inbox_worker.drain()
    assert not inbox_worker._turn.locked() and not inbox_worker._next.locked()
