"""The whole audit log as input of a verifier."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from binhyen.audit.models import AuditEntry, Checkpoint, Link, Waiting
from binhyen.audit.rules.chain import Entry
from binhyen.audit.rules.merkle import compute_root
from binhyen.audit.rules.signed_notes import Head, parse_head, parse_note
from binhyen.audit.rules.verification import ChainRow, Fault, FaultKind, Start, VerificationResult, verify_log

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
