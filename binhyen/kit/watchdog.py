"""Time limits for page requests, and the end of a process whose interpreter hangs, so that its server starts another.

A request that runs too long is interrupted by an exception in its thread. That cannot stop code that keeps the
interpreter lock (GIL), such as one endless call into C: no thread of the process runs then, this one neither. So a
thread of faulthandler's, which is C and needs no lock, ends the process when the heartbeat stays away.
"""

import ctypes
import faulthandler
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connections

from binhyen.kit import logs

HANG_SECONDS = 4  # without a heartbeat; a garbage collection takes a tenth of that, a loaded machine far less than all
BEAT_SECONDS = 1.0
TIMEOUT_STATUS = "504 Gateway Timeout"  # the gateway replaces this answer with its own page
_KEY = "binhyen.running"
log = logs.get_logger("pages")

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class RequestTimeout(BaseException):
    """Raised in the thread of a request over its time. No `Exception`: what a page catches must not swallow it."""


@dataclass(slots=True)
class _Running:
    started: float
    interrupted: bool = False
    limited: bool = True


def lift_time_limit(environ: dict[str, Any]) -> None:
    """Let this request run as long as it needs: an export of everything somebody may have. `environ`: request.META."""
    if running := environ.get(_KEY):
        running.limited = False


class Watchdog:
    """A WSGI application with a time limit of `seconds` for each request.

    The limit covers the work until the answer's headers; a body that is streamed afterwards (a download, an export) is
    not limited. A thread that ignores the interruption for another `seconds` (waiting in C) ends the process.
    """

    def __init__(
        self,
        application: Application,
        seconds: float,
        *,
        now: Callable[[], float] = time.monotonic,
        end_process: Callable[[], None] | None = None,
        hang_seconds: float = HANG_SECONDS,
    ) -> None:
        self._application = application
        self._seconds = seconds
        self._now = now
        self._hang_seconds = hang_seconds
        self._end_process = end_process or _end_process
        self._running: dict[int, _Running] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        thread = threading.get_ident()
        try:
            with self._lock:
                environ[_KEY] = self._running[thread] = _Running(self._now())
            try:
                return self._application(environ, start_response)
            finally:
                with self._lock:
                    del self._running[thread]
                    _cancel_interruption(thread)
        except RequestTimeout:
            self._running.pop(thread, None)
            connections.close_all()  # the interruption may have hit one within a statement
            start_response(TIMEOUT_STATUS, [("Content-Length", "0")])
            return []

    def check_requests(self) -> None:
        """Interrupt each request over its time; end the process if one does not react."""
        with self._lock:
            now = self._now()
            for thread, request in self._running.items():
                age = now - request.started
                if not request.limited:
                    continue
                if age > self._seconds and not request.interrupted:
                    request.interrupted = True
                    _interrupt(thread)
                    log.error("request_interrupted", seconds=round(age))
                elif age > 2 * self._seconds:
                    log.error("request_ignored_interruption", seconds=round(age))
                    self._end_process()

    def start(self) -> None:
        """Watch from a thread of its own, as long as the process lives."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def _watch(self) -> None:
        pause = threading.Event()
        while True:
            faulthandler.dump_traceback_later(self._hang_seconds, exit=True, file=sys.__stderr__ or sys.stderr)
            self.check_requests()
            pause.wait(min(BEAT_SECONDS, self._hang_seconds / 4))


def _interrupt(thread: int) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(RequestTimeout))


def _cancel_interruption(thread: int) -> None:
    """Drop an interruption of a request that has just ended: the thread's next request must not get it."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), None)


def _end_process() -> None:
    faulthandler.dump_traceback(file=sys.__stderr__ or sys.stderr)  # names of functions only, no values
    os._exit(1)
