"""Keyed fingerprints of confidential reports, compared with texts to groups (async_dlp.py).

The process that receives the text, pages or worker, passes hashes of its particulars encrypted for the worker; the
worker turns them into fingerprints under a key that it alone has. So neither the pages nor the database can test texts
against them.
"""

import base64
import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import transaction
from django.db.models import Exists, OuterRef

from binhyen.channels.dlp.source_fingerprints import fingerprint_seeds, make_fingerprint
from binhyen.channels.models import Imprint, Message, Passed
from binhyen.kit.jobs import defer_once
from binhyen.vault import process_keys
from binhyen.vault import services as vault

COMPARISON_PERIOD = dt.timedelta(days=30)  # period in which a report is compared with messages to its unit's groups
_CONTEXT = "procrastinate_jobs.args:imprint"
_SEED_BYTES = 8


def format_scope(unit_id: int) -> str:
    return f"unit:{unit_id}"


@dataclass(frozen=True, slots=True)
class ConfidentialText:
    """Text of a message or tip, whose public id is `source`, received by this unit."""

    source: uuid.UUID
    text: str
    unit_id: int


def defer_fingerprints(texts: Sequence[ConfidentialText], *, now: dt.datetime) -> None:
    """Have the fingerprints made after this transaction. Runs in any process.

    Not for complaints about police: a quarantined text of a unit would reveal to it that a complaint exists.
    """
    if not texts:
        return
    until = (now + COMPARISON_PERIOD).isoformat()
    rows = [
        {
            "source": str(item.source),
            "unit": item.unit_id,
            "until": until,
            "seeds": base64.b64encode(b"".join(fingerprint_seeds(item.text))).decode(),
        }
        for item in texts
    ]
    ciphertext = vault.seal_for_worker(orjson.dumps(rows).decode(), context=_CONTEXT)
    defer_once(
        queue="urgent",
        task="channels.imprint",
        key=f"channels.imprint:{uuid.uuid4()}",
        arguments={"sealed": ciphertext},
    )


@transaction.atomic
def store_sealed_fingerprints(sealed: str) -> None:
    """Store the fingerprints; runs in the worker. Raises key_files.KeyFileMissing, envelopes.EnvelopeError."""
    key = process_keys.get_fingerprint_key()
    Imprint.objects.bulk_create(
        _build_fingerprint(row, key) for row in orjson.loads(vault.open_in_worker(sealed, context=_CONTEXT))
    )


def _build_fingerprint(row: Mapping[str, Any], key: bytes) -> Imprint:
    seed_bytes, scope = base64.b64decode(row["seeds"]), format_scope(row["unit"])
    fingerprints = {
        make_fingerprint(seed_bytes[offset : offset + _SEED_BYTES], key=key, scope=scope)
        for offset in range(0, len(seed_bytes), _SEED_BYTES)
    }
    until = dt.datetime.fromisoformat(row["until"])
    return Imprint(source=row["source"], unit_id=row["unit"], prints=sorted(fingerprints), until=until)


def share_with_unit(sources: Iterable[uuid.UUID], *, unit_id: int, now: dt.datetime) -> None:
    """Share these reports with another unit, whose officers read them now. Runs in any process.

    A row of its own, since the fingerprint may still be on its way.
    """
    Passed.objects.bulk_create(
        (Passed(source=source, unit_id=unit_id, until=now + COMPARISON_PERIOD) for source in sources),
        ignore_conflicts=True,
    )


def defer_fingerprint_deletion(sources: Iterable[uuid.UUID]) -> None:
    """Delete, after this transaction, fingerprints of reports withdrawn, erased, or found to be complaints.

    Any process.
    """
    source_ids = sorted(str(source) for source in sources)
    if source_ids:
        defer_once(
            queue="urgent",
            task="channels.forget_imprints",
            key=f"channels.forget_imprints:{uuid.uuid4()}",
            arguments={"sources": source_ids},
        )


def delete_by_source(sources: Iterable[str]) -> None:
    """Delete the fingerprints of these sources; runs in the worker."""
    source_ids = list(sources)
    Imprint.objects.filter(source__in=source_ids).delete()
    Passed.objects.filter(source__in=source_ids).delete()


def delete_expired(*, now: dt.datetime) -> None:
    Imprint.objects.filter(until__lte=now).delete()
    Passed.objects.filter(until__lte=now).delete()


@transaction.atomic
def fingerprint_unprocessed(*, now: dt.datetime, limit: int = 500) -> int:
    """Fingerprint sensitive plaintext messages that have none; return their number.

    Covers lost jobs and messages older than fingerprints. Messages sealed before cannot be read any more.
    """
    has_fingerprint = Exists(Imprint.objects.filter(source=OuterRef("public_id")))
    messages = Message.objects.filter(~has_fingerprint, sensitive=True, sealed=None, unit__isnull=False).exclude(
        text=""
    )
    rows = messages.filter(
        received_at__gt=now - COMPARISON_PERIOD, received_at__lt=now - dt.timedelta(minutes=5)
    ).order_by("pk")
    missing = list(rows.values_list("public_id", "text", "unit_id", "received_at")[:limit])
    for source, text, unit_id, received_at in missing:
        defer_fingerprints([ConfidentialText(source, text, unit_id)], now=received_at)
    return len(missing)
