"""Channel events besides messages: joins, leaves, follows, and receipts of our own messages."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import F, Q

from binhyen.channels.models import Channel, Conversation, Group, GroupSize, Membership, Outgoing
from binhyen.channels.services import join_requests
from binhyen.channels.services.groups import adopt
from binhyen.channels.services.messages import conversations_of, interacted
from binhyen.channels.services.outbox import defer_look
from binhyen.channels.types import Doing, Happening
from binhyen.kit.clock import vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.jobs import defer_once
from binhyen.vault import services as vault

LEAVE = "privacy.leave"  # a person requested erasure; the job is of a feature above
_FACTS = {"name": vault.Field.NAME, "phone": vault.Field.PHONE, "address": vault.Field.ADDRESS}
_BEGINNINGS = (Doing.GROUP_CREATED, Doing.JOINED, Doing.ASKED_TO_JOIN)
_INTERACTIONS = (Doing.FOLLOWED, Doing.INTERACTED, Doing.CONTACT_GIVEN)


def happened(channel: Channel, events: Sequence[Happening], *, now: dt.datetime) -> None:
    """Apply events of one channel in order. Inside the caller's transaction."""
    people = vault.reporters_of(channel.pk, [p for e in events for p in e.people], now=now)
    ids = {e.group for e in events if e.group}
    groups = {g.outside_id: g for g in Group.objects.filter(channel=channel, outside_id__in=ids)}
    strange = {e.group for e in events if e.group and e.doing in _BEGINNINGS} - groups.keys()
    groups |= {g.outside_id: g for g in adopt(channel, strange, now=now)}
    for event in events:
        reporters = [people[p] for p in event.people]
        group = groups.get(event.group or "")
        if event.doing in _INTERACTIONS or event.doing is Doing.UNFOLLOWED:
            _personal(channel, event, reporters, now=now)
        elif event.doing in (Doing.DELIVERED, Doing.SEEN):
            _seen(channel, event)
        elif event.doing is Doing.ERASE_ME:
            for reporter in reporters:
                key = f"{LEAVE}.{reporter}"
                defer_once(queue="bulk", task=LEAVE, key=key, arguments={"reporter": reporter})
        elif event.doing is Doing.PERMISSION_REVOKED:
            Channel.objects.filter(pk=channel.pk).update(is_active=False, paused_reason=N_("Zalo đã thu hồi quyền"))
        elif group is not None:
            _in_group(group, event, reporters)


def _personal(channel: Channel, event: Happening, reporters: Sequence[int], *, now: dt.datetime) -> None:
    conversations = conversations_of(channel.pk, reporters)
    if event.doing is Doing.UNFOLLOWED:
        silent = Q(last_interaction_at=None) | Q(last_interaction_at__lt=event.at)  # a later message is a new follow
        Conversation.objects.filter(silent, pk__in=[c.pk for c in conversations.values()]).update(
            unfollowed_at=event.at
        )
        return
    interacted({c.pk: event.at for c in conversations.values()})
    for name, field in _FACTS.items():
        value = event.facts.get(name, "")
        for reporter in reporters if value else ():
            vault.seal_identity(reporter_id=reporter, field=field, value=value, now=now)


def _seen(channel: Channel, event: Happening) -> None:
    """Update delivery states. Receipts come late and out of order: SEEN never goes back to DELIVERED."""
    state = Outgoing.State.SEEN if event.doing is Doing.SEEN else Outgoing.State.DELIVERED
    before = ["SENT", "DELIVERED"] if event.doing is Doing.SEEN else ["SENT"]
    for message_id in event.message_ids:
        rows = Outgoing.objects.filter(channel=channel, state__in=before, outside_ids__contains=[message_id])
        rows.update(state=state)


def _in_group(group: Group, event: Happening, reporters: Sequence[int]) -> None:
    if event.doing is Doing.JOINED:
        _join(group, reporters, event.at)
    elif event.doing is Doing.LEFT:
        _leave(group, reporters, event.at)
    elif event.doing is Doing.ASKED_TO_JOIN:
        join_requests.asked(group, reporters, event.at)
    elif event.doing is Doing.JOIN_REFUSED:
        join_requests.refused(group, reporters, event.at)
    elif event.doing is Doing.GROUP_CHANGED:  # the event does not tell the change
        defer_look(group.channel_id)
    elif event.doing is Doing.GROUP_GONE:
        Group.objects.filter(pk=group.pk).update(state=Group.State.CLOSED, closed_at=event.at)


def _join(group: Group, reporters: Sequence[int], at: dt.datetime) -> None:
    """Add members. A person who returns is one member; a repeated or late event changes nothing."""
    known = {m.reporter_id: m for m in Membership.objects.filter(group=group, reporter__in=reporters)}
    fresh = [r for r in dict.fromkeys(reporters) if r not in known]
    Membership.objects.bulk_create(Membership(group=group, reporter_id=r, joined_at=at) for r in fresh)
    back = [m.pk for m in known.values() if m.left_at is not None and m.left_at <= at]
    Membership.objects.filter(pk__in=back).update(left_at=None, joined_at=at)
    Membership.objects.filter(pk__in=[m.pk for m in known.values()], joined_at__lt=at, left_at=None).update(
        joined_at=at
    )
    join_requests.settled(group, reporters, at)
    _resize(group, len(fresh) + len(back), at)


def _leave(group: Group, reporters: Sequence[int], at: dt.datetime) -> None:
    """Remove members, also unknown ones: their join event may still be on its way and must find this one."""
    known = set(Membership.objects.filter(group=group, reporter__in=reporters).values_list("reporter_id", flat=True))
    Membership.objects.bulk_create(
        Membership(group=group, reporter_id=r, joined_at=at, left_at=at)
        for r in dict.fromkeys(reporters) if r not in known
    )  # fmt: skip
    left = Membership.objects.filter(group=group, reporter__in=reporters, joined_at__lte=at)
    left.filter(left_at__lt=at).update(left_at=at)
    gone = left.filter(left_at=None).update(left_at=at)
    _resize(group, -gone, at)


def _resize(group: Group, change: int, at: dt.datetime) -> None:
    """Change the group size from that day on, later days included where the event came late."""
    if not change or not Group.objects.filter(pk=group.pk, members__gte=-change).update(members=F("members") + change):
        return
    day = vietnam_day(at)
    before = GroupSize.objects.filter(group=group, day__lt=day).order_by("-day").values_list("members", flat=True)
    GroupSize.objects.get_or_create(group=group, day=day, defaults={"members": before.first() or 0})
    GroupSize.objects.filter(group=group, day__gte=day).update(members=F("members") + change)
