"""Catch-up: store messages missed by the channel's webhooks, from its history, as if they had brought them.

A message that both bring is one: both have the same id. What is stored goes the usual way (intake), in the order in
which it was written.
"""

import datetime as dt
from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import F

from binhyen.channels.adapter import ChannelAccount, ChannelHistory, HistoryAdapter, MissedWebhook
from binhyen.channels.models import Channel
from binhyen.channels.registry import get_channel_kinds
from binhyen.channels.retry_policy import format_inbound_context
from binhyen.channels.services.groups import call_with_token
from binhyen.channels.types import SendFailed
from binhyen.kit import key_files, logs
from binhyen.kit.jobs import defer_once
from binhyen.vault import group_keys

CATCH_UP_JOB = "channels.catch_up"
LATE = dt.timedelta(minutes=10)  # a webhook that failed once has been sent again by then
OUTAGE = dt.timedelta(days=1)  # misses further apart are counted as another outage
OLDEST = dt.timedelta(days=25)  # older ones might be read twice: a webhook's id is kept for thirty days
_BATCH = 500
log = logs.get_logger("catch_up")


def defer_all_catch_ups() -> None:
    """Defer a catch-up for every account whose history can be read."""
    kinds = [kind.kind for kind in get_channel_kinds() if isinstance(kind, HistoryAdapter)]
    for pk in Channel.objects.filter(kind__in=kinds, is_active=True).values_list("pk", flat=True):
        defer_once(queue="delivery", task=CATCH_UP_JOB, key=f"{CATCH_UP_JOB}.{pk}", arguments={"channel_id": pk})


def catch_up(*, channel_id: int, now: dt.datetime) -> int:
    """Store the messages that no webhook brought and return their number.

    The first time nothing is stored: what came before the account was connected is not ours to read. A failure
    changes nothing; the next run begins where the last complete one ended.
    """
    channel = Channel.objects.get(pk=channel_id)
    adapter = get_channel_kinds()[channel.kind]
    if not isinstance(adapter, HistoryAdapter) or not channel.is_active:
        return 0
    since = channel.history_until if channel.history_until is None else max(channel.history_until, now - OLDEST)

    async def read_history(account: ChannelAccount) -> ChannelHistory:
        async with adapter.open_client() as client:
            return await adapter.read_history(client, account, since=since, now=now)

    try:
        history = call_with_token(adapter, channel, read_history)
    except (SendFailed, key_files.KeyFileMissing) as error:
        log.warning("history_not_read", channel=channel_id, problem=getattr(error, "code", type(error).__name__))
        return 0
    return _store_history(channel, history, now=now)


@transaction.atomic
def _store_history(channel: Channel, history: ChannelHistory, *, now: dt.datetime) -> int:
    late = [entry for entry in history.entries if now - entry.at > LATE]
    missed = _store_entries(channel.pk, late, now=now)
    others = _store_entries(channel.pk, history.entries[len(late) :], now=now)
    rows = Channel.objects.filter(pk=channel.pk)
    rows.update(history_until=history.until)
    if missed:
        is_same_outage = channel.missed_at is not None and now - channel.missed_at < OUTAGE
        rows.update(missed_count=F("missed_count") + missed if is_same_outage else missed, missed_at=now)
    if missed or history.skipped:
        log.warning("caught_up", channel=channel.pk, missed=missed, skipped=history.skipped)
    return missed + others


def _store_entries(channel_id: int, entries: Sequence[MissedWebhook], *, now: dt.datetime) -> int:
    """Store entries as webhooks for the inbox worker; return how many were new. `signed_at` stays empty: they are
    unsigned, and say nothing about the clocks.
    """
    stored = 0
    for start in range(0, len(entries), _BATCH):
        batch = entries[start : start + _BATCH]
        bodies = [
            group_keys.seal_to_group(
                "INTAKE", entry.body, context=format_inbound_context(channel_id, entry.external_id)
            )
            for entry in batch
        ]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT channels_store_webhooks(%s, %s, %s, %s, %s::timestamptz[], %s, %s)",
                [
                    [channel_id] * len(batch),
                    [entry.external_id for entry in batch],
                    [entry.event for entry in batch],
                    bodies,
                    [None] * len(batch),
                    [""] * len(batch),
                    now,
                ],
            )
            stored += cursor.fetchone()[0]
    return stored
