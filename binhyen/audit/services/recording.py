"""Entries written in the caller's transaction; `chaining` chains them a moment later.

Chaining inside each transaction would serialise all writers. Entries of the last second are not yet evidence.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection

from binhyen.audit.rules.read_events import Seen, detail, is_entry


@dataclass(frozen=True, slots=True)
class Act:
    """An action of an actor. `detail`: codes and ids only, never texts, names or phone numbers."""

    actor: str
    verb: str
    object: str = ""
    unit_id: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def as_json(acts: Sequence[Act]) -> str:
    """Encode the argument of `audit_record`, for a statement that does more than record."""
    return orjson.dumps(list(acts)).decode()


def record(acts: Sequence[Act], *, now: dt.datetime) -> None:
    """Write actions inside the caller's transaction, all in one statement."""
    if acts:
        with connection.cursor() as cursor:
            cursor.execute("SELECT audit_record(%s::jsonb, %s)", [as_json(acts), now])


def saw(seen: Seen, *, actor: str, object: str = "", unit_id: int | None = None, now: dt.datetime) -> None:
    """Record a read event if the rule requires it, in one statement. Call it before the response is sent.

    A read event alone does not wait for the disk; inside a transaction it is as durable as the rest.
    """
    if not is_entry(seen):
        return
    call = "audit_record" if connection.in_atomic_block else "audit_read"
    act = Act(actor, seen.what.value, object, unit_id, detail(seen))
    with connection.cursor() as cursor:
        # nosemgrep: sql-from-text  one of two constants above
        cursor.execute(f"SELECT {call}(%s::jsonb, %s)", [as_json([act]), now])
