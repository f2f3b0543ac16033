"""From `run` to the first page, and the memory of the idle program without PostgreSQL."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import redirect_stdout

from bench.lab import VAR, say, size


def main() -> None:
    import psutil

    from binhyen import settings
    from binhyen.run import prepare

    with redirect_stdout(sys.stderr):
        prepare(demo=True)  # what the first start ever does is not this figure
    started = time.monotonic()
    program = subprocess.Popen([sys.executable, "-m", "binhyen", "run"], stdout=subprocess.DEVNULL)
    try:
        while time.monotonic() - started < 60:
            try:
                urllib.request.urlopen(settings.PUBLIC_URL, timeout=2).close()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        say("start.first_page", time.monotonic() - started, "s", 1)
        time.sleep(size(8))
        used = {}
        for process in psutil.process_iter(["cmdline", "environ", "pid", "name"]):
            mine = (process.info["environ"] or {}).get("BINHYEN_VAR") == str(VAR)
            if mine and process.pid != os.getpid() and "postgres" not in (process.info["name"] or ""):
                used[process.pid] = process.memory_full_info().pss / 2**20
        say("start.idle_memory", sum(used.values()), "MiB", len(used))
    finally:
        program.terminate()
        program.wait(30)
