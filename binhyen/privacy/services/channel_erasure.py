"""Platform deletion callback: the channel reports that a person wants erasure.

It is an ordinary request, granted without review unless a retention duty exists. Data that no case needs, and all
addresses of the person, are deleted at once in any case.
"""

import datetime as dt

from django.db import transaction

from binhyen.audit.services import Act, record
from binhyen.channels.services.deletion import drop_loose
from binhyen.kit import erasure_log
from binhyen.kit.rls_scope import PROGRAM, entered
from binhyen.privacy import queries
from binhyen.privacy.models import Request
from binhyen.privacy.rules.data_requests import Kind, State
from binhyen.privacy.services.fulfilment import carry_out, take_back
from binhyen.privacy.services.identities import erase_identities
from binhyen.privacy.services.requests import ask
from binhyen.vault import queries as known

LEFT = "left"  # kind of a departed person, whose texts a case still needs, in the erasure log


@entered(PROGRAM)
@transaction.atomic
def leave(*, reporter_id: int, now: dt.datetime) -> None:
    """File the request and fulfil it; a retention duty leaves the rest to the desk, with its deadline."""
    row = ask(reporter_id=reporter_id, kind=Kind.ERASE, via=Request.Via.CHANNEL, now=now)
    Request.objects.filter(pk=row.pk).update(conversation=None)  # the conversation cannot be answered any more
    if queries.duties(reporter_id, now=now):
        part(reporter_id, now=now)
        return
    if row.state == State.OPEN:
        Request.objects.filter(pk=row.pk).update(state=State.GRANTED, answered_at=now)
        record([Act("system:privacy", "data.granted", f"data:{row.code}", None, {"kind": row.kind})], now=now)
    carry_out(request_id=row.pk, now=now)


def part(reporter_id: int, *, now: dt.datetime) -> None:
    """Delete consents, the identity, addresses, and messages without a case."""
    erasure_log.note(LEFT, known.public_ids([reporter_id]))
    take_back(reporter_id, now=now)
    drop_loose([reporter_id])
    erase_identities([reporter_id], now=now)
