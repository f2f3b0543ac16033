"""The inbox: webhooks wait as rows until intake has processed them; an unreadable row never blocks the others."""

import datetime as dt
from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import F, Q

from binhyen.areas.models import Unit
from binhyen.channels import queries
from binhyen.channels.adapter import ChannelAccount, ChannelHistory, HistoryAdapter, MissedWebhook
from binhyen.channels.models import Channel, Inbound
from binhyen.channels.registry import get_channel_kinds
from binhyen.channels.retry_policy import LONGEST_WAIT, MAX_INBOUND_ATTEMPTS, SKEW, format_inbound_context, retry_at
from binhyen.channels.services.groups import call_with_token
from binhyen.channels.types import SendFailed
from binhyen.kit import key_files, logs
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.jobs import defer_once
from binhyen.kit.live_events import LiveEventData, publish_live
from binhyen.kit.locks import AdvisoryLock, acquire_xact_lock
from binhyen.vault import group_keys, process_keys

State = Inbound.State
log = logs.get_logger("intake")
_COUNT_SQL = """
WITH heard AS (
    UPDATE channels_channel c SET last_webhook_at = h.at FROM unnest(%s::bigint[], %s::timestamptz[]) AS h(id, at)
    WHERE c.id = h.id AND (c.last_webhook_at IS NULL OR c.last_webhook_at < h.at - interval '1 minute')
)
INSERT INTO channels_eventcount (channel_id, day, event, known, count)
SELECT c, %s, e, k, n FROM unnest(%s::bigint[], %s::text[], %s::boolean[], %s::int[]) AS t(c, e, k, n)
ON CONFLICT (channel_id, day, event) DO UPDATE SET count = channels_eventcount.count + excluded.count,
    known = excluded.known
"""


def wait_for_gateway_commits() -> None:
    """Return once every webhook whose job is the present one is committed. Own transaction.

    The other side is channels/sql/channels_store_webhooks.sql.
    """
    acquire_xact_lock(AdvisoryLock.GATEWAY)


def claim_webhooks(*, limit: int, now: dt.datetime) -> list[Inbound]:
    """Lock and return the oldest waiting rows. One reader at a time, so that the order is kept."""
    lock_reader()
    waiting = Inbound.objects.select_for_update(of=("self",), skip_locked=True).filter(due(now))
    return list(waiting.order_by("id")[:limit])


def due(now: dt.datetime) -> Q:
    """Rows to read now; also what came «in the future» and was never put off, and what waits longer than anything
    ever does: the clock was set back since.
    """
    set_back = Q(received_at__gt=now + SKEW, due_at=F("received_at")) | Q(due_at__gt=now + LONGEST_WAIT)
    return Q(state=State.PENDING) & (Q(due_at__lte=now) | set_back)


def lock_reader() -> None:
    """Wait for the reader lock and hold it until the end of the caller's transaction."""
    acquire_xact_lock(AdvisoryLock.INBOX)


def decrypt_body(row: Inbound) -> bytes:
    """Return the webhook's body; only the worker has the key.

    Raises key_files.KeyFileMissing, envelopes.EnvelopeError.
    """
    return process_keys.open_with_process_key(
        "INTAKE", row.sealed_body, context=format_inbound_context(row.channel_id, row.external_id)
    )


def finish_webhooks(rows: Sequence[Inbound], *, now: dt.datetime) -> None:
    """Save processed or postponed rows (PENDING, due later).

    Bodies of processed ones, with external ids, are deleted.
    """
    Inbound.objects.filter(pk__in=[row.pk for row in rows if row.state == State.DONE]).update(
        state=State.DONE, sealed_body=b""
    )
    other_rows = [row for row in rows if row.state != State.DONE]
    if other_rows:
        Inbound.objects.bulk_update(other_rows, ["state", "reason", "sealed_body", "due_at"])
    _count_events([row for row in rows if row.state != State.PENDING], now)


def _count_events(rows: Sequence[Inbound], now: dt.datetime) -> None:
    sums: dict[tuple[int, str, bool], int] = {}
    for row in rows:
        key = (row.channel_id, row.event, row.state != State.UNKNOWN)
        sums[key] = sums.get(key, 0) + 1
    if sums:
        channels, events, known_flags = zip(*sorted(sums), strict=True)
        counts = [sums[key] for key in sorted(sums)]
        last_received = {row.channel_id: row.received_at for row in sorted(rows, key=lambda row: row.received_at)}
        with connection.cursor() as cursor:
            cursor.execute(
                _COUNT_SQL,
                [
                    list(last_received),
                    list(last_received.values()),
                    to_vietnam_day(now),
                    list(channels),
                    list(events),
                    list(known_flags),
                    counts,
                ],
            )


def record_failure(row: Inbound, reason: str, *, now: dt.datetime) -> None:
    """Record that processing this row crashed: retry later, and after some attempts leave it to an operator.

    A row that is no longer waiting was processed after all: its commit arrived, only the response was lost.
    """
    attempts = row.attempts + 1
    Inbound.objects.filter(pk=row.pk, state=State.PENDING).update(
        attempts=attempts,
        reason=reason[:200],
        state=State.DEAD if attempts >= MAX_INBOUND_ATTEMPTS else State.PENDING,
        due_at=retry_at(attempts, retry_after=None, now=now),
    )


def requeue_dead(*, now: dt.datetime) -> int:
    """Requeue unreadable webhooks once the program is fixed; return their number. Deleted bodies stay deleted."""
    rows = Inbound.objects.filter(state=State.DEAD).exclude(sealed_body=b"")
    return rows.update(state=State.PENDING, attempts=0, reason="", due_at=now)


@transaction.atomic
def alert_if_behind(*, now: dt.datetime) -> bool:
    """Alert every desk if webhooks are not processed: the worker hangs or its machine is down.

    Repeated at each call.
    """
    is_behind = queries.list_overdue_webhooks(
        due_before=now - queries.LATE_AFTER, received_after=now + queries.LATE_AFTER
    ).exists()
    if is_behind:
        units = Unit.objects.filter(level=Unit.Level.COMMUNE).values_list("pk", flat=True)
        publish_live([LiveEventData(("province", *(f"unit:{pk}" for pk in units)), "behind", {})], now=now)
        log.error("intake_behind")
    return is_behind


def has_waiting_webhooks(*, now: dt.datetime) -> bool:
    return Inbound.objects.filter(due(now)).exists()


# Catch-up: store messages missed by the channel's webhooks, from its history, as if they had brought them.
#
# A message that both bring is one: both have the same id. What is stored goes the usual way (intake), in the order in
# which it was written.

CATCH_UP_JOB = "channels.catch_up"
LATE = dt.timedelta(minutes=10)  # a webhook that failed once has been sent again by then
OUTAGE = dt.timedelta(days=1)  # misses further apart are counted as another outage
OLDEST = dt.timedelta(days=25)  # older ones might be read twice: a webhook's id is kept for thirty days
_BATCH = 500
catch_up_log = logs.get_logger("catch_up")


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
        catch_up_log.warning(
            "history_not_read", channel=channel_id, problem=getattr(error, "code", type(error).__name__)
        )
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
        catch_up_log.warning("caught_up", channel=channel.pk, missed=missed, skipped=history.skipped)
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
