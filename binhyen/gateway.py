"""Gateway: the one address. Answers webhooks and the live feed itself, forwards pages to the pages processes.

Bare ASGI on uvicorn; imports no Django, so that 10,000 open desks stay cheap and a busy page never delays a webhook.
"""

import asyncio
import signal
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from http.cookies import CookieError, SimpleCookie
from types import FrameType
from typing import Any

import aiohttp
from psycopg_pool import AsyncConnectionPool
from yarl import URL

from binhyen import settings
from binhyen.channels.registry import get_channel_kinds
from binhyen.channels.types import WebhookRejected
from binhyen.channels.webhooks import Receive, Send, WebhookApp, read_body
from binhyen.kit import clock, logs
from binhyen.kit.connection_pools import configure_reconnect
from binhyen.kit.ids import hash_token
from binhyen.kit.rate_limits import (
    SITE_FACTOR,
    ConcurrencyLimit,
    client_ip,
    networks_today,
    peer_from_forwarded,
    trusted_headers,
)
from binhyen.kit.security_headers import with_gzip, with_security_headers
from binhyen.kit.sse import Feed, get_direct_write
from binhyen.kit.uploads import NoRoom, PendingUpload, UploadLimits, UploadQuota
from binhyen.people.roles import list_role_topics
from binhyen.ui import static_pages

TIMED_OUT = 504  # kit/watchdog.py stopped the request: the answer has no page of its own
PAGE_BODY_LIMIT = 26 * 1024 * 1024
STARTING_SECONDS = 20.0  # until their first answer the pages are starting, which is no news for a log
MAX_TEXT_BODY = 64 * 1024  # bytes; more is photos, which wait or go before any words do
# Photos on their way in at once, of all and of one network; 25 MB at 29 kB/s arrive in time.
UPLOADS = UploadLimits(total=256 * 1024 * 1024, network=64 * 1024 * 1024, uploads=64, site=2, seconds=900.0)
MAX_PHOTO_THREADS = max(1, settings.PAGE_PROCESSES * settings.PAGE_THREADS // 2)  # the other threads stay for words
PHOTO_WAIT_SECONDS = 30.0  # seconds for such a thread
MAX_STREAMS_PER_SESSION = 64
MAX_STREAMS_PER_PEER = 2000  # a whole office or a mobile network may share one address
_SIGN_IN = """
SELECT o.id, o.unit_id, o.role, extract(epoch FROM s.expires_at - %(now)s)::float
FROM people_signin s JOIN people_officer o ON o.id = s.officer_id
WHERE s.key_hash = %(key)s AND s.ended_at IS NULL AND s.expires_at > %(now)s AND o.is_active
"""
# Hop-by-hop headers (RFC 9110 §7.6.1) belong to one connection and are not forwarded.
_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
log = logs.get_logger("gateway")


class UpstreamProxy:
    """Reverse proxy: forwards a request to the pages processes over a Unix socket and streams the response back."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._session: aiohttp.ClientSession | None = None
        self._starting_until = time.monotonic() + STARTING_SECONDS  # the first answer ends it too
        self._uploads = UploadQuota(UPLOADS)
        self._photo_slots = asyncio.Semaphore(MAX_PHOTO_THREADS)

    def get_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(path=self._socket, limit=256, keepalive_timeout=60),
                timeout=aiohttp.ClientTimeout(total=120, sock_connect=5),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = [*trusted_headers(scope, exclude=_HOP_BY_HOP), ("x-forwarded-for", client_ip(scope))]
        content_length = dict(headers).get("content-length", "")
        try:
            if scope["method"] in {"GET", "HEAD"} and not content_length:
                await self._ask(scope, headers, None, send)
            elif content_length.isdigit() and int(content_length) <= MAX_TEXT_BODY:
                await self._ask(scope, headers, await read_body(receive, MAX_TEXT_BODY, content_length), send)
            else:
                await self._forward_photos(scope, headers, content_length, receive, send)
        except WebhookRejected as refused:
            await _send_error_page(scope, send, refused.status, static_pages.TOO_LARGE_TEXT)

    async def _forward_photos(
        self, scope: dict[str, Any], headers: list[tuple[str, str]], content_length: str, receive: Receive, send: Send
    ) -> None:
        """Photos take neither the memory nor all threads of the pages from somebody's words: they wait for a turn."""
        try:
            async with asyncio.timeout(None) as timeout:
                with self._uploads.enter(networks_today(peer_from_forwarded(client_ip(scope))), timeout) as upload:
                    body = await read_body(receive, PAGE_BODY_LIMIT, content_length, partial(self._uploads.add, upload))
                    async with self._acquire_photo_slot(upload):
                        await self._ask(scope, headers, body, send)
        except (TimeoutError, NoRoom):
            await _send_error_page(scope, send, 503, static_pages.TOO_MANY_PHOTOS_TEXT, retry_after=60)

    @asynccontextmanager
    async def _acquire_photo_slot(self, upload: PendingUpload) -> AsyncIterator[None]:
        """Reserve a thread of the pages. Raises NoRoom or TimeoutError."""
        upload.wait(PHOTO_WAIT_SECONDS)
        await self._photo_slots.acquire()
        try:
            await upload.hand_on()
            yield
        finally:
            self._photo_slots.release()

    async def _ask(self, scope: dict[str, Any], headers: list[tuple[str, str]], body: bytes | None, send: Send) -> None:
        query = scope["query_string"].decode("latin-1")
        path = scope["raw_path"].decode("latin-1")
        url = f"http://pages{path}?{query}" if query else f"http://pages{path}"
        started = False
        try:
            async with self.get_session().request(
                scope["method"],
                URL(url, encoded=True),
                headers=headers,
                data=body,
                allow_redirects=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            ) as response:
                started, self._starting_until = True, 0.0
                if response.status == TIMED_OUT:
                    return await _send_error_page(scope, send, 503, static_pages.TOO_SLOW, retry_after=30)
                await _stream_response(response, send)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if time.monotonic() >= self._starting_until:
                log.warning("pages_unreachable", problem=type(error).__name__)
            if not started:
                is_read = scope["method"] in {"GET", "HEAD"}
                error_text = static_pages.STARTING_TEXT if is_read else static_pages.STARTING_UNSENT_TEXT
                await _send_error_page(scope, send, 503, error_text, retry_after=2, reloads=is_read)


async def _send_error_page(
    scope: dict[str, Any], send: Send, status: int, words: static_pages.TextPair, **options: Any
) -> None:
    send_error = (
        static_pages.send_problem
        if scope["path"].startswith(static_pages.API_PREFIX)
        else static_pages.send_fallback_page
    )
    await send_error(send, status, words, **options)


async def _stream_response(response: aiohttp.ClientResponse, send: Send) -> None:
    headers = [(name.lower(), value) for name, value in response.raw_headers if name.lower() not in _HOP_BY_HOP]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    async for chunk in response.content.iter_any():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@dataclass(frozen=True, slots=True)
class Subscription:
    """Topics of a session, the time they were read, and the end of the session: times of the monotonic clock."""

    topics: tuple[str, ...]
    cached_at: float
    expires_at: float = 0.0


class SessionTopics:
    """Topics of each session, cached for some seconds or until the feed reports the end of a permission.

    Returning desks cost one query each.
    """

    def __init__(self, dsn: str) -> None:
        self.pool = AsyncConnectionPool(dsn, min_size=1, max_size=4, open=False, kwargs={"autocommit": True})
        self._cache: dict[str, Subscription] = {}
        self._revocations = 0  # counter of ended permissions: a row read meanwhile is not cached

    async def get_subscription(self, key: str) -> Subscription:
        cached = self._cache.get(key)
        if cached and time.monotonic() - cached.cached_at < 5:
            return cached
        revocations = -1
        while revocations != self._revocations:
            revocations = self._revocations
            async with self.pool.connection() as connection:
                row = await (await connection.execute(_SIGN_IN, {"key": key, "now": clock.now()})).fetchone()
        now = time.monotonic()
        subscription = (
            Subscription(list_role_topics(row[2], unit_id=row[1], officer_id=row[0]), now, now + row[3])
            if row
            else Subscription((), now)
        )
        if len(self._cache) > 50_000:
            self._cache.clear()
        self._cache[key] = subscription
        return subscription

    def forget_topics(self, topics: tuple[str, ...]) -> None:
        """Drop the cached sessions that receive one of these topics."""
        self._revocations += 1
        ended_topics = set(topics)
        stale_keys = [
            key for key, subscription in self._cache.items() if not ended_topics.isdisjoint(subscription.topics)
        ]
        for key in stale_keys:
            del self._cache[key]


def get_session_hash(cookie_header: str) -> str:
    """Return the hash of the session key, as stored in the database; "" without one."""
    try:
        morsel = SimpleCookie(cookie_header).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return hash_token(morsel.value) if morsel else ""


class Gateway:
    """ASGI application: routes by the first part of the path."""

    def __init__(self, dsn: str, pages_socket: str, custody_socket: str) -> None:
        self.webhooks = WebhookApp(dsn, get_channel_kinds())
        self.sign_ins = SessionTopics(dsn)
        self.feed = Feed(dsn, self.sign_ins.forget_topics)
        self.pages = UpstreamProxy(pages_socket)
        self.custody = UpstreamProxy(custody_socket)
        self._streams = ConcurrencyLimit()
        self._tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        send = with_security_headers(send)
        if scope["path"].startswith("/webhooks/"):
            await self.webhooks(scope, receive, send)
        elif scope["path"] == "/live":
            await self._serve_live(scope, receive, send)
        elif scope["path"] == "/giu-kin" or scope["path"].startswith("/giu-kin/"):
            await self.custody(scope, receive, send)
        else:
            await self.pages(scope, receive, with_gzip(scope, send))

    async def _serve_live(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        session = get_session_hash(headers.get(b"cookie", b"").decode("latin-1"))
        subscription = await self.sign_ins.get_subscription(session) if session else None
        seconds_left = subscription.expires_at - time.monotonic() if subscription else 0.0
        if subscription is None or not subscription.topics or seconds_left <= 0:
            # 204 stops a browser's EventSource from reconnecting (HTML standard, §9.2.2).
            return await _send_empty(send, 204)
        networks = networks_today(peer_from_forwarded(client_ip(scope)))
        limits = zip(networks, (MAX_STREAMS_PER_PEER, MAX_STREAMS_PER_PEER * SITE_FACTOR), strict=False)
        if not self._streams.try_enter((session, MAX_STREAMS_PER_SESSION), *limits):
            return await _send_empty(send, 429, [(b"retry-after", b"60")])
        try:
            last_event_id = headers.get(b"last-event-id", b"").decode("latin-1")
            await self.feed.serve(
                subscription.topics, last_event_id, receive, send, get_direct_write(scope), max_seconds=seconds_left
            )
        finally:
            self._streams.leave(session, *networks)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.sign_ins.pool.open()
                coroutines = (self.webhooks.writer.run(), self.feed.run(), self.feed.send_heartbeats())
                self._tasks = [asyncio.create_task(task) for task in coroutines]
                self._end_streams_on_stop()
                await send({"type": "lifespan.startup.complete"})
            else:
                for task in self._tasks:
                    task.cancel()
                await self.webhooks.writer.close()
                await self.sign_ins.pool.close()
                await self.pages.close()
                await self.custody.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _end_streams_on_stop(self) -> None:
        """End the live streams first on a stop signal: they never end by themselves, and desks reconnect later."""
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            previous_handler = signal.getsignal(signal_number)

            def stop(signum: int, frame: FrameType | None, previous_handler: Any = previous_handler) -> None:
                loop.call_soon_threadsafe(self.feed.end_all)
                if callable(previous_handler):
                    previous_handler(signum, frame)

            if threading.current_thread() is threading.main_thread():
                signal.signal(signal_number, stop)


async def _send_empty(send: Send, status: int, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": b""})


def create() -> Gateway:
    """Create the application for uvicorn's factory."""
    logs.configure_logging(settings.LOGGING)
    configure_reconnect()
    return Gateway(settings.get_database_url(), str(settings.PAGES_SOCKET), str(settings.CUSTODY_SOCKET))
