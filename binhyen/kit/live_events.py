"""Live events for open pages: a row and a NOTIFY in the transaction of the change.

PostgreSQL delivers notifications in commit order and only after the commit, so a page never receives a change that was
rolled back. The gateway (`kit/sse.py`) holds the connections.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection


@dataclass(frozen=True, slots=True)
class LiveEventData:
    """One event. `topics`: its audience, e.g. `unit:12`; `data`: public ids and codes only (under 4 kB)."""

    topics: tuple[str, ...]
    name: str
    data: dict[str, Any]


def events_to_json(events: Sequence[LiveEventData]) -> str:
    """Return the argument of `kit_publish`, for a statement that also does other work."""
    return orjson.dumps(list(events)).decode()


def publish_live(events: Sequence[LiveEventData], *, now: dt.datetime) -> None:
    """Write and announce events in one statement. Call inside the transaction of the change."""
    if events:
        with connection.cursor() as cursor:
            cursor.execute("SELECT kit_publish(%s::jsonb, %s)", [events_to_json(events), now])
