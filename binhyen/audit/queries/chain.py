"""The whole audit log as input of a verifier."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from binhyen.audit.models import AuditEntry, Checkpoint, Link, Waiting
from binhyen.audit.rules.chain import Entry
from binhyen.audit.rules.merkle import root
from binhyen.audit.rules.signed_notes import Head, read_head, read_note
from binhyen.audit.rules.verification import Fault, Row, Start, Verdict, Wrong, judge

_AT_A_TIME = 5000
_SETTLES = dt.timedelta(minutes=1)  # by then every committed entry has its position


def as_entry(row: AuditEntry) -> Entry:
    return Entry(row.at, row.actor, row.verb, row.object, row.unit_id, row.detail)


def rows(*, after: int = 0) -> Iterator[Row]:
    """Iterate over every link with its entry, in order, a few thousand at a time."""
    while True:
        links = list(Link.objects.filter(seq__gt=after).order_by("seq")[:_AT_A_TIME])
        entries = AuditEntry.objects.in_bulk([link.entry_id for link in links])
        for link in links:
            entry = entries.get(link.entry_id)
            yield Row(link.seq, bytes(link.hash), as_entry(entry) if entry else None)
        if len(links) < _AT_A_TIME:
            return
        after = links[-1].seq


def hashes(*, after: int, until: int) -> Iterator[bytes]:
    """Iterate over the links' hashes in order."""
    found = Link.objects.filter(seq__gt=after, seq__lte=until).order_by("seq").values_list("hash", flat=True)
    return (bytes(value) for value in found.iterator(chunk_size=_AT_A_TIME))


def verify(*, now: dt.datetime, heads: Sequence[Head] = (), outside: Mapping[int, bytes] | None = None) -> Verdict:
    """Verify the whole log against the chain, our own checkpoints, and external copies."""
    begin = start()
    ours = [read_head(read_note(note)) for note in Checkpoint.objects.values_list("note", flat=True)]
    wanted = [head for head in (*ours, *heads) if head.size > begin.tree.size]
    verdict = judge(rows(after=begin.tree.size), heads=wanted, hashes=outside, start=begin)
    others = {head.root for head in heads if head.size == begin.tree.size > 0}
    if others - {root(begin.tree)}:
        verdict = verdict.also(Fault(1, begin.tree.size, Wrong.REWRITTEN))
    verdict = replace(verdict, waiting=_unlinked(waiting=True).count())
    # Written a minute ago, by its own time, and in no list: nobody will ever link it. Of a time to come, as well.
    old = Q(at__lt=now - _SETTLES) | Q(at__gt=now + _SETTLES)
    if lost := _unlinked(waiting=False).filter(old).count():
        return verdict.also(Fault(verdict.size + 1, verdict.size + lost, Wrong.UNCHAINED))
    return verdict


def start() -> Start:
    """Return the beginning of the log, or the checkpoint up to which the operator has archived the entries."""
    point = Checkpoint.objects.filter(size=settings.AUDIT_ARCHIVED).first() if settings.AUDIT_ARCHIVED else None
    return point.start() if point else Start()


def _unlinked(*, waiting: bool) -> QuerySet[AuditEntry]:
    """Entries without a place in the chain: those that the chainer has yet to do, or those that it knows nothing of."""
    linked, listed = (model.objects.filter(entry_id=OuterRef("pk")) for model in (Link, Waiting))
    to_do = Exists(listed) if waiting else ~Exists(listed)
    return AuditEntry.objects.filter(~Exists(linked), to_do)
