"""Join requests: received as events, decided by an officer, sent to the channel by the sender process.

An officer sees only pseudonyms, as with all members. A deputy may also decide in the channel's own tool: its event
settles the request here.
"""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import Act, record
from binhyen.channels import queries
from binhyen.channels.adapter import Account, KeepsGroups
from binhyen.channels.models import Group, Membership
from binhyen.channels.registry import kinds
from binhyen.channels.services import recipients
from binhyen.channels.services.groups import GroupRefused, with_token
from binhyen.channels.types import SendFailed
from binhyen.kit import logs
from binhyen.kit.jobs import defer_once
from binhyen.kit.locks import Lock, only_one
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.people.services import actor_of
from binhyen.vault.pseudonyms import called, in_group

ANSWER = "channels.answer_asking"
_AT_ONCE = 50  # people per call
Said = Membership.Answer
log = logs.get("groups")


def asked(group: Group, reporters: Sequence[int], at: dt.datetime) -> None:
    """Store join requests from that time on, except of members and of people who left or were rejected since."""
    _known_outside(group, reporters, at)
    rows = Membership.objects.filter(group=group, reporter__in=reporters, left_at__lte=at)
    rows.exclude(asked_at__gte=at).update(asked_at=at, answer=Said.NONE)


def refused(group: Group, reporters: Sequence[int], at: dt.datetime) -> None:
    """Store rejections, also of people without a known request: that event may still be on its way."""
    _known_outside(group, reporters, at)
    Membership.objects.filter(group=group, reporter__in=reporters, left_at__lt=at).update(left_at=at)
    settled(group, reporters, at)


def settled(group: Group, reporters: Sequence[int], at: dt.datetime) -> None:
    """Clear requests of these people made until then."""
    rows = Membership.objects.filter(group=group, reporter__in=reporters, asked_at__lte=at)
    rows.update(asked_at=None, answer=Said.NONE)


def _known_outside(group: Group, reporters: Sequence[int], at: dt.datetime) -> None:
    rows = [Membership(group=group, reporter_id=r, joined_at=at, left_at=at) for r in dict.fromkeys(reporters)]
    Membership.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def decide(*, group_id: str, names: Collection[str], let_in: bool, officer: Officer, now: dt.datetime) -> int:
    """Decide waiting requests of these pseudonyms, or all if none are given; return the number.

    Pseudonyms are those of this group (`vault/pseudonyms.py`). Raises `queries.Missing`, `GroupActionError`.
    """
    if not access.may(officer, May.MANAGE_GROUPS):
        raise GroupRefused(_("Bạn không có quyền duyệt người vào nhóm."))
    group = queries.access_group(officer, group_id)
    waiting = queries.asking(group)
    chosen = [m for m in waiting if not names or called(m.reporter.pseudonym, in_group(group.pk)) in names]
    if not chosen or group.state != Group.State.OPEN:
        raise GroupRefused(_("Không còn ai chờ duyệt: có thể người khác vừa duyệt."))
    answer = Said.LET_IN if let_in else Said.TURNED_AWAY
    Membership.objects.filter(pk__in=[m.pk for m in chosen]).update(answer=answer)
    verb = "group.let_in" if let_in else "group.turned_away"
    record([Act(actor_of(officer), verb, f"group:{group.public_id}", group.unit_id, {"n": len(chosen)})], now=now)
    _defer(group.pk)
    return len(chosen)


def _defer(group_id: int) -> None:
    defer_once(queue="delivery", task=ANSWER, key=f"{ANSWER}.{group_id}", arguments={"group_id": group_id})


def untold() -> None:
    """Resend answers that the channel has not accepted yet."""
    rows = Membership.objects.filter(asked_at__isnull=False, group__state=Group.State.OPEN).exclude(answer=Said.NONE)
    for pk in rows.values_list("group_id", flat=True).distinct()[:20]:
        _defer(pk)


def tell(*, group_id: int) -> None:
    """Send the decisions to the channel. Idempotent: a request that no longer waits there is settled here."""
    with only_one(Lock.GROUP, group_id) as mine:
        if mine:
            group = Group.objects.select_related("channel").get(pk=group_id)
            adapter = kinds()[group.channel.kind]
            assert isinstance(adapter, KeepsGroups)
            for answer in (Said.LET_IN, Said.TURNED_AWAY):
                _tell(adapter, group, answer)


def _tell(adapter: KeepsGroups, group: Group, answer: str) -> None:
    rows = Membership.objects.filter(group=group, asked_at__isnull=False, answer=answer)
    first = rows.order_by("asked_at", "pk").values_list("reporter_id", flat=True)[:_AT_ONCE]
    found, _shut = recipients.addresses(group.channel_id, first)
    if not found:
        return
    people = list(found.values())
    try:
        with_token(adapter, group.channel, lambda who: _answer(adapter, group, who, people, answer == Said.LET_IN))
    except SendFailed as failed:
        log.warning("asking_not_answered", code=failed.code)
        if failed.permanent:
            _ask_anew(adapter, group, found, failed)
        return
    told = rows.filter(reporter__in=found)
    Group.objects.filter(pk=group.pk).exclude(reason="").update(reason="")
    told.update(asked_at=None, answer=Said.NONE)  # new members are reported by the channel's own event


def _ask_anew(adapter: KeepsGroups, group: Group, found: dict[int, str], failed: SendFailed) -> None:
    """Show requests still waiting again, with the reason: one has ended, or the group accepts no members."""
    try:
        there = with_token(adapter, group.channel, lambda who: _who_asks(adapter, group, who))
    except SendFailed as unread:
        log.warning("asking_not_read", code=unread.code)
        return
    gone = [reporter for reporter, outside in found.items() if outside not in there]
    rows = Membership.objects.filter(group=group, reporter__in=found)
    rows.filter(reporter__in=gone).update(asked_at=None, answer=Said.NONE)
    if gone:  # the other answers are sent again, without these
        return
    rows.update(answer=Said.NONE)
    Group.objects.filter(pk=group.pk).update(reason=failed.reason[:200])


async def _who_asks(adapter: KeepsGroups, group: Group, who: Account) -> frozenset[str]:
    async with adapter.client() as client:
        return await adapter.who_asks(client, who, group.outside_id)


async def _answer(adapter: KeepsGroups, group: Group, who: Account, people: list[str], let_in: bool) -> None:
    async with adapter.client() as client:
        await adapter.answer_asking(client, who, group.outside_id, people, let_in=let_in)
