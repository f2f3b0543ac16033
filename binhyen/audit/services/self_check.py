"""Self check: verification of the whole log with a stored result."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from binhyen.audit import checkpoint_files
from binhyen.audit.models import Check
from binhyen.audit.queries.chain import verify
from binhyen.audit.rules.signed_notes import Key
from binhyen.audit.rules.verification import Fault, Verdict, Wrong
from binhyen.kit import logs

log = logs.get("audit")


def check(*, now: dt.datetime, paths: Sequence[Path] = (), keys: Sequence[Key] = ()) -> Verdict:
    """Verify against the chain, our checkpoints and external copies; store the result for the inspectorate's page."""
    held = checkpoint_files.read(paths, keys=keys)
    unreadable = [Fault(0, 0, Wrong.UNREADABLE) for _ in held.unread]
    unsigned = [Fault(head.size, head.size, Wrong.SIGNATURE) for head in held.unsigned]
    verdict = verify(now=now, heads=held.heads, outside=held.hashes).also(*unreadable, *unsigned)
    borne_out = (head.size for head in held.heads if head not in held.unsigned and head.size <= verdict.confirmed)
    verdict = replace(verdict, held=max(borne_out, default=0))
    Check.objects.create(at=now, size=verdict.size, faults=[str(fault) for fault in verdict.faults])
    if verdict.faults:
        log.error("audit_broken", first=verdict.faults[0].first, faults=len(verdict.faults))
    return verdict
