"""Erasure of a person: the key to their data, the encrypted facts, and their addresses."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from binhyen.vault.models import Contact, Reporter
from binhyen.vault.services.encrypt import erase_reporter_data


@transaction.atomic
def erase_reporters(
    reporter_ids: Collection[int], *, staying: Collection[int] = (), now: dt.datetime
) -> dict[int, int]:
    """Erase the link between pseudonyms and persons; return old → new reporter of `staying_ids`.

    These are members of a group: their channel goes on working, and the old and new reporter cannot be linked. The
    custodians' copy of their channel id goes with the old key; the sender process still has its own copy.
    """
    erase_reporter_data(reporter_ids)
    new_ids: dict[int, int] = {}
    for old_id in sorted(set(staying) & set(reporter_ids)):
        new_reporter = Reporter.objects.create(created_at=now)
        Contact.objects.filter(reporter=old_id).update(reporter=new_reporter, custody_sealed=b"")
        new_ids[old_id] = new_reporter.pk
    Contact.objects.filter(reporter__in=set(reporter_ids) - new_ids.keys()).delete()
    return new_ids
