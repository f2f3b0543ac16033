"""Group synchronisation with the channel: names, links, and whether groups still accept our messages.

Runs every night, after an event about a change, and when a group rejected a message for good: an event may get lost,
and the event of a group that is not registered here carries no name.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from binhyen.audit.services import AuditAction, record_actions
from binhyen.channels.adapter import ChannelAccount, ChannelGroup, GroupAdapter
from binhyen.channels.models import Channel, Group
from binhyen.channels.registry import get_channel_kinds
from binhyen.channels.services.groups import NAME_LENGTH, call_with_token
from binhyen.channels.services.outbox import defer_group_sync
from binhyen.channels.types import SendFailed
from binhyen.kit import logs
from binhyen.kit.i18n_markers import N_

GROUP_GONE_REASON = N_("OA không còn trong nhóm")
GROUP_LOCKED_REASON = N_("Nhóm đã bị khóa (hết hạn gói nhóm)")
_MIN_GROUP_AGE = dt.timedelta(hours=1)  # the channel's list may lag behind a new group
_MAX_ENDED_AT_ONCE = 2  # groups that may always end between two syncs
log = logs.get_logger("groups")


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
        Group.objects.select_for_update().filter(channel=channel, state=Group.State.OPEN).exclude(outside_id="")
    )
    missing = [row for row in known_groups if row.outside_id not in by_external_id]
    if is_doubtful := len(missing) > max(_MAX_ENDED_AT_ONCE, len(known_groups) // 2):
        log.warning("most_groups_missing", missing=len(missing), known=len(known_groups))
    for row in known_groups:
        if row.outside_id in by_external_id:
            changes = _get_changes(by_external_id[row.outside_id], row)
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
