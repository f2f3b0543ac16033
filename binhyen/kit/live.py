"""Tell open desks that something changed: a row and a NOTIFY in the transaction that changed it.

PostgreSQL hands notifications out in commit order and only after the commit, so a desk never hears of what was
rolled back. The door (`kit/feed.py`) keeps the connections.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection


@dataclass(frozen=True, slots=True)
class Live:
    """One event. `topics`: who may hear it, e.g. `unit:12`; `data`: public ids and codes only (under 4 kB)."""

    topics: tuple[str, ...]
    name: str
    data: dict[str, Any]


def as_json(events: Sequence[Live]) -> str:
    """The argument of `kit_publish`, for a statement that does more than announce."""
    return orjson.dumps(list(events)).decode()


def publish(events: Sequence[Live], *, now: dt.datetime) -> None:
    """Write and announce events; one statement however many. Call inside the transaction of the change."""
    if events:
        with connection.cursor() as cursor:
            cursor.execute("SELECT kit_publish(%s::jsonb, %s)", [as_json(events), now])
