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

from binhyen.channels.adapter import Account
from binhyen.channels.registry import Registry
from binhyen.channels.retry_policy import KNOWN, RESTORED, SignedTimes, credential_context, inbound_context
from binhyen.channels.types import Refused
from binhyen.kit import clock, key_files, logs
from binhyen.kit.client_ip import caller
from binhyen.kit.rate_limits import Rate, allows, peer_of, spent
from binhyen.vault import envelopes, process_keys
from binhyen.vault.envelopes import PublicKey, Sealer

BODY_LIMIT = 1024 * 1024
BATCH = 256
# Limit for one channel's webhooks waiting for their commit: above it the sender has to retry, and other channels
# continue.
WAITING_BYTES = 32 * 1024 * 1024
_ROW_BYTES = 1024  # memory of a row besides its body
# A client with that many rejected webhooks may only send short bodies. Short ones are always verified: an attacker
# behind the same proxy must not shut out a channel.
REFUSED = Rate(burst=60, per_second=1)
SHORT = 16 * 1024
_ACCOUNTS_FRESH = 5.0  # seconds a list of channels is believed
_KEY_FRESH = 30.0  # … and a key
_TAKE_IN = "SELECT channels_take_in(%s, %s, %s, %s, %s::timestamptz[], %s, %s)"
_SIGNED = """
SELECT signed_at FROM channels_inbound WHERE channel_id = %s AND signed_at IS NOT NULL ORDER BY id DESC LIMIT %s
"""
# Also those that may not send now, their grant withdrawn or not given yet: what comes signed is kept all the same. Not
# on a restored copy that is looked at and thrown away: refused there, the words come again to the real installation.
_ACCOUNTS = """
SELECT c.public_id, c.id, c.kind, c.settings, coalesce(k.door_sealed, '')
FROM channels_channel c LEFT JOIN channels_credential k ON k.channel_id = c.id
WHERE c.is_active OR c.paused_reason <> %s
"""
_INTAKE_KEY = """
SELECT public FROM vault_groupkey WHERE "group" = 'INTAKE' AND retired_at IS NULL ORDER BY id DESC LIMIT 1
"""

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
log = logs.get("door")


@dataclass(frozen=True, slots=True)
class Row:
    """A webhook to store. `committed` completes when its commit is durable."""

    channel_id: int
    outside_id: str
    event: str
    body: bytes
    done: "asyncio.Future[None]"
    signed_at: dt.datetime | None = None
    doubt: str = ""

    def size(self) -> int:
        return len(self.body) + _ROW_BYTES

    def sealed(self, sealer: Sealer) -> bytes:
        """Return the body encrypted for the inbox worker only: it holds sender and text."""
        return sealer.seal(self.body, context=inbound_context(self.channel_id, self.outside_id))


class Overfull(OSError):
    """Too many webhooks of this channel wait; the database is slower than the channel."""


class Committer:
    """Group commit: a single writer commits the rows gathered during the previous commit. Few fsyncs, no timer."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._rows: list[Row] = []
        self._waiting: Counter[int] = Counter()  # channel → bytes
        self._wake = asyncio.Event()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._key: PublicKey | None = None
        self._key_read_at = 0.0

    async def store(
        self, channel_id: int, outside_id: str, event: str, body: bytes,
        signed_at: dt.datetime | None = None, doubt: str = "",
    ) -> None:  # fmt: skip
        """Returns when the row is durable; raises psycopg.Error when it is not, Overfull when too many wait."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        row = Row(channel_id, outside_id, event, body, done, signed_at, doubt)
        if self._waiting[channel_id] + row.size() > WAITING_BYTES:
            raise Overfull
        self._waiting[channel_id] += row.size()
        try:
            self._rows.append(row)
            self._wake.set()
            await row.done
        finally:
            self._waiting[channel_id] -= row.size()

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            batch, self._rows = self._rows[:BATCH], self._rows[BATCH:]
            if not self._rows:
                self._wake.clear()
            try:
                await self._commit(batch)
            except (psycopg.Error, OSError) as error:
                log.error("intake_not_stored", rows=len(batch), problem=type(error).__name__)
                await self.close()
                _finish(batch, error)
            else:
                _finish(batch, None)

    async def _commit(self, batch: Sequence[Row]) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, connect_timeout=5)
        sealer = Sealer(await self._intake_key(self._connection))
        rows = ((r.channel_id, r.outside_id, r.event, r.sealed(sealer), r.signed_at, r.doubt) for r in batch)
        await self._connection.execute(_TAKE_IN, [*map(list, zip(*rows, strict=True)), clock.now()], prepare=True)

    async def _intake_key(self, connection: psycopg.AsyncConnection[Any]) -> PublicKey:
        """Return the public key that encrypts bodies.

        A retired key still decrypts them, so it may be cached for a while.
        """
        if self._key is None or time.monotonic() - self._key_read_at > _KEY_FRESH:
            row = await (await connection.execute(_INTAKE_KEY)).fetchone()
            if row is None:
                raise psycopg.DataError("no intake key: run set_up")
            self._key, self._key_read_at = PublicKey(bytes(row[0])), time.monotonic()
        return self._key

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None


def _finish(batch: Sequence[Row], error: Exception | None) -> None:
    for row in batch:
        if row.done.done():
            continue
        if error is None:
            row.done.set_result(None)
        else:
            row.done.set_exception(error)


class Accounts:
    """Cache of channels by the id in the webhook address, reloaded every few seconds and for an unknown id."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._known: dict[str, tuple[str, Account]] = {}
        self._read_at = 0.0
        self._signed: dict[int, SignedTimes] = {}
        self._lock = asyncio.Lock()

    async def get(self, public_id: str) -> tuple[str, Account] | None:
        age = time.monotonic() - self._read_at
        if age > _ACCOUNTS_FRESH or (public_id not in self._known and age > 0.5):
            async with self._lock:
                if time.monotonic() - self._read_at > 0.5:
                    await self._read()
        return self._known.get(public_id)

    async def _read(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, connect_timeout=5)
        async with connection:
            rows = await (await connection.execute(_ACCOUNTS, [RESTORED])).fetchall()
        self._known = {
            row[0].hex: (row[2], Account(channel_id=row[1], settings=row[3], secrets=_secrets(row[1], row[4])))
            for row in rows
        }
        self._read_at = time.monotonic()

    async def signed_times(self, channel_id: int) -> SignedTimes:
        """What the channel's stored webhooks say of the time, read once; the caller adds to it."""
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


def _secrets(channel_id: int, sealed: bytes) -> dict[str, str]:
    if not sealed:
        return {}
    try:
        opened: dict[str, str] = orjson.loads(
            process_keys.open_("DOOR", sealed, context=credential_context(channel_id))
        )
    except (
        envelopes.Refused,
        key_files.NotHere,
    ) as problem:  # webhooks of this channel are rejected, the others continue
        log.error("secrets_not_opened", channel=channel_id, problem=type(problem).__name__)
        return {}
    return opened


class WebhookDoor:
    """ASGI application for `POST /webhooks/<channel>`."""

    def __init__(self, dsn: str, kinds: Registry, now: Callable[[], dt.datetime] = clock.now) -> None:
        self.committer = Committer(dsn)
        self._accounts = Accounts(dsn)
        self._kinds = kinds
        self._now = now

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        peer = peer_of(caller(scope))
        limit = SHORT if spent(peer, REFUSED) else BODY_LIMIT
        try:
            await self._take(scope, receive, limit)
        except Refused as refused:
            allows(peer, REFUSED)
            log.info("webhook_refused", reason=refused.reason, status=refused.status)
            await respond(send, refused.status, b'{"error":"refused"}')
        except (psycopg.Error, OSError) as error:
            log.error("webhook_not_stored", problem=type(error).__name__)
            await respond(send, 503, b'{"error":"try again"}', [(b"retry-after", b"5")])
        else:
            await respond(send, 200, b"{}")

    async def _take(self, scope: dict[str, Any], receive: Receive, limit: int) -> None:
        if scope["method"] != "POST":
            raise Refused(405, "method")
        found = await self._accounts.get(scope["path"].rpartition("/")[2])
        if found is None:
            raise Refused(404, "channel")
        kind, account = found
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        body = await read_body(receive, limit, headers.get("content-length", ""))
        signed = await self._accounts.signed_times(account.channel_id)
        account = replace(account, newest_signed=signed.newest)
        taken = self._kinds[kind].take(account, headers, body, now=self._now())
        await self.committer.store(
            account.channel_id, taken.outside_id, taken.event, body, taken.signed_at, taken.doubt
        )
        if taken.signed_at is not None:
            signed.add(taken.signed_at)


async def read_body(
    receive: Receive, limit: int, declared: str, arrived: Callable[[int], None] = lambda count: None
) -> bytes:
    """The whole request body. Raises Refused(413) as soon as it must be longer than `limit` bytes. `arrived` is called
    with the length of each piece, and may raise.
    """
    if declared.isdigit() and int(declared) > limit:
        raise Refused(413, "too long")
    message = await receive()
    body: bytes = message.get("body", b"")
    arrived(len(body))
    if not message.get("more_body"):
        if len(body) > limit:
            raise Refused(413, "too long")
        return body
    parts = [body]
    size = len(body)
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "gone")
        parts.append(message.get("body", b""))
        arrived(len(parts[-1]))
        size += len(parts[-1])
        if size > limit:
            raise Refused(413, "too long")
    return b"".join(parts)


async def respond(send: Send, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    base = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*base, *headers]})
    await send({"type": "http.response.body", "body": body})
