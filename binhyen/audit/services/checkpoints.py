"""Signed checkpoints: every hour and every thousand entries."""

import datetime as dt

from django.db import transaction

from binhyen.audit import keys
from binhyen.audit.models import Checkpoint, Link
from binhyen.audit.queries.chain import iter_hashes
from binhyen.audit.queries.state import get_newest_checkpoint
from binhyen.audit.rules.merkle import Range, append_leaves, compute_root
from binhyen.audit.rules.signed_notes import Head, Signer, sign_checkpoint
from binhyen.kit import key_files, logs
from binhyen.kit.locks import AdvisoryLock, try_xact_lock

log = logs.get_logger("audit")


def sign_if_due(*, now: dt.datetime, at_once: bool = False) -> Checkpoint | None:
    """Sign a checkpoint if due, or any new entries with `at_once`. None: nothing to sign, or no key on this host."""
    last = get_newest_checkpoint()
    size = Link.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    signed_size, signed_at = (last.size, last.at) if last else (0, None)
    if size <= signed_size or not (
        at_once or is_checkpoint_due(size=size, signed_size=signed_size, signed_at=signed_at, now=now)
    ):
        return None
    signer = keys.load_signer()
    if signer is None and last is not None:  # on another host, or lost: never replaced silently
        log.error("audit_key_missing")
        return None
    try:
        return _sign_checkpoint(signer or keys.create_log_key(), until=size, now=now)
    except key_files.KeyFileMissing:  # a process that may not sign
        log.error("audit_key_missing")
        return None


@transaction.atomic
def _sign_checkpoint(signer: Signer, *, until: int, now: dt.datetime) -> Checkpoint | None:
    """Sign up to `until`. Reads only entries since the last checkpoint: the tree's compact range holds the rest."""
    if not try_xact_lock(AdvisoryLock.CHAIN):
        return None
    last = get_newest_checkpoint()
    tree, head = (last.to_start().tree, bytes(last.head)) if last else (Range(), b"")
    if until <= tree.size:
        return None
    new_hashes = list(iter_hashes(after_seq=tree.size, until_seq=until))
    tree, head = append_leaves(tree, new_hashes), new_hashes[-1] if new_hashes else head
    note = str(sign_checkpoint(Head(signer.name, tree.size, compute_root(tree)), signer))
    return Checkpoint.objects.create(
        size=tree.size, at=now, head=head, roots=[subtree_root.hex() for subtree_root in tree.roots], note=note
    )


CHECKPOINT_ENTRIES = 1000
CHECKPOINT_INTERVAL = dt.timedelta(hours=1)


def is_checkpoint_due(*, size: int, signed_size: int, signed_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Tell whether a checkpoint is due: every hour and every thousand entries, only for a log that grew.

    `signed`: size of the last checkpoint.
    """
    if size <= signed_size:
        return False
    return signed_at is None or size - signed_size >= CHECKPOINT_ENTRIES or now - signed_at >= CHECKPOINT_INTERVAL
