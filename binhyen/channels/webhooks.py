"""The webhook receiver: verify, store many in one commit, respond afterwards. Bare ASGI without Django.

A 200 response means that the row is on disk. A rejected body leaves only an entry in the log.
"""

import asyncio
import datetime as dt
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
import psycopg

from binhyen.channels.adapter import ChannelAccount, SharedAppAdapter
from binhyen.channels.registry import ChannelRegistry
from binhyen.channels.retry_policy import (
    KNOWN,
    RESTORED_COPY_REASON,
    SignedTimes,
    format_credential_context,
    format_inbound_context,
)
from binhyen.channels.types import WebhookRejected
from binhyen.kit import clock, key_files, logs
from binhyen.kit.rate_limits import RateLimit, client_ip, is_exhausted, peer_from_forwarded, try_acquire
from binhyen.vault import envelopes, process_keys
from binhyen.vault.envelopes import PublicKey, Sealer

BODY_LIMIT = 1024 * 1024
MAX_BATCH_SIZE = 256
# Limit for one channel's webhooks waiting for their commit: above it the sender has to retry, and other channels
# continue.
MAX_PENDING_BYTES = 32 * 1024 * 1024
_ROW_OVERHEAD = 1024  # memory of a row besides its body
# A client with that many rejected webhooks may only send short bodies. Short ones are always verified: an attacker
# behind the same proxy must not shut out a channel.
REJECTION_RATE = RateLimit(burst=60, per_second=1)
SHORT_BODY_LIMIT = 16 * 1024
_ACCOUNTS_TTL = 5.0  # seconds a list of channels is believed
_KEY_TTL = 30.0  # … and a key
_INSERT_SQL = "SELECT channels_store_webhooks(%s, %s, %s, %s, %s::timestamptz[], %s, %s)"
_SIGNED = """
SELECT signed_at FROM channels_inbound WHERE channel_id = %s AND signed_at IS NOT NULL ORDER BY id DESC LIMIT %s
"""
# Also those that may not send now, their grant withdrawn or not given yet: what comes signed is kept all the same. Not
# on a restored copy that is looked at and thrown away: refused there, the words come again to the real installation.
_ACCOUNTS_SQL = """
SELECT c.public_id, c.id, c.kind, c.settings, coalesce(k.gateway_ciphertext, '')
FROM channels_channel c LEFT JOIN channels_credential k ON k.channel_id = c.id
WHERE c.is_active OR c.paused_reason <> %s
"""
_INTAKE_KEY_SQL = """
SELECT public FROM vault_groupkey WHERE "group" = 'INTAKE' AND retired_at IS NULL ORDER BY id DESC LIMIT 1
"""

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
log = logs.get_logger("gateway")


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook to store. `committed` completes when its commit is durable."""

    channel_id: int
    external_id: str
    event: str
    body: bytes
    done: "asyncio.Future[None]"
    signed_at: dt.datetime | None = None
    doubt: str = ""

    def size(self) -> int:
        return len(self.body) + _ROW_OVERHEAD

    def sealed(self, sealer: Sealer) -> bytes:
        """Return the body encrypted for the inbox worker only: it holds sender and text."""
        return sealer.seal(self.body, context=format_inbound_context(self.channel_id, self.external_id))


class QueueFull(OSError):
    """Too many webhooks of this channel wait; the database is slower than the channel."""


class GroupCommitWriter:
    """Group commit: a single writer commits the rows gathered during the previous commit. Few fsyncs, no timer."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._rows: list[WebhookRow] = []
        self._pending_bytes: Counter[int] = Counter()  # channel → bytes
        self._has_rows = asyncio.Event()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._public_key: PublicKey | None = None
        self._key_read_at = 0.0

    async def store(
        self,
        channel_id: int,
        external_id: str,
        event: str,
        body: bytes,
        signed_at: dt.datetime | None = None,
        doubt: str = "",
    ) -> None:
        """Return when the row is durable. Raises psycopg.Error when it is not, QueueFull when too many wait."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        row = WebhookRow(channel_id, external_id, event, body, done, signed_at, doubt)
        if self._pending_bytes[channel_id] + row.size() > MAX_PENDING_BYTES:
            raise QueueFull
        self._pending_bytes[channel_id] += row.size()
        try:
            self._rows.append(row)
            self._has_rows.set()
            await row.done
        finally:
            self._pending_bytes[channel_id] -= row.size()

    async def run(self) -> None:
        while True:
            await self._has_rows.wait()
            batch, self._rows = self._rows[:MAX_BATCH_SIZE], self._rows[MAX_BATCH_SIZE:]
            if not self._rows:
                self._has_rows.clear()
            try:
                await self._commit_batch(batch)
            except (psycopg.Error, OSError) as error:
                log.error("intake_not_stored", rows=len(batch), problem=type(error).__name__)
                await self.close()
                _resolve_futures(batch, error)
            else:
                _resolve_futures(batch, None)

    async def _commit_batch(self, batch: Sequence[WebhookRow]) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, connect_timeout=5)
        sealer = Sealer(await self._get_intake_key(self._connection))
        rows = (
            (row.channel_id, row.external_id, row.event, row.sealed(sealer), row.signed_at, row.doubt) for row in batch
        )
        await self._connection.execute(_INSERT_SQL, [*map(list, zip(*rows, strict=True)), clock.now()], prepare=True)

    async def _get_intake_key(self, connection: psycopg.AsyncConnection[Any]) -> PublicKey:
        """Return the public key that encrypts bodies.

        A retired key still decrypts them, so it may be cached for a while.
        """
        if self._public_key is None or time.monotonic() - self._key_read_at > _KEY_TTL:
            row = await (await connection.execute(_INTAKE_KEY_SQL)).fetchone()
            if row is None:
                raise psycopg.DataError("no intake key: run set_up")
            self._public_key, self._key_read_at = PublicKey(bytes(row[0])), time.monotonic()
        return self._public_key

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


def _resolve_futures(batch: Sequence[WebhookRow], error: Exception | None) -> None:
    for row in batch:
        if row.done.done():
            continue
        if error is None:
            row.done.set_result(None)
        else:
            row.done.set_exception(error)


class AccountCache:
    """Cache of channels by the id in the webhook address, reloaded every few seconds and for an unknown id."""

    def __init__(self, dsn: str, kinds: ChannelRegistry) -> None:
        self._dsn = dsn
        self._kinds = kinds
        self._by_public_id: dict[str, tuple[str, ChannelAccount]] = {}
        # Channel → all accounts of its app by their own ids; only of apps with several.
        self._siblings: dict[int, tuple[SharedAppAdapter, dict[str, ChannelAccount]]] = {}
        self._read_at = 0.0
        self._signed: dict[int, SignedTimes] = {}
        self._lock = asyncio.Lock()

    async def get(self, public_id: str) -> tuple[str, ChannelAccount] | None:
        age = time.monotonic() - self._read_at
        if age > _ACCOUNTS_TTL or (public_id not in self._by_public_id and age > 0.5):
            async with self._lock:
                if time.monotonic() - self._read_at > 0.5:
                    await self._reload()
        return self._by_public_id.get(public_id)

    async def _reload(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, connect_timeout=5)
        async with connection:
            rows = await (await connection.execute(_ACCOUNTS_SQL, [RESTORED_COPY_REASON])).fetchall()
        self._by_public_id = {
            row[0].hex: (
                row[2],
                ChannelAccount(channel_id=row[1], settings=row[3], secrets=_decrypt_secrets(row[1], row[4])),
            )
            for row in rows
        }
        self._siblings = self._group_by_app()
        self._read_at = time.monotonic()

    def _group_by_app(self) -> dict[int, tuple[SharedAppAdapter, dict[str, ChannelAccount]]]:
        by_app: dict[tuple[str, str], tuple[SharedAppAdapter, dict[str, ChannelAccount]]] = {}
        for kind, account in self._by_public_id.values():
            adapter = self._kinds.find_kind(kind)
            if isinstance(adapter, SharedAppAdapter):
                app, key = adapter.get_account_key(account.settings)
                by_app.setdefault((kind, app), (adapter, {}))[1][key] = account
        shared = [(adapter, accounts) for adapter, accounts in by_app.values() if len(accounts) > 1]
        return {known.channel_id: (adapter, accounts) for adapter, accounts in shared for known in accounts.values()}

    def find_addressed(self, account: ChannelAccount, body: bytes) -> ChannelAccount:
        """Return the account that a webhook is for: an app has one address for all of its accounts. One that is not
        connected here gets no account of ours: its words stay with the address, whose adapter drops them.
        """
        if account.channel_id not in self._siblings:
            return account
        adapter, siblings = self._siblings[account.channel_id]
        return siblings.get(adapter.read_account_key(body)[1], account)

    async def signed_times(self, channel_id: int) -> SignedTimes:
        """Return the signed times of the channel's stored webhooks, read once; the caller adds to them."""
        known = self._signed.get(channel_id)
        if known is None:
            async with self._lock:
                known = self._signed.get(channel_id) or await self._read_signed(channel_id)
                self._signed[channel_id] = known
        return known

    async def _read_signed(self, channel_id: int) -> SignedTimes:
        connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, connect_timeout=5)
        async with connection:
            rows = await (await connection.execute(_SIGNED, [channel_id, KNOWN])).fetchall()
        return SignedTimes(row[0] for row in reversed(rows))


def _decrypt_secrets(channel_id: int, sealed: bytes) -> dict[str, str]:
    if not sealed:
        return {}
    try:
        secrets: dict[str, str] = orjson.loads(
            process_keys.open_with_process_key("GATEWAY", sealed, context=format_credential_context(channel_id))
        )
    except (
        envelopes.EnvelopeError,
        key_files.KeyFileMissing,
    ) as error:  # webhooks of this channel are rejected, the others continue
        log.error("secrets_not_opened", channel=channel_id, problem=type(error).__name__)
        return {}
    return secrets


class WebhookApp:
    """ASGI application for `POST /webhooks/<channel>`."""

    def __init__(self, dsn: str, kinds: ChannelRegistry, now: Callable[[], dt.datetime] = clock.now) -> None:
        self.writer = GroupCommitWriter(dsn)
        self._accounts = AccountCache(dsn, kinds)
        self._kinds = kinds
        self._now = now

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        peer = peer_from_forwarded(client_ip(scope))
        limit = SHORT_BODY_LIMIT if is_exhausted(peer, REJECTION_RATE) else BODY_LIMIT
        try:
            await self._receive_webhook(scope, receive, limit)
        except WebhookRejected as rejection:
            try_acquire(peer, REJECTION_RATE)
            log.info("webhook_refused", reason=rejection.reason, status=rejection.status)
            await send_json(send, rejection.status, b'{"error":"refused"}')
        except (psycopg.Error, OSError) as error:
            log.error("webhook_not_stored", problem=type(error).__name__)
            await send_json(send, 503, b'{"error":"try again"}', [(b"retry-after", b"5")])
        else:
            await send_json(send, 200, b"{}")

    async def _receive_webhook(self, scope: dict[str, Any], receive: Receive, limit: int) -> None:
        if scope["method"] != "POST":
            raise WebhookRejected(405, "method")
        channel = await self._accounts.get(scope["path"].rpartition("/")[2])
        if channel is None:
            raise WebhookRejected(404, "channel")
        kind, account = channel
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        body = await read_body(receive, limit, headers.get("content-length", ""))
        account = self._accounts.find_addressed(account, body)
        signed = await self._accounts.signed_times(account.channel_id)
        account = replace(account, newest_signed=signed.newest)
        webhook = self._kinds[kind].accept_webhook(account, headers, body, now=self._now())
        await self.writer.store(
            account.channel_id, webhook.external_id, webhook.event, body, webhook.signed_at, webhook.doubt
        )
        if webhook.signed_at is not None:
            signed.add(webhook.signed_at)


async def read_body(
    receive: Receive, limit: int, content_length: str, arrived: Callable[[int], None] = lambda count: None
) -> bytes:
    """Read the whole request body. Raises WebhookRejected(413) as soon as it must be longer than `limit` bytes.

    `arrived` is called with the length of each piece, and may raise.
    """
    if content_length.isdigit() and int(content_length) > limit:
        raise WebhookRejected(413, "too long")
    message = await receive()
    body: bytes = message.get("body", b"")
    arrived(len(body))
    if not message.get("more_body"):
        if len(body) > limit:
            raise WebhookRejected(413, "too long")
        return body
    parts = [body]
    size = len(body)
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise WebhookRejected(400, "gone")
        parts.append(message.get("body", b""))
        arrived(len(parts[-1]))
        size += len(parts[-1])
        if size > limit:
            raise WebhookRejected(413, "too long")
    return b"".join(parts)


async def send_json(send: Send, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    base_headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*base_headers, *headers]})
    await send({"type": "http.response.body", "body": body})
