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

from binhyen.kit.feed import CHANNEL

_PUBLISH = """
WITH fresh AS (
    INSERT INTO kit_liveevent (topics, name, data, at)
    SELECT ARRAY(SELECT jsonb_array_elements_text(e->'topics')), e->>'name', e->'data', %s
    FROM jsonb_array_elements(%s::jsonb) AS e
    RETURNING id, topics, name, data
)
SELECT pg_notify(%s, jsonb_build_object('id', id, 'topics', topics, 'name', name, 'data', data)::text) FROM fresh
"""


@dataclass(frozen=True, slots=True)
class Live:
    """One event. `topics`: who may hear it, e.g. `unit:12`; `data`: public ids and codes only (under 4 kB)."""

    topics: tuple[str, ...]
    name: str
    data: dict[str, Any]


def publish(events: Sequence[Live], *, now: dt.datetime) -> None:
    """Write and announce events; one statement however many. Call inside the transaction of the change."""
    if not events:
        return
    rows = [{"topics": e.topics, "name": e.name, "data": e.data} for e in events]
    with connection.cursor() as cursor:
        cursor.execute(_PUBLISH, [now, orjson.dumps(rows).decode(), CHANNEL])
