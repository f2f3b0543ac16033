"""Batching of concurrent calls of a process (group commit): the first caller becomes the leader and runs the batch.

While it runs, the next calls gather. A single caller waits for nothing.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from binhyen.kit import db_errors

T = TypeVar("T")


class _Turn(Generic[T]):
    """One pending item. Once woken, its thread finds it done or failed, runs it alone, or becomes the leader."""

    __slots__ = ("alone", "called", "done", "failure", "thing")

    def __init__(self, thing: T) -> None:
        self.thing = thing
        self.called = threading.Event()
        self.done = self.alone = False
        self.failure: Exception | None = None


class Jointly(Generic[T]):
    """Calls `run` with the gathered items in the thread of the first caller; `run` is all or nothing.

    A failed batch of several items is retried one by one, each in its own thread: no caller sees the error of another.
    Only an infrastructure error is raised for all at once, because waiting for it once is enough.
    """

    def __init__(self, work: Callable[[Sequence[T]], None]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._waiting: list[_Turn[T]] = []
        self._working = False

    def __call__(self, thing: T) -> None:
        """Process the item and return when it is done. Raises the exception of `run` for it."""
        mine = _Turn(thing)
        with self._lock:
            self._waiting.append(mine)
            first, self._working = not self._working, True
        if not first:
            mine.called.wait()
        if mine.failure is not None:
            raise mine.failure
        if not (mine.done or (not mine.alone and self._lead(mine))):
            self._work([thing])

    def _lead(self, mine: _Turn[T]) -> bool:
        """Run the batch of all waiting items; return False if each caller must retry alone."""
        time.sleep(0)  # lets threads that are about to add an item run first
        with self._lock:
            batch, self._waiting = self._waiting, []
        done, failure = False, None
        try:
            self._work([turn.thing for turn in batch])
            done = True
        except Exception as problem:
            if len(batch) == 1 or db_errors.of_machine(problem):
                failure = problem
                raise
        finally:
            self._call_next()
            for turn in batch:
                if turn is not mine:
                    turn.done, turn.failure, turn.alone = done, failure, not done
                    turn.called.set()
        return done

    def _call_next(self) -> None:
        """Wake the first caller that arrived meanwhile; it becomes the next leader."""
        with self._lock:
            self._working = bool(self._waiting)
            following = self._waiting[0] if self._waiting else None
        if following is not None:
            following.called.set()
