"""`./dev test`: start the database of the tests, report missing tools, run pytest.

`--date 2027-01-09` or `--date 2027-02-06T00:00:01` (Viet Nam time) runs them on that date: kit/clock.py and the
emulator are shifted, in every process; the machine's clock, file times and the browser are not. Changes nothing outside
the checkout. Without Chromium the browser tests are reported as skipped, with the hint.
"""

import datetime as dt
import os
import shutil
import sys
import time
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def seconds_until(date: str, *, now: dt.datetime) -> int:
    """Return the seconds from `now` to a date or a time in Viet Nam; a date without a time keeps the time of day."""
    wanted = dt.datetime.fromisoformat(date)
    if "T" not in date:
        wanted = dt.datetime.combine(wanted.date(), now.astimezone(VIETNAM).time())
    return round((wanted.replace(tzinfo=VIETNAM) - now).total_seconds())


def set_clock_offset(arguments: list[str], *, now: dt.datetime) -> list[str]:
    """Set the clock's offset from `--date`, for this process and its children; return the arguments without it."""
    if "--date" not in arguments:
        return arguments
    position = arguments.index("--date")
    try:
        offset = seconds_until(arguments[position + 1], now=now)
    except (IndexError, ValueError):
        sys.exit("--date wants a date\nHint: ./dev test --date 2027-01-09, or --date 2027-01-09T00:00:01")
    os.environ["BINHYEN_CLOCK_OFFSET"] = str(offset)
    return arguments[:position] + arguments[position + 2 :]


def skip_flushes(dsn: str) -> None:
    """Let the server of the tests answer before the disk has its data: nothing in it outlives the run.

    Tests of power cuts and of durable settings start servers of their own, which flush as in an installation.
    """
    import psycopg

    with psycopg.connect(dsn, autocommit=True) as connection:
        for name in ("fsync", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")


def main(arguments: list[str]) -> int:
    # The real clock, before any import of kit/clock.py, which reads its offset once.
    arguments = set_clock_offset(arguments, now=dt.datetime.fromtimestamp(time.time(), dt.UTC))
    os.environ.setdefault("BINHYEN_VAR", str(ROOT / "var" / "test"))
    if (Path(os.environ["BINHYEN_VAR"]) / "prepared").exists():
        sys.exit("BINHYEN_VAR is an installation's folder; tests would lay their keys beside its own. Unset it.")
    os.environ.setdefault("BINHYEN_DEMO", "1")
    os.environ["BINHYEN_LOG"] = os.environ.get("BINHYEN_LOG", "ERROR")
    server = None
    if not os.environ.get("DATABASE_URL"):
        from binhyen.embedded_postgres import EmbeddedPostgres

        server = EmbeddedPostgres(Path(os.environ["BINHYEN_VAR"]) / "postgresql")
        server.start()
        skip_flushes(server.build_dsn())
        from binhyen.rls import apply

        apply.ensure_logins(server.build_dsn())
        os.environ["BINHYEN_TEST_OWN_DATABASE"] = "1"
    if not shutil.which("chromium"):
        print("Chromium is missing: browser tests are skipped. Hint: apt install chromium", file=sys.stderr)
    import pytest

    try:
        chosen = arguments or ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder", "-q", "-rs"]
        return int(pytest.main([f"--basetemp={Path(os.environ['BINHYEN_VAR']) / 'tmp'}", *chosen]))
    finally:
        if server is not None:
            server.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
