"""A request over its timeout is stopped; a process whose interpreter hangs is replaced, and others are served."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from binhyen.kit.watchdog import TIMEOUT_STATUS, RequestTimeout, Watchdog, lift_time_limit
from tests.ports import free_port
from tests.process_harness import wait_until


@contextmanager
def run_server(**environment: str) -> Iterator[int]:
    """Start granian with one process and the application of hanging.py; return its port."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
        "--blocking-threads",
        "4",
        "--respawn-failed-workers",
        "--log-level",
        "critical",
        "binhyen.kit.tests.hanging:application",
    ]
    process = subprocess.Popen(command, env={**os.environ, **environment}, start_new_session=True)
    try:
        wait_until(lambda: fetch(port, "/"), why="the server")
        yield port
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def fetch(port: int, path: str) -> tuple[int, str] | None:
    """Return status and body; None where the connection fails."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


@contextmanager
def request_in_thread(port: int, path: str, answers: list[Any]) -> Iterator[None]:
    """Send the request in a thread; its response is added to `answers`."""
    thread = threading.Thread(target=lambda: answers.append(fetch(port, path)))
    thread.start()
    yield
    thread.join()


def test_a_process_that_hangs_in_c_is_replaced() -> None:
    with run_server(WATCHED="1") as port:
        first, answers = fetch(port, "/"), []
        with request_in_thread(port, "/hold?600", answers):
            other = wait_until(lambda: (got := fetch(port, "/")) and got != first and got, why="a new process")
        assert other[0] == 200
        assert answers == [None], "the stuck request ends with a closed connection: the gateway reports it"


def test_control_without_the_watchdog_others_wait_for_the_stuck_request() -> None:
    with run_server() as port:
        first, answers = fetch(port, "/"), []
        with request_in_thread(port, "/hold?5", answers):
            wait_until(lambda: is_unresponsive(port) or answers)
            assert fetch(port, "/") == first, "the same process"
        assert answers == [first], "it was never stopped"


def is_unresponsive(port: int) -> bool:
    """Check whether the server leaves a request unanswered for two seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except TimeoutError:
        return True
    finally:
        connection.close()
    return False


def test_a_loop_in_python_is_interrupted_and_its_process_stays() -> None:
    with run_server(WATCHED="1") as port:
        first = fetch(port, "/")
        assert fetch(port, "/spin?600") == (504, "")
        assert fetch(port, "/") == first
        assert fetch(port, "/export?4") == first, "a request that may be slow is not stopped"


def spin_forever(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        pass
    return [b"done"]


class FakeClock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def run_under(watchdog: Watchdog, environ: dict[str, Any]) -> tuple[threading.Thread, list[Any]]:
    results: list[Any] = []
    thread = threading.Thread(
        target=lambda: results.append(list(watchdog(environ, lambda status, _: results.append(status))))
    )
    thread.start()
    return thread, results


def test_only_a_request_over_its_time_is_interrupted() -> None:
    clock = FakeClock()
    watchdog = Watchdog(spin_forever, 10, now=clock)
    environ: dict[str, Any] = {}
    thread, results = run_under(watchdog, environ)
    wait_until(lambda: environ)
    clock.now = 9.0
    watchdog.check_requests()
    assert thread.is_alive() and not results
    clock.now = 11.0
    watchdog.check_requests()
    thread.join()
    assert results == [TIMEOUT_STATUS, []]


def test_a_request_that_ignores_the_interruption_ends_the_process() -> None:
    clock, ended, go_on = FakeClock(), threading.Event(), threading.Event()

    def wait(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        go_on.wait(60)  # in C: no exception arrives
        return []

    watchdog = Watchdog(wait, 10, now=clock, end_process=ended.set)
    environ: dict[str, Any] = {}
    thread, _ = run_under(watchdog, environ)
    wait_until(lambda: environ)
    for clock.now in (11.0, 19.0):
        watchdog.check_requests()
        assert not ended.is_set()
    clock.now = 21.0
    watchdog.check_requests()
    assert ended.is_set()
    go_on.set()
    thread.join()


def test_a_lifted_limit_holds_for_one_request() -> None:
    clock, ended = FakeClock(), threading.Event()
    visited: list[str] = []

    def export(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "long" in environ:
            lift_time_limit(environ)
        clock.now += 100
        watchdog.check_requests()
        visited.append("finished")
        return []

    watchdog = Watchdog(export, 10, now=clock, end_process=ended.set)
    for environ, expected in (({"long": True}, [[]]), ({}, [TIMEOUT_STATUS, []])):
        thread, results = run_under(watchdog, environ)
        thread.join()
        assert results == expected
    assert visited == ["finished"] and not ended.is_set()


def test_the_next_request_of_the_thread_is_not_met() -> None:
    """An interruption requested at the last moment ends with its request."""
    clock = FakeClock()

    def late(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            clock.now += 11
            watchdog.check_requests()
        except RequestTimeout:
            return [b"swallowed"]
        return []

    watchdog = Watchdog(late, 10, now=clock)
    for _ in range(50):
        list(watchdog({}, lambda *_: None))
    assert sum(range(1000)) == 499_500


@pytest.mark.parametrize("environ", [{}, {"binhyen.running": None}])
def test_outside_of_the_watchdog_there_is_nothing_to_lift(environ: dict[str, Any]) -> None:
    lift_time_limit(environ)
