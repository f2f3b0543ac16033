"""A person is erased: the key to what was sealed of them, the sealed facts, and the ways to reach them."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from binhyen.vault.models import Contact, Reporter
from binhyen.vault.services.sealing import forget


@transaction.atomic
def erase(reporter_ids: Collection[int], *, staying: Collection[int] = (), now: dt.datetime) -> dict[int, int]:
    """Nothing leads from these pseudonyms to a person any more, nor back. Old → new pseudonym of those `staying` in a
    group: their channel goes on working, and nobody can tell the two apart from any two.

    The custodians' copy of a stayer's channel id goes with the old lock; the process that sends keeps its own.
    """
    forget(reporter_ids)
    moved: dict[int, int] = {}
    for old in sorted(set(staying) & set(reporter_ids)):
        fresh = Reporter.objects.create(created_at=now)
        Contact.objects.filter(reporter=old).update(reporter=fresh, custody_sealed=b"")
        moved[old] = fresh.pk
    Contact.objects.filter(reporter__in=set(reporter_ids) - moved.keys()).delete()
    return moved
