"""Resuming of channels: after a pause whose cause is fixed, or on a restored copy that goes live."""

import datetime as dt

from django.db import transaction

from binhyen.audit.services import AuditAction, record_actions
from binhyen.channels.models import Channel, Credential, Outgoing
from binhyen.channels.retry_policy import RESTORED_COPY_REASON
from binhyen.channels.services.outbox import defer_delivery
from binhyen.kit.jobs import defer_once
from binhyen.people.models import Officer
from binhyen.people.services import get_audit_actor

REQUEUE_INBOUND = "channels.read_anew"


@transaction.atomic
def go_live(*, actor: str, now: dt.datetime) -> list[str]:
    """Switch on the channels that a restore switched off and return their names. Queued messages are sent."""
    channels = list(
        Channel.objects.select_for_update().filter(is_active=False, paused_reason=RESTORED_COPY_REASON).order_by("pk")
    )
    Channel.objects.filter(pk__in=[channel.pk for channel in channels]).update(
        is_active=True, paused_until=None, paused_reason=""
    )
    record_actions(
        [AuditAction(actor, "channel.live", f"channel:{channel.public_id}") for channel in channels], now=now
    )
    for channel in channels:
        defer_delivery(channel.pk)
    return [channel.name or channel.kind for channel in channels]


@transaction.atomic
def resume_channel(*, public_id: str, officer: Officer, now: dt.datetime) -> bool:
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
    record_actions([AuditAction(get_audit_actor(officer), "channel.resumed", f"channel:{channel.public_id}")], now=now)
    defer_delivery(channel.pk)
    return True


@transaction.atomic
def request_inbound_retry(*, officer: Officer, now: dt.datetime) -> None:
    """Requeue unreadable webhooks, after an upgrade that can read them.

    Done by the worker, which alone has the right.
    """
    record_actions([AuditAction(get_audit_actor(officer), "channel.read_again", "inbox")], now=now)
    defer_once(queue="intake", task=REQUEUE_INBOUND, key=REQUEUE_INBOUND)


def clear_secrets() -> None:
    """Delete the secrets and tokens of all channels after their key was lost; `connect_zalo` asks for them again."""
    Credential.objects.update(sealed=b"", door_sealed=b"")
