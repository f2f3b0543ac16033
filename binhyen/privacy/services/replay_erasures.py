"""Replay of erasures after a restore: everything erased since the backup is erased again before pages open."""

import datetime as dt
from collections.abc import Iterable
from contextlib import suppress

from django.db import transaction

from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit import erasure_log
from binhyen.privacy.services import retention
from binhyen.privacy.services.channel_erasure import DEPARTED_PERSON, erase_without_cases
from binhyen.privacy.services.fulfilment import ERASED_PERSON, erase_person
from binhyen.vault import queries as known
from binhyen.vault import services as vault

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
