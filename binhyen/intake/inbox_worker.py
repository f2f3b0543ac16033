"""Inbox worker: parse webhooks and run the pipeline; one bad row never blocks the others."""

import datetime as dt
import threading
from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from binhyen.channels.adapter import Account
from binhyen.channels.models import Channel, Group, Inbound, Message
from binhyen.channels.registry import kinds
from binhyen.channels.services import inbox
from binhyen.channels.services.channel_events import happened
from binhyen.channels.services.groups import OPENING, adopt, may_be_opening
from binhyen.channels.services.media import defer_fetch
from binhyen.channels.services.messages import conversations_of, interacted, spoke_in
from binhyen.channels.types import Happening, IncomingMessage, Unknown
from binhyen.intake import pipeline
from binhyen.intake.items import Item
from binhyen.intake.manual_fallback import STUMBLES, KnownApart
from binhyen.kit import clock, logs
from binhyen.kit.db_errors import of_machine
from binhyen.vault import services as vault

BATCH = 200
AGAIN = dt.timedelta(seconds=2)
# The running drain, and the next one. Each webhook may request a drain while one runs: without this, all worker threads
# waited for the inbox lock, each for a dozen rows, and urgent jobs behind them.
_turn, _next = threading.Lock(), threading.Lock()
log = logs.get("intake")


def drain() -> int:
    """Process all waiting rows; return the count.

    Zero if another drain of this process is about to begin: it has not read yet, so it sees all rows committed by now.
    """
    if not _next.acquire(blocking=False):
        return 0
    try:
        _turn.acquire()
    finally:
        _next.release()
    try:
        return _drain()
    finally:
        _turn.release()


def _drain() -> int:
    with transaction.atomic():
        inbox.wait_for_door()
    total = 0
    while True:
        try:
            count = _batch(BATCH)
        except Exception as error:  # a row in this batch cannot be processed: retry one by one, so that the others can
            if of_machine(error):  # a full disk is no fault of these rows: all wait, none is given up
                raise
            log.warning("batch_crashed", problem=type(error).__name__)
            count = _one_by_one()
        total += count
        if count == 0:
            return total


@transaction.atomic
def _batch(most: int) -> int:
    now = clock.now()
    rows = inbox.claim(most=most, now=now)
    _read(rows, now=now)
    return len(rows)


def _one_by_one() -> int:
    count = 0
    for _ in range(BATCH):
        row = Inbound.objects.filter(inbox.due(clock.now())).order_by("id").first()
        if row is None:
            break
        count += 1
        try:
            with transaction.atomic():
                inbox.be_the_one_reader()
                locked = Inbound.objects.select_for_update().get(pk=row.pk)
                if locked.state == Inbound.State.PENDING:
                    _read_or_not(locked, now=clock.now())
        except Exception as error:  # stored with its reason, retried later, then shown to the operator
            if of_machine(error):
                raise
            log.exception("row_crashed", inbound=row.pk)
            why = error.__cause__ if isinstance(error, KnownApart) else error  # the cause reveals nothing in a list
            inbox.failed(row, type(why).__name__, now=clock.now())
    return count


def _read_or_not(row: Inbound, *, now: dt.datetime) -> None:
    """Process a row; after repeated failures store it for a person, except a recognised complaint about police."""
    try:
        with transaction.atomic():
            _read([row], now=now)
    except KnownApart:
        raise
    except Exception as error:
        if of_machine(error) or row.attempts < STUMBLES:
            raise
        _read([Inbound.objects.get(pk=row.pk)], unread=True, now=now)


def _read(rows: Sequence[Inbound], *, unread: bool = False, now: dt.datetime) -> None:
    """Parse rows, apply events, run the pipeline, mark the rows. In the caller's transaction."""
    channels = {c.pk: c for c in Channel.objects.filter(pk__in={r.channel_id for r in rows})}
    messages: dict[int, list[IncomingMessage]] = {}
    events: dict[int, list[tuple[Inbound, Happening]]] = {}
    for row in rows:
        channel = channels[row.channel_id]
        account = Account(channel_id=channel.pk, settings=channel.settings, secrets={})
        try:
            incoming = kinds()[channel.kind].parse(account, row.event, inbox.body_of(row))
        except ValueError:  # also a body that was sealed for another row
            row.state, row.reason = Inbound.State.DEAD, "sai cấu trúc"
            continue
        row.state = Inbound.State.DONE
        if isinstance(incoming, Unknown):
            row.state, row.event = Inbound.State.UNKNOWN, incoming.event  # counted by this name; not stored
        if isinstance(incoming, IncomingMessage):
            messages.setdefault(channel.pk, []).append(incoming)
        elif isinstance(incoming, Happening):
            events.setdefault(channel.pk, []).append((row, incoming))
    for pk, told in events.items():
        _put_off(pk, told, now=now)
        happened(channels[pk], [event for row, event in told if row.state == Inbound.State.DONE], now=now)
    for pk, incomings in messages.items():
        items = _items(channels[pk], incomings, now=now)
        pipeline.run([replace(i, unread=unread) for i in items], now=now)
        if any(m.media for m in incomings):
            defer_fetch(pk)
    inbox.done(rows, now=now)


def _put_off(channel_id: int, told: Sequence[tuple[Inbound, Happening]], *, now: dt.datetime) -> None:
    """Delay events of a group that is being created here at this moment until it has its row."""
    fresh = [(row, event.group) for row, event in told if event.group and now - row.received_at <= OPENING]
    early = may_be_opening(channel_id, {group for _, group in fresh})
    for row, group in fresh:
        if group in early:
            row.state, row.due_at = Inbound.State.PENDING, now + AGAIN


def _items(channel: Channel, incomings: Sequence[IncomingMessage], *, now: dt.datetime) -> list[Item]:
    """Build items: senders become pseudonyms, groups become rows; already stored messages are skipped."""
    reporters = vault.reporters_of(channel.pk, [m.sender for m in incomings], now=now)
    conversations = conversations_of(channel.pk, list(reporters.values()))
    ids = {m.group for m in incomings if m.group}
    groups = {g.outside_id: g for g in Group.objects.filter(channel=channel, outside_id__in=ids)}
    strange = ids - groups.keys()
    # A group created elsewhere with our account: the province reads its messages.
    groups |= {g.outside_id: g for g in adopt(channel, strange, now=now)}
    outside = [m.outside_id for m in incomings]
    known = set(Message.objects.filter(channel=channel, outside_id__in=outside).values_list("outside_id", flat=True))
    items: list[Item] = []
    windows: dict[int, dt.datetime] = {}
    for message in incomings:
        if message.outside_id in known:
            continue
        known.add(message.outside_id)
        reporter = reporters[message.sender]
        conversation = conversations[reporter]
        if not message.group:
            windows[conversation.pk] = max(message.sent_at, windows.get(conversation.pk, message.sent_at))
        items.append(Item(channel.pk, reporter, conversation.pk, message, group=groups.get(message.group or "")))
    if windows:
        interacted(windows)
    spoke_in({groups[m.group].pk: m.sent_at for m in incomings if m.group in groups})
    return items
