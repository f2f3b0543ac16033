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

from binhyen.channels.dlp.source_fingerprints import print_of, seeds
from binhyen.channels.models import Imprint, Message, Passed
from binhyen.kit.jobs import defer_once
from binhyen.vault import process_keys
from binhyen.vault import services as vault

LATELY = dt.timedelta(days=30)  # period in which a report is compared with messages to its unit's groups
_CONTEXT = "procrastinate_jobs.args:imprint"
_SEED = 8


def scope_of(unit_id: int) -> str:
    return f"unit:{unit_id}"


@dataclass(frozen=True, slots=True)
class Confided:
    """Text of a message or tip, whose public id is `source`, received by this unit."""

    source: uuid.UUID
    text: str
    unit_id: int


def keep(told: Sequence[Confided], *, now: dt.datetime) -> None:
    """Have the fingerprints made after this transaction. Runs in any process.

    Not for complaints about police: a quarantined text of a unit would reveal to it that a complaint exists.
    """
    if not told:
        return
    until = (now + LATELY).isoformat()
    rows = [
        {"source": str(each.source), "unit": each.unit_id, "until": until,
         "seeds": base64.b64encode(b"".join(seeds(each.text))).decode()}
        for each in told
    ]  # fmt: skip
    sealed = vault.seal_for_worker(orjson.dumps(rows).decode(), context=_CONTEXT)
    defer_once(
        queue="urgent", task="channels.imprint", key=f"channels.imprint:{uuid.uuid4()}", arguments={"sealed": sealed}
    )


@transaction.atomic
def take(sealed: str) -> None:
    """Store the fingerprints; runs in the worker. Raises key_files.KeyFileMissing, envelopes.EnvelopeError."""
    key = process_keys.prints_key()
    Imprint.objects.bulk_create(
        _imprint(row, key) for row in orjson.loads(vault.open_by_worker(sealed, context=_CONTEXT))
    )


def _imprint(row: Mapping[str, Any], key: bytes) -> Imprint:
    each, scope = base64.b64decode(row["seeds"]), scope_of(row["unit"])
    prints = {print_of(each[i : i + _SEED], key=key, scope=scope) for i in range(0, len(each), _SEED)}
    until = dt.datetime.fromisoformat(row["until"])
    return Imprint(source=row["source"], unit_id=row["unit"], prints=sorted(prints), until=until)


def pass_on(sources: Iterable[uuid.UUID], *, unit_id: int, now: dt.datetime) -> None:
    """Share these reports with another unit, whose officers read them now. Runs in any process.

    A row of its own, since the fingerprint may still be on its way.
    """
    Passed.objects.bulk_create(
        (Passed(source=source, unit_id=unit_id, until=now + LATELY) for source in sources), ignore_conflicts=True
    )


def forget(sources: Iterable[uuid.UUID]) -> None:
    """Delete, after this transaction, fingerprints of reports withdrawn, erased, or found to be complaints.

    Any process.
    """
    gone = sorted(str(source) for source in sources)
    if gone:
        defer_once(
            queue="urgent", task="channels.forget_imprints", key=f"channels.forget_imprints:{uuid.uuid4()}",
            arguments={"sources": gone},
        )  # fmt: skip


def drop(sources: Iterable[str]) -> None:
    """Delete the fingerprints of these sources; runs in the worker."""
    gone = list(sources)
    Imprint.objects.filter(source__in=gone).delete()
    Passed.objects.filter(source__in=gone).delete()


def clean(*, now: dt.datetime) -> None:
    Imprint.objects.filter(until__lte=now).delete()
    Passed.objects.filter(until__lte=now).delete()


@transaction.atomic
def catch_up(*, now: dt.datetime, most: int = 500) -> int:
    """Fingerprint sensitive plaintext messages that have none; return their number.

    Covers lost jobs and messages older than fingerprints. Messages sealed before cannot be read any more.
    """
    has_one = Exists(Imprint.objects.filter(source=OuterRef("public_id")))
    told = Message.objects.filter(~has_one, sensitive=True, sealed=None, unit__isnull=False).exclude(text="")
    rows = told.filter(received_at__gt=now - LATELY, received_at__lt=now - dt.timedelta(minutes=5)).order_by("pk")
    found = list(rows.values_list("public_id", "text", "unit_id", "received_at")[:most])
    for source, text, unit_id, received_at in found:
        keep([Confided(source, text, unit_id)], now=received_at)
    return len(found)
