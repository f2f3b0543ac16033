"""Entries written in the caller's transaction; `chaining` chains them a moment later.

Chaining inside each transaction would serialise all writers. Entries of the last second are not yet evidence.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection

from binhyen.audit.rules.read_events import ReadEvent, build_read_detail, is_recorded


@dataclass(frozen=True, slots=True)
class AuditAction:
    """An action of an actor. `detail`: codes and ids only, never texts, names or phone numbers."""

    actor: str
    verb: str
    object: str = ""
    unit_id: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def encode_actions(acts: Sequence[AuditAction]) -> str:
    """Encode the argument of `audit_record`, for a statement that does more than record."""
    return orjson.dumps(list(acts)).decode()


def record_actions(acts: Sequence[AuditAction], *, now: dt.datetime) -> None:
    """Write actions inside the caller's transaction, all in one statement."""
    if acts:
        with connection.cursor() as cursor:
            cursor.execute("SELECT audit_record(%s::jsonb, %s)", [encode_actions(acts), now])


def record_read(
    event: ReadEvent, *, actor: str, object: str = "", unit_id: int | None = None, now: dt.datetime
) -> None:
    """Record a read event if the rule requires it, in one statement. Call it before the response is sent.

    A read event alone does not wait for the disk; inside a transaction it is as durable as the rest.
    """
    if not is_recorded(event):
        return
    function_name = "audit_record" if connection.in_atomic_block else "audit_read"
    act = AuditAction(actor, event.what.value, object, unit_id, build_read_detail(event))
    with connection.cursor() as cursor:
        # nosemgrep: sql-from-text  one of two constants above
        cursor.execute(f"SELECT {function_name}(%s::jsonb, %s)", [encode_actions([act]), now])
