"""Erasure of a person: the key to their data, the encrypted facts, and their addresses."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from binhyen.vault.models import Contact, Reporter
from binhyen.vault.services.encrypt import forget


@transaction.atomic
def erase(reporter_ids: Collection[int], *, staying: Collection[int] = (), now: dt.datetime) -> dict[int, int]:
    """Erase the link between pseudonyms and persons; return old → new reporter of `staying_ids`.

    These are members of a group: their channel goes on working, and the old and new reporter cannot be linked. The
    custodians' copy of their channel id goes with the old key; the sender process still has its own copy.
    """
    forget(reporter_ids)
    moved: dict[int, int] = {}
    for old in sorted(set(staying) & set(reporter_ids)):
        fresh = Reporter.objects.create(created_at=now)
        Contact.objects.filter(reporter=old).update(reporter=fresh, custody_sealed=b"")
        moved[old] = fresh.pk
    Contact.objects.filter(reporter__in=set(reporter_ids) - moved.keys()).delete()
    return moved
