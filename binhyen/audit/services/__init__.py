"""Services of the audit log: write entries, chain, sign and publish them."""

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection, transaction

from binhyen.audit.models import AuditEntry, Link, Waiting
from binhyen.audit.queries.chain import to_chain_entry
from binhyen.audit.rules.action_families import COVER_VERB, ReadEvent, build_read_detail, is_recorded
from binhyen.audit.rules.chain import GENESIS, entry_hash
from binhyen.kit.locks import AdvisoryLock, try_xact_lock

# Entries written in the caller's transaction; `chaining` chains them a moment later.
#
# Chaining inside each transaction would serialise all writers. Entries of the last second are not yet evidence.


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


# Chaining of committed entries; one chainer at a time.

_SECONDS_A_COVER = 600
_LINK = """
WITH made AS (
    INSERT INTO audit_link (seq, entry_id, hash) SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[])
    RETURNING entry_id
)
DELETE FROM audit_waiting WHERE entry_id IN (SELECT entry_id FROM made)
"""


def add_cover_entries(*, now: dt.datetime) -> None:
    """Add dummy entries at random times, invisible to readers.

    Checkpoints publish the log's length: without dummies, a reader could count how many entries are hidden from them.
    """
    if secrets.randbelow(_SECONDS_A_COVER) == 0:
        record_actions([AuditAction("system:audit", COVER_VERB)] * (1 + secrets.randbelow(4)), now=now)


@transaction.atomic
def chain_waiting(*, limit: int = 5000) -> int:
    """Chain waiting entries; return their number. Only the holder of the lock may extend or sign the chain."""
    if not try_xact_lock(AdvisoryLock.CHAIN):
        return 0
    entry_ids = list(Waiting.objects.order_by("entry_id").values_list("entry_id", flat=True)[:limit])
    if not entry_ids:
        return 0
    last = Link.objects.order_by("-seq").first()
    seq, previous = (last.seq, bytes(last.hash)) if last else (0, GENESIS)
    links: list[tuple[int, int, bytes]] = []
    for row in AuditEntry.objects.filter(id__in=entry_ids).order_by("id"):
        seq += 1
        previous = entry_hash(to_chain_entry(row), seq=seq, previous=previous)
        links.append((seq, row.pk, previous))
    with connection.cursor() as cursor:
        cursor.execute(
            _LINK, [[seq for seq, _, _ in links], [key for _, key, _ in links], [digest for _, _, digest in links]]
        )
    return len(links)
