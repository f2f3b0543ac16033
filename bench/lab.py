"""Benchmark setup: own database under var/bench, real processes, CPU time per component."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("BENCH_VAR") or ROOT / "var" / "bench")
SHARE = float(os.environ.get("BENCH_SHARE", "1"))  # of every size; below 1 it is a trial run, no figure


def scale_size(full: int, least: int = 1) -> int:
    """Return the size of a benchmark, or its share in a trial run."""
    return max(least, round(full * SHARE))


def set_up() -> None:
    """Point the settings at the benchmark's own installation and start its PostgreSQL."""
    os.environ.update(BINHYEN_VAR=str(VAR), BINHYEN_DEMO="1", BINHYEN_LOG="ERROR", BINHYEN_SECRET_KEY="b" * 40)
    os.environ.setdefault("BINHYEN_PORT", "8930")
    os.environ["DJANGO_SETTINGS_MODULE"] = "binhyen.settings"
    from binhyen.embedded_postgres import EmbeddedPostgres

    server = EmbeddedPostgres(VAR / "postgresql")
    server.start()
    os.environ["DATABASE_URL"] = server.build_dsn()
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("load_areas", "--demo", verbosity=0)
    call_command("set_up", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    from binhyen.rls import apply

    # As in production: each process with its own login, every row behind row-level security.
    if apply.ensure_logins(server.build_dsn()) or not apply.apply_rls(server.build_dsn()):
        sys.exit("row-level security could not be applied")


def tear_down() -> None:
    from binhyen.embedded_postgres import EmbeddedPostgres

    EmbeddedPostgres(VAR / "postgresql").stop()


def print_figure(bench: str, value: float, unit: str, count: int, **extra: Any) -> None:
    """Print one figure. `n`: number of measurements or size of the input."""
    line = {"bench": bench, "value": round(value, 3), "unit": unit, "n": count, **extra}
    line |= {"share": SHARE} if SHARE != 1 else {}
    print(json.dumps(line, ensure_ascii=False), flush=True)


def compute_percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def compute_median(values: list[float]) -> float:
    return median(values)


def measure_cpu() -> dict[str, float]:
    """Return CPU seconds so far by component, this load generator included."""
    import psutil

    sums = {"gateway": 0.0, "pages": 0.0, "worker": 0.0, "postgres": 0.0, "client": time.process_time()}
    postmaster = int((VAR / "postgresql" / "data" / "postmaster.pid").read_text().split()[0])
    for process in psutil.process_iter(["pid", "ppid", "cmdline", "cpu_times", "environ"]):
        line = " ".join(process.info["cmdline"] or [])
        times = process.info["cpu_times"]
        if times is None:
            continue
        used = times.user + times.system
        if postmaster in (process.info["pid"], process.info["ppid"]):
            sums["postgres"] += used
        elif (process.info["environ"] or {}).get("BINHYEN_VAR") != str(VAR):
            continue  # another program
        elif "binhyen.gateway" in line:
            sums["gateway"] += used
        elif "binhyen.pages_server" in line:
            sums["pages"] += used
        elif "binhyen work" in line:
            sums["worker"] += used
    return sums


class Meter:
    """CPU milliseconds per operation between enter and `per`."""

    def __enter__(self) -> "Meter":
        self.before = measure_cpu()
        self.started = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.monotonic() - self.started
        cpu_after = measure_cpu()
        self.used = {
            component: cpu_after[component] - seconds_before for component, seconds_before in self.before.items()
        }

    def per_operation(self, operations: int) -> dict[str, float]:
        return {
            f"{component}_cpu_ms": round(seconds_used * 1000 / max(operations, 1), 3)
            for component, seconds_used in self.used.items()
            if seconds_used > 0.005
        }


@contextmanager
def run_processes(*names: str) -> Iterator[None]:
    """Run these processes of the program while measuring."""
    from binhyen import settings
    from binhyen import supervisor as program

    makers = {
        "gateway": program.build_gateway,
        "pages": program.build_pages,
        "worker": program.build_worker,
        "sender": program.build_sender,
    }
    children = [makers[name]() for name in names]
    for child in children:
        child.start()
    try:
        if "gateway" in names and not program.wait_for_url(f"{settings.PUBLIC_URL}/webhooks/0", 20):
            sys.exit("the gateway did not answer")
        if "pages" in names and not program.wait_for_url(settings.PUBLIC_URL, 20):
            sys.exit("the pages did not answer")
        yield
    finally:
        for child in children:
            child.stop()
        for child in children:
            child.wait(12)


def delete_data() -> None:
    """Delete cases, messages and officers of earlier benchmarks."""
    from django.db import connection

    from tests.truncate_db import EMPTY_TABLES_SQL

    with connection.cursor() as cursor:
        cursor.execute(EMPTY_TABLES_SQL)


def count_wal_syncs() -> int:
    """Return fsyncs of the write-ahead log since the server started (pg_stat_io, PostgreSQL 18)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT coalesce(sum(fsyncs), 0) FROM pg_stat_io WHERE object = 'wal'")
        return int(cursor.fetchone()[0])
