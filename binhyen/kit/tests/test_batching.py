"""Concurrent calls share one batch; an error of one caller does not reach the others."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest

from binhyen.kit.batching import Batcher

LONG = 20  # seconds; nothing here waits that long


class BatchBench:
    """A batch function whose first call blocks until `crowd` others wait behind it."""

    def __init__(self, crowd: int, fail: Callable[[Sequence[str]], Exception | None] = lambda things: None) -> None:
        self.calls: list[list[str]] = []
        self.crowd, self.fail = crowd, fail
        self.jointly = Batcher(self._work)
        self.begun = threading.Event()

    def _work(self, things: Sequence[str]) -> None:
        self.calls.append(list(things))
        if len(self.calls) == 1:
            self.begun.set()
            gathered = threading.Event()
            while len(self.jointly._waiting) < self.crowd:
                gathered.wait(0.001)
        problem = self.fail(things)
        if problem:
            raise problem

    def call_concurrently(self, *things: str) -> dict[str, BaseException | None]:
        """Call once alone and the others during that call; return each caller's result."""
        with ThreadPoolExecutor(len(things)) as pool:
            futures: dict[str, Future[None]] = {things[0]: pool.submit(self.jointly, things[0])}
            assert self.begun.wait(LONG)
            futures |= {item: pool.submit(self.jointly, item) for item in things[1:]}
            return {item: future.exception(LONG) for item, future in futures.items()}


def test_a_single_caller_does_not_wait() -> None:
    calls: list[list[str]] = []
    jointly: Batcher[str] = Batcher(lambda things: calls.append(list(things)))
    jointly("a")
    jointly("b")
    assert calls == [["a"], ["b"]]


def test_concurrent_calls_form_one_batch() -> None:
    bench = BatchBench(crowd=3)
    assert set(bench.call_concurrently("a", "b", "c", "d").values()) == {None}
    assert bench.calls[0] == ["a"]
    assert sorted(bench.calls[1]) == ["b", "c", "d"]
    assert len(bench.calls) == 2


def test_an_error_in_a_batch_reaches_only_its_caller() -> None:
    bench = BatchBench(crowd=3, fail=lambda things: ValueError("b is wrong") if "b" in things else None)
    results = bench.call_concurrently("a", "b", "c", "d")
    assert {item: str(problem) for item, problem in results.items() if problem} == {"b": "b is wrong"}
    assert sorted(map(sorted, bench.calls[2:])) == [["b"], ["c"], ["d"]]  # each again, alone


def test_trouble_of_the_machine_is_waited_for_once() -> None:
    bench = BatchBench(crowd=3, fail=lambda things: psycopg.OperationalError("away") if len(bench.calls) > 1 else None)
    results = bench.call_concurrently("a", "b", "c", "d")
    assert results["a"] is None
    assert all(isinstance(results[item], psycopg.OperationalError) for item in "bcd")
    assert len(bench.calls) == 2


def test_after_a_failure_the_next_is_served() -> None:
    bench = BatchBench(crowd=0, fail=lambda things: ValueError() if "a" in things else None)
    with pytest.raises(ValueError):
        bench.jointly("a")
    bench.jointly("b")
    assert bench.calls == [["a"], ["b"]]
