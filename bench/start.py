"""Time from `run` to the first page, with PostgreSQL running and from nothing; memory of the idle program without
PostgreSQL.
"""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from bench.lab import VAR, print_figure, scale_size


def main() -> None:
    import psutil
    from django.db import connection

    from binhyen import settings
    from binhyen.embedded_postgres import EmbeddedPostgres
    from binhyen.run import prepare_installation

    with redirect_stdout(sys.stderr):
        prepare_installation(demo=True)  # the work of the very first start is not measured
    with start_measured(os.environ.copy()) as seconds:
        print_figure("start.first_page", seconds, "s", 1)
        time.sleep(scale_size(8))
        memory_by_pid = {}
        for process in psutil.process_iter(["cmdline", "environ", "pid", "name"]):
            is_own = (process.info["environ"] or {}).get("BINHYEN_VAR") == str(VAR)
            if is_own and process.pid != os.getpid() and "postgres" not in (process.info["name"] or ""):
                memory_by_pid[process.pid] = process.memory_full_info().pss / 2**20
        print_figure("start.idle_memory", sum(memory_by_pid.values()), "MiB", len(memory_by_pid))
    server = EmbeddedPostgres(settings.EMBEDDED_HOME)
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    server.stop()  # `run` starts its own if no other is configured
    with start_measured({name: value for name, value in os.environ.items() if name != "DATABASE_URL"}) as seconds:
        print_figure("start.whole", seconds, "s", 1)
    server.start()


@contextmanager
def start_measured(environment: dict[str, str]) -> Iterator[float]:
    """Start `binhyen run`; yield the seconds until its first page."""
    from binhyen import settings

    started = time.monotonic()
    child = subprocess.Popen([sys.executable, "-m", "binhyen", "run"], stdout=subprocess.DEVNULL, env=environment)
    try:
        while time.monotonic() - started < 60:
            try:
                urllib.request.urlopen(settings.PUBLIC_URL, timeout=2).close()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        else:
            sys.exit("no page within a minute")
        yield time.monotonic() - started
    finally:
        child.terminate()
        child.wait(30)
