"""The whole audit log as input of a verifier."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from binhyen.audit.models import AuditEntry, Check, Checkpoint, CheckpointDelivery, Link, Waiting
from binhyen.audit.rules.chain import ChainRow, Entry, Fault, FaultKind, Start, VerificationResult, verify_log
from binhyen.audit.rules.merkle import compute_root
from binhyen.audit.rules.signed_notes import Head, parse_head, parse_note

# State of the audit log for display: signed checkpoints, deliveries, last verification.

PAGE_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery of a checkpoint to a second party."""

    label: str
    at: dt.datetime
    paper: bool


@dataclass(frozen=True, slots=True)
class LogState:
    """State. `signed`: newest checkpoint; `given`: newest delivery of each way; `checked`: last verification."""

    signed: Checkpoint | None
    given: tuple[Delivery, ...]
    checked: Check | None


def get_log_state() -> LogState:
    """Load the state in three statements of one to three rows each."""
    newest_deliveries = CheckpointDelivery.objects.order_by("to", "-size").distinct("to")
    return LogState(
        get_newest_checkpoint(), tuple(map(_to_delivery, newest_deliveries)), Check.objects.order_by("-id").first()
    )


def get_newest_checkpoint() -> Checkpoint | None:
    return Checkpoint.objects.order_by("-size").first()


def list_signed_checkpoints(*, before_size: int | None = None) -> list[Checkpoint]:
    """List fifty checkpoints, newest first; `before`: a size to continue from."""
    ordered = Checkpoint.objects.order_by("-size")
    return list((ordered.filter(size__lt=before_size) if before_size else ordered)[:PAGE_LIMIT])


def get_checkpoint(size: int) -> Checkpoint | None:
    return Checkpoint.objects.filter(size=size).first()


def get_deliveries(*sizes: int) -> dict[int, list[Delivery]]:
    """Return the deliveries of these checkpoints; every given size is a key."""
    deliveries: dict[int, list[Delivery]] = {size: [] for size in sizes}
    for row in CheckpointDelivery.objects.filter(size__in=sizes).order_by("at"):
        deliveries[row.size].append(_to_delivery(row))
    return deliveries


def _to_delivery(row: CheckpointDelivery) -> Delivery:
    return Delivery(str(CheckpointDelivery.To(row.to).label), row.at, row.to == CheckpointDelivery.To.PAPER)


_BATCH = 5000
_CHAINING_DELAY = dt.timedelta(minutes=1)  # by then every committed entry has its position


def to_chain_entry(row: AuditEntry) -> Entry:
    return Entry(row.at, row.actor, row.verb, row.object, row.unit_id, row.detail)


def iter_rows(*, after_seq: int = 0) -> Iterator[ChainRow]:
    """Iterate over every link with its entry, in order, a few thousand at a time."""
    while True:
        links = list(Link.objects.filter(seq__gt=after_seq).order_by("seq")[:_BATCH])
        entries = AuditEntry.objects.in_bulk([link.entry_id for link in links])
        for link in links:
            entry = entries.get(link.entry_id)
            yield ChainRow(link.seq, bytes(link.hash), to_chain_entry(entry) if entry else None)
        if len(links) < _BATCH:
            return
        after_seq = links[-1].seq


def iter_hashes(*, after_seq: int, until_seq: int) -> Iterator[bytes]:
    """Iterate over the links' hashes in order."""
    stored_hashes = (
        Link.objects.filter(seq__gt=after_seq, seq__lte=until_seq).order_by("seq").values_list("hash", flat=True)
    )
    return (bytes(value) for value in stored_hashes.iterator(chunk_size=_BATCH))


def verify_all(
    *, now: dt.datetime, heads: Sequence[Head] = (), external_hashes: Mapping[int, bytes] | None = None
) -> VerificationResult:
    """Verify the whole log against the chain, our own checkpoints, and external copies."""
    start_point = get_start()
    own_heads = [parse_head(parse_note(note)) for note in Checkpoint.objects.values_list("note", flat=True)]
    checked_heads = [head for head in (*own_heads, *heads) if head.size > start_point.tree.size]
    verdict = verify_log(
        iter_rows(after_seq=start_point.tree.size), heads=checked_heads, hashes=external_hashes, start=start_point
    )
    external_roots = {head.root for head in heads if head.size == start_point.tree.size > 0}
    if external_roots - {compute_root(start_point.tree)}:
        verdict = verdict.with_faults(Fault(1, start_point.tree.size, FaultKind.REWRITTEN))
    verdict = replace(verdict, waiting=_unlinked(waiting=True).count())
    # Written a minute ago, by its own time, and in no list: no process will link it. The same for a time in the future.
    old = Q(at__lt=now - _CHAINING_DELAY) | Q(at__gt=now + _CHAINING_DELAY)
    if unchained_count := _unlinked(waiting=False).filter(old).count():
        return verdict.with_faults(Fault(verdict.size + 1, verdict.size + unchained_count, FaultKind.UNCHAINED))
    return verdict


def get_start() -> Start:
    """Return the beginning of the log, or the checkpoint up to which the operator has archived the entries."""
    archived = Checkpoint.objects.filter(size=settings.AUDIT_ARCHIVED).first() if settings.AUDIT_ARCHIVED else None
    return archived.to_start() if archived else Start()


def _unlinked(*, waiting: bool) -> QuerySet[AuditEntry]:
    """Entries without a place in the chain: those that the chainer has yet to do, or those that it knows nothing of."""
    linked, listed = (model.objects.filter(entry_id=OuterRef("pk")) for model in (Link, Waiting))
    to_do = Exists(listed) if waiting else ~Exists(listed)
    return AuditEntry.objects.filter(~Exists(linked), to_do)
