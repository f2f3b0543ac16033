"""Batching of concurrent calls of a process (group commit): the first caller becomes the leader and runs the batch.

While it runs, the next calls gather. A single caller waits for nothing.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from binhyen.kit import db_errors

T = TypeVar("T")


class _Pending(Generic[T]):
    """One pending item. Once woken, its thread finds it done or failed, runs it alone, or becomes the leader."""

    __slots__ = ("alone", "done", "failure", "thing", "woken")

    def __init__(self, item: T) -> None:
        self.thing = item
        self.woken = threading.Event()
        self.done = self.alone = False
        self.failure: Exception | None = None


class Batcher(Generic[T]):
    """Calls `run` with the gathered items in the thread of the first caller; `run` is all or nothing.

    A failed batch of several items is retried one by one, each in its own thread: no caller sees the error of another.
    Only an infrastructure error is raised for all at once, because waiting for it once is enough.
    """

    def __init__(self, run: Callable[[Sequence[T]], None]) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._waiting: list[_Pending[T]] = []
        self._has_leader = False

    def __call__(self, item: T) -> None:
        """Process the item and return when it is done. Raises the exception of `run` for it."""
        pending = _Pending(item)
        with self._lock:
            self._waiting.append(pending)
            is_leader, self._has_leader = not self._has_leader, True
        if not is_leader:
            pending.woken.wait()
        if pending.failure is not None:
            raise pending.failure
        if not (pending.done or (not pending.alone and self._run_batch(pending))):
            self._run([item])

    def _run_batch(self, own_pending: _Pending[T]) -> bool:
        """Run the batch of all waiting items; return False if each caller must retry alone."""
        time.sleep(0)  # lets threads that are about to add an item run first
        with self._lock:
            batch, self._waiting = self._waiting, []
        done, failure = False, None
        try:
            self._run([pending.thing for pending in batch])
            done = True
        except Exception as problem:
            if len(batch) == 1 or db_errors.is_infrastructure_error(problem):
                failure = problem
                raise
        finally:
            self._wake_next_leader()
            for pending in batch:
                if pending is not own_pending:
                    pending.done, pending.failure, pending.alone = done, failure, not done
                    pending.woken.set()
        return done

    def _wake_next_leader(self) -> None:
        """Wake the first caller that arrived meanwhile; it becomes the next leader."""
        with self._lock:
            self._has_leader = bool(self._waiting)
            next_leader = self._waiting[0] if self._waiting else None
        if next_leader is not None:
            next_leader.woken.set()
