"""Packages of accounts: read before they run out."""

import datetime as dt
from collections import Counter
from typing import Any

from django.db import transaction

from binhyen.channels.adapter import AccountPlan, ChannelAccount, PlanAdapter
from binhyen.channels.models import Channel, Group
from binhyen.channels.registry import get_channel_kinds
from binhyen.channels.services.groups import call_with_token
from binhyen.channels.types import SendFailed
from binhyen.kit import key_files, logs
from binhyen.kit.jobs import defer_once

READ_JOB = "channels.read_plan"
log = logs.get_logger("accounts")


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
        log.warning("plan_not_read", channel=channel_id, problem=getattr(error, "code", type(error).__name__))
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
