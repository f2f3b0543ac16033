"""Platform deletion callback: the channel reports that a person wants erasure.

It is an ordinary request, granted without review unless a retention duty exists. Data that no case needs, and all
addresses of the person, are deleted at once in any case.
"""

import datetime as dt

from django.db import transaction

from binhyen.audit.services import AuditAction, record_actions
from binhyen.channels.services.deletion import delete_unassigned
from binhyen.kit import erasure_log
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.privacy import queries
from binhyen.privacy.models import Request
from binhyen.privacy.rules.data_requests import DataRequestKind, DataRequestState
from binhyen.privacy.services.fulfilment import fulfil_granted_request, withdraw_everything
from binhyen.privacy.services.identities import erase_identities
from binhyen.privacy.services.requests import create_request
from binhyen.vault import queries as known

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
