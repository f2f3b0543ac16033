"""The channel itself says that a person wants to be forgotten: a request like any other, which nobody has to weigh
unless a duty to keep stands. What no case needs, and every way to the person, goes at once all the same.
"""

import datetime as dt

from django.db import transaction

from binhyen.audit.services import Act, record
from binhyen.channels.services.forgetting import drop_loose
from binhyen.kit import erased
from binhyen.kit.scope import PROGRAM, entered
from binhyen.privacy import queries
from binhyen.privacy.models import Request
from binhyen.privacy.rules.asking import Kind, State
from binhyen.privacy.services.carrying import carry_out, take_back
from binhyen.privacy.services.identities import erase_identities
from binhyen.privacy.services.requests import ask
from binhyen.vault import queries as known

LEFT = "left"  # how one is noted for a restore whose words a case still needs


@entered(PROGRAM)
@transaction.atomic
def leave(*, reporter_id: int, now: dt.datetime) -> None:
    """File it and do what may be done; a duty leaves the rest to the desk, with its clock."""
    row = ask(reporter_id=reporter_id, kind=Kind.ERASE, via=Request.Via.CHANNEL, now=now)
    Request.objects.filter(pk=row.pk).update(conversation=None)  # nothing can be said there any more
    if queries.duties(reporter_id, now=now):
        part(reporter_id, now=now)
        return
    if row.state == State.OPEN:
        Request.objects.filter(pk=row.pk).update(state=State.GRANTED, answered_at=now)
        record([Act("system:privacy", "data.granted", f"data:{row.code}", None, {"kind": row.kind})], now=now)
    carry_out(request_id=row.pk, now=now)


def part(reporter_id: int, *, now: dt.datetime) -> None:
    """Consents, who it is, the ways to them, and words that no case holds."""
    erased.note(LEFT, known.public_ids([reporter_id]))
    take_back(reporter_id, now=now)
    drop_loose([reporter_id])
    erase_identities([reporter_id], now=now)
