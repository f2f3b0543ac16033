"""Signs of life of periodic work, and jumps of clocks, as rows that other processes read. Times are the database's."""

import datetime as dt
import time
from typing import Any

from django.db import connection

from binhyen.kit import clock

BEAT_SECONDS = 2.0  # between two writes of one process: the job itself runs every second
_last_beats: dict[str, float] = {}
_BEAT = """
INSERT INTO kit_heartbeat (name, beats, at, stepped_by) VALUES (%s, 1, clock_timestamp(), 0)
ON CONFLICT (name) DO UPDATE SET beats = kit_heartbeat.beats + 1, at = excluded.at
"""
# For the worker's own asynchronous connection.
STEPPED = """
INSERT INTO kit_heartbeat (name, beats, at, stepped_at, stepped_by)
VALUES (%(name)s, 0, clock_timestamp(), clock_timestamp(), %(seconds)s)
ON CONFLICT (name) DO UPDATE SET stepped_at = excluded.stepped_at, stepped_by = excluded.stepped_by
"""


def beat(name: str) -> None:
    """Note that this work was done just now."""
    now = time.monotonic()
    if now - _last_beats.get(name, -BEAT_SECONDS) >= BEAT_SECONDS:
        _last_beats[name] = now
        _execute(_BEAT, [name])


def count_beats(name: str) -> int | None:
    """How often the work was done; None where it never was."""
    rows = _execute("SELECT beats FROM kit_heartbeat WHERE name = %s", [name], read=True)
    return int(rows[0][0]) if rows else None


def last_beat(name: str) -> dt.datetime | None:
    """When it was last done, by the database's clock; None where it never was."""
    rows = _execute("SELECT at FROM kit_heartbeat WHERE name = %s AND beats > 0", [name], read=True)
    return rows[0][0] if rows else None


def database_time() -> dt.datetime:
    moment: dt.datetime = _execute("SELECT clock_timestamp()", [], read=True)[0][0]
    return moment


def clock_offset() -> float:
    """By how many seconds this process's clock is ahead of the database's; negative: behind."""
    before = clock.now()
    there = database_time()
    return ((before + (clock.now() - before) / 2) - there).total_seconds()


def last_steps(*, since: dt.datetime) -> list[tuple[str, dt.datetime, float]]:
    """Jumps of clocks noticed since then, by the database's time: process, when, seconds."""
    sql = "SELECT name, stepped_at, stepped_by FROM kit_heartbeat WHERE stepped_at > %s ORDER BY stepped_at DESC"
    return [(name, at, seconds) for name, at, seconds in _execute(sql, [since], read=True)]


def _execute(sql: str, values: list[Any], *, read: bool = False) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if read else []
