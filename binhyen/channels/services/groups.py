"""Creation of chat groups: the row first, the channel call in a job, the rules as the first message."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Iterable, Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.areas import queries as areas
from binhyen.audit.services import AuditAction, record_actions
from binhyen.channels import queries, texts
from binhyen.channels.adapter import (
    AccountPlan,
    ChannelAccount,
    ChannelAdapter,
    ChannelGroup,
    GroupAdapter,
    PlanAdapter,
)
from binhyen.channels.models import Channel, Group, GroupRules, Membership
from binhyen.channels.registry import get_channel_kinds
from binhyen.channels.services.outbound_dlp import OutgoingDraft
from binhyen.channels.services.outbox import defer_group_sync, load_account, queue_messages
from binhyen.channels.types import SendFailed
from binhyen.kit import clock, key_files, logs
from binhyen.kit.i18n_markers import N_
from binhyen.kit.jobs import defer_once
from binhyen.kit.locks import AdvisoryLock, try_advisory_lock
from binhyen.kit.text import collapse_spaces, fold_text, to_nfc
from binhyen.people import access
from binhyen.people.models import Officer
from binhyen.people.roles import Permission
from binhyen.people.services import get_audit_actor

NAME_LENGTH = 30  # Zalo's limit for a group name
CREATION_WINDOW = dt.timedelta(minutes=10)  # an event of an unknown group may be of one created here within this time
T = TypeVar("T")
log = logs.get_logger("groups")


class GroupActionError(Exception):
    """The reason why a group action failed, in Vietnamese, for the requesting officer."""


@transaction.atomic
def request_group(*, area_id: int, level: Group.Level, name: str, officer: Officer, now: dt.datetime) -> Group:
    """Request a group for an area in the officer's charge; the channel creates it shortly afterwards."""
    if not access.officer_may(officer, Permission.MANAGE_GROUPS):
        raise GroupActionError(_("Bạn không có quyền mở nhóm."))
    name = collapse_spaces(to_nfc(name))
    if not 1 <= len(name) <= NAME_LENGTH:
        raise GroupActionError(_("Tên nhóm dài từ 1 đến 30 ký tự."))
    unit = areas.get_responsible_unit(area_id, clock.to_vietnam_day(now))
    _check_area(officer, unit.id)
    channel = queries.find_group_account(unit.id)
    if channel is None:
        raise GroupActionError(_("Chưa nối tài khoản Zalo OA nào."))
    existing_names = Group.objects.filter(area_id=area_id, state__in=["CREATING", "OPEN"]).values_list(
        "name", flat=True
    )
    if any(_normalize_group_name(existing_name) == _normalize_group_name(name) for existing_name in existing_names):
        raise GroupActionError(_("Địa bàn này đã có nhóm cùng tên."))
    group = Group.objects.create(channel=channel, area_id=area_id, unit_id=unit.id, level=level, name=name)
    record_actions([AuditAction(get_audit_actor(officer), "group.asked", f"group:{group.public_id}", unit.id)], now=now)
    defer_create(group.pk)
    return group


def _normalize_group_name(name: str) -> str:
    """Return the name for comparison: capitals, diacritics, dots and dashes do not make a different group."""
    return "".join(filter(str.isalnum, fold_text(name)))


def defer_create(group_id: int) -> None:
    defer_once(
        queue="delivery",
        task="channels.create_group",
        key=f"channels.create_group.{group_id}",
        arguments={"group_id": group_id},
    )


def create_on_channel(*, group_id: int) -> None:
    """Create the group on its channel. Idempotent: after a crash an existing one is found by its code.

    An advisory lock allows one creator a group: two that check at once would both find none and create two.
    """
    with try_advisory_lock(AdvisoryLock.GROUP, group_id) as has_lock:
        if has_lock:
            _create_group(group_id)


def _create_group(group_id: int) -> None:
    group = Group.objects.select_related("channel").get(pk=group_id)
    if group.state != Group.State.CREATING:
        return
    adapter = get_channel_kinds()[group.channel.kind]
    assert isinstance(adapter, GroupAdapter)
    try:
        channel_group = call_with_token(
            adapter, group.channel, lambda channel_account: _find_or_create(adapter, group, channel_account)
        )
    except SendFailed as error:
        log.warning("group_not_opened", code=error.code)
        state = Group.State.FAILED if error.is_permanent else Group.State.CREATING
        Group.objects.filter(pk=group.pk).update(state=state, reason=error.reason[:200])
        return
    mark_group_open(group, channel_group, now=clock.now())


def call_with_token(
    adapter: ChannelAdapter, channel: Channel, call: Callable[[ChannelAccount], Coroutine[Any, Any, T]]
) -> T:
    """Return the answer of the channel; a rejected token is renewed once. Raises `SendFailed`."""
    token = adapter.get_token(channel.pk, now=clock.now())
    try:
        return asyncio.run(call(load_account(channel, token)))
    except SendFailed as error:
        if not error.is_token_rejected:
            raise
    token = adapter.get_token(channel.pk, now=clock.now(), rejected_token=token)
    return asyncio.run(call(load_account(channel, token)))


async def _find_or_create(adapter: GroupAdapter, group: Group, channel_account: ChannelAccount) -> ChannelGroup:
    # The code in the description identifies our own group among those of the same name after a lost response.
    description = f"{texts.GROUP_DESCRIPTION_PREFIX} {group.public_id.hex[-8:]}"
    async with adapter.open_client() as client:
        for existing in await adapter.list_own_groups(client, channel_account):
            if existing.is_enabled and (existing.name, existing.description) == (group.name, description):
                return existing
        return await adapter.open_group(client, channel_account, name=group.name, description=description)


@transaction.atomic
def mark_group_open(group: Group, opened: ChannelGroup, *, now: dt.datetime) -> None:
    """Open the group after its creation on the channel and queue the rules."""
    _merge_adopted_group(group, opened.external_id)
    Group.objects.filter(pk=group.pk).update(
        state=Group.State.OPEN,
        external_id=opened.external_id,
        link=opened.link,
        opened_at=now,
        reason="",
    )
    record_actions([AuditAction("system:groups", "group.opened", f"group:{group.public_id}", group.unit_id)], now=now)
    _queue_rules(group, now=now)


def _queue_rules(group: Group, *, now: dt.datetime) -> None:
    rules = GroupRules.objects.order_by("-version").first()
    if rules is None:
        return
    Group.objects.filter(pk=group.pk).update(rules_version=rules.version)
    queue_messages(
        [
            OutgoingDraft(
                key=f"rules:{group.pk}:{rules.version}",
                channel_id=group.channel_id,
                group_id=group.pk,
                text=rules.text,
                purpose="RULES",
                unit_id=group.unit_id,
            )
        ],
        now=now,
    )


@transaction.atomic
def assign_group_area(*, group_id: str, area_id: int, level: Group.Level, officer: Officer, now: dt.datetime) -> Group:
    """Assign the group to an area: later messages go to that area's unit, earlier ones stay where they are.

    A group created outside this program gets its rules now. Raises `queries.Missing`, `GroupActionError`.
    """
    if not access.officer_may(officer, Permission.MANAGE_GROUPS):
        raise GroupActionError(_("Bạn không có quyền gắn địa bàn cho nhóm."))
    group = Group.objects.select_for_update().get(pk=queries.get_visible_group(officer, group_id).pk)
    unit = areas.get_responsible_unit(area_id, clock.to_vietnam_day(now))
    _check_area(officer, unit.id)
    if group.state != Group.State.OPEN:
        raise GroupActionError(_("Nhóm này không còn hoạt động."))
    group.area_id, group.unit_id, group.level = area_id, unit.id, level
    group.save(update_fields=["area", "unit", "level"])
    record_actions(
        [AuditAction(get_audit_actor(officer), "group.placed", f"group:{group.public_id}", unit.id)], now=now
    )
    if not group.rules_version:
        _queue_rules(group, now=now)
    return group


def _check_area(officer: Officer, unit_id: int) -> None:
    visibility = access.visibility(officer)
    if not visibility.province and visibility.unit_id != unit_id:
        raise GroupActionError(_("Địa bàn này không thuộc đơn vị của bạn."))


def _merge_adopted_group(group: Group, external_id: str) -> None:
    """Move the members of a group adopted before the channel's response to the row of the created group."""
    adopted = Group.objects.filter(channel_id=group.channel_id, external_id=external_id).exclude(pk=group.pk).first()
    if adopted is not None:
        Membership.objects.filter(group=adopted).update(group=group)
        Group.objects.filter(pk=group.pk).update(members=adopted.members)
        Group.objects.filter(pk=adopted.pk).update(external_id="", members=0, state=Group.State.CLOSED)


def retry_unfinished() -> None:
    """Retry interrupted creations of groups."""
    for pk in Group.objects.filter(state=Group.State.CREATING).values_list("pk", flat=True)[:20]:
        defer_create(pk)


def find_possibly_opening(channel_id: int, external_ids: Collection[str]) -> set[str]:
    """Return which of these groups may be in creation here: their events arrive at once, the response to us later.

    One query, and one more while a group is being created.
    """
    rows = Group.objects.filter(channel_id=channel_id)
    if not external_ids or not rows.filter(state=Group.State.CREATING).exists():
        return set()
    return set(external_ids) - set(rows.filter(external_id__in=external_ids).values_list("external_id", flat=True))


def adopt_groups(channel: Channel, external_ids: Iterable[str], *, now: dt.datetime) -> list[Group]:
    """Create rows for groups of our account that are not registered here, under the province or the account's unit.

    Their names are requested.
    """
    directory = areas.get_directory()
    owner = channel.unit  # a commune's account opens groups of that commune; else the province places them
    rows = [
        Group(
            channel=channel,
            area_id=owner.area_id if owner else directory.province_area_id,
            unit_id=owner.pk if owner else directory.province_unit_id,
            level=Group.Level.COMMUNE,
            name=texts.UNPLACED_GROUP_NAME,
            state=Group.State.OPEN,
            external_id=external_id,
            opened_at=now,
        )
        for external_id in external_ids
    ]
    if rows:
        defer_group_sync(channel.pk)
    return Group.objects.bulk_create(rows)


# Group synchronisation with the channel: names, links, and whether groups still accept our messages.
#
# Runs every night, after an event about a change, and when a group rejected a message for good: an event may get lost,
# and the event of a group that is not registered here carries no name.

GROUP_GONE_REASON = N_("OA không còn trong nhóm")
GROUP_LOCKED_REASON = N_("Nhóm đã bị khóa (hết hạn gói nhóm)")
_MIN_GROUP_AGE = dt.timedelta(hours=1)  # the channel's list may lag behind a new group
_MAX_ENDED_AT_ONCE = 2  # groups that may always end between two syncs


def defer_all_group_syncs() -> None:
    """Defer a sync for every channel that has groups."""
    for pk in Group.objects.filter(state=Group.State.OPEN).values_list("channel_id", flat=True).distinct():
        defer_group_sync(pk)


def sync_groups(*, channel_id: int, now: dt.datetime) -> None:
    """Ask the channel for its groups and store the differences; do nothing if it does not respond."""
    channel = Channel.objects.get(pk=channel_id)
    adapter = get_channel_kinds()[channel.kind]
    if not isinstance(adapter, GroupAdapter):
        return

    async def fetch_groups(account: ChannelAccount) -> tuple[ChannelGroup, ...]:
        async with adapter.open_client() as client:
            return await adapter.list_own_groups(client, account)

    try:
        channel_groups = call_with_token(adapter, channel, fetch_groups)
    except SendFailed as error:
        log.warning("groups_not_read", code=error.code)
        return
    apply_channel_groups(channel, channel_groups, now=now)


@transaction.atomic
def apply_channel_groups(channel: Channel, channel_groups: Sequence[ChannelGroup], *, now: dt.datetime) -> None:
    """Store the channel's data of its groups.

    A group missing there is closed, unless most are missing at once: then the list is probably wrong.
    """
    by_external_id = {group.external_id: group for group in channel_groups}
    known_groups = list(
        Group.objects.select_for_update().filter(channel=channel, state=Group.State.OPEN).exclude(external_id="")
    )
    missing = [row for row in known_groups if row.external_id not in by_external_id]
    if is_doubtful := len(missing) > max(_MAX_ENDED_AT_ONCE, len(known_groups) // 2):
        log.warning("most_groups_missing", missing=len(missing), known=len(known_groups))
    for row in known_groups:
        if row.external_id in by_external_id:
            changes = _get_changes(by_external_id[row.external_id], row)
        elif not is_doubtful and row.opened_at is not None and now - row.opened_at > _MIN_GROUP_AGE:
            changes = {"state": Group.State.CLOSED, "closed_at": now, "reason": GROUP_GONE_REASON}
            record_actions([AuditAction("system:groups", "group.gone", f"group:{row.public_id}", row.unit_id)], now=now)
        else:
            continue
        if any(getattr(row, name) != value for name, value in changes.items()):
            Group.objects.filter(pk=row.pk).update(**changes)


def _get_changes(group: ChannelGroup, row: Group) -> dict[str, Any]:
    return {
        "name": group.name[:NAME_LENGTH] or row.name,
        "link": group.link if 0 < len(group.link) <= 200 else row.link,
        "reason": "" if group.is_enabled else GROUP_LOCKED_REASON,
    }


# Packages of accounts: read before they run out.

READ_JOB = "channels.read_plan"
account_log = logs.get_logger("accounts")


def defer_all_plans() -> None:
    """Defer a reading for every account that may send."""
    kinds = [kind.kind for kind in get_channel_kinds() if isinstance(kind, PlanAdapter)]
    for pk in Channel.objects.filter(kind__in=kinds, is_active=True).values_list("pk", flat=True):
        defer_plan(pk)


def defer_plan(channel_id: int) -> None:
    """Defer a reading of one account."""
    key = f"{READ_JOB}.{channel_id}"
    defer_once(queue="delivery", task=READ_JOB, key=key, arguments={"channel_id": channel_id})


def read_plan(*, channel_id: int, now: dt.datetime) -> bool:
    """Ask the channel for the account's packages and store them; keep the known ones where it does not respond."""
    channel = Channel.objects.get(pk=channel_id)
    adapter = get_channel_kinds()[channel.kind]
    if not isinstance(adapter, PlanAdapter) or not channel.is_active:
        return False

    async def fetch_plan(account: ChannelAccount) -> AccountPlan:
        async with adapter.open_client() as client:
            return await adapter.read_plan(client, account)

    try:
        plan = call_with_token(adapter, channel, fetch_plan)
    except (SendFailed, key_files.KeyFileMissing) as error:
        account_log.warning("plan_not_read", channel=channel_id, problem=getattr(error, "code", type(error).__name__))
        return False
    store_plan(channel, plan, now=now)
    return True


@transaction.atomic
def store_plan(channel: Channel, plan: AccountPlan, *, now: dt.datetime) -> None:
    """Store the plan, and each group's package."""
    Channel.objects.filter(pk=channel.pk).update(plan=_to_json(plan), plan_read_at=now)
    slots = {slot.group: slot for slot in plan.slots if slot.group}
    for group in Group.objects.filter(channel=channel, external_id__in=slots):
        slot = slots[group.external_id]
        facts = {"asset_type": slot.size[:20], "asset_until": slot.ends_on, "asset_renews": slot.renews}
        if any(getattr(group, name) != value for name, value in facts.items()):
            Group.objects.filter(pk=group.pk).update(**facts)


def _to_json(plan: AccountPlan) -> dict[str, Any]:
    in_force = [slot for slot in plan.slots if not slot.is_lapsed]
    return {
        "name": plan.name[:80],
        "package": plan.package[:40],
        "ends_on": plan.ends_on.isoformat() if plan.ends_on else "",
        "renews": plan.renews,
        "messages": [plan.messages_left, plan.messages_total],
        "groups": {
            "used": sum(bool(slot.group) for slot in in_force),
            "free": sum(not slot.group for slot in in_force),
            "lapsed": len(plan.slots) - len(in_force),
        },
        # A bought right without a group costs nothing before it is used: it is paid by the month of the group.
        "bought": dict(Counter(slot.size for slot in in_force if slot.group and not slot.is_included)),
    }
