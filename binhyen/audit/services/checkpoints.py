"""Signed checkpoints: every hour and every thousand entries."""

import datetime as dt

from django.db import transaction

from binhyen.audit import keys
from binhyen.audit.models import Checkpoint, Link
from binhyen.audit.queries.chain import hashes
from binhyen.audit.queries.state import newest
from binhyen.audit.rules.merkle import Range, extend, root
from binhyen.audit.rules.signed_notes import Head, Signer, sign
from binhyen.kit import key_files, logs
from binhyen.kit.locks import Lock, take

log = logs.get("audit")


def checkpoint(*, now: dt.datetime, at_once: bool = False) -> Checkpoint | None:
    """Sign a checkpoint if due, or any new entries with `at_once`. None: nothing to sign, or no key on this host."""
    last = newest()
    size = Link.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    signed, signed_at = (last.size, last.at) if last else (0, None)
    if size <= signed or not (at_once or due(size=size, signed=signed, signed_at=signed_at, now=now)):
        return None
    signer = keys.signer()
    if signer is None and last is not None:  # on another host, or lost: never replaced silently
        log.error("audit_key_missing")
        return None
    try:
        return _sign(signer or keys.make(), until=size, now=now)
    except key_files.NotHere:  # a process that may not sign
        log.error("audit_key_missing")
        return None


@transaction.atomic
def _sign(signer: Signer, *, until: int, now: dt.datetime) -> Checkpoint | None:
    """Sign up to `until`. Reads only entries since the last checkpoint: the tree's compact range holds the rest."""
    if not take(Lock.CHAIN):
        return None
    last = newest()
    tree, head = (last.start().tree, bytes(last.head)) if last else (Range(), b"")
    if until <= tree.size:
        return None
    fresh = list(hashes(after=tree.size, until=until))
    tree, head = extend(tree, fresh), fresh[-1] if fresh else head
    note = str(sign(Head(signer.name, tree.size, root(tree)), signer))
    return Checkpoint.objects.create(
        size=tree.size, at=now, head=head, roots=[r.hex() for r in tree.roots], note=note
    )  # fmt: skip


MOST_ENTRIES = 1000
LONGEST = dt.timedelta(hours=1)


def due(*, size: int, signed: int, signed_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Tell whether a checkpoint is due: every hour and every thousand entries, only for a log that grew.

    `signed`: size of the last checkpoint.
    """
    if size <= signed:
        return False
    return signed_at is None or size - signed >= MOST_ENTRIES or now - signed_at >= LONGEST
