"""A channel that stopped by itself goes on before its time: somebody mended the cause, or wants to know."""

import datetime as dt

from django.db import transaction

from binhyen.audit.services import Act, record
from binhyen.channels.models import Channel, Outgoing
from binhyen.channels.services.outbox import defer_deliver
from binhyen.people.models import Officer


@transaction.atomic
def resume(*, public_id: str, officer: Officer, now: dt.datetime) -> bool:
    """Has what waits tried at once; False where the channel does not pause. A channel without a grant or switched off
    stays as it is: only `connect_zalo` helps there. If it still refuses, it pauses anew with its reason."""
    channel = Channel.objects.select_for_update().filter(public_id=public_id, paused_until__gt=now).first()
    if channel is None or not channel.is_active:
        return False
    # What met the refusal waits for the same moment; what came later was never tried.
    waiting = Outgoing.objects.filter(channel=channel, state=Outgoing.State.QUEUED, due_at__gt=now)
    waiting.filter(due_at__lte=channel.paused_until).update(due_at=now)
    channel.paused_until, channel.paused_reason = None, ""
    channel.save(update_fields=["paused_until", "paused_reason"])
    record([Act(f"officer:{officer.public_id}", "channel.resumed", f"channel:{channel.public_id}")], now=now)
    defer_deliver(channel.pk)
    return True
