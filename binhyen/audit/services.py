"""Write audit rows in the caller's transaction; chain them a moment later, one chainer at a time.

A chain inside each transaction would put every writer in one queue. Rows are therefore written unchained and get
their place from `chain`, which runs every second; what is at most a second old is not yet evidence.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from django.db import connection, transaction

from binhyen.audit.models import AuditEntry
from binhyen.audit.queries import as_entry
from binhyen.audit.rules import GENESIS, entry_hash

_CHAIN_LOCK = 7_304_001


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
    return orjson.dumps([asdict(act) for act in acts]).decode()


def record(acts: Sequence[Act], *, now: dt.datetime) -> None:
    """Write acts inside the caller's transaction; one statement however many."""
    if acts:
        with connection.cursor() as cursor:
            cursor.execute("SELECT audit_record(%s::jsonb, %s)", [as_json(acts), now])


@transaction.atomic
def chain(*, most: int = 5000) -> int:
    """Give committed rows their place in the chain; how many. The lock is held by one chainer at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_CHAIN_LOCK])
        if not cursor.fetchone()[0]:
            return 0
    last = AuditEntry.objects.filter(seq__isnull=False).order_by("-seq").first()
    seq, previous = (last.seq or 0, last.hash) if last else (0, GENESIS)
    rows = list(AuditEntry.objects.filter(seq__isnull=True).order_by("id")[:most])
    for row in rows:
        seq += 1
        row.seq, row.previous = seq, previous
        row.hash = previous = entry_hash(as_entry(row))
    AuditEntry.objects.bulk_update(rows, ["seq", "previous", "hash"], batch_size=1000)
    return len(rows)
