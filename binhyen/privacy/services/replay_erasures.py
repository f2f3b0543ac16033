"""Replay of erasures after a restore: everything erased since the backup is erased again before pages open."""

import datetime as dt
from collections.abc import Iterable
from contextlib import suppress

from django.db import transaction

from binhyen.audit.services import Act, record
from binhyen.kit import erasure_log
from binhyen.privacy.services import retention
from binhyen.privacy.services.channel_erasure import LEFT, part
from binhyen.privacy.services.fulfilment import PERSON, erase_person
from binhyen.vault import queries as known
from binhyen.vault import services as vault

RESTORE = "system:restore"
DUMPING = dt.timedelta(days=2)  # a backup may have begun this long before its timestamp, or a clock have been wrong


def erase_again(*, made_at: dt.datetime, now: dt.datetime) -> dict[str, int]:
    """Replay erasures: keys first, then erased persons, then expired rows; return how many of each.

    A person who is erased in the backup already is skipped: reporters about police go on, and their later reports are
    not part of the erasure.
    """
    since = made_at - DUMPING
    with transaction.atomic():
        locks = vault.destroy_again(erasure_log.noted(vault.LOCK))
        if now - made_at > erasure_log.BACKUPS_LIVE:
            days = (now - made_at).days
            record([Act(RESTORE, "backup.restored_old", f"backup:{made_at:%Y-%m-%d}", None, {"days": days})], now=now)
    persons = 0
    for public_id, until in _moments(erasure_log.noted(PERSON, since=since)).items():
        for reporter in known.reporters_by([public_id]):
            with transaction.atomic():
                erase_person(reporter, until=until or now, now=now)
                persons += 1
    for reporter in known.reporters_by(erasure_log.noted(LEFT, since=since)):
        with transaction.atomic():
            part(reporter, now=now)
    return {"keys": locks, "persons": persons, "over": sum(retention.sweep_all(now=now).values())}


def _moments(noted: Iterable[str]) -> dict[str, dt.datetime | None]:
    """Map each person to the end of the erased period: later reports are excluded. None: logged by an older version."""
    found: dict[str, dt.datetime | None] = {}
    for line in noted:
        public_id, _, said = line.partition(" ")
        with suppress(ValueError):
            until = dt.datetime.fromisoformat(said) if said else None
            before = found.get(public_id, until)
            found[public_id] = max(before, until) if before and until else None
    return found
