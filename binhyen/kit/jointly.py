"""What several threads of a process bring at once, done as one: whoever comes first works, and while that one works the
next gather. Whoever comes alone waits for nothing.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from binhyen.kit import trouble

T = TypeVar("T")


class _Turn(Generic[T]):
    """One thing that was brought. Its thread, once called, finds it done, or failed, does it alone, or leads."""

    __slots__ = ("alone", "called", "done", "failure", "thing")

    def __init__(self, thing: T) -> None:
        self.thing = thing
        self.called = threading.Event()
        self.done = self.alone = False
        self.failure: Exception | None = None


class Jointly(Generic[T]):
    """Calls `work` with what gathered, in the thread of the first; `work` does all or nothing.

    What goes wrong with several is done again one by one, each in its own thread: nobody hears of another's mistake.
    Only the machine's trouble is told to all at once, since waiting for it once is enough.
    """

    def __init__(self, work: Callable[[Sequence[T]], None]) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._waiting: list[_Turn[T]] = []
        self._working = False

    def __call__(self, thing: T) -> None:
        """Returns when it is done. Raises what `work` raises for it."""
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
        """Work for all who wait; False where each has to do its own."""
        time.sleep(0)  # threads that are about to bring theirs come up first
        with self._lock:
            batch, self._waiting = self._waiting, []
        done, failure = False, None
        try:
            self._work([turn.thing for turn in batch])
            done = True
        except Exception as problem:
            if len(batch) == 1 or trouble.of_machine(problem):
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
        """The first of those who came meanwhile leads."""
        with self._lock:
            self._working = bool(self._waiting)
            following = self._waiting[0] if self._waiting else None
        if following is not None:
            following.called.set()
