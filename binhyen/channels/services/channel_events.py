"""Channel events besides messages: joins, leaves, follows, and receipts of our own messages."""

import datetime as dt
import re
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.channels import queries
from binhyen.channels.models import Channel, Conversation, Credential, Group, GroupSize, Membership, Outgoing
from binhyen.channels.retry_policy import RESTORED_COPY_REASON
from binhyen.channels.services import join_requests
from binhyen.channels.services.groups import adopt_groups
from binhyen.channels.services.messages import get_or_create_conversations, restart_reply_windows
from binhyen.channels.services.outbox import defer_delivery, defer_group_sync
from binhyen.channels.types import ChannelEvent, EventType
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.jobs import defer_once
from binhyen.people.models import Officer
from binhyen.people.services import get_audit_actor
from binhyen.vault import services as vault

# Resuming of channels: after a pause whose cause is fixed, or on a restored copy that goes live.

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


class SiteCodeError(ValueError):
    """The text holds no verification code. The message is for the operator."""


_SITE_CODE = re.compile(r"(?:content=[\"']|zalo_verifier|^)([A-Za-z0-9_-]{10,80})(?:[\"']|\.html|$)")


def parse_site_code(text: str) -> str:
    """Return the code of a domain verification, also from the file's name or the meta tag that Zalo shows; "" for an
    empty text. Raises `SiteCodeError`.
    """
    match = _SITE_CODE.search(text.strip())
    if text.strip() and match is None:
        raise SiteCodeError(_("Không thấy mã xác thực. Dán mã, tên tệp zalo_verifier….html hoặc cả thẻ meta."))
    return match[1] if match else ""


@transaction.atomic
def save_site_code(*, public_id: str, text: str, officer: Officer, now: dt.datetime) -> str:
    """Store the code with its account, or remove it, and return it. Raises `SiteCodeError`."""
    code = parse_site_code(text)
    channel = Channel.objects.select_for_update().filter(public_id=public_id).first()
    if channel is None:
        raise SiteCodeError(_("Không còn tài khoản này."))
    channel.settings = {**channel.settings, "site_verification": code}
    channel.save(update_fields=["settings"])
    record_actions(
        [AuditAction(get_audit_actor(officer), "channel.site_code", f"channel:{channel.public_id}")], now=now
    )
    queries.clear_site_codes()
    return code


@transaction.atomic
def request_inbound_retry(*, officer: Officer, now: dt.datetime) -> None:
    """Requeue unreadable webhooks, after an upgrade that can read them.

    Done by the worker, which alone has the right.
    """
    record_actions([AuditAction(get_audit_actor(officer), "channel.read_again", "inbox")], now=now)
    defer_once(queue="intake", task=REQUEUE_INBOUND, key=REQUEUE_INBOUND)


def clear_secrets() -> None:
    """Delete the secrets and tokens of all channels after their key was lost; `connect_zalo` asks for them again."""
    Credential.objects.update(ciphertext=b"", gateway_ciphertext=b"")


ERASE_JOB = "privacy.channel_erasures"  # a person requested erasure; the job is of a feature above
_IDENTITY_FIELDS = {"name": vault.Field.NAME, "phone": vault.Field.PHONE, "address": vault.Field.ADDRESS}
_ADOPTING_EVENTS = (EventType.GROUP_CREATED, EventType.JOINED, EventType.ASKED_TO_JOIN)
_INTERACTIONS = (EventType.FOLLOWED, EventType.INTERACTED, EventType.CONTACT_GIVEN)


def apply_events(channel: Channel, events: Sequence[ChannelEvent], *, now: dt.datetime) -> None:
    """Apply events of one channel in order. Inside the caller's transaction."""
    reporter_ids = vault.get_or_create_reporters(
        channel.pk, [user_id for item in events for user_id in item.people], now=now
    )
    external_ids = {item.group for item in events if item.group}
    groups = {
        group_row.external_id: group_row
        for group_row in Group.objects.filter(channel=channel, external_id__in=external_ids)
    }
    unknown_groups = {
        item.group for item in events if item.group and item.event_type in _ADOPTING_EVENTS
    } - groups.keys()
    groups |= {group_row.external_id: group_row for group_row in adopt_groups(channel, unknown_groups, now=now)}
    for event in events:
        reporters = [reporter_ids[user_id] for user_id in event.people]
        group = groups.get(event.group or "")
        if event.event_type in _INTERACTIONS or event.event_type is EventType.UNFOLLOWED:
            _apply_private_event(channel, event, reporters, now=now)
        elif event.event_type in (EventType.DELIVERED, EventType.SEEN):
            _apply_receipts(channel, event)
        elif event.event_type is EventType.ERASE_ME:
            for reporter in reporters:
                key = f"{ERASE_JOB}.{reporter}"
                defer_once(queue="bulk", task=ERASE_JOB, key=key, arguments={"reporter": reporter})
        elif event.event_type is EventType.PERMISSION_REVOKED:
            Channel.objects.filter(pk=channel.pk).update(is_active=False, paused_reason=N_("Zalo đã thu hồi quyền"))
        elif group is not None:
            _apply_group_event(group, event, reporters)


def _apply_private_event(channel: Channel, event: ChannelEvent, reporters: Sequence[int], *, now: dt.datetime) -> None:
    conversations = get_or_create_conversations(channel.pk, reporters)
    if event.event_type is EventType.UNFOLLOWED:
        is_silent = Q(last_interaction_at=None) | Q(last_interaction_at__lt=event.at)  # a later message is a new follow
        Conversation.objects.filter(
            is_silent, pk__in=[conversation.pk for conversation in conversations.values()]
        ).update(unfollowed_at=event.at)
        return
    restart_reply_windows({conversation.pk: event.at for conversation in conversations.values()})
    for name, field in _IDENTITY_FIELDS.items():
        value = event.facts.get(name, "")
        for reporter in reporters if value else ():
            vault.seal_identity(reporter_id=reporter, field=field, value=value, now=now)


def _apply_receipts(channel: Channel, event: ChannelEvent) -> None:
    """Update delivery states. Receipts come late and out of order: SEEN never goes back to DELIVERED."""
    state = Outgoing.State.SEEN if event.event_type is EventType.SEEN else Outgoing.State.DELIVERED
    earlier_states = ["SENT", "DELIVERED"] if event.event_type is EventType.SEEN else ["SENT"]
    for message_id in event.message_ids:
        rows = Outgoing.objects.filter(channel=channel, state__in=earlier_states, external_ids__contains=[message_id])
        rows.update(state=state)


def find_message_recipients(channel_id: int, message_ids: Sequence[str]) -> dict[str, int]:
    """Return by external message id the reporter who got that message of ours."""
    recipients: dict[str, int] = {}
    for message_id in message_ids:
        rows = Outgoing.objects.filter(channel=channel_id, external_ids__contains=[message_id], group=None)
        reporter = rows.values_list("conversation__reporter_id", flat=True).first()
        if reporter is not None:
            recipients[message_id] = reporter
    return recipients


def _apply_group_event(group: Group, event: ChannelEvent, reporters: Sequence[int]) -> None:
    if event.event_type is EventType.JOINED:
        _add_members(group, reporters, event.at)
    elif event.event_type is EventType.LEFT:
        _remove_members(group, reporters, event.at)
    elif event.event_type is EventType.ASKED_TO_JOIN:
        join_requests.store_requests(group, reporters, event.at)
    elif event.event_type is EventType.JOIN_REFUSED:
        join_requests.store_rejections(group, reporters, event.at)
    elif event.event_type is EventType.GROUP_CHANGED:  # the event does not tell the change
        defer_group_sync(group.channel_id)
    elif event.event_type is EventType.GROUP_GONE:
        Group.objects.filter(pk=group.pk).update(state=Group.State.CLOSED, closed_at=event.at)


def _add_members(group: Group, reporters: Sequence[int], joined_at: dt.datetime) -> None:
    """Add members. A person who returns is one member; a repeated or late event changes nothing."""
    memberships = {
        membership.reporter_id: membership
        for membership in Membership.objects.filter(group=group, reporter__in=reporters)
    }
    new_reporters = sorted(set(reporters) - memberships.keys())  # the trigger locks people in this order
    Membership.objects.bulk_create(
        Membership(group=group, reporter_id=reporter_id, joined_at=joined_at) for reporter_id in new_reporters
    )
    returned = [
        membership.pk
        for membership in memberships.values()
        if membership.left_at is not None and membership.left_at <= joined_at
    ]
    Membership.objects.filter(pk__in=returned).update(left_at=None, joined_at=joined_at)
    Membership.objects.filter(
        pk__in=[membership.pk for membership in memberships.values()], joined_at__lt=joined_at, left_at=None
    ).update(joined_at=joined_at)
    join_requests.clear_requests(group, reporters, joined_at)
    _update_group_size(group, len(new_reporters) + len(returned), joined_at)


def _remove_members(group: Group, reporters: Sequence[int], event_time: dt.datetime) -> None:
    """Remove members, also unknown ones: their join event may still be on its way and must find this one."""
    member_ids = set(
        Membership.objects.filter(group=group, reporter__in=reporters).values_list("reporter_id", flat=True)
    )
    Membership.objects.bulk_create(
        Membership(group=group, reporter_id=reporter_id, joined_at=event_time, left_at=event_time)
        for reporter_id in dict.fromkeys(reporters)
        if reporter_id not in member_ids
    )
    memberships = Membership.objects.filter(group=group, reporter__in=reporters, joined_at__lte=event_time)
    memberships.filter(left_at__lt=event_time).update(left_at=event_time)
    removed = memberships.filter(left_at=None).update(left_at=event_time)
    _update_group_size(group, -removed, event_time)


def _update_group_size(group: Group, change: int, event_time: dt.datetime) -> None:
    """Change the group size from that day on, later days included where the event came late."""
    if not change or not Group.objects.filter(pk=group.pk, members__gte=-change).update(members=F("members") + change):
        return
    day = to_vietnam_day(event_time)
    previous_sizes = (
        GroupSize.objects.filter(group=group, day__lt=day).order_by("-day").values_list("members", flat=True)
    )
    GroupSize.objects.get_or_create(group=group, day=day, defaults={"members": previous_sizes.first() or 0})
    GroupSize.objects.filter(group=group, day__gte=day).update(members=F("members") + change)
