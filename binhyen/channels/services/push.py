"""Web push and e-mail: subscriptions, notices, and their delivery.

A notice is one row of the transaction that caused it. The sender spreads it over its subscriptions in batches: each
batch of deliveries is stored as SENDING before the network calls, and the notice remembers how far it came. So a killed
sender misses no recipient, and what it may have sent twice is marked as uncertain: at most `MAX_UNSAVED` deliveries.
"""

import asyncio
import datetime as dt
from collections.abc import Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from threading import Thread
from typing import Any
from uuid import UUID

import orjson
import uvloop
from django.db import connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import override

from binhyen.channels.adapter import BrowserSubscription, ChannelAccount, ChannelAdapter, MailAdapter, PushAdapter
from binhyen.channels.encryption_helper import EncryptionHelper, PreparedMessage, SealedPush
from binhyen.channels.models import Channel, PushDelivery, PushNotice, PushSubscription
from binhyen.channels.registry import get_channel_kinds
from binhyen.channels.retry_policy import LONGEST_PAUSE, SEND_LEASE, retry_at, should_give_up
from binhyen.channels.services.outbox import load_account
from binhyen.channels.texts import MAIL_CONFIRM_BODY, MAIL_CONFIRM_TITLE
from binhyen.channels.types import GONE, WAITING, OutgoingMessage, SendFailed, SendReceipt
from binhyen.kit import clock, key_files, logs
from binhyen.kit.bulk_insert import insert_values, update_rows
from binhyen.kit.ids import generate_token, hash_token
from binhyen.kit.jobs import defer_once
from binhyen.kit.locks import AdvisoryLock, try_advisory_lock
from binhyen.kit.prepared_queries import ID_PARAM, prepared_cursor
from binhyen.kit.pruning import BATCH_SIZE, delete_in_batches
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.people.errors import RuleViolation
from binhyen.people.models import Officer
from binhyen.vault import envelopes, group_keys, process_keys

DELIVER_JOB, RETRY_JOB = "channels.deliver_push", "channels.retry_push"
PUSH_BATCH_SIZE = 64  # deliveries claimed or saved at a time
MAX_UNSAVED = 192  # deliveries claimed and not saved; these may be sent twice after a kill
SAVE_SECONDS = 0.5  # longest time that an outcome waits to be saved
RETRY_CHECK = dt.timedelta(seconds=1)  # between two looks for due retries while a notice spreads
HELPER_AFTER = 2000  # deliveries of one run, after which a second process encrypts
MAX_DEVICES = 8  # subscriptions of one officer
RETENTION = dt.timedelta(days=30)
CONFIRMATION_TIME = dt.timedelta(days=2)  # an address not confirmed by then is deleted
CONFIRMATION_PAUSE = dt.timedelta(minutes=10)  # between two letters that ask the same address
MAX_CONFIRMATIONS = 500  # that wait at a time; more would be misuse of the page
OPT_OUT_TIME = dt.timedelta(days=1)  # after a notice, in which an end counts as its opt-out
ALARM_TOKEN_LIFETIME = dt.timedelta(hours=2)
State = PushDelivery.State
MAIL_SUFFIX = ":mail"  # of the key of a notice by e-mail
log = logs.get_logger("push")


# Subscriptions.


def get_push_key() -> str:
    """Return the key under which browsers subscribe (applicationServerKey); "" without the channel."""
    channel = find_push_channel()
    return _get_push_adapter().read_public_key(channel.settings) if channel else ""


def find_push_channel() -> Channel | None:
    return Channel.objects.filter(kind=_get_push_adapter().kind, is_active=True).order_by("pk").first()


def _get_push_adapter() -> PushAdapter:
    return next(adapter for adapter in get_channel_kinds() if isinstance(adapter, PushAdapter))


def hash_endpoint(endpoint: str) -> str:
    return sha256(endpoint.encode()).hexdigest()


def format_push_context(endpoint_hash: str) -> str:
    """Return the encryption context (associated data) of a subscription."""
    return f"channels_pushsubscription.sealed:{endpoint_hash}"


@transaction.atomic
def subscribe_officer(*, officer: Officer, device: BrowserSubscription, browser: str, now: dt.datetime) -> None:
    """Store the subscription of an officer's browser; the oldest ends above `MAX_DEVICES`. Raises RuleViolation."""
    _store_subscription(device, now=now, officer_id=officer.pk, browser=browser[:40])
    devices = PushSubscription.objects.filter(officer=officer, ended_at=None).order_by("-pk")
    end_subscriptions(list(devices.values_list("pk", flat=True)[MAX_DEVICES:]), code="OLD", now=now)


@transaction.atomic
def subscribe_to_bulletins(
    *, area_id: int | None, topics: Collection[str], device: BrowserSubscription, now: dt.datetime
) -> None:
    """Store the subscription of a citizen's browser; it replaces the earlier choice of that browser.

    `area_id`: of a commune, None for the whole province; `topics`: empty for all. Raises RuleViolation.
    """
    with rls_scope(PROGRAM_SCOPE):
        _store_subscription(device, now=now, area_id=area_id, topics=sorted(topics))


def _store_subscription(device: BrowserSubscription, *, now: dt.datetime, **columns: Any) -> None:
    channel = find_push_channel()
    if channel is None:
        raise RuleViolation(_("Hệ thống chưa bật thông báo trên máy."))
    try:
        recipient = _get_push_adapter().build_recipient(channel.settings, device)
    except ValueError as error:
        raise RuleViolation(
            _("Chưa bật được: trình duyệt này dùng dịch vụ thông báo mà hệ thống không biết.")
        ) from error
    digest = hash_endpoint(device.endpoint)
    end_subscription(endpoint=device.endpoint, now=now)
    sealed = group_keys.seal_to_group("DELIVERY", recipient.encode(), context=format_push_context(digest))
    row = {"channel_id": channel.pk, "sealed": sealed, "endpoint_hash": digest, "made_at": now}
    insert_values(PushSubscription, [row | columns])


# Subscriptions by e-mail: confirmed by their owner first (double opt-in).


def find_mail_channel() -> Channel | None:
    kinds = [adapter.kind for adapter in get_channel_kinds() if isinstance(adapter, MailAdapter)]
    return Channel.objects.filter(kind__in=kinds, is_active=True).order_by("pk").first()


def hash_address(address: str) -> str:
    """Return the keyed hash of an e-mail address, the same in any case: addresses can be guessed."""
    return salted_hmac("e-mail subscription", address.casefold(), algorithm="sha256").hexdigest()


@transaction.atomic
def request_mail_subscription(*, address: str, area_id: int | None, topics: Collection[str], now: dt.datetime) -> None:
    """Store an unconfirmed subscription and queue the letter that asks for confirmation. Raises RuleViolation.

    Nothing tells the caller whether the address is known; one that was asked shortly before gets no second letter.
    """
    channel = find_mail_channel()
    if channel is None:
        raise RuleViolation(_("Hệ thống chưa gửi được thư."))
    adapter = get_channel_kinds()[channel.kind]
    assert isinstance(adapter, MailAdapter)
    try:
        normalized = adapter.normalize_recipient(address)
    except ValueError as error:
        raise RuleViolation(_("Địa chỉ thư chưa đúng, ví dụ: ten@example.vn.")) from error
    with rls_scope(PROGRAM_SCOPE):
        digest, token = hash_address(normalized), generate_token()
        waiting = PushSubscription.objects.filter(is_pending=True, ended_at=None)
        if waiting.filter(made_at__gt=now - CONFIRMATION_TIME).count() >= MAX_CONFIRMATIONS:
            raise RuleViolation(_("Đang có quá nhiều đăng ký. Bạn thử lại sau một giờ."))
        earlier = waiting.filter(endpoint_hash=digest)
        if earlier.filter(made_at__gt=now - CONFIRMATION_PAUSE).exists():
            return
        earlier.update(ended_at=now, ended_code="ASKED", sealed=b"")
        recipient = adapter.build_recipient(normalized, token).encode()
        row = {
            "channel_id": channel.pk,
            "area_id": area_id,
            "topics": sorted(topics),
            "sealed": group_keys.seal_to_group("DELIVERY", recipient, context=format_push_context(digest)),
            "endpoint_hash": digest,
            "is_pending": True,
            "token_hash": hash_token(token),
            "made_at": now,
        }
        insert_values(PushSubscription, [row])
        subscription_id = waiting.values_list("pk", flat=True).get(endpoint_hash=digest)
        notice = {
            "key": f"confirm:{hash_token(token)[:32]}",
            "channel_id": channel.pk,
            "subscription_id": subscription_id,
            "title": MAIL_CONFIRM_TITLE,
            "mail_text": MAIL_CONFIRM_BODY,
            "created_at": now,
            "expires_at": now + CONFIRMATION_TIME,
        }
        insert_values(PushNotice, [notice])
    defer_push(channel.pk)


@dataclass(frozen=True, slots=True)
class MailSubscription:
    """A subscription by e-mail as its owner sees it, without the address."""

    is_pending: bool
    area_id: int | None
    topics: Sequence[str]


def _select_mail_subscription(token: str, now: dt.datetime) -> QuerySet[PushSubscription]:
    rows = PushSubscription.objects.filter(token_hash=hash_token(token), ended_at=None)
    return rows.filter(Q(is_pending=False) | Q(made_at__gt=now - CONFIRMATION_TIME)) if token else rows.none()


def find_mail_subscription(token: str, *, now: dt.datetime) -> MailSubscription | None:
    """Return the subscription of a letter's token; None once it has ended or was not confirmed in time."""
    with rls_scope(PROGRAM_SCOPE):
        row = _select_mail_subscription(token, now).values_list("is_pending", "area_id", "topics").first()
    return MailSubscription(*row) if row else None


@transaction.atomic
def confirm_mail_subscription(token: str, *, now: dt.datetime) -> bool:
    """Confirm an address; it replaces the earlier choice of that address. False for an unknown token."""
    with rls_scope(PROGRAM_SCOPE):
        row = _select_mail_subscription(token, now).values_list("pk", "endpoint_hash", "is_pending").first()
        if row is None:
            return False
        pk, digest, is_pending = row
        if is_pending:
            earlier = PushSubscription.objects.filter(endpoint_hash=digest, is_pending=False, ended_at=None)
            earlier.update(ended_at=now, ended_code="ASKED", sealed=b"")
            PushSubscription.objects.filter(pk=pk).update(is_pending=False)
    return True


def end_mail_subscription(token: str, *, now: dt.datetime) -> bool:
    """End the subscription of a letter's token."""
    with rls_scope(PROGRAM_SCOPE):
        rows = PushSubscription.objects.filter(token_hash=hash_token(token), ended_at=None)
        return bool(token and rows.update(ended_at=now, ended_code="ASKED", sealed=b""))


def end_subscription(*, endpoint: str, now: dt.datetime) -> bool:
    """End the subscription of this address; only its browser knows the address."""
    with rls_scope(PROGRAM_SCOPE):
        rows = PushSubscription.objects.filter(endpoint_hash=hash_endpoint(endpoint), ended_at=None)
        return bool(rows.update(ended_at=now, ended_code="ASKED", sealed=b""))


def end_own_subscription(*, officer: Officer, public_id: UUID, now: dt.datetime) -> bool:
    """End one of the officer's own subscriptions."""
    rows = PushSubscription.objects.filter(officer=officer, public_id=public_id, ended_at=None)
    return bool(rows.update(ended_at=now, ended_code="ASKED", sealed=b""))


@transaction.atomic
def renew_subscription(*, old_endpoint: str, device: BrowserSubscription, now: dt.datetime) -> bool:
    """Move a subscription to the new address that its browser got; False for an unknown old address.

    Raises RuleViolation.
    """
    with rls_scope(PROGRAM_SCOPE):
        columns = ("officer_id", "area_id", "topics", "browser", "made_at")
        rows = PushSubscription.objects.filter(endpoint_hash=hash_endpoint(old_endpoint), ended_at=None)
        row = rows.values(*columns).first()
        if row is None:
            return False
        end_subscription(endpoint=old_endpoint, now=now)
        _store_subscription(device, now=now, **row)
    return True


def end_subscriptions(ids: Sequence[int], *, code: str, now: dt.datetime) -> None:
    """End subscriptions and forget their addresses."""
    if ids:
        PushSubscription.objects.filter(pk__in=ids).update(ended_at=now, ended_code=code, sealed=b"")


# Notices.


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """A notice to queue; texts hold no personal data. Columns of PushNotice."""

    key: str
    title: str
    url: str
    lifetime: dt.timedelta
    body: str = ""
    mail_title: str = ""
    mail_text: str = ""
    officers: Collection[int] | None = None
    areas: Collection[int] | None = None
    topic: str = ""
    case_id: int | None = None
    replaces: str = ""
    is_urgent: bool = False
    only_reached: bool = False
    only_local: bool = False


def queue_notice(draft: NoticeDraft, *, now: dt.datetime) -> None:
    """Store a notice, delivered after this transaction; nothing happens for a known key or without a channel.

    A notice to citizens with a text for e-mail is one row for each of both channels.
    """
    if (channel := find_push_channel()) is not None:
        _store_notice(draft, channel, now=now)
    if draft.mail_text and draft.officers is None and (mail_channel := find_mail_channel()) is not None:
        _store_notice(
            draft, mail_channel, now=now, key=f"{draft.key}{MAIL_SUFFIX}", title=draft.mail_title[:120], body=""
        )


def _store_notice(draft: NoticeDraft, channel: Channel, *, now: dt.datetime, **columns: Any) -> None:
    row = {
        "key": draft.key,
        "channel_id": channel.pk,
        "mail_text": draft.mail_text if columns else "",
        "officers": None if draft.officers is None else sorted(draft.officers),
        "areas": None if draft.areas is None else sorted(draft.areas),
        "topic": draft.topic,
        "case_id": draft.case_id,
        "title": draft.title[:120],
        "body": draft.body[:300],
        "url": draft.url,
        "replaces": draft.replaces,
        "is_urgent": draft.is_urgent,
        "only_reached": draft.only_reached,
        "only_local": draft.only_local,
        "created_at": now,
        "expires_at": now + draft.lifetime,
    }
    insert_values(PushNotice, [row | columns], ignore_conflicts=True)
    defer_push(channel.pk)


def erase_notice_texts(*, replaces: str) -> None:
    """Delete the words of all notices with this name; unsent ones are cancelled before."""
    with rls_scope(PROGRAM_SCOPE):
        PushNotice.objects.filter(replaces=replaces).update(title="", body="", mail_text="")


def cancel_notices(*, replaces: str, now: dt.datetime) -> list[int]:
    """Cancel the unsent notices with this name; return the officers that they were for."""
    with rls_scope(PROGRAM_SCOPE):
        rows = PushNotice.objects.filter(replaces=replaces, cancelled_at=None)
        officers = {officer for ids in rows.values_list("officers", flat=True) for officer in ids or ()}
        rows.update(cancelled_at=now)
    return sorted(officers)


def defer_push(channel_id: int) -> None:
    defer_once(
        queue="delivery",
        task=DELIVER_JOB,
        key=f"{DELIVER_JOB}.{channel_id}",
        arguments={"channel_id": channel_id},
    )


def list_subscribed_officers(officer_ids: Collection[int]) -> set[int]:
    """Return which of these officers have a subscription."""
    with rls_scope(PROGRAM_SCOPE):
        rows = PushSubscription.objects.filter(officer__in=officer_ids, ended_at=None)
        return set(rows.values_list("officer_id", flat=True))


@dataclass(frozen=True, slots=True)
class AlarmToken:
    """Right of a token from a notification: to acknowledge the alarm of a case as one officer."""

    delivery_id: int
    officer_id: int
    case_id: int


def find_alarm_token(token: str, *, now: dt.datetime) -> AlarmToken | None:
    """Return the meaning of an unused token; None for unknown, used and expired ones."""
    with rls_scope(PROGRAM_SCOPE):
        rows = PushDelivery.objects.filter(
            token_hash=hash_token(token),
            acknowledged_at=None,
            notice__created_at__gt=now - ALARM_TOKEN_LIFETIME,
            notice__case__isnull=False,
            subscription__ended_at=None,
            subscription__officer__isnull=False,
        )
        row = rows.values_list("pk", "subscription__officer_id", "notice__case_id").first() if token else None
    return AlarmToken(*row) if row else None


def mark_token_used(token: AlarmToken, *, now: dt.datetime) -> None:
    with rls_scope(PROGRAM_SCOPE):
        PushDelivery.objects.filter(pk=token.delivery_id).update(acknowledged_at=now)


# Delivery, in the sender process.


def deliver_notices(*, channel_id: int) -> int:
    """Send everything that is due; return the number of accepted messages. One sender at a time."""
    with try_advisory_lock(AdvisoryLock.DELIVERY, channel_id) as has_lock:
        return _deliver_all(channel_id) if has_lock else 0


def _deliver_all(channel_id: int) -> int:
    channel = Channel.objects.get(pk=channel_id)
    adapter = get_channel_kinds()[channel.kind]
    if not channel.is_active:
        return 0
    try:
        account = load_account(channel)
    except key_files.KeyFileMissing:
        log.error("push_key_missing")
        return 0
    accepted, retries_at, outcomes = 0, clock.now(), list[Outcome]()
    with _run_event_loop() as run:
        client_manager = adapter.open_client()
        client = run(client_manager.__aenter__())
        window = _SendWindow(adapter, client, account)
        try:
            while True:
                batch, now = list[_Attempt](), clock.now()
                with transaction.atomic():
                    accepted += _save_results(outcomes, now=now)
                    if window.has_room:
                        is_due = not retries_at - RETRY_CHECK < now < retries_at
                        retries_at = now + RETRY_CHECK if is_due else retries_at
                        batch = _claim_batch(channel_id, now=now, in_flight=window.ids, with_retries=is_due)
                if batch:
                    run(window.start_batch(batch))
                elif not window.ids:
                    break
                outcomes = [] if batch and window.has_room else run(window.collect_outcomes())
        finally:
            run(window.close())
            run(client_manager.__aexit__(None, None, None))
    return accepted


@contextmanager
def _run_event_loop() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Run an event loop in a thread: it sends while this thread waits for the database. Yields how to run a step."""
    loop = uvloop.new_event_loop()
    thread = Thread(target=loop.run_forever, name="push-sender", daemon=True)
    thread.start()
    try:
        yield lambda step: asyncio.run_coroutine_threadsafe(step, loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@dataclass(slots=True)
class _Attempt:
    """One delivery to try: its row, notice, sealed address, and the token that travels with it."""

    delivery_id: int
    subscription_id: int
    notice: PushNotice
    sealed: bytes
    endpoint_hash: str
    token: str = ""
    number: int = 1
    is_uncertain: bool = False


@transaction.atomic(savepoint=False)
def _claim_batch(
    channel_id: int, *, now: dt.datetime, in_flight: Collection[int] = (), with_retries: bool = True
) -> list[_Attempt]:
    """Claim deliveries: of an urgent notice first, then retries, then of the oldest notice."""
    open_notices = PushNotice.objects.filter(channel=channel_id, spread_at=None)
    ordered = open_notices.order_by("-is_urgent", "pk").select_for_update(of=("self",))
    while notice := ordered.first():
        if not notice.is_urgent and with_retries:
            if retries := _claim_retries(channel_id, now=now, in_flight=in_flight):
                return retries
            with_retries = False
        is_over = notice.expires_at <= now or notice.cancelled_at is not None
        if not is_over and (attempts := _spread(notice, now=now)):
            return attempts
        PushNotice.objects.filter(pk=notice.pk).update(spread_at=now)
    return _claim_retries(channel_id, now=now, in_flight=in_flight)


def _list_next_subscriptions(notice: PushNotice) -> QuerySet[PushSubscription]:
    """Return the subscriptions of the audience after the cursor (ID_PARAM), in order."""
    rows = PushSubscription.objects.filter(channel=notice.channel_id, ended_at=None, pk__gt=ID_PARAM)
    if notice.subscription_id is not None:
        return rows.filter(pk=notice.subscription_id, is_pending=True).order_by("pk")
    rows = rows.filter(is_pending=False)
    earlier = PushDelivery.objects.filter(subscription=OuterRef("pk"), notice__replaces=notice.replaces)
    is_reached = Exists(earlier.filter(Q(state__in=(State.SENDING, State.SENT)) | Q(is_uncertain=True)))
    if notice.only_reached:
        rows = rows.filter(is_reached)
    elif (replaced_at := _find_replaced_time(notice)) is not None:  # a correction is news to no later subscriber
        rows = rows.filter(is_reached | Q(made_at__lte=replaced_at))
    if notice.officers is not None:
        return rows.filter(officer__in=notice.officers).order_by("pk")
    if notice.only_local:
        rows = rows.exclude(area=None)
    return _filter_citizens(rows, areas=notice.areas, topic=notice.topic).order_by("pk")


def _find_replaced_time(notice: PushNotice) -> dt.datetime | None:
    """Return when the first of the notices that this one replaces was made; None for the first, and for officers."""
    if not notice.replaces or notice.officers is not None:
        return None
    chain = PushNotice.objects.filter(channel=notice.channel_id, replaces=notice.replaces, pk__lt=notice.pk)
    return chain.order_by("pk").values_list("created_at", flat=True).first()


def _filter_citizens(
    rows: QuerySet[PushSubscription], *, areas: Collection[int] | None, topic: str
) -> QuerySet[PushSubscription]:
    citizens = rows.filter(officer=None)
    if areas is not None:
        citizens = citizens.filter(Q(area=None) | Q(area__in=areas))
    if topic:
        citizens = citizens.filter(Q(topics=[]) | Q(topics__contains=[topic]))
    return citizens


_SPREAD = """
WITH next AS ({audience} LIMIT %s), made AS (
    INSERT INTO channels_pushdelivery
        (notice_id, subscription_id, state, attempts, due_at, code, is_uncertain, token_hash)
    SELECT %s, id, 'SENDING', 1, %s, '', false, '' FROM next RETURNING id, subscription_id
), moved AS (
    UPDATE channels_pushnotice SET cursor = (SELECT max(id) FROM next) WHERE id = %s AND EXISTS (SELECT FROM next)
)
SELECT made.id, next.id, next.sealed, next.endpoint_hash FROM next JOIN made ON made.subscription_id = next.id
ORDER BY next.id
"""
_SAVE_TOKENS = """
UPDATE channels_pushdelivery d SET token_hash = n.hash FROM unnest(%s::bigint[], %s::text[]) AS n (id, hash)
WHERE d.id = n.id
"""


def _spread(notice: PushNotice, *, now: dt.datetime) -> list[_Attempt]:
    """Store the next batch of deliveries of a locked notice as SENDING; none once it has reached all."""
    audience, values = _compile_audience(notice)
    parameters = [notice.cursor if value == ID_PARAM else value for value in values]
    with connection.cursor() as cursor:
        # nosemgrep: sql-from-text  the ORM's own statement
        cursor.execute(
            _SPREAD.format(audience=audience),
            [*parameters, PUSH_BATCH_SIZE, notice.pk, now + SEND_LEASE, notice.pk],
        )
        attempts = [
            _Attempt(delivery_id, subscription_id, notice, bytes(sealed), endpoint_hash)
            for delivery_id, subscription_id, sealed, endpoint_hash in cursor.fetchall()
        ]
        if attempts and notice.case_id:
            for attempt in attempts:
                attempt.token = generate_token()
            ids, hashes = zip(*((attempt.delivery_id, hash_token(attempt.token)) for attempt in attempts), strict=True)
            cursor.execute(_SAVE_TOKENS, [list(ids), list(hashes)])
    return attempts


_audience_cache: dict[UUID, tuple[str, Sequence[Any]]] = {}


def _compile_audience(notice: PushNotice) -> tuple[str, Sequence[Any]]:
    """Return the statement of a notice's audience: compiled once, since a large notice runs it thousands of times."""
    if notice.public_id not in _audience_cache:
        _audience_cache.clear()
        rows = _list_next_subscriptions(notice).values_list("id", "sealed", "endpoint_hash")
        _audience_cache[notice.public_id] = rows.query.sql_with_params()
    return _audience_cache[notice.public_id]


def _claim_retries(channel_id: int, *, now: dt.datetime, in_flight: Collection[int]) -> list[_Attempt]:
    """Claim deliveries whose next attempt is due, and those of a sender that died."""
    is_due = Q(due_at__lte=now) | Q(due_at__gt=now + LONGEST_PAUSE)  # later: the clock was set back since
    rows = PushDelivery.objects.filter(is_due, state__in=(State.QUEUED, State.SENDING), notice__channel=channel_id)
    rows = rows.exclude(pk__in=in_flight)
    over = rows.filter(Q(notice__cancelled_at__isnull=False) | Q(notice__expires_at__lte=now))
    _close_overdue(over, now=now)
    locked = rows.select_for_update(of=("self",), skip_locked=True).select_related("notice", "subscription")
    claimed = list(locked.order_by("-notice__is_urgent", "due_at")[:PUSH_BATCH_SIZE])
    attempts = []
    for row in claimed:
        row.is_uncertain = row.is_uncertain or row.state == State.SENDING  # its answer was lost
        row.state, row.due_at = State.SENDING, now + SEND_LEASE
        row.attempts += 1
        token = generate_token() if row.notice.case_id else ""
        row.token_hash = hash_token(token) if token else ""
        address = (bytes(row.subscription.sealed), row.subscription.endpoint_hash)
        attempts.append(
            _Attempt(row.pk, row.subscription_id, row.notice, *address, token, row.attempts, row.is_uncertain)
        )
    update_rows(claimed, ["state", "due_at", "attempts", "is_uncertain", "token_hash"])
    return attempts


def _close_overdue(over: QuerySet[PushDelivery], *, now: dt.datetime) -> None:
    """Give up deliveries whose notice was cancelled or has expired."""
    lost = Q(is_uncertain=True) | Q(state=State.SENDING)
    ids = list(over.values_list("pk", flat=True)[:BATCH_SIZE])
    if not ids:
        return
    rows = PushDelivery.objects.filter(pk__in=ids)
    rows.filter(lost).update(state=State.UNKNOWN, code="OVER", is_uncertain=True)
    rows.filter(state=State.QUEUED, notice__cancelled_at__isnull=False).update(state=State.CANCELLED, code="OVER")
    rows.filter(state=State.QUEUED).update(state=State.DEAD, code="OVER")


def _write_text(attempt: _Attempt) -> str:
    """Return the content of a notification (its service worker reads it) or of a letter (kinds/email/letters.py)."""
    notice = attempt.notice
    values: dict[str, Any] = {"title": notice.title, "url": notice.url, "tag": notice.replaces or notice.key}
    if notice.mail_text:
        flags = {"urgent": notice.is_urgent, "confirm": notice.subscription_id is not None}
        return orjson.dumps(values | {"body": notice.mail_text} | flags).decode()
    values |= {"body": notice.body} | ({"urgent": True} if notice.is_urgent else {})
    if attempt.token:
        with override("vi"):
            values |= {"action": _("Tôi xử lý"), "failed": _("Chưa nhận được vì mất mạng. Mở bàn trực.")}
        values["token"] = attempt.token
    return orjson.dumps(values).decode()


def _open_address(message: SealedPush) -> str | SendFailed:
    try:
        return process_keys.open_with_process_key("DELIVERY", message.sealed, context=message.context).decode()
    except key_files.KeyFileMissing:
        return SendFailed("key", code="NO_KEY", retry_after=600.0)
    except envelopes.EnvelopeError:  # it ended meanwhile
        return SendFailed("address", code=GONE, is_permanent=True)


Outcome = tuple[_Attempt, SendReceipt | SendFailed]


class _SendWindow:
    """Deliveries on their way: claimed, and without a saved outcome. A slow one delays no other."""

    def __init__(self, adapter: ChannelAdapter, client: Any, account: ChannelAccount) -> None:
        self._adapter, self._client, self._account = adapter, client, account
        self.ids: set[int] = set()
        self._outcomes: list[Outcome] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._claimed = 0
        self._helper: EncryptionHelper | None = None
        self._failure: BaseException | None = None

    @property
    def has_room(self) -> bool:
        return len(self.ids) + PUSH_BATCH_SIZE <= MAX_UNSAVED

    async def start_batch(self, batch: Sequence[_Attempt]) -> None:
        """Start to send a claimed batch."""
        self.ids.update(attempt.delivery_id for attempt in batch)
        self._claimed += len(batch)
        if self._helper is None and self._claimed > HELPER_AFTER and isinstance(self._adapter, PushAdapter):
            self._helper = await EncryptionHelper.start_process(self._adapter.kind)
        self._start_task(self._send_batch(batch))

    async def collect_outcomes(self) -> list[Outcome]:
        """Return a batch of outcomes or all, at the latest after `SAVE_SECONDS`. Raises the error of a failed batch."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SAVE_SECONDS):
                while self._failure is None and len(self._outcomes) < min(PUSH_BATCH_SIZE, len(self.ids)):
                    self._changed.clear()
                    await self._changed.wait()
        if self._failure is not None:
            raise self._failure
        outcomes, self._outcomes = self._outcomes, []
        self.ids.difference_update(attempt.delivery_id for attempt, _result in outcomes)
        return outcomes

    def _start_task(self, step: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(step)
        self._tasks.add(task)
        task.add_done_callback(self._end_task)

    def _end_task(self, task: asyncio.Task[None]) -> None:
        """Keep the error of a task: its deliveries will never have an outcome, and the run must end instead of wait."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failure = error
            self._changed.set()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._helper is not None:
            await self._helper.stop_process()

    async def _send_batch(self, batch: Sequence[_Attempt]) -> None:
        texts: dict[int, str] = {}
        messages = []
        for attempt in batch:
            text = _write_text(attempt) if attempt.token else texts.get(attempt.notice.pk)
            if text is None:
                text = texts[attempt.notice.pk] = _write_text(attempt)
            messages.append(SealedPush(attempt.sealed, format_push_context(attempt.endpoint_hash), text))
        prepared: Sequence[PreparedMessage | None] = [None] * len(batch)
        if self._helper is not None and not self._helper.is_broken:
            prepared = await self._helper.encrypt_batch(messages)
        for attempt, message, ready in zip(batch, messages, prepared, strict=True):
            self._start_task(self._send_one(attempt, message, ready))

    async def _send_one(self, attempt: _Attempt, message: SealedPush, ready: PreparedMessage | None) -> None:
        result = await self._try_send(attempt, message, ready)
        self._outcomes.append((attempt, result))
        if len(self._outcomes) >= min(PUSH_BATCH_SIZE, len(self.ids)):
            self._changed.set()

    async def _try_send(
        self, attempt: _Attempt, message: SealedPush, ready: PreparedMessage | None
    ) -> SendReceipt | SendFailed:
        address = ready.recipient if ready else _open_address(message)
        if isinstance(address, SendFailed):
            return address
        notice = attempt.notice
        outgoing = OutgoingMessage(
            key=notice.key,
            text=message.text,
            recipient_id=address,
            ttl=max(0, int((notice.expires_at - clock.now()).total_seconds())),
            urgency="high" if notice.is_urgent else "normal",
            topic=sha256(notice.replaces.encode()).hexdigest()[:32] if notice.replaces else "",
            content=ready.content if ready else b"",
        )
        try:
            return await self._adapter.send(self._client, self._account, outgoing)
        except SendFailed as failure:
            return failure
        except Exception as error:  # an own error in one message must not block the others
            log.exception("push_crashed")
            return SendFailed("crash", code=type(error).__name__[:20], delivery_unknown=True)


_SAVE_RESULTS = """
UPDATE channels_pushdelivery d SET state = n.state, attempts = n.attempts, due_at = n.due_at, sent_at = n.sent_at,
    code = n.code, is_uncertain = n.is_uncertain
FROM unnest(%s::bigint[], %s::text[], %s::smallint[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::boolean[])
    AS n (id, state, attempts, due_at, sent_at, code, is_uncertain)
WHERE d.id = n.id AND d.state = 'SENDING'
"""


@transaction.atomic(savepoint=False)
def _save_results(outcomes: Sequence[Outcome], *, now: dt.datetime) -> int:
    """Save every outcome in one statement, end subscriptions that are gone; return the number accepted."""
    if not outcomes:
        return 0
    rows: list[tuple[int, str, int, dt.datetime, dt.datetime | None, str, bool]] = []
    gone: list[int] = []
    accepted = 0
    for attempt, result in outcomes:
        if isinstance(result, SendReceipt):
            rows.append((attempt.delivery_id, State.SENT, attempt.number, now, result.at, "", attempt.is_uncertain))
            accepted += 1
            continue
        is_uncertain = attempt.is_uncertain or result.delivery_unknown
        number = attempt.number - 1 if result.code == WAITING else attempt.number
        is_over = should_give_up(number, is_permanent=result.is_permanent)
        state = (State.UNKNOWN if is_uncertain else State.DEAD) if is_over else State.QUEUED
        due_at = now if is_over else retry_at(max(1, number), retry_after=result.retry_after, now=now)
        rows.append((attempt.delivery_id, state, number, due_at, None, result.code[:20], is_uncertain))
        if result.code == GONE:
            gone.append(attempt.subscription_id)
    with prepared_cursor() as cursor:
        cursor.execute(_SAVE_RESULTS, [list(column) for column in zip(*rows, strict=True)])
    end_subscriptions(gone, code=GONE, now=now)
    log.info("push_sent", accepted=accepted, failed=len(outcomes) - accepted, gone=len(gone))
    return accepted


def sweep_notices(*, now: dt.datetime) -> None:
    """Have due notices and retries delivered: the net under a lost wake-up."""
    is_due = Q(due_at__lte=now) | Q(due_at__gt=now + LONGEST_PAUSE)
    waiting = PushDelivery.objects.filter(is_due, state__in=(State.QUEUED, State.SENDING))
    channels = {
        *PushNotice.objects.filter(spread_at=None).values_list("channel_id", flat=True).distinct(),
        *waiting.values_list("notice__channel_id", flat=True).distinct(),
    }
    for channel_id in channels:
        defer_push(channel_id)


def prune_push(*, now: dt.datetime) -> int:
    """Delete expired notices with their deliveries, ended subscriptions, and those of locked accounts."""
    locked = PushSubscription.objects.filter(ended_at=None, officer__is_active=False)
    locked.update(ended_at=now, ended_code="LOCKED", sealed=b"")
    unconfirmed = PushSubscription.objects.filter(ended_at=None, is_pending=True, made_at__lt=now - CONFIRMATION_TIME)
    removed = delete_in_batches(PushDelivery.objects.filter(subscription__in=unconfirmed))
    removed += delete_in_batches(PushNotice.objects.filter(subscription__in=unconfirmed))
    removed += delete_in_batches(unconfirmed)
    removed += delete_in_batches(PushDelivery.objects.filter(notice__expires_at__lt=now - RETENTION))
    removed += delete_in_batches(PushNotice.objects.filter(expires_at__lt=now - RETENTION))
    ended = PushSubscription.objects.filter(ended_at__lt=now - RETENTION)
    removed += delete_in_batches(PushDelivery.objects.filter(subscription__in=ended))
    return removed + delete_in_batches(ended)


def count_outcomes(*, keys: Collection[str]) -> Mapping[str, int]:
    """Return the number of deliveries by state of these notices."""
    rows = PushDelivery.objects.filter(notice__key__in=keys).order_by().values_list("state")
    return dict(rows.annotate(n=Count("pk")))


def count_failure_codes(*, keys: Collection[str], limit: int = 5) -> list[tuple[str, int]]:
    """Return the most frequent codes of failed deliveries of these notices."""
    rows = PushDelivery.objects.filter(notice__key__in=keys, state=State.DEAD).order_by().values_list("code")
    return list(rows.annotate(n=Count("pk")).order_by("-n", "code")[:limit])


def is_under_way(*, keys: Collection[str]) -> bool:
    """Return whether one of these notices has deliveries still to make."""
    return PushNotice.objects.filter(key__in=keys, spread_at=None).exists()


def _select_given_up(keys: Collection[str], now: dt.datetime) -> QuerySet[PushDelivery]:
    rows = PushDelivery.objects.filter(notice__key__in=keys, state=State.DEAD, subscription__ended_at=None)
    return rows.filter(notice__cancelled_at=None, notice__expires_at__gt=now)


def request_push_retry(*, keys: Collection[str], now: dt.datetime) -> int:
    """Have the sender try again what was given up of these notices while they are in force; return the number."""
    with rls_scope(PROGRAM_SCOPE):
        count = _select_given_up(keys, now).count()
    if count:
        defer_once(queue="delivery", task=RETRY_JOB, key=f"{RETRY_JOB}.{min(keys)}", arguments={"keys": sorted(keys)})
    return count


@transaction.atomic
def retry_given_up_pushes(*, keys: Collection[str], now: dt.datetime) -> None:
    """Queue again what was given up of these notices. Runs in the sender, which alone may write deliveries."""
    rows = _select_given_up(keys, now)
    channels = set(rows.values_list("notice__channel_id", flat=True))
    PushDelivery.objects.filter(pk__in=rows.values("pk")).update(state=State.QUEUED, attempts=0, due_at=now)
    for channel_id in channels:
        defer_push(channel_id)


def count_citizens(*, areas: Collection[int] | None, topic: str) -> int:
    """Return how many confirmed subscriptions of citizens a notice to these areas and topic would reach."""
    with rls_scope(PROGRAM_SCOPE):
        rows = PushSubscription.objects.filter(ended_at=None, is_pending=False, channel__is_active=True)
        return _filter_citizens(rows, areas=areas, topic=topic).count()


def count_opt_outs(*, keys: Collection[str]) -> int:
    """Return how many subscriptions their owners ended within a day after one of these notices, as the last one."""
    with rls_scope(PROGRAM_SCOPE):
        later = PushDelivery.objects.filter(
            subscription=OuterRef("subscription"), pk__gt=OuterRef("pk"), state=State.SENT
        )
        rows = PushDelivery.objects.filter(
            notice__key__in=keys,
            state=State.SENT,
            subscription__ended_code="ASKED",
            subscription__ended_at__gte=F("sent_at"),
            subscription__ended_at__lt=F("sent_at") + OPT_OUT_TIME,
        )
        return rows.exclude(Exists(later)).count()
