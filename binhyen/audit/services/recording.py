"""Write entries in the caller's transaction; `chaining` gives them their place a moment later.

A chain inside each transaction would put every writer in one queue. What is at most a second old is not yet evidence.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection

from binhyen.audit.rules.reads import Seen, detail, is_entry


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did. `detail`: codes and ids only, never words, names or phones."""

    actor: str
    verb: str
    object: str = ""
    unit_id: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def as_json(acts: Sequence[Act]) -> str:
    """The argument of `audit_record`, for a statement that does more than record."""
    return orjson.dumps(list(acts)).decode()


def record(acts: Sequence[Act], *, now: dt.datetime) -> None:
    """Write acts inside the caller's transaction; one statement however many."""
    if acts:
        with connection.cursor() as cursor:
            cursor.execute("SELECT audit_record(%s::jsonb, %s)", [as_json(acts), now])


def saw(seen: Seen, *, actor: str, object: str = "", unit_id: int | None = None, now: dt.datetime) -> None:
    """Somebody looked: one entry if the rule wants it, no statement if not. To be called before the answer leaves.

    A look alone does not wait for the disk; within a transaction it is as durable as the rest of it.
    """
    if not is_entry(seen):
        return
    call = "audit_record" if connection.in_atomic_block else "audit_read"
    act = Act(actor, seen.what.value, object, unit_id, detail(seen))
    with connection.cursor() as cursor:
        # nosemgrep: sql-from-text  one of two constants above
        cursor.execute(f"SELECT {call}(%s::jsonb, %s)", [as_json([act]), now])
