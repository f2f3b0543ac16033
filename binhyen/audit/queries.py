"""Read the audit book: check its chain."""

from binhyen.audit.models import AuditEntry
from binhyen.audit.rules import Entry, Fault, verify


def check_chain(head: tuple[int, str] | None = None) -> Fault | None:
    """The first broken place of the whole chain, or None."""
    rows = AuditEntry.objects.filter(seq__isnull=False).order_by("seq").iterator(chunk_size=5000)
    return verify((as_entry(row) for row in rows), head=head)


def head() -> tuple[int, str] | None:
    """The newest chained entry as (seq, hash): what a second party keeps as a checkpoint."""
    row = AuditEntry.objects.filter(seq__isnull=False).order_by("-seq").first()
    return (row.seq or 0, row.hash) if row else None


def as_entry(row: AuditEntry) -> Entry:
    return Entry(
        row.seq or 0, row.at, row.actor, row.verb, row.object, row.unit_id, row.detail, row.previous, row.hash
    )
