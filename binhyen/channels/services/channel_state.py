"""Resuming of channels: after a pause whose cause is fixed, or on a restored copy that goes live."""

import datetime as dt

from django.db import transaction

from binhyen.audit.services import Act, record
from binhyen.channels.models import Channel, Credential, Outgoing
from binhyen.channels.retry_policy import RESTORED
from binhyen.channels.services.outbox import defer_deliver
from binhyen.kit.jobs import defer_once
from binhyen.people.models import Officer
from binhyen.people.services import actor_of

READ_ANEW = "channels.read_anew"


@transaction.atomic
def go_live(*, actor: str, now: dt.datetime) -> list[str]:
    """Switch on the channels that a restore switched off and return their names. Queued messages are sent."""
    rows = list(Channel.objects.select_for_update().filter(is_active=False, paused_reason=RESTORED).order_by("pk"))
    Channel.objects.filter(pk__in=[row.pk for row in rows]).update(is_active=True, paused_until=None, paused_reason="")
    record([Act(actor, "channel.live", f"channel:{row.public_id}") for row in rows], now=now)
    for row in rows:
        defer_deliver(row.pk)
    return [row.name or row.kind for row in rows]


@transaction.atomic
def resume(*, public_id: str, officer: Officer, now: dt.datetime) -> bool:
    """Retry queued messages of a paused channel now.

    Returns False where the channel is not paused. A channel without a grant or switched off is unchanged: only
    `connect_zalo` helps there. If it still rejects, it pauses again with its reason.
    """
    channel = Channel.objects.select_for_update().filter(public_id=public_id, paused_until__gt=now).first()
    if channel is None or not channel.is_active:
        return False
    # Rejected messages wait for the end of the pause; later ones have not been attempted yet.
    waiting = Outgoing.objects.filter(channel=channel, state=Outgoing.State.QUEUED, due_at__gt=now)
    waiting.filter(due_at__lte=channel.paused_until).update(due_at=now)
    channel.paused_until, channel.paused_reason = None, ""
    channel.save(update_fields=["paused_until", "paused_reason"])
    record([Act(actor_of(officer), "channel.resumed", f"channel:{channel.public_id}")], now=now)
    defer_deliver(channel.pk)
    return True


@transaction.atomic
def have_read_again(*, officer: Officer, now: dt.datetime) -> None:
    """Requeue unreadable webhooks, after an upgrade that can read them.

    Done by the worker, which alone has the right.
    """
    record([Act(actor_of(officer), "channel.read_again", "inbox")], now=now)
    defer_once(queue="intake", task=READ_ANEW, key=READ_ANEW)


def forget_secrets() -> None:
    """Delete the secrets and tokens of all channels after their key was lost; `connect_zalo` asks for them again."""
    Credential.objects.update(sealed=b"", door_sealed=b"")
