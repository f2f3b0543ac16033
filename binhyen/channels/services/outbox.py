"""The transactional outbox: a message is a row of the transaction that caused it; delivery takes rows in batches.

A row is SENDING during the network call. If the process dies then, delivery is unknown: the next attempt first asks the
channel (`find_sent`), so that no message is sent twice.
"""

import asyncio
import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from binhyen.audit.services import Act, record
from binhyen.channels.adapter import Account, Adapter
from binhyen.channels.dlp.detectors import Mark
from binhyen.channels.models import Channel, Credential, Outgoing
from binhyen.channels.queries import access_outgoing
from binhyen.channels.registry import kinds
from binhyen.channels.retry_policy import LEASE, LONGEST_PAUSE, SKEW, gives_up, next_try
from binhyen.channels.services import messaging_window, recipients
from binhyen.channels.services.outbound_dlp import as_json, examine
from binhyen.channels.services.outgoing_draft import Draft
from binhyen.channels.types import OutgoingMessage, Receipt, SendFailed
from binhyen.kit import clock, key_files, logs
from binhyen.kit.bulk_insert import insert_values
from binhyen.kit.i18n_markers import N_
from binhyen.kit.jobs import defer_once
from binhyen.kit.locks import Lock, only_one
from binhyen.people.models import Officer
from binhyen.people.services import actor_of

State = Outgoing.State
Result = Receipt | SendFailed
CHUNK = 50
READ_AGAIN = "channels.read_again"
LOOK = "channels.look_at_groups"
ABREAST = 16  # conversations served concurrently
log = logs.get("outbox")


def queue(drafts: Sequence[Draft], *, now: dt.datetime) -> frozenset[str]:
    """Write the rows, delivered after this transaction; return the keys of quarantined ones.

    The only way out: every group text passes `check_drafts` here, an officer's text also the asynchronous review.
    """
    if not drafts:
        return frozenset()
    held = examine(drafts)
    at_once = {d.channel_id for d in drafts if _is_immediate(d.channel_id)}
    rows = [_row(d, d.channel_id in at_once, held.get(d.key, ()), now) for d in drafts]
    insert_values(Outgoing, rows, ignore_conflicts=True)
    going = [d for d in drafts if d.key not in held]
    if any(_is_read_again(d) for d in going):
        defer_read_again()
    for pk in {d.channel_id for d in going if not _is_read_again(d)} - at_once:
        defer_deliver(pk)
    return frozenset(held)


def _is_read_again(draft: Draft) -> bool:
    """Return whether the draft needs the asynchronous review. Our own fixed texts to a group contain no tip."""
    return draft.group_id is not None and draft.officer_id is not None


def defer_read_again() -> None:
    defer_once(queue="urgent", task=READ_AGAIN, key=READ_AGAIN)


def read_again(row: Outgoing) -> None:
    """Queue an officer's group text for comparison with confidential reports before it is sent."""
    row.state = State.READING
    row.save(update_fields=["state"])
    defer_read_again()


def send_on(rows: Sequence[Outgoing], *, now: dt.datetime) -> None:
    """Send rows released from quarantine or passed by the asynchronous review."""
    for row in rows:
        at_once = _is_immediate(row.channel_id)
        row.state, row.due_at = State.SENT if at_once else State.QUEUED, now
        row.sent_at = now if at_once else None
        row.save(update_fields=["state", "due_at", "sent_at", "marks"])
    for pk in {row.channel_id for row in rows if row.state == State.QUEUED}:
        defer_deliver(pk)


@lru_cache(maxsize=256)
def _is_immediate(channel_id: int) -> bool:
    """Return whether the channel needs no sending. Cached, since a channel never changes its kind."""
    return kinds()[Channel.objects.values_list("kind", flat=True).get(pk=channel_id)].immediate


def defer_deliver(channel_id: int) -> None:
    defer_once(
        queue="delivery", task="channels.deliver", key=f"channels.deliver.{channel_id}",
        arguments={"channel_id": channel_id},
    )  # fmt: skip


def defer_look(channel_id: int) -> None:
    """Have our group rows compared with the channel's (group_sync.py)."""
    defer_once(queue="delivery", task=LOOK, key=f"{LOOK}.{channel_id}", arguments={"channel_id": channel_id})


def _row(d: Draft, at_once: bool, marks: Sequence[Mark], now: dt.datetime) -> dict[str, Any]:
    again = _is_read_again(d)
    sent = at_once and not marks and not again
    return {
        "key": d.key, "channel_id": d.channel_id, "conversation_id": d.conversation_id, "group_id": d.group_id,
        "unit_id": d.unit_id, "case_id": d.case_id, "officer_id": d.officer_id, "purpose": d.purpose,
        "text": d.text if at_once else d.text + d.tail, "created_at": now, "due_at": now,
        "state": State.HELD if marks else State.READING if again else State.SENT if sent else State.QUEUED,
        "sent_at": now if sent else None,
        "marks": as_json(marks),
    }  # fmt: skip


def deliver(*, channel_id: int) -> int:
    """Send due messages of a channel until none is left or the channel rejects; return the number sent.

    One sender a channel: a session lock ends with its connection, so a killed worker leaves no lock.
    """
    with only_one(Lock.DELIVERY, channel_id) as mine:
        return _deliver_all(channel_id) if mine else 0


def _deliver_all(channel_id: int) -> int:
    channel = Channel.objects.get(pk=channel_id)
    adapter = kinds()[channel.kind]
    sent = 0
    while rows := _claim(channel_id, now=clock.now()):
        refused = messaging_window.shut(adapter.limits, rows, now=clock.now())
        open_ = [row for row, failed in zip(rows, refused, strict=True) if failed is None]
        answers = iter(_send(adapter, channel, open_) if open_ else ())
        results = [failed or next(answers) for failed in refused]
        sent += _mark(channel, rows, results, now=clock.now())
    return sent


def _send(adapter: Adapter, channel: Channel, rows: Sequence[Outgoing]) -> list[Result]:
    """Send the rows; network only. A rejected token is renewed once and its rows are sent again."""
    try:
        token = adapter.token(channel.pk, now=clock.now())
        found, shut = recipients.addresses(channel.pk, [r.conversation.reporter_id for r in rows if r.conversation])
        messages = [recipients.message(row, found) for row in rows]
        going = [i for i, r in enumerate(rows) if r.conversation is None or r.conversation.reporter_id not in shut]
        results: list[Result] = [recipients.without_key()] * len(rows)
        _send_some(adapter, account(channel, token), rows, messages, going, results)
        again = [i for i, r in enumerate(results) if isinstance(r, SendFailed) and r.token_refused]
        if again:
            try:
                token = adapter.token(channel.pk, now=clock.now(), refused=token)
                _send_some(adapter, account(channel, token), rows, messages, again, results)
            except SendFailed as failed:  # rows sent before stay sent
                for i in again:
                    results[i] = failed
    except SendFailed as failed:  # no token available: nothing was sent
        return [failed] * len(rows)
    except key_files.NotHere:
        return [recipients.without_token()] * len(rows)
    return results


def _send_some(
    adapter: Adapter, account: Account, rows: Sequence[Outgoing], messages: Sequence[OutgoingMessage],
    chosen: Sequence[int], results: list[Result],
) -> None:  # fmt: skip
    sent = asyncio.run(_batch(adapter, account, [rows[i] for i in chosen], [messages[i] for i in chosen]))
    for i, result in zip(chosen, sent, strict=True):
        results[i] = result


def account(channel: Channel, token: str = "") -> Account:
    row = Credential.objects.filter(channel=channel).first()
    secrets = row.secrets if row else {}
    return Account(channel_id=channel.pk, settings=channel.settings, secrets=secrets, access_token=token)


async def _batch(
    adapter: Adapter, account: Account, rows: Sequence[Outgoing], messages: Sequence[OutgoingMessage]
) -> list[Result]:
    """Send in order within a conversation, concurrently across conversations."""
    results: list[Result] = [SendFailed(N_("chưa gửi")) for _ in rows]
    lines: dict[tuple[str | None, str | None], list[int]] = {}
    for index, message in enumerate(messages):
        lines.setdefault((message.to_person, message.to_group), []).append(index)
    gate = asyncio.Semaphore(ABREAST)
    async with adapter.client() as client:

        async def line(indexes: list[int]) -> None:
            async with gate:
                for index in indexes:
                    results[index] = await _one(adapter, client, account, rows[index], messages[index])

        await asyncio.gather(*(line(indexes) for indexes in lines.values()))
    return results


async def _one(adapter: Adapter, client: Any, account: Account, row: Outgoing, message: OutgoingMessage) -> Result:
    if message.to_person is None and message.to_group is None:
        return SendFailed(N_("không còn địa chỉ để gửi"), permanent=True)
    try:
        if row.maybe_sent:
            found = await adapter.find_sent(client, account, message)
            if found is not None:
                return found
            row.maybe_sent = False  # certain now: it was not sent
        return await adapter.send(client, account, message)
    except SendFailed as failed:
        return failed
    except Exception as error:  # an own error in one message must not block the others
        log.exception("send_crashed", kind=adapter.kind)
        return SendFailed(N_("lỗi chương trình"), code=type(error).__name__[:20], maybe_sent=True)


@transaction.atomic
def _mark(channel: Channel, rows: Sequence[Outgoing], results: Sequence[Result], *, now: dt.datetime) -> int:
    """Save the result of each send; return the number sent."""
    sent = 0
    for row, result in zip(rows, results, strict=True):
        row.lease_until = None
        if isinstance(result, Receipt):
            row.state, row.sent_at, row.outside_ids, row.reason, row.code = (
                State.SENT, result.at, list(result.outside_ids), "", "",
            )  # fmt: skip
            sent += 1
        else:
            _mark_failed(channel, row, result, now=now)
    Outgoing.objects.bulk_update(
        rows, ["state", "attempts", "sent_at", "outside_ids", "reason", "code", "lease_until", "due_at", "maybe_sent"]
    )
    return sent


def _mark_failed(channel: Channel, row: Outgoing, failed: SendFailed, *, now: dt.datetime) -> None:
    row.reason, row.code = failed.reason[:200], failed.code[:20]
    row.maybe_sent = row.maybe_sent or failed.maybe_sent  # stays unknown until the channel was asked
    dead = gives_up(row.attempts, permanent=failed.permanent) and not failed.pause_channel
    row.state = State.DEAD if dead else State.QUEUED
    row.due_at = now if dead else next_try(row.attempts, retry_after=failed.retry_after, now=now)  # now: given up
    if failed.permanent and row.group_id is not None:
        defer_look(channel.pk)  # the group may have changed or ended
    log.info("send_failed", kind=channel.kind, code=row.code, dead=dead, attempts=row.attempts)
    if failed.pause_channel:
        row.attempts -= 1  # an error of the channel, not of the message
        Channel.objects.filter(pk=channel.pk).update(paused_until=row.due_at, paused_reason=row.reason)


def sweep(*, now: dt.datetime) -> None:
    """Have every channel with due rows delivered: the net under a lost wake-up."""
    for pk in Outgoing.objects.filter(_due(now)).values_list("channel_id", flat=True).distinct():
        defer_deliver(pk)


def _due(now: dt.datetime) -> Q:
    """Rows to send now; also where a wait is longer than any that is ever set: the clock was set back since."""
    set_back = Q(created_at__gt=now + SKEW, due_at=F("created_at")) | Q(due_at__gt=now + LONGEST_PAUSE)
    leased = Q(lease_until__lte=now) | Q(lease_until__gt=now + LEASE + SKEW)
    return Q(state=State.QUEUED) & (Q(due_at__lte=now) | set_back) | Q(state=State.SENDING) & leased


@transaction.atomic
def retry(*, public_id: str, officer: Officer, now: dt.datetime) -> None:
    """Retry a dead message for an operator or the sender's unit."""
    row = access_outgoing(officer, public_id)
    if row.state == State.DEAD:
        row.state, row.due_at, row.attempts = State.QUEUED, now, 0
        row.save(update_fields=["state", "due_at", "attempts"])
        record([Act(actor_of(officer), "outgoing.retried", f"outgoing:{row.public_id}")], now=now)
        defer_deliver(row.channel_id)


@transaction.atomic
def cancel(*, public_id: str, officer: Officer, now: dt.datetime) -> None:
    """Give up a message for good."""
    row = access_outgoing(officer, public_id)
    if row.state in (State.DEAD, State.QUEUED, State.READING):
        row.state = State.CANCELLED
        row.save(update_fields=["state"])
        record([Act(actor_of(officer), "outgoing.cancelled", f"outgoing:{row.public_id}")], now=now)


@transaction.atomic
def _claim(channel_id: int, *, now: dt.datetime) -> list[Outgoing]:
    """Rows that are due, marked SENDING; those of a dead deliverer come again when their lease is over."""
    paused = Q(paused_until__gt=now, paused_until__lte=now + LONGEST_PAUSE)  # later: the clock was set back since
    if Channel.objects.filter(pk=channel_id).filter(Q(is_active=False) | paused).exists():
        return []
    due = Outgoing.objects.select_for_update(skip_locked=True, of=("self",)).filter(_due(now), channel_id=channel_id)
    rows = list(due.select_related("conversation", "group").order_by("due_at", "id")[:CHUNK])
    for row in rows:
        row.maybe_sent = row.maybe_sent or row.state == State.SENDING  # its receipt was lost
        row.state, row.lease_until = State.SENDING, now + LEASE
        row.tried_at = row.tried_at or now
        row.attempts += 1
    Outgoing.objects.bulk_update(rows, ["state", "lease_until", "tried_at", "attempts", "maybe_sent"])
    return rows
