"""The transactional outbox: a message is a row of the transaction that caused it; delivery takes rows in batches.

A row is SENDING during the network call. If the process dies then, delivery is unknown: the next attempt first asks the
channel (`find_sent`), so that no message is sent twice.
"""

import asyncio
import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import lru_cache
from typing import Any

import orjson
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from binhyen.audit.services import AuditAction, record_actions
from binhyen.channels.adapter import ChannelAccount, ChannelAdapter, ChannelLimits
from binhyen.channels.dlp.detectors import Finding
from binhyen.channels.models import Channel, Credential, Outgoing
from binhyen.channels.queries import BULLETIN_PURPOSE, get_visible_outgoing, lock_visible_outgoing
from binhyen.channels.registry import get_channel_kinds
from binhyen.channels.retry_policy import LONGEST_PAUSE, SEND_LEASE, SKEW, retry_at, should_give_up
from binhyen.channels.services.outbound_dlp import (
    GroupPost,
    OutgoingDraft,
    check_drafts,
    check_group_post,
    findings_to_json,
)
from binhyen.channels.texts import ENGLISH_HINT, WRITTEN_ON_PREFIX, WRITTEN_ON_PREFIX_ENGLISH
from binhyen.channels.types import OutgoingFile, OutgoingMessage, SendFailed, SendReceipt
from binhyen.kit import clock, file_storage, key_files, logs
from binhyen.kit.bulk_insert import insert_values, update_rows
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.i18n_markers import N_
from binhyen.kit.ids import generate_uuid7
from binhyen.kit.jobs import defer_once
from binhyen.kit.locks import AdvisoryLock, try_advisory_lock
from binhyen.language.classify.language_id import is_english
from binhyen.people.access import COMPLAINT_PURPOSE
from binhyen.people.models import Officer
from binhyen.people.services import get_audit_actor
from binhyen.vault import envelopes
from binhyen.vault import services as vault

# The messaging window: whether a person can still be written to about a case, by their messages outside complaints.
#
# A channel counts from the newest message of any kind. By that rule a reply about an ordinary case would reach its
# person, or a notice that was given up be sent after all, because they meanwhile complained about police; and officers
# who may not know of the complaint can read the result of both. So a message of a restricted case opens the window
# only for messages about it: all others wait or fail as if it did not exist. The same holds for sealed private
# messages about a tip in a group.


def outside_window(limits: ChannelLimits, rows: Sequence[Outgoing], *, now: dt.datetime) -> list[SendFailed | None]:
    """Return, row by row, the channel's failure for a person silent for too long; None: send it."""
    restricted_rows = [row for row in rows if _is_result_visible(row)]
    if limits.last_window is None or not restricted_rows:
        return [None] * len(rows)
    last_written, (code, reason) = _find_last_written(restricted_rows), limits.closed
    since = now - limits.last_window
    expired_rows = {
        row.pk for row in restricted_rows if (written_at := last_written.get(row.pk)) is None or written_at <= since
    }
    return [SendFailed(reason, code=code, is_permanent=True) if row.pk in expired_rows else None for row in rows]


def find_deliverable_again(dead: QuerySet[Outgoing]) -> dict[int, int]:
    """Return messages that were given up and can be sent now, since the person wrote: id → channel id."""
    candidates = list(dead.filter(conversation__last_interaction_at__gt=F("due_at")))  # due_at is the time of giving up
    last_written = _find_last_written([row for row in candidates if _is_result_visible(row)])
    return {
        row.pk: row.channel_id
        for row in candidates
        if not _is_result_visible(row)
        or ((written_at := last_written.get(row.pk)) is not None and written_at > row.due_at)
    }


def _is_result_visible(row: Outgoing) -> bool:
    """Return whether officers can read the result: of a message on a case, a data request's answer, a bulletin.

    Other messages without a case answer the message that was just received.
    """
    is_visible = row.case_id is not None or row.key.startswith("data:") or row.purpose == BULLETIN_PURPOSE
    return is_visible and row.conversation_id is not None and row.purpose != COMPLAINT_PURPOSE


def _find_last_written(rows: Sequence[Outgoing]) -> dict[int, dt.datetime]:
    """Return, by message, the time its person last wrote a message that opens the window for it."""
    if not rows:
        return {}
    open_times, sealed_times = (
        find_last_open_messages({row.conversation_id for row in rows}),
        _find_last_sealed_messages({row.case_id for row in rows}),
    )
    last_written = {}
    for row in rows:
        candidates = (open_times.get(row.conversation_id), sealed_times.get((row.case_id, row.conversation_id)))
        if moments := [moment for moment in candidates if moment is not None]:
            last_written[row.pk] = max(moments)
    return last_written


def find_last_open_messages(conversation_ids: Collection[int | None]) -> dict[int | None, dt.datetime]:
    """By conversation: when its person last wrote what neither lies apart nor is sealed. A function of
    cases/sql tells: who delivers reads neither messages nor cases (rls/grants.py).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT talk, at FROM cases_last_open_message(%s)", [list(conversation_ids)])
        return dict(cursor.fetchall())


def _find_last_sealed_messages(cases: Collection[int | None]) -> dict[tuple[int | None, int | None], dt.datetime]:
    """Return, by case and conversation, the time of the last sealed message on that case."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT case_id, talk, at FROM cases_last_sealed_message(%s)", [[pk for pk in cases if pk is not None]]
        )
        return {(case, talk): moment for case, talk, moment in cursor.fetchall()}


# Recipients of outbox rows: addresses are decrypted in the sender process only, with its key file.

_RETRY_DELAY = 600.0  # seconds: a key file is restored by hand


def missing_address_key_error() -> SendFailed:
    """Return the failure for an address that cannot be decrypted though the channel's token can.

    Its key was not copied when the installation moved and is no longer the current one. The author gets the error at
    once; «Gửi lại» works once the key is restored.
    """
    return SendFailed(N_("máy này thiếu khóa mở địa chỉ người nhận (./dev doctor)"), code="NO_KEY", is_permanent=True)


def missing_token_key_error() -> SendFailed:
    """Return the failure for a channel whose own secrets cannot be decrypted: the whole channel waits."""
    reason = N_("máy này thiếu khóa mở mã của kênh (./dev doctor)")
    return SendFailed(reason, code="NO_KEY", pause_channel=True, retry_after=_RETRY_DELAY)


def to_outgoing_message(
    row: Outgoing, addresses_by_reporter: dict[int, str], files: dict[str, bytes | None]
) -> OutgoingMessage:
    """Return the message to send; without recipient where the person has no address any more.

    `files`: read so far in this batch, since many messages carry the same picture.
    """
    media = []
    for item in row.media:
        name = str(item["file"])
        if name not in files:
            files[name] = file_storage.read_file_if_exists(name)
        data = files[name]
        if data is not None:
            media.append(OutgoingFile(str(item["kind"]), str(item["name"]), data))
    return OutgoingMessage(
        key=row.key,
        text=row.text,
        recipient_id=addresses_by_reporter.get(row.conversation.reporter_id) if row.conversation else None,
        external_group_id=row.group.external_id if row.group else None,
        first_tried_at=row.tried_at,
        buttons=tuple((str(title), str(reply)) for title, reply in row.buttons),
        media=tuple(media),
        quote_of=row.quote_of or None,
    )


def missing_file_error() -> SendFailed:
    """Return the failure of a message whose picture or document was deleted since: it would tell half of it."""
    return SendFailed(N_("tệp kèm theo đã bị xóa"), code="NO_FILE", is_permanent=True)


def decrypt_addresses(channel_id: int, reporters: Iterable[int]) -> tuple[dict[int, str], frozenset[int]]:
    """Return addresses by reporter, and reporters whose address cannot be decrypted.

    One by one only if the batch fails.
    """
    reporter_ids = set(reporters)
    try:
        return vault.open_addresses(channel_id, reporter_ids), frozenset()
    except (key_files.KeyFileMissing, envelopes.EnvelopeError):
        if len(reporter_ids) == 1:
            return {}, frozenset(reporter_ids)
    decrypted: dict[int, str] = {}
    failed_ids: frozenset[int] = frozenset()
    for reporter_id in reporter_ids:
        some_decrypted, some_failed = decrypt_addresses(channel_id, [reporter_id])
        decrypted, failed_ids = decrypted | some_decrypted, failed_ids | some_failed
    return decrypted, failed_ids


State = Outgoing.State
SendResult = SendReceipt | SendFailed
DELIVERY_BATCH_SIZE = 200
REVIEW_JOB = "channels.read_again"
GROUP_SYNC_JOB = "channels.look_at_groups"
# Conversations served concurrently: at answers after 200 ms, 2,119 groups take 4 s; 16 at a time would take 27 s.
MAX_CONCURRENT_CONVERSATIONS = 200
log = logs.get_logger("outbox")


def queue_messages(drafts: Sequence[OutgoingDraft], *, now: dt.datetime) -> frozenset[str]:
    """Write the rows, delivered after this transaction; return the keys of quarantined ones.

    The only way out: every group text passes `check_drafts` here, an officer's text also the asynchronous review.
    """
    if not drafts:
        return frozenset()
    findings = check_drafts(drafts)
    immediate_channels = {draft.channel_id for draft in drafts if _is_immediate(draft.channel_id)}
    rows = [
        _build_row(draft, draft.channel_id in immediate_channels, findings.get(draft.key, ()), now) for draft in drafts
    ]
    insert_values(Outgoing, rows, ignore_conflicts=True)
    passed = [draft for draft in drafts if draft.key not in findings]
    if any(_needs_review(draft) for draft in passed):
        defer_review()
    for pk in {draft.channel_id for draft in passed if not _needs_review(draft)} - immediate_channels:
        defer_delivery(pk)
    return frozenset(findings)


_INSERT_GROUP_POST = """
INSERT INTO channels_outgoing (public_id, key, channel_id, group_id, unit_id, officer_id, purpose, text, state,
    priority, dlp_findings, media, created_at, due_at, attempts, code, reason, external_ids, delivery_unknown,
    fingerprint_hits)
SELECT n.public_id, %s || g.id, g.channel_id, g.id, g.unit_id, %s, %s, %s, %s, %s, %s::jsonb, %s::jsonb, %s, %s, 0, '',
    '', '[]', false, 0
FROM unnest(%s::bigint[], %s::uuid[]) WITH ORDINALITY AS n (id, public_id, position)
JOIN channels_group g ON g.id = n.id
ORDER BY n.position
ON CONFLICT (key) DO NOTHING
"""


def queue_group_post(post: GroupPost, group_ids: Sequence[int], *, now: dt.datetime) -> tuple[Finding, ...]:
    """Write a message to each group by one statement and return the findings: with some, all are quarantined.

    The messages have the order of `group_ids`. The text is checked once, not once for each group; the asynchronous
    review follows as for every group text.
    """
    findings = check_group_post(post)
    parameters: list[Any] = [
        post.key_prefix,
        post.officer_id,
        post.purpose,
        post.text,
        State.HELD if findings else State.READING,
        post.priority,
        orjson.dumps(findings_to_json(findings)).decode(),
        orjson.dumps([item.to_json() for item in post.media]).decode(),
        now,
        now,
        list(group_ids),
        [generate_uuid7() for _ in group_ids],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_GROUP_POST, parameters)
    if not findings:
        defer_review()
    return findings


def _needs_review(draft: OutgoingDraft) -> bool:
    """Return whether the draft needs the asynchronous review. Our own fixed texts to a group contain no tip."""
    return draft.group_id is not None and draft.officer_id is not None


def defer_review() -> None:
    defer_once(queue="urgent", task=REVIEW_JOB, key=REVIEW_JOB)


def submit_for_review(row: Outgoing) -> None:
    """Queue an officer's group text for comparison with confidential reports before it is sent."""
    row.state = State.READING
    row.save(update_fields=["state"])
    defer_review()


def send_released(rows: Sequence[Outgoing], *, now: dt.datetime) -> None:
    """Send rows released from quarantine or passed by the asynchronous review."""
    for is_immediate in (False, True):
        released = [row for row in rows if _is_immediate(row.channel_id) is is_immediate]
        state, sent_at = (State.SENT, now) if is_immediate else (State.QUEUED, None)
        for row in released:
            row.state, row.due_at, row.sent_at = state, now, sent_at
        without_findings = [row.pk for row in released if not row.dlp_findings]
        Outgoing.objects.filter(pk__in=without_findings).update(
            state=state, due_at=now, sent_at=sent_at, dlp_findings=[]
        )
        for row in released:
            if row.dlp_findings:
                row.save(update_fields=["state", "due_at", "sent_at", "dlp_findings"])
    for pk in {row.channel_id for row in rows if row.state == State.QUEUED}:
        defer_delivery(pk)


@lru_cache(maxsize=256)
def _is_immediate(channel_id: int) -> bool:
    """Return whether the channel needs no sending. Cached, since a channel never changes its kind."""
    return get_channel_kinds()[Channel.objects.values_list("kind", flat=True).get(pk=channel_id)].is_immediate


def defer_delivery(channel_id: int) -> None:
    defer_once(
        queue="delivery",
        task="channels.deliver",
        key=f"channels.deliver.{channel_id}",
        arguments={"channel_id": channel_id},
    )


def defer_group_sync(channel_id: int) -> None:
    """Have our group rows compared with the channel's (group_sync.py)."""
    defer_once(
        queue="delivery",
        task=GROUP_SYNC_JOB,
        key=f"{GROUP_SYNC_JOB}.{channel_id}",
        arguments={"channel_id": channel_id},
    )


def _build_row(
    draft: OutgoingDraft, is_immediate: bool, findings: Sequence[Finding], now: dt.datetime
) -> dict[str, Any]:
    needs_review = _needs_review(draft)
    is_sent = is_immediate and not findings and not needs_review
    return {
        "key": draft.key,
        "channel_id": draft.channel_id,
        "conversation_id": draft.conversation_id,
        "group_id": draft.group_id,
        "unit_id": draft.unit_id,
        "case_id": draft.case_id,
        "officer_id": draft.officer_id,
        "purpose": draft.purpose,
        "text": draft.text if is_immediate else draft.text + draft.chat_suffix,
        "created_at": now,
        "due_at": now,
        "state": State.HELD if findings else State.READING if needs_review else State.SENT if is_sent else State.QUEUED,
        "sent_at": now if is_sent else None,
        "dlp_findings": findings_to_json(findings),
        "priority": draft.priority,
        "buttons": [list(button) for button in draft.buttons],
        "media": [item.to_json() for item in draft.media],
        "quote_of": draft.quote_of,
    }


def deliver_due(*, channel_id: int) -> int:
    """Send due messages of a channel until none is left or the channel rejects; return the number sent.

    One sender a channel: a session lock ends with its connection, so a killed worker leaves no lock.
    """
    with try_advisory_lock(AdvisoryLock.DELIVERY, channel_id) as has_lock:
        return _deliver_all(channel_id) if has_lock else 0


def _deliver_all(channel_id: int) -> int:
    channel = Channel.objects.get(pk=channel_id)
    adapter = get_channel_kinds()[channel.kind]
    sent = 0
    with _SharedClient(adapter) as client:
        while rows := _claim_due(channel_id, now=clock.now()):
            window_failures = outside_window(adapter.limits, rows, now=clock.now())
            sendable = [row for row, failure in zip(rows, window_failures, strict=True) if failure is None]
            send_results = iter(_send_rows(client, channel, sendable) if sendable else ())
            results = [failure or next(send_results) for failure in window_failures]
            sent += _save_results(channel, rows, results, now=clock.now())
    return sent


class _SharedClient:
    """An adapter with the event loop and the open client of all batches of a run: connections are used again."""

    def __init__(self, adapter: ChannelAdapter) -> None:
        self.adapter = adapter
        self._runner = asyncio.Runner()
        self._opened: AbstractAsyncContextManager[Any] | None = None

    def __enter__(self) -> "_SharedClient":
        return self

    def __exit__(self, *_: object) -> None:
        with self._runner as runner:
            if self._opened is not None:
                runner.run(_close_client(self._opened))

    def send(
        self, account: ChannelAccount, rows: Sequence[Outgoing], messages: Sequence[OutgoingMessage]
    ) -> list[SendResult]:
        return self._runner.run(self._send(account, rows, messages))

    async def _send(
        self, account: ChannelAccount, rows: Sequence[Outgoing], messages: Sequence[OutgoingMessage]
    ) -> list[SendResult]:
        if self._opened is None:
            opened = self.adapter.open_client()
            self._client = await opened.__aenter__()
            self._opened = opened
        return await _send_concurrently(self.adapter, self._client, account, rows, messages)


async def _close_client(opened: AbstractAsyncContextManager[Any]) -> None:
    await opened.__aexit__(None, None, None)


def _send_rows(client: _SharedClient, channel: Channel, rows: Sequence[Outgoing]) -> list[SendResult]:
    """Send the rows; network only. A rejected token is renewed once and its rows are sent again."""
    adapter = client.adapter
    try:
        token = adapter.get_token(channel.pk, now=clock.now())
        recipient_addresses, undecryptable = decrypt_addresses(
            channel.pk, [item.conversation.reporter_id for item in rows if item.conversation]
        )
        files: dict[str, bytes | None] = {}
        messages = [to_outgoing_message(row, recipient_addresses, files) for row in rows]
        results: list[SendResult] = [missing_address_key_error()] * len(rows)
        sendable = []
        for index, item in enumerate(rows):
            if len(messages[index].media) < len(item.media):
                results[index] = missing_file_error()
            elif item.conversation is None or item.conversation.reporter_id not in undecryptable:
                sendable.append(index)
        _send_selected(client, load_account(channel, token), rows, messages, sendable, results)
        token_rejected = [
            index for index, item in enumerate(results) if isinstance(item, SendFailed) and item.is_token_rejected
        ]
        if token_rejected:
            try:
                token = adapter.get_token(channel.pk, now=clock.now(), rejected_token=token)
                _send_selected(client, load_account(channel, token), rows, messages, token_rejected, results)
            except SendFailed as error:  # rows sent before stay sent
                for index in token_rejected:
                    results[index] = error
    except SendFailed as error:  # no token available: nothing was sent
        return [error] * len(rows)
    except key_files.KeyFileMissing:
        return [missing_token_key_error()] * len(rows)
    return results


def _send_selected(
    client: _SharedClient,
    account: ChannelAccount,
    rows: Sequence[Outgoing],
    messages: Sequence[OutgoingMessage],
    indexes: Sequence[int],
    results: list[SendResult],
) -> None:
    batch_results = client.send(account, [rows[index] for index in indexes], [messages[index] for index in indexes])
    for index, result in zip(indexes, batch_results, strict=True):
        results[index] = result


def load_account(channel: Channel, token: str = "") -> ChannelAccount:
    row = Credential.objects.filter(channel=channel).first()
    secrets = row.secrets if row else {}
    return ChannelAccount(channel_id=channel.pk, settings=channel.settings, secrets=secrets, access_token=token)


async def _send_concurrently(
    adapter: ChannelAdapter,
    client: Any,
    account: ChannelAccount,
    rows: Sequence[Outgoing],
    messages: Sequence[OutgoingMessage],
) -> list[SendResult]:
    """Send in order within a conversation, concurrently across conversations."""
    results: list[SendResult] = [SendFailed(N_("chưa gửi")) for _ in rows]
    by_recipient: dict[tuple[str | None, str | None], list[int]] = {}
    for index, message in enumerate(messages):
        by_recipient.setdefault((message.recipient_id, message.external_group_id), []).append(index)
    semaphore = asyncio.Semaphore(MAX_CONCURRENT_CONVERSATIONS)

    async def send_in_order(indexes: list[int]) -> None:
        async with semaphore:
            for index in indexes:
                results[index] = await _send_row(adapter, client, account, rows[index], messages[index])

    await asyncio.gather(*(send_in_order(indexes) for indexes in by_recipient.values()))
    return results


async def _send_row(
    adapter: ChannelAdapter, client: Any, account: ChannelAccount, row: Outgoing, message: OutgoingMessage
) -> SendResult:
    if message.recipient_id is None and message.external_group_id is None:
        return SendFailed(N_("không còn địa chỉ để gửi"), is_permanent=True)
    try:
        if row.delivery_unknown:
            receipt = await adapter.find_sent(client, account, message)
            if receipt is not None:
                return receipt
            row.delivery_unknown = False  # certain now: it was not sent
        return await adapter.send(client, account, message)
    except SendFailed as failure:
        return failure
    except Exception as error:  # an own error in one message must not block the others
        log.exception("send_crashed", kind=adapter.kind)
        return SendFailed(N_("lỗi chương trình"), code=type(error).__name__[:20], delivery_unknown=True)


@transaction.atomic
def _save_results(
    channel: Channel, rows: Sequence[Outgoing], results: Sequence[SendResult], *, now: dt.datetime
) -> int:
    """Save the result of each send; return the number sent."""
    sent = 0
    for row, result in zip(rows, results, strict=True):
        row.lease_until = None
        if isinstance(result, SendReceipt):
            row.state, row.sent_at, row.external_ids, row.reason, row.code = (
                State.SENT,
                result.at,
                list(result.external_ids),
                "",
                "",
            )
            sent += 1
        else:
            _apply_failure(channel, row, result, now=now)
    update_rows(
        rows,
        ["state", "attempts", "sent_at", "external_ids", "reason", "code", "lease_until", "due_at", "delivery_unknown"],
    )
    return sent


def _apply_failure(channel: Channel, row: Outgoing, failure: SendFailed, *, now: dt.datetime) -> None:
    row.reason, row.code = failure.reason[:200], failure.code[:20]
    row.delivery_unknown = row.delivery_unknown or failure.delivery_unknown  # stays unknown until the channel was asked
    is_dead = should_give_up(row.attempts, is_permanent=failure.is_permanent) and not failure.pause_channel
    row.state = State.DEAD if is_dead else State.QUEUED
    row.due_at = now if is_dead else retry_at(row.attempts, retry_after=failure.retry_after, now=now)  # now: given up
    if failure.is_permanent and row.group_id is not None:
        defer_group_sync(channel.pk)  # the group may have changed or ended
    log.info("send_failed", kind=channel.kind, code=row.code, dead=is_dead, attempts=row.attempts)
    if failure.pause_channel:
        row.attempts -= 1  # an error of the channel, not of the message
        Channel.objects.filter(pk=channel.pk).update(paused_until=row.due_at, paused_reason=row.reason)


def sweep_due(*, now: dt.datetime) -> None:
    """Have every channel with due rows delivered: the net under a lost wake-up."""
    for pk in Outgoing.objects.filter(_due(now)).values_list("channel_id", flat=True).distinct():
        defer_delivery(pk)


def _due(now: dt.datetime) -> Q:
    """Rows to send now; also where a wait is longer than any that is ever set: the clock was set back since."""
    set_back = Q(created_at__gt=now + SKEW, due_at=F("created_at")) | Q(due_at__gt=now + LONGEST_PAUSE)
    leased = Q(lease_until__lte=now) | Q(lease_until__gt=now + SEND_LEASE + SKEW)
    return Q(state=State.QUEUED) & (Q(due_at__lte=now) | set_back) | Q(state=State.SENDING) & leased


@transaction.atomic
def retry_message(*, public_id: str, officer: Officer, now: dt.datetime) -> None:
    """Retry a dead message for an operator or the sender's unit."""
    _retry_rows([get_visible_outgoing(officer, public_id)], officer, now=now)


@transaction.atomic
def retry_messages(*, public_ids: Iterable[str], officer: Officer, now: dt.datetime) -> int:
    """Retry those dead messages that the officer may see; return their number."""
    return _retry_rows(lock_visible_outgoing(officer, public_ids), officer, now=now)


def _retry_rows(rows: Iterable[Outgoing], officer: Officer, *, now: dt.datetime) -> int:
    dead = [row for row in rows if row.state == State.DEAD]
    for row in dead:
        row.state, row.due_at, row.attempts = State.QUEUED, now, 0
    update_rows(dead, ["state", "due_at", "attempts"])
    actor = get_audit_actor(officer)
    record_actions([AuditAction(actor, "outgoing.retried", f"outgoing:{row.public_id}") for row in dead], now=now)
    for channel_id in {row.channel_id for row in dead}:
        defer_delivery(channel_id)
    return len(dead)


@transaction.atomic
def cancel_message(*, public_id: str, officer: Officer, now: dt.datetime) -> None:
    """Give up a message for good."""
    row = get_visible_outgoing(officer, public_id)
    if row.state in (State.DEAD, State.QUEUED, State.READING):
        row.state = State.CANCELLED
        row.save(update_fields=["state"])
        record_actions(
            [AuditAction(get_audit_actor(officer), "outgoing.cancelled", f"outgoing:{row.public_id}")], now=now
        )


@transaction.atomic
def _claim_due(channel_id: int, *, now: dt.datetime) -> list[Outgoing]:
    """Rows that are due, urgent ones first, marked SENDING; those of a dead deliverer come again after their lease."""
    paused = Q(paused_until__gt=now, paused_until__lte=now + LONGEST_PAUSE)  # later: the clock was set back since
    if Channel.objects.filter(pk=channel_id).filter(Q(is_active=False) | paused).exists():
        return []
    due = Outgoing.objects.select_for_update(skip_locked=True, of=("self",)).filter(_due(now), channel_id=channel_id)
    ordered = due.select_related("conversation", "group").order_by("due_at", "id")
    rows = list(ordered.filter(priority__gt=0)[:DELIVERY_BATCH_SIZE])
    if free := DELIVERY_BATCH_SIZE - len(rows):
        rows += ordered.filter(priority=0)[:free]
    for row in rows:
        row.delivery_unknown = row.delivery_unknown or row.state == State.SENDING  # its receipt was lost
        row.state, row.lease_until = State.SENDING, now + SEND_LEASE
        row.tried_at = row.tried_at or now
        row.attempts += 1
    update_rows(rows, ["state", "lease_until", "tried_at", "attempts", "delivery_unknown"])
    return rows


# Deferred delivery of messages that a person must receive sooner or later: replies, outcomes, notices of disclosure.
#
# A channel accepts no message to a person known only from a group, or silent for longer than its window (Zalo: seven
# days). Such a message is given up like any other and sent automatically when the person has written.

DEFERRED_PREFIX = "owed:"  # prefix of the key of such a message
_DATE_PREFIXES = tuple(form.partition("{")[0] for form in (WRITTEN_ON_PREFIX, WRITTEN_ON_PREFIX_ENGLISH))
_State = Outgoing.State


def requeue_deferred(*, now: dt.datetime) -> int:
    """Requeue messages that were given up and whose recipient has written since; return their number."""
    rows = find_deliverable_again(Outgoing.objects.filter(state=_State.DEAD, key__startswith=DEFERRED_PREFIX))
    for row in Outgoing.objects.filter(pk__in=rows).only("text", "created_at", "conversation_id"):
        text = _prefix_date(row, now)
        Outgoing.objects.filter(pk=row.pk, state=_State.DEAD).update(
            state=_State.QUEUED, due_at=now, attempts=0, text=text
        )
    for pk in set(rows.values()):
        defer_delivery(pk)
    return len(rows)


def _prefix_date(row: Outgoing, now: dt.datetime) -> str:
    """Return the text with its date: «Tổ công tác đang tới» of last week is not true today."""
    day = to_vietnam_day(row.created_at)
    if day == to_vietnam_day(now) or row.text.startswith(_DATE_PREFIXES):
        return row.text
    if _is_english_reader(row):
        return f"{WRITTEN_ON_PREFIX_ENGLISH.format(day=f'{day.day} {day:%B %Y}')} {row.text}"
    return f"{WRITTEN_ON_PREFIX.format(day=f'{day:%d/%m/%Y}')} {row.text}"


def _is_english_reader(row: Outgoing) -> bool:
    """Return whether the text is English, or the person was offered English.

    The sender process cannot read their messages.
    """
    english_hints = Outgoing.objects.filter(conversation=row.conversation_id, text__contains=ENGLISH_HINT)
    return is_english(row.text) or english_hints.exists()


def cancel_deferred(*, case_id: int, purpose: str = "RESULT") -> None:
    """Cancel unsent messages about an outcome that was withdrawn, or a question of a closed case."""
    waiting = Outgoing.objects.filter(case_id=case_id, purpose=purpose, state__in=(_State.DEAD, _State.QUEUED))
    waiting.filter(delivery_unknown=False).update(state=_State.CANCELLED)
