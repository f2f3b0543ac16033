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

from bench.lab import VAR, say, size


def main() -> None:
    import psutil
    from django.db import connection

    from binhyen import settings
    from binhyen.embedded_postgres import Server
    from binhyen.run import prepare

    with redirect_stdout(sys.stderr):
        prepare(demo=True)  # the work of the very first start is not measured
    with program(os.environ.copy()) as seconds:
        say("start.first_page", seconds, "s", 1)
        time.sleep(size(8))
        used = {}
        for process in psutil.process_iter(["cmdline", "environ", "pid", "name"]):
            mine = (process.info["environ"] or {}).get("BINHYEN_VAR") == str(VAR)
            if mine and process.pid != os.getpid() and "postgres" not in (process.info["name"] or ""):
                used[process.pid] = process.memory_full_info().pss / 2**20
        say("start.idle_memory", sum(used.values()), "MiB", len(used))
    server = Server(settings.EMBEDDED_HOME)
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    server.stop()  # `run` starts its own if no other is configured
    with program({name: value for name, value in os.environ.items() if name != "DATABASE_URL"}) as seconds:
        say("start.whole", seconds, "s", 1)
    server.start()


@contextmanager
def program(environment: dict[str, str]) -> Iterator[float]:
    """Start `binhyen run`; yield the seconds until its first page."""
    from binhyen import settings

    started = time.monotonic()
    running = subprocess.Popen([sys.executable, "-m", "binhyen", "run"], stdout=subprocess.DEVNULL, env=environment)
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
        running.terminate()
        running.wait(30)
