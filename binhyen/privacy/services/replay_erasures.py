"""Replay of erasures after a restore: everything erased since the backup is erased again before pages open."""

import datetime as dt
from collections.abc import Iterable
from contextlib import suppress

from django.db import transaction

from binhyen.audit.services import AuditAction, record_actions
from binhyen.channels.services.deletion import delete_unassigned
from binhyen.kit import erasure_log
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.privacy import queries
from binhyen.privacy.models import Request
from binhyen.privacy.rules.data_requests import DataRequestKind, DataRequestState
from binhyen.privacy.services import retention
from binhyen.privacy.services.fulfilment import ERASED_PERSON, erase_person, fulfil_granted_request, withdraw_everything
from binhyen.privacy.services.identities import erase_identities
from binhyen.privacy.services.requests import create_request
from binhyen.vault import queries as known
from binhyen.vault import services as vault

# Platform deletion callback: the channel reports that a person wants erasure.
#
# It is an ordinary request, granted without review unless a retention duty exists. Data that no case needs, and all
# addresses of the person, are deleted at once in any case.

DEPARTED_PERSON = "left"  # kind of a departed person, whose texts a case still needs, in the erasure log


@rls_scope(PROGRAM_SCOPE)
@transaction.atomic
def handle_deletion_callback(*, reporter_id: int, now: dt.datetime) -> None:
    """File the request and fulfil it; a retention duty leaves the rest to the desk, with its deadline."""
    row = create_request(reporter_id=reporter_id, kind=DataRequestKind.ERASE, via=Request.Via.CHANNEL, now=now)
    Request.objects.filter(pk=row.pk).update(conversation=None)  # the conversation cannot be answered any more
    if queries.find_duties(reporter_id, now=now):
        erase_without_cases(reporter_id, now=now)
        return
    if row.state == DataRequestState.OPEN:
        Request.objects.filter(pk=row.pk).update(state=DataRequestState.GRANTED, answered_at=now)
        record_actions(
            [AuditAction("system:privacy", "data.granted", f"data:{row.code}", None, {"kind": row.kind})], now=now
        )
    fulfil_granted_request(request_id=row.pk, now=now)


def erase_without_cases(reporter_id: int, *, now: dt.datetime) -> None:
    """Delete consents, the identity, addresses, and messages without a case."""
    erasure_log.record_erasure(DEPARTED_PERSON, known.list_public_ids([reporter_id]))
    withdraw_everything(reporter_id, now=now)
    delete_unassigned([reporter_id])
    erase_identities([reporter_id], now=now)


RESTORE = "system:restore"
BACKUP_MARGIN = dt.timedelta(
    days=2
)  # a backup may have begun this long before its timestamp, or a clock have been wrong


def replay_erasures(*, made_at: dt.datetime, now: dt.datetime) -> dict[str, int]:
    """Replay erasures: keys first, then erased persons, then expired rows; return how many of each.

    A person who is erased in the backup already is skipped: reporters about police go on, and their later reports are
    not part of the erasure.
    """
    since = made_at - BACKUP_MARGIN
    with transaction.atomic():
        locks = vault.replay_key_destruction(erasure_log.iter_erasures(vault.ERASURE_KIND))
        if now - made_at > erasure_log.BACKUP_RETENTION:
            days = (now - made_at).days
            record_actions(
                [AuditAction(RESTORE, "backup.restored_old", f"backup:{made_at:%Y-%m-%d}", None, {"days": days})],
                now=now,
            )
    persons = 0
    for public_id, until in _parse_moments(erasure_log.iter_erasures(ERASED_PERSON, since=since)).items():
        for reporter in known.find_reporters([public_id]):
            with transaction.atomic():
                erase_person(reporter, until=until or now, now=now)
                persons += 1
    for reporter in known.find_reporters(erasure_log.iter_erasures(DEPARTED_PERSON, since=since)):
        with transaction.atomic():
            erase_without_cases(reporter, now=now)
    return {"keys": locks, "persons": persons, "over": sum(retention.sweep_all(now=now).values())}


def _parse_moments(log_lines: Iterable[str]) -> dict[str, dt.datetime | None]:
    """Map each person to the end of the erased period: later reports are excluded. None: logged by an older version."""
    result: dict[str, dt.datetime | None] = {}
    for line in log_lines:
        public_id, _, timestamp = line.partition(" ")
        with suppress(ValueError):
            until = dt.datetime.fromisoformat(timestamp) if timestamp else None
            earlier = result.get(public_id, until)
            result[public_id] = max(earlier, until) if earlier and until else None
    return result
