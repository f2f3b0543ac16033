"""Concurrent calls share one batch; an error of one caller does not reach the others."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest

from binhyen.kit.batching import Jointly

LONG = 20  # seconds; nothing here waits that long


class Bench:
    """A batch function whose first call blocks until `crowd` others wait behind it."""

    def __init__(self, crowd: int, fail: Callable[[Sequence[str]], Exception | None] = lambda things: None) -> None:
        self.calls: list[list[str]] = []
        self.crowd, self.fail = crowd, fail
        self.jointly = Jointly(self._work)
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

    def bring(self, *things: str) -> dict[str, BaseException | None]:
        """Call once alone and the others during that call; return each caller's result."""
        with ThreadPoolExecutor(len(things)) as pool:
            told: dict[str, Future[None]] = {things[0]: pool.submit(self.jointly, things[0])}
            assert self.begun.wait(LONG)
            told |= {thing: pool.submit(self.jointly, thing) for thing in things[1:]}
            return {thing: future.exception(LONG) for thing, future in told.items()}


def test_who_comes_alone_waits_for_nobody() -> None:
    calls: list[list[str]] = []
    jointly: Jointly[str] = Jointly(lambda things: calls.append(list(things)))
    jointly("a")
    jointly("b")
    assert calls == [["a"], ["b"]]


def test_who_comes_meanwhile_is_done_as_one() -> None:
    bench = Bench(crowd=3)
    assert set(bench.bring("a", "b", "c", "d").values()) == {None}
    assert bench.calls[0] == ["a"]
    assert sorted(bench.calls[1]) == ["b", "c", "d"]
    assert len(bench.calls) == 2


def test_a_mistake_among_several_is_told_to_its_own_alone() -> None:
    bench = Bench(crowd=3, fail=lambda things: ValueError("b is wrong") if "b" in things else None)
    heard = bench.bring("a", "b", "c", "d")
    assert {thing: str(problem) for thing, problem in heard.items() if problem} == {"b": "b is wrong"}
    assert sorted(map(sorted, bench.calls[2:])) == [["b"], ["c"], ["d"]]  # each again, alone


def test_trouble_of_the_machine_is_waited_for_once() -> None:
    bench = Bench(crowd=3, fail=lambda things: psycopg.OperationalError("away") if len(bench.calls) > 1 else None)
    heard = bench.bring("a", "b", "c", "d")
    assert heard["a"] is None
    assert all(isinstance(heard[thing], psycopg.OperationalError) for thing in "bcd")
    assert len(bench.calls) == 2


def test_after_a_failure_the_next_is_served() -> None:
    bench = Bench(crowd=0, fail=lambda things: ValueError() if "a" in things else None)
    with pytest.raises(ValueError):
        bench.jointly("a")
    bench.jointly("b")
    assert bench.calls == [["a"], ["b"]]
