"""Inbox worker: parse webhooks and run the pipeline; one bad row never blocks the others."""

import datetime as dt
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.db import transaction

from binhyen.channels.adapter import ChannelAccount
from binhyen.channels.models import Channel, Group, Inbound, Message
from binhyen.channels.registry import get_channel_kinds
from binhyen.channels.services import inbox
from binhyen.channels.services.channel_events import apply_events, find_message_recipients
from binhyen.channels.services.groups import CREATION_WINDOW, adopt_groups, find_possibly_opening
from binhyen.channels.services.media import defer_fetch
from binhyen.channels.services.messages import get_or_create_conversations, restart_reply_windows, update_group_activity
from binhyen.channels.types import ChannelEvent, EventType, IncomingMessage, UnknownEvent
from binhyen.intake import pipeline
from binhyen.intake.confidential import KnownComplaintFailed
from binhyen.intake.items import InboundItem
from binhyen.kit import clock, logs
from binhyen.kit.db_errors import is_infrastructure_error
from binhyen.kit.jobs import postpone_case_jobs
from binhyen.vault import services as vault

MAX_BATCH_ROWS = 200
MAX_PROCESSING_ATTEMPTS = 3  # failed attempts on a webhook's message before it goes to a person: six seconds
GROUP_RETRY_DELAY = dt.timedelta(seconds=2)
# The running drain, and the next one. Each webhook may request a drain while one runs: without this, all worker threads
# waited for the inbox lock, each for a dozen rows, and urgent jobs behind them.
_drain_lock, _queue_lock = threading.Lock(), threading.Lock()
log = logs.get_logger("intake")


def drain_inbox() -> int:
    """Process all waiting rows; return the count.

    Zero if another drain of this process is about to begin: it has not read yet, so it sees all rows committed by now.
    """
    if not _queue_lock.acquire(blocking=False):
        return 0
    try:
        _drain_lock.acquire()
    finally:
        _queue_lock.release()
    try:
        with postpone_case_jobs():
            return _drain_batches()
    finally:
        _drain_lock.release()


def _drain_batches() -> int:
    with transaction.atomic():
        inbox.wait_for_gateway_commits()
    total = 0
    while True:
        try:
            count = _process_batch(MAX_BATCH_ROWS)
        except Exception as error:  # a row in this batch cannot be processed: retry one by one, so that the others can
            if is_infrastructure_error(error):  # a full disk is no fault of these rows: all wait, none is given up
                raise
            log.warning("batch_crashed", problem=type(error).__name__)
            count = _process_one_by_one()
        total += count
        if count == 0:
            return total


@transaction.atomic
def _process_batch(limit: int) -> int:
    now = clock.now()
    rows = inbox.claim_webhooks(limit=limit, now=now)
    _process_rows(rows, now=now)
    return len(rows)


def _process_one_by_one() -> int:
    count = 0
    for _ in range(MAX_BATCH_ROWS):
        row = Inbound.objects.filter(inbox.due(clock.now())).order_by("id").first()
        if row is None:
            break
        count += 1
        try:
            with transaction.atomic():
                inbox.lock_reader()
                locked = Inbound.objects.select_for_update().get(pk=row.pk)
                if locked.state == Inbound.State.PENDING:
                    _process_with_fallback(locked, now=clock.now())
        except Exception as error:  # stored with its reason, retried later, then shown to the operator
            if is_infrastructure_error(error):
                raise
            log.exception("row_crashed", inbound=row.pk)
            cause = (
                error.__cause__ if isinstance(error, KnownComplaintFailed) else error
            )  # the cause reveals nothing in a list
            inbox.record_failure(row, type(cause).__name__, now=clock.now())
    return count


def _process_with_fallback(row: Inbound, *, now: dt.datetime) -> None:
    """Process a row; after repeated failures store it for a person, except a recognised complaint about police."""
    try:
        with transaction.atomic():
            _process_rows([row], now=now)
    except KnownComplaintFailed:
        raise
    except Exception as error:
        if is_infrastructure_error(error) or row.attempts < MAX_PROCESSING_ATTEMPTS:
            raise
        _process_rows([Inbound.objects.get(pk=row.pk)], processing_failed=True, now=now)


def _process_rows(rows: Sequence[Inbound], *, processing_failed: bool = False, now: dt.datetime) -> None:
    """Parse rows, apply events, run the pipeline, mark the rows. In the caller's transaction."""
    channels = {
        known_channel.pk: known_channel
        for known_channel in Channel.objects.filter(pk__in={pending_row.channel_id for pending_row in rows})
    }
    messages: dict[int, list[IncomingMessage]] = {}
    events: dict[int, list[tuple[Inbound, ChannelEvent]]] = {}
    for row in rows:
        channel = channels[row.channel_id]
        account = ChannelAccount(channel_id=channel.pk, settings=channel.settings, secrets={})
        try:
            incoming = get_channel_kinds()[channel.kind].parse(account, row.event, inbox.decrypt_body(row))
        except ValueError:  # also a body that was sealed for another row
            row.state, row.reason = Inbound.State.DEAD, "sai cấu trúc"
            continue
        row.state = Inbound.State.DONE
        if isinstance(incoming, UnknownEvent):
            row.state, row.event = Inbound.State.UNKNOWN, incoming.event  # counted by this name; not stored
        if isinstance(incoming, IncomingMessage):
            messages.setdefault(channel.pk, []).append(incoming)
        elif isinstance(incoming, ChannelEvent):
            events.setdefault(channel.pk, []).append((row, incoming))
    pressed_by: dict[str, int] = {}
    for pk, row_events in events.items():
        presses, reporters = _read_presses(pk, [event for _, event in row_events])
        if presses:
            messages.setdefault(pk, []).extend(presses)
            pressed_by |= reporters
        _delay_new_group_events(pk, row_events, now=now)
        apply_events(channels[pk], [event for row, event in row_events if row.state == Inbound.State.DONE], now=now)
    for pk, incomings in messages.items():
        items = _build_items(channels[pk], incomings, pressed_by, now=now)
        pipeline.process_items([replace(item, processing_failed=processing_failed) for item in items], now=now)
        if any(message.media for message in incomings):
            defer_fetch(pk)
    inbox.finish_webhooks(rows, now=now)


def _read_presses(channel_id: int, events: Sequence[ChannelEvent]) -> tuple[list[IncomingMessage], dict[str, int]]:
    """Return what pressed buttons say as messages, and by message the reporter of a press that names no person."""
    pressed = [event for event in events if event.event_type is EventType.PRESSED]
    unnamed = [event for event in pressed if not event.people]
    recipients = find_message_recipients(channel_id, [event.message_ids[0] for event in unnamed])
    reporters = {
        event.external_id: recipients[event.message_ids[0]] for event in unnamed if event.message_ids[0] in recipients
    }
    messages = [
        IncomingMessage(event.external_id, event.people[0] if event.people else "", event.facts["text"], event.at)
        for event in pressed
        if event.people or event.external_id in reporters
    ]
    return messages, reporters


def _delay_new_group_events(
    channel_id: int, row_events: Sequence[tuple[Inbound, ChannelEvent]], *, now: dt.datetime
) -> None:
    """Delay events of a group that is being created here at this moment until it has its row."""
    recent = [
        (row, event.group) for row, event in row_events if event.group and now - row.received_at <= CREATION_WINDOW
    ]
    new_groups = find_possibly_opening(channel_id, {group for _, group in recent})
    for row, group in recent:
        if group in new_groups:
            row.state, row.due_at = Inbound.State.PENDING, now + GROUP_RETRY_DELAY


def _build_items(
    channel: Channel, incomings: Sequence[IncomingMessage], pressed_by: Mapping[str, int], *, now: dt.datetime
) -> list[InboundItem]:
    """Build items: senders become pseudonyms, groups become rows; already stored messages are skipped.

    `pressed_by`: reporters of messages without a sender.
    """
    senders = [incoming.sender for incoming in incomings if incoming.external_id not in pressed_by]
    reporters = vault.get_or_create_reporters(channel.pk, senders, now=now)
    conversations = get_or_create_conversations(channel.pk, [*reporters.values(), *pressed_by.values()])
    group_ids = {incoming.group for incoming in incomings if incoming.group}
    groups = {group.external_id: group for group in Group.objects.filter(channel=channel, external_id__in=group_ids)}
    unknown_ids = group_ids - groups.keys()
    # A group created elsewhere with our account: the province reads its messages.
    groups |= {group.external_id: group for group in adopt_groups(channel, unknown_ids, now=now)}
    external_ids = [incoming.external_id for incoming in incomings]
    stored_ids = set(
        Message.objects.filter(channel=channel, external_id__in=external_ids).values_list("external_id", flat=True)
    )
    items: list[InboundItem] = []
    last_sent_at: dict[int, dt.datetime] = {}
    for message in incomings:
        if message.external_id in stored_ids:
            continue
        stored_ids.add(message.external_id)
        reporter = pressed_by.get(message.external_id) or reporters[message.sender]
        conversation = conversations[reporter]
        if not message.group:
            last_sent_at[conversation.pk] = max(message.sent_at, last_sent_at.get(conversation.pk, message.sent_at))
        items.append(InboundItem(channel.pk, reporter, conversation.pk, message, group=groups.get(message.group or "")))
    if last_sent_at:
        restart_reply_windows(last_sent_at)
    update_group_activity(
        {groups[incoming.group].pk: incoming.sent_at for incoming in incomings if incoming.group in groups}
    )
    return items
