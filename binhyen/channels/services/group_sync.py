"""Group synchronisation with the channel: names, links, and whether groups still accept our messages.

Runs every night, after an event about a change, and when a group rejected a message for good: an event may get lost,
and the event of a group that is not registered here carries no name.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from binhyen.audit.services import Act, record
from binhyen.channels.adapter import Account, KeepsGroups, OpenedGroup
from binhyen.channels.models import Channel, Group
from binhyen.channels.registry import kinds
from binhyen.channels.services.groups import NAME_LENGTH, with_token
from binhyen.channels.services.outbox import defer_look
from binhyen.channels.types import SendFailed
from binhyen.kit import logs
from binhyen.kit.i18n_markers import N_

GONE = N_("OA không còn trong nhóm")
LOCKED = N_("Nhóm đã bị khóa (hết hạn gói nhóm)")
_FRESH = dt.timedelta(hours=1)  # the channel's list may lag behind a new group
_ENDS_AT_ONCE = 2  # groups that may always end between two syncs
log = logs.get("groups")


def defer_looks() -> None:
    """Defer a sync for every channel that has groups."""
    for pk in Group.objects.filter(state=Group.State.OPEN).values_list("channel_id", flat=True).distinct():
        defer_look(pk)


def look(*, channel_id: int, now: dt.datetime) -> None:
    """Ask the channel for its groups and store the differences; do nothing if it does not respond."""
    channel = Channel.objects.get(pk=channel_id)
    adapter = kinds()[channel.kind]
    if not isinstance(adapter, KeepsGroups):
        return

    async def ask(who: Account) -> tuple[OpenedGroup, ...]:
        async with adapter.client() as client:
            return await adapter.own_groups(client, who)

    try:
        found = with_token(adapter, channel, ask)
    except SendFailed as failed:
        log.warning("groups_not_read", code=failed.code)
        return
    take_down(channel, found, now=now)


@transaction.atomic
def take_down(channel: Channel, found: Sequence[OpenedGroup], *, now: dt.datetime) -> None:
    """Store the channel's data of its groups.

    A group missing there is closed, unless most are missing at once: then the list is probably wrong.
    """
    there = {group.outside_id: group for group in found}
    known = list(
        Group.objects.select_for_update().filter(channel=channel, state=Group.State.OPEN).exclude(outside_id="")
    )
    missing = [row for row in known if row.outside_id not in there]
    if doubted := len(missing) > max(_ENDS_AT_ONCE, len(known) // 2):
        log.warning("most_groups_missing", missing=len(missing), known=len(known))
    for row in known:
        if row.outside_id in there:
            facts = _facts(there[row.outside_id], row)
        elif not doubted and row.opened_at is not None and now - row.opened_at > _FRESH:
            facts = {"state": Group.State.CLOSED, "closed_at": now, "reason": GONE}
            record([Act("system:groups", "group.gone", f"group:{row.public_id}", row.unit_id)], now=now)
        else:
            continue
        if any(getattr(row, name) != value for name, value in facts.items()):
            Group.objects.filter(pk=row.pk).update(**facts)


def _facts(group: OpenedGroup, row: Group) -> dict[str, Any]:
    return {
        "name": group.name[:NAME_LENGTH] or row.name,
        "link": group.link if 0 < len(group.link) <= 200 else row.link,
        "reason": "" if group.enabled else LOCKED,
    }
