"""Creation of chat groups: the row first, the channel call in a job, the rules as the first message."""

import asyncio
import datetime as dt
from collections.abc import Callable, Collection, Coroutine, Iterable
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.audit.services import Act, record
from binhyen.channels import queries, texts
from binhyen.channels.adapter import Account, Adapter, KeepsGroups, OpenedGroup
from binhyen.channels.models import Channel, Group, GroupRules, Membership
from binhyen.channels.registry import kinds
from binhyen.channels.services.outbox import account, defer_look, queue
from binhyen.channels.services.outgoing_draft import Draft
from binhyen.channels.types import SendFailed
from binhyen.kit import clock, logs
from binhyen.kit.jobs import defer_once
from binhyen.kit.locks import Lock, only_one
from binhyen.kit.text import fold, nfc, squeeze
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import May
from binhyen.people.services import actor_of

NAME_LENGTH = 30  # Zalo's limit for a group name
OPENING = dt.timedelta(minutes=10)  # an event of an unknown group may be of one created here within this time
T = TypeVar("T")
log = logs.get("groups")


class GroupRefused(Exception):
    """The reason why a group action failed, in Vietnamese, for the requesting officer."""


@transaction.atomic
def open_group(*, area_id: int, level: Group.Level, name: str, officer: Officer, now: dt.datetime) -> Group:
    """Request a group for an area in the officer's charge; the channel creates it shortly afterwards."""
    if not access.may(officer, May.MANAGE_GROUPS):
        raise GroupRefused(_("Bạn không có quyền mở nhóm."))
    name = squeeze(nfc(name))
    if not 1 <= len(name) <= NAME_LENGTH:
        raise GroupRefused(_("Tên nhóm dài từ 1 đến 30 ký tự."))
    channel = Channel.objects.filter(kind__in=[k.kind for k in kinds() if isinstance(k, KeepsGroups)]).first()
    if channel is None:
        raise GroupRefused(_("Chưa nối tài khoản Zalo OA nào."))
    unit = areas.responsible(area_id, clock.vietnam_day(now))
    _check_ground(officer, unit.id)
    there = Group.objects.filter(area_id=area_id, state__in=["CREATING", "OPEN"]).values_list("name", flat=True)
    if any(_heard(known) == _heard(name) for known in there):
        raise GroupRefused(_("Địa bàn này đã có nhóm cùng tên."))
    group = Group.objects.create(channel=channel, area_id=area_id, unit_id=unit.id, level=level, name=name)
    record([Act(actor_of(officer), "group.asked", f"group:{group.public_id}", unit.id)], now=now)
    defer_create(group.pk)
    return group


def _heard(name: str) -> str:
    """Return the name for comparison: capitals, diacritics, dots and dashes do not make a different group."""
    return "".join(filter(str.isalnum, fold(name)))


def defer_create(group_id: int) -> None:
    defer_once(
        queue="delivery", task="channels.create_group", key=f"channels.create_group.{group_id}",
        arguments={"group_id": group_id},
    )  # fmt: skip


def create(*, group_id: int) -> None:
    """Create the group on its channel. Idempotent: after a crash an existing one is found by its code.

    An advisory lock allows one creator a group: two that check at once would both find none and create two.
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
        opened = with_token(adapter, group.channel, lambda who: _create(adapter, group, who))
    except SendFailed as failed:
        log.warning("group_not_opened", code=failed.code)
        state = Group.State.FAILED if failed.permanent else Group.State.CREATING
        Group.objects.filter(pk=group.pk).update(state=state, reason=failed.reason[:200])
        return
    opened_group(group, opened, now=clock.now())


def with_token(adapter: Adapter, channel: Channel, ask: Callable[[Account], Coroutine[Any, Any, T]]) -> T:
    """Return the answer of the channel; a rejected token is renewed once. Raises `SendFailed`."""
    token = adapter.token(channel.pk, now=clock.now())
    try:
        return asyncio.run(ask(account(channel, token)))
    except SendFailed as failed:
        if not failed.token_refused:
            raise
    token = adapter.token(channel.pk, now=clock.now(), refused=token)
    return asyncio.run(ask(account(channel, token)))


async def _create(adapter: KeepsGroups, group: Group, who: Account) -> OpenedGroup:
    # The code in the description identifies our own group among those of the same name after a lost response.
    description = f"{texts.PURPOSE} {group.public_id.hex[-8:]}"
    async with adapter.client() as client:
        for found in await adapter.own_groups(client, who):
            if found.enabled and (found.name, found.description) == (group.name, description):
                return found
        return await adapter.open_group(client, who, name=group.name, description=description)


@transaction.atomic
def opened_group(group: Group, opened: OpenedGroup, *, now: dt.datetime) -> None:
    """Open the group after its creation on the channel and queue the rules."""
    _take_over(group, opened.outside_id)
    Group.objects.filter(pk=group.pk).update(
        state=Group.State.OPEN, outside_id=opened.outside_id, link=opened.link, opened_at=now, reason="",
    )  # fmt: skip
    record([Act("system:groups", "group.opened", f"group:{group.public_id}", group.unit_id)], now=now)
    _say_rules(group, now=now)


def _say_rules(group: Group, *, now: dt.datetime) -> None:
    rules = GroupRules.objects.order_by("-version").first()
    if rules is None:
        return
    Group.objects.filter(pk=group.pk).update(rules_version=rules.version)
    queue(
        [Draft(key=f"rules:{group.pk}:{rules.version}", channel_id=group.channel_id, group_id=group.pk, text=rules.text,
               purpose="RULES", unit_id=group.unit_id)],
        now=now,
    )  # fmt: skip


@transaction.atomic
def place_group(*, group_id: str, area_id: int, level: Group.Level, officer: Officer, now: dt.datetime) -> Group:
    """Assign the group to an area: later messages go to that area's unit, earlier ones stay where they are.

    A group created outside this program gets its rules now. Raises `queries.Missing`, `GroupActionError`.
    """
    if not access.may(officer, May.MANAGE_GROUPS):
        raise GroupRefused(_("Bạn không có quyền gắn địa bàn cho nhóm."))
    group = Group.objects.select_for_update().get(pk=queries.access_group(officer, group_id).pk)
    unit = areas.responsible(area_id, clock.vietnam_day(now))
    _check_ground(officer, unit.id)
    if group.state != Group.State.OPEN:
        raise GroupRefused(_("Nhóm này không còn hoạt động."))
    group.area_id, group.unit_id, group.level = area_id, unit.id, level
    group.save(update_fields=["area", "unit", "level"])
    record([Act(actor_of(officer), "group.placed", f"group:{group.public_id}", unit.id)], now=now)
    if not group.rules_version:
        _say_rules(group, now=now)
    return group


def _check_ground(officer: Officer, unit_id: int) -> None:
    sight = access.sight(officer)
    if not sight.province and sight.unit_id != unit_id:
        raise GroupRefused(_("Địa bàn này không thuộc đơn vị của bạn."))


def _take_over(group: Group, outside_id: str) -> None:
    """Move the members of a group adopted before the channel's response to the row of the created group."""
    strange = Group.objects.filter(channel_id=group.channel_id, outside_id=outside_id).exclude(pk=group.pk).first()
    if strange is not None:
        Membership.objects.filter(group=strange).update(group=group)
        Group.objects.filter(pk=group.pk).update(members=strange.members)
        Group.objects.filter(pk=strange.pk).update(outside_id="", members=0, state=Group.State.CLOSED)


def unfinished() -> None:
    """Retry interrupted creations of groups."""
    for pk in Group.objects.filter(state=Group.State.CREATING).values_list("pk", flat=True)[:20]:
        defer_create(pk)


def may_be_opening(channel_id: int, outside_ids: Collection[str]) -> set[str]:
    """Return which of these groups may be in creation here: their events arrive at once, the response to us later.

    One query, and one more while a group is being created.
    """
    rows = Group.objects.filter(channel_id=channel_id)
    if not outside_ids or not rows.filter(state=Group.State.CREATING).exists():
        return set()
    return set(outside_ids) - set(rows.filter(outside_id__in=outside_ids).values_list("outside_id", flat=True))


def adopt(channel: Channel, outside_ids: Iterable[str], *, now: dt.datetime) -> list[Group]:
    """Create rows for groups of our account that are not registered here, under the province.

    Their names are requested.
    """
    seat = areas.directory()
    rows = [
        Group(
            channel=channel, area_id=seat.province_area_id, unit_id=seat.province_unit_id, level=Group.Level.COMMUNE,
            name=texts.NO_AREA, state=Group.State.OPEN, outside_id=outside_id, opened_at=now,
        )
        for outside_id in outside_ids
    ]  # fmt: skip
    if rows:
        defer_look(channel.pk)
    return Group.objects.bulk_create(rows)
