"""Self check: verification of the whole log with a stored result."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from binhyen.audit import checkpoint_files
from binhyen.audit.models import Check
from binhyen.audit.queries.chain import verify_all
from binhyen.audit.rules.chain import Fault, FaultKind, VerificationResult
from binhyen.audit.rules.signed_notes import Key
from binhyen.kit import logs

log = logs.get_logger("audit")


def run_self_check(*, now: dt.datetime, paths: Sequence[Path] = (), keys: Sequence[Key] = ()) -> VerificationResult:
    """Verify against the chain, our checkpoints and external copies; store the result for the inspectorate's page."""
    external = checkpoint_files.read_checkpoint_files(paths, keys=keys)
    unreadable = [Fault(0, 0, FaultKind.UNREADABLE) for _ in external.unread]
    unsigned = [Fault(head.size, head.size, FaultKind.SIGNATURE) for head in external.unsigned]
    verdict = verify_all(now=now, heads=external.checkpoint_heads, external_hashes=external.hashes).with_faults(
        *unreadable, *unsigned
    )
    confirmed_sizes = (
        head.size
        for head in external.checkpoint_heads
        if head not in external.unsigned and head.size <= verdict.confirmed
    )
    verdict = replace(verdict, external_size=max(confirmed_sizes, default=0))
    Check.objects.create(at=now, size=verdict.size, faults=[str(fault) for fault in verdict.faults])
    if verdict.faults:
        log.error("audit_broken", first=verdict.faults[0].first, faults=len(verdict.faults))
    return verdict
