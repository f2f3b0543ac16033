"""Open a chat group for an area: a row first, the channel's call in a job, the rules as the first message."""

import asyncio
import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.audit.services import Act, record
from binhyen.channels import letters
from binhyen.channels.base import Account, KeepsGroups, OpenedGroup
from binhyen.channels.messages import SendFailed
from binhyen.channels.models import Channel, Group, GroupRules
from binhyen.channels.registry import kinds
from binhyen.channels.services.drafts import Draft
from binhyen.channels.services.outbox import account, queue
from binhyen.kit import clock, logs
from binhyen.kit.jobs import defer_once
from binhyen.kit.locks import Lock, only_one
from binhyen.kit.text import fold, nfc, squeeze
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.rules import May
from binhyen.people.services import actor_of

NAME_LENGTH = 30  # Zalo's limit for a group name
log = logs.get("groups")


class GroupRefused(Exception):
    """Why a group cannot be opened, in Vietnamese, for the officer who tried."""


@transaction.atomic
def open_group(*, area_id: int, level: Group.Level, name: str, officer: Officer, now: dt.datetime) -> Group:
    """Ask for a group of an area the officer answers for; the channel makes it a moment later."""
    if not access.may(officer, May.MANAGE_GROUPS):
        raise GroupRefused(_("Bạn không có quyền mở nhóm."))
    name = squeeze(nfc(name))
    if not 1 <= len(name) <= NAME_LENGTH:
        raise GroupRefused(_("Tên nhóm dài từ 1 đến 30 ký tự."))
    channel = Channel.objects.filter(kind__in=[k.kind for k in kinds() if isinstance(k, KeepsGroups)]).first()
    if channel is None:
        raise GroupRefused(_("Chưa nối tài khoản Zalo OA nào."))
    unit = areas.responsible(area_id, clock.vietnam_day(now))
    sight = access.sight(officer)
    if not sight.province and sight.unit_id != unit.id:
        raise GroupRefused(_("Địa bàn này không thuộc đơn vị của bạn."))
    there = Group.objects.filter(area_id=area_id, state__in=["CREATING", "OPEN"]).values_list("name", flat=True)
    if any(_heard(known) == _heard(name) for known in there):
        raise GroupRefused(_("Địa bàn này đã có nhóm cùng tên."))
    group = Group.objects.create(channel=channel, area_id=area_id, unit_id=unit.id, level=level, name=name)
    record([Act(actor_of(officer), "group.asked", f"group:{group.public_id}", unit.id)], now=now)
    defer_create(group.pk)
    return group


def _heard(name: str) -> str:
    """However it is written: capitals, marks, dots and dashes make no second group of a place."""
    return "".join(filter(str.isalnum, fold(name)))


def defer_create(group_id: int) -> None:
    defer_once(
        queue="delivery", task="channels.create_group", key=f"channels.create_group.{group_id}",
        arguments={"group_id": group_id},
    )  # fmt: skip


def create(*, group_id: int) -> None:
    """Make the group on its channel; safe to run again after a crash: an existing one is found by its mark.

    One maker a group: two that look at once would both find none and found two.
    """
    with only_one(Lock.GROUP, group_id) as mine:
        if mine:
            _make(group_id)


def _make(group_id: int) -> None:
    group = Group.objects.select_related("channel").get(pk=group_id)
    if group.state != Group.State.CREATING:
        return
    adapter = kinds()[group.channel.kind]
    assert isinstance(adapter, KeepsGroups)
    try:
        token = adapter.token(group.channel_id, now=clock.now())
        opened = asyncio.run(_create(adapter, group, account(group.channel, token)))
    except SendFailed as failed:
        log.warning("group_not_opened", code=failed.code)
        state = Group.State.FAILED if failed.permanent else Group.State.CREATING
        Group.objects.filter(pk=group.pk).update(state=state, reason=failed.reason[:200])
        return
    opened_group(group, opened, now=clock.now())


async def _create(adapter: KeepsGroups, group: Group, who: Account) -> OpenedGroup:
    # The mark in the description tells our own group from another of the same name after a lost answer.
    description = f"{letters.PURPOSE} {group.public_id.hex[-8:]}"
    async with adapter.client() as client:
        found = await adapter.find_group(client, who, name=group.name, description=description)
        if found is not None:
            return found
        return await adapter.open_group(client, who, name=group.name, description=description)


@transaction.atomic
def opened_group(group: Group, opened: OpenedGroup, *, now: dt.datetime) -> None:
    """The channel has it: the group is open and hears its rules."""
    rules = GroupRules.objects.order_by("-version").first()
    Group.objects.filter(pk=group.pk).update(
        state=Group.State.OPEN, outside_id=opened.outside_id, link=opened.link, opened_at=now, reason="",
        rules_version=rules.version if rules else 0,
    )  # fmt: skip
    record([Act("system:groups", "group.opened", f"group:{group.public_id}", group.unit_id)], now=now)
    if rules:
        key = f"rules:{group.pk}:{rules.version}"
        queue(
            [Draft(key=key, channel_id=group.channel_id, group_id=group.pk, text=rules.text, purpose="RULES",
                   unit_id=group.unit_id)],
            now=now,
        )  # fmt: skip


def unfinished() -> None:
    """Groups whose creation was cut off are tried again."""
    for pk in Group.objects.filter(state=Group.State.CREATING).values_list("pk", flat=True)[:20]:
        defer_create(pk)


def adopt(channel: Channel, outside_ids: Iterable[str], *, area_id: int, unit_id: int, now: dt.datetime) -> list[Group]:
    """Rows for groups of our account that nobody registered here: the province's until somebody gives them an area."""
    rows = [
        Group(
            channel=channel, area_id=area_id, unit_id=unit_id, level=Group.Level.COMMUNE, name=letters.NO_AREA,
            state=Group.State.OPEN, outside_id=outside_id, opened_at=now,
        )
        for outside_id in outside_ids
    ]  # fmt: skip
    return Group.objects.bulk_create(rows)
