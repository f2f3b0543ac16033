"""A dead-man's switch for work that must not stop: another process does it when its heartbeat stops.

Runs as a thread beside the pages. It measures waiting by a steady clock and takes the time from the database, so that
neither a worker that hangs nor a clock that was set wrong keeps an alarm from rising.
"""

import datetime as dt
import threading
import time
from collections.abc import Callable, Mapping

from django.db import connections

from binhyen.kit import logs
from binhyen.kit.db_errors import is_infrastructure_error
from binhyen.kit.periodic import heartbeat
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope

LOOK_SECONDS = 5.0
SILENT_SECONDS = 15.0  # a worker that restarts is back by then
Work = Callable[[dt.datetime], object]
log = logs.get_logger("dead_man_switch")


class DeadManSwitch:
    """`work`: what to do in place of the worker, by the name of its heartbeat."""

    def __init__(self, work: Mapping[str, Work], steady: Callable[[], float] = time.monotonic) -> None:
        self._work, self._steady = dict(work), steady
        self._told: set[str] = set()
        began = steady()
        self._seen: dict[str, tuple[int | None, float]] = dict.fromkeys(work, (None, began))

    def look(self) -> list[str]:
        """Do the work whose heartbeat stopped; which that was."""
        stopped = [name for name in self._work if self._is_silent(name)]
        for name in sorted(self._told - set(stopped)):
            log.warning("worker_heard_again", work=name)
        for name in stopped:
            if name not in self._told:  # once a silence: it may last for hours
                log.error("worker_silent", work=name)
        self._told = set(stopped)
        for name in stopped:
            with rls_scope(PROGRAM_SCOPE):
                self._work[name](heartbeat.database_time())
        return stopped

    def _is_silent(self, name: str) -> bool:
        beats, now = heartbeat.count_beats(name), self._steady()
        known, since = self._seen[name]
        if beats != known:
            self._seen[name] = beats, now
            return False
        return now - since >= SILENT_SECONDS

    def run(self, stop: threading.Event) -> None:
        while not stop.wait(LOOK_SECONDS):
            try:
                self.look()
            except Exception as error:  # the next look comes in a moment, whatever this one met
                (log.warning if is_infrastructure_error(error) else log.exception)(
                    "watchdog_failed", problem=type(error).__name__
                )
            finally:
                connections.close_all()


def start(work: Mapping[str, Work]) -> threading.Event:
    """Begin to watch; setting the event ends it."""
    stop = threading.Event()
    threading.Thread(target=DeadManSwitch(work).run, args=(stop,), name="watchdog", daemon=True).start()
    return stop
