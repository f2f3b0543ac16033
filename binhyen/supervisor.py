"""Process supervisor: gateway, pages, worker, sender, custody, the demo's Zalo emulator; start, restart and stop.

Children die with this process (PR_SET_PDEATHSIG), restart after a crash, and stop in order on Ctrl-C or SIGTERM.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request  # nosemgrep: call-from-nowhere  check of our own gateway
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import psycopg

from binhyen import settings
from binhyen.env import SettingsError, env_int
from binhyen.kit import clock, logs
from binhyen.kit.connection_pools import RETRY_SECONDS
from binhyen.kit.process_setup import end_with_parent, gc_frozen_startup

if TYPE_CHECKING:
    from procrastinate import App
    from procrastinate.contrib.django.django_connector import DjangoConnector

_DEFAULT_EMULATOR_PORT = settings.PORT + (100 if settings.PORT + 100 <= 65535 else -100)
EMULATOR_PORT = env_int("BINHYEN_EMULATOR_PORT", _DEFAULT_EMULATOR_PORT, "port of the Zalo emulator (demo)", 1, 65535)
if EMULATOR_PORT == settings.PORT:
    raise SettingsError(
        "BINHYEN_EMULATOR_PORT", "is BINHYEN_PORT as well", f"export BINHYEN_EMULATOR_PORT={_DEFAULT_EMULATOR_PORT}"
    )
_STDERR = 2
_STOP_SECONDS = 12
log = logs.get_logger("worker")


@dataclass(slots=True)
class Child:
    """One process of the program. `started`: times of the last starts, so that a crash loop slows down."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    nice: int = 0  # the worker yields to the gateway: case opening never delays a webhook's answer
    socket: Path | None = None  # socket it listens on
    process: subprocess.Popen[bytes] | None = None
    started: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.started = [*self.started[-5:], time.monotonic()]
        self._remove_leftovers()
        self.process = subprocess.Popen(
            self.command,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=_STDERR,  # the output of a process is log, never output of the command that started it
            preexec_fn=self._prepare_child,  # noqa: PLW1509  two system calls, no locks
            start_new_session=True,
        )

    def _remove_leftovers(self) -> None:
        """Remove the remains of a killed process: its workers, which would hold connections and unlocked keys, and its
        socket.
        """
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        if self.socket is not None:
            self.socket.unlink(missing_ok=True)

    def _environment(self) -> dict[str, str]:
        """Build the environment with the process's own database login instead of the owner's password."""
        variables = {**os.environ, **self.environment}
        login, _ = settings.get_process_login(self.environment.get("BINHYEN_KEYS", ""))
        url = variables.get("DATABASE_URL") or settings.get_database_url()
        return variables | {"DATABASE_URL": settings.build_dsn(url, login)} if url and login else variables

    def _prepare_child(self) -> None:
        end_with_parent()
        os.nice(self.nice)

    def has_crashed(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def build_python_command(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def build_gateway(port: int = settings.PORT) -> Child:
    return Child(
        "gateway",
        build_python_command(
            "uvicorn",
            "binhyen.gateway:create",
            "--factory",
            "--host",
            settings.HOST,
            "--port",
            str(port),
            "--loop",
            "uvloop",
            "--http",
            "binhyen.kit.http_timeouts:TimeoutProtocol",
            "--no-proxy-headers",
            "--no-access-log",
            "--no-server-header",
            "--no-date-header",
            "--log-level",
            "warning",
            "--backlog",
            "4096",
            "--timeout-graceful-shutdown",
            "5",
        ),
        {"BINHYEN_KEYS": "gateway"},
    )


def build_pages(socket_path: Path = settings.PAGES_SOCKET) -> Child:
    socket_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Child(
        "pages",
        build_python_command(
            "binhyen.pages_server",
            "--interface",
            "wsgi",
            "--uds",
            str(socket_path),
            "--workers",
            str(settings.PAGE_PROCESSES),
            "--blocking-threads",
            str(settings.PAGE_THREADS),
            "--respawn-failed-workers",
            "--log-level",
            "warning",
            "--workers-kill-timeout",
            "10",
            "--static-path-route",
            "/static",
            "--static-path-mount",
            str(settings.STATIC_ROOT),
            "binhyen.wsgi:application",
        ),
        {"BINHYEN_KEYS": "pages"},
        socket=socket_path,
    )


def build_custody(socket_path: Path = settings.CUSTODY_SOCKET) -> Child:
    """Build the custody process: a single one, so that unlocked keys are in one memory only."""
    socket_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Child(
        "custody",
        build_python_command(
            "granian",
            "--interface",
            "wsgi",
            "--uds",
            str(socket_path),
            "--workers",
            "1",
            "--blocking-threads",
            "4",
            "--respawn-failed-workers",
            "--log-level",
            "warning",
            "--workers-kill-timeout",
            "10",
            "binhyen.custody:application",
        ),
        {"BINHYEN_KEYS": "custody"},
        socket=socket_path,
    )


@dataclass(frozen=True, slots=True)
class JobPool:
    """Queues that share threads of a process. Long background jobs never take the threads of alarms and messages."""

    queues: tuple[str, ...]
    threads: int


READER_POOLS = (JobPool(("urgent", "intake"), 4), JobPool(("answers", "bulk"), 2))
SENDER_POOLS = (JobPool(("delivery",), 6),)


def build_worker() -> Child:
    return Child("worker", build_python_command("binhyen", "work"), {"BINHYEN_KEYS": "worker"}, nice=10)


def build_sender() -> Child:
    """Build the sender process: it alone holds the channels' tokens and recipient addresses."""
    return Child("sender", build_python_command("binhyen", "work", "--sender"), {"BINHYEN_KEYS": "sender"}, nice=10)


def build_emulator(port: int = EMULATOR_PORT, state: Path = settings.VAR_DIR / "emulator.json") -> Child:
    shift = str(int(clock.OFFSET.total_seconds()))
    return Child(
        "emulator",
        build_python_command(
            "emulator",
            "--port",
            str(port),
            "--smtp-port",
            str(port + 1 if port < 65535 else 0),  # the same after a restart
            "--state",
            str(state),
            "--clock-offset",
            shift,
        ),
    )


STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Supervisor:
    """Supervisor of child processes until a stop. `stop`: may be set before the start.

    `first`: check of their dependencies, before each check of the children.
    """

    def __init__(
        self,
        children: Sequence[Child],
        stop: threading.Event | None = None,
        check_dependencies: Callable[[], None] = lambda: None,
    ) -> None:
        self.children = list(children)
        self._stop = stop or threading.Event()
        self._check_dependencies = check_dependencies

    def run(self) -> None:
        for signum in STOP_SIGNALS:
            signal.signal(signum, lambda *_: self._stop.set())
        try:
            for child in [] if self._stop.is_set() else self.children:
                child.start()
            while not self._stop.wait(0.5):
                self._check_dependencies()
                self._restart_crashed()
        finally:
            for child in self.children:
                child.stop()
            deadline = time.monotonic() + _STOP_SECONDS
            for child in self.children:
                child.wait(max(0.1, deadline - time.monotonic()))

    def _restart_crashed(self) -> None:
        for child in self.children:
            if child.has_crashed():
                recent = [start_time for start_time in child.started if time.monotonic() - start_time < 60]
                if len(recent) >= 5 and time.monotonic() - recent[-1] < 10:
                    continue  # a crash loop: at most one start in ten seconds
                print(f"! {child.name} dừng đột ngột, đang khởi động lại", file=sys.stderr)  # noqa: T201
                child.start()


def run_worker(pools: Sequence[JobPool]) -> None:
    """Run one worker process for these queues; `QUEUE_PRIORITIES` of `kit/jobs.py` ranks those of a pool."""
    with gc_frozen_startup():
        from procrastinate.contrib.django import app

        if pools == READER_POOLS:
            from binhyen.intake.model_cache import load_models

            load_models()
    # The Django connector cannot listen; a worker opens its own connections for that.
    with app.replace_connector(cast("DjangoConnector", app.connector).get_worker_connector()):
        asyncio.run(_run_until_signal(_work_forever(app, pools)))


async def _run_until_signal(worker_run: Coroutine[Any, Any, None]) -> None:
    """Stop at the first Ctrl-C or SIGTERM after the running jobs have finished."""
    task = asyncio.create_task(worker_run)
    for signum in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(signum, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


async def _work_forever(app: "App", pools: Sequence[JobPool]) -> None:
    """Run the pools forever. A lost database ends a run; the next one starts in the same process, which saves the
    start time.

    Other errors end the process, and the supervisor restarts it.
    """
    from django.db import connection
    from procrastinate.exceptions import ConnectorException

    while True:
        try:
            await app.open_async()
            await _run_pools(app, pools)
        except (ConnectorException, psycopg.OperationalError) as error:
            log.warning("worker_without_database", problem=type(error).__name__)
        finally:
            await app.close_async()
            await asyncio.to_thread(cast("Any", connection).close_pool)  # the jobs' own connections are lost too
        await asyncio.sleep(RETRY_SECONDS)


async def _run_pools(app: "App", pools: Sequence[JobPool]) -> None:
    """Run all pools until one ends; then stop the others, so that all start again together."""
    from binhyen.kit import periodic

    runs = [
        asyncio.create_task(
            periodic.run_worker_async(
                app,
                defers_periodic_jobs=pool is pools[0],
                name=f"{pool.queues[0]}-{os.getpid()}",
                queues=list(pool.queues),
                concurrency=pool.threads,
                fetch_job_polling_interval=0.5,
                delete_jobs="successful",
                update_heartbeat_interval=5,
                stalled_worker_timeout=20,
                shutdown_graceful_timeout=10,
                install_signal_handlers=False,
            )
        )
        for pool in pools
    ]
    try:
        ended, _ = await asyncio.wait(runs, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for run in runs:
            run.cancel()
        await asyncio.wait(runs)
    for run in ended:
        run.result()  # raises the error that ended it


def is_port_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, port))
        except (OSError, UnicodeError):  # UnicodeError: an impossible host name
            return False
    return True


def wait_for_url(url: str, seconds: float = 30) -> bool:
    """Poll the address until it answers with any status but 503 («starting»); False at the timeout."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310  our own gateway
            return True
        except urllib.error.HTTPError as error:
            if error.code != 503:
                return True
        except OSError:
            pass
        time.sleep(0.1)
    return False
