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
from binhyen.channels.registry import kinds
from binhyen.channels.types import Refused
from binhyen.channels.webhooks import Receive, Send, WebhookDoor, read_body
from binhyen.kit import clock, logs
from binhyen.kit.client_ip import believed, caller
from binhyen.kit.connection_pools import keep_asking
from binhyen.kit.ids import token_hash
from binhyen.kit.rate_limits import SITE_FACTOR, Open, networks_today, peer_of
from binhyen.kit.security_headers import packed, stamped
from binhyen.kit.sse import Feed, at_once
from binhyen.kit.uploads import Limits, NoRoom, Upload, Uploads
from binhyen.people.roles import topics
from binhyen.ui import static_pages

TIMED_OUT = 504  # kit/watchdog.py stopped the request: the answer has no page of its own
PAGE_BODY_LIMIT = 26 * 1024 * 1024
STARTING_SECONDS = 20.0  # until their first answer the pages are starting, which is no news for a log
SMALL = 64 * 1024  # bytes; more is photos, which wait or go before any words do
# Photos on their way in at once, of all and of one network; 25 MB at 29 kB/s arrive in time.
UPLOADS = Limits(total=256 * 1024 * 1024, network=64 * 1024 * 1024, uploads=64, site=2, seconds=900.0)
PHOTOS_AT_ONCE = max(1, settings.PAGE_PROCESSES * settings.PAGE_THREADS // 2)  # the other threads stay for words
PHOTOS_WAIT = 30.0  # seconds for such a thread
STREAMS_OF_SESSION = 64
STREAMS_OF_PEER = 2000  # a whole office or a mobile network may share one address
_SIGN_IN = """
SELECT o.id, o.unit_id, o.role, extract(epoch FROM s.expires_at - %(now)s)::float
FROM people_signin s JOIN people_officer o ON o.id = s.officer_id
WHERE s.key_hash = %(key)s AND s.ended_at IS NULL AND s.expires_at > %(now)s AND o.is_active
"""
# Hop-by-hop headers (RFC 9110 §7.6.1) belong to one connection and are not forwarded.
_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer",
     b"transfer-encoding", b"upgrade"}
)  # fmt: skip
log = logs.get("door")


class Pages:
    """Reverse proxy: forwards a request to the pages processes over a Unix socket and streams the response back."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._session: aiohttp.ClientSession | None = None
        self._quiet_until = time.monotonic() + STARTING_SECONDS  # the first answer ends it too
        self._uploads = Uploads(UPLOADS)
        self._turns = asyncio.Semaphore(PHOTOS_AT_ONCE)

    def session(self) -> aiohttp.ClientSession:
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
        headers = [*believed(scope, but=_HOP), ("x-forwarded-for", caller(scope))]
        declared = dict(headers).get("content-length", "")
        try:
            if scope["method"] in {"GET", "HEAD"} and not declared:
                await self._ask(scope, headers, None, send)
            elif declared.isdigit() and int(declared) <= SMALL:
                await self._ask(scope, headers, await read_body(receive, SMALL, declared), send)
            else:
                await self._photos(scope, headers, declared, receive, send)
        except Refused as refused:
            await _say(scope, send, refused.status, static_pages.TOO_LONG)

    async def _photos(
        self, scope: dict[str, Any], headers: list[tuple[str, str]], declared: str, receive: Receive, send: Send
    ) -> None:
        """Photos take neither the memory nor all threads of the pages from somebody's words: they wait for a turn."""
        try:
            async with asyncio.timeout(None) as timeout:
                with self._uploads.enter(networks_today(peer_of(caller(scope))), timeout) as upload:
                    body = await read_body(receive, PAGE_BODY_LIMIT, declared, partial(self._uploads.add, upload))
                    async with self._turn(upload):
                        await self._ask(scope, headers, body, send)
        except (TimeoutError, NoRoom):
            await _say(scope, send, 503, static_pages.TOO_MANY_PHOTOS, retry_after=60)

    @asynccontextmanager
    async def _turn(self, upload: Upload) -> AsyncIterator[None]:
        """A thread of the pages. Raises NoRoom or TimeoutError."""
        upload.wait(PHOTOS_WAIT)
        await self._turns.acquire()
        try:
            await upload.hand_on()
            yield
        finally:
            self._turns.release()

    async def _ask(self, scope: dict[str, Any], headers: list[tuple[str, str]], body: bytes | None, send: Send) -> None:
        query = scope["query_string"].decode("latin-1")
        path = scope["raw_path"].decode("latin-1")
        url = f"http://pages{path}?{query}" if query else f"http://pages{path}"
        started = False
        try:
            async with self.session().request(
                scope["method"], URL(url, encoded=True), headers=headers, data=body, allow_redirects=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            ) as answer:  # fmt: skip
                started, self._quiet_until = True, 0.0
                if answer.status == TIMED_OUT:
                    return await _say(scope, send, 503, static_pages.TOO_SLOW, retry_after=30)
                await _stream(answer, send)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if time.monotonic() >= self._quiet_until:
                log.warning("pages_unreachable", problem=type(error).__name__)
            if not started:
                looks = scope["method"] in {"GET", "HEAD"}
                said = static_pages.STARTING if looks else static_pages.STARTING_SENT
                await _say(scope, send, 503, said, retry_after=2, again=looks)


async def _say(scope: dict[str, Any], send: Send, status: int, words: static_pages.Words, **more: Any) -> None:
    say = static_pages.problem if scope["path"].startswith(static_pages.FOR_MACHINES) else static_pages.page
    await say(send, status, words, **more)


async def _stream(answer: aiohttp.ClientResponse, send: Send) -> None:
    headers = [(k.lower(), v) for k, v in answer.raw_headers if k.lower() not in _HOP]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    async for chunk in answer.content.iter_any():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@dataclass(frozen=True, slots=True)
class Heard:
    """Topics of a session, the time they were read, and the end of the session: times of the monotonic clock."""

    topics: tuple[str, ...]
    read_at: float
    over_at: float = 0.0


class SignIns:
    """Topics of each session, cached for some seconds or until the feed reports the end of a permission.

    Returning desks cost one query each.
    """

    def __init__(self, dsn: str) -> None:
        self.pool = AsyncConnectionPool(dsn, min_size=1, max_size=4, open=False, kwargs={"autocommit": True})
        self._known: dict[str, Heard] = {}
        self._ends = 0  # counter of ended permissions: a row read meanwhile is not cached

    async def heard(self, key: str) -> Heard:
        known = self._known.get(key)
        if known and time.monotonic() - known.read_at < 5:
            return known
        ends = -1
        while ends != self._ends:
            ends = self._ends
            async with self.pool.connection() as connection:
                row = await (await connection.execute(_SIGN_IN, {"key": key, "now": clock.now()})).fetchone()
        now = time.monotonic()
        heard = Heard(topics(row[2], unit_id=row[1], officer_id=row[0]), now, now + row[3]) if row else Heard((), now)
        if len(self._known) > 50_000:
            self._known.clear()
        self._known[key] = heard
        return heard

    def forget(self, topics: tuple[str, ...]) -> None:
        """Drop the cached sessions that receive one of these topics."""
        self._ends += 1
        ended = set(topics)
        gone = [key for key, heard in self._known.items() if not ended.isdisjoint(heard.topics)]
        for key in gone:
            del self._known[key]


def session_of(cookie_header: str) -> str:
    """Return the hash of the session key, as stored in the database; "" without one."""
    try:
        morsel = SimpleCookie(cookie_header).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return token_hash(morsel.value) if morsel else ""


class Door:
    """ASGI application: routes by the first part of the path."""

    def __init__(self, dsn: str, pages_socket: str, custody_socket: str) -> None:
        self.webhooks = WebhookDoor(dsn, kinds())
        self.sign_ins = SignIns(dsn)
        self.feed = Feed(dsn, self.sign_ins.forget)
        self.pages = Pages(pages_socket)
        self.custody = Pages(custody_socket)
        self._streams = Open()
        self._tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        send = stamped(send)
        if scope["path"].startswith("/webhooks/"):
            await self.webhooks(scope, receive, send)
        elif scope["path"] == "/live":
            await self._live(scope, receive, send)
        elif scope["path"] == "/giu-kin" or scope["path"].startswith("/giu-kin/"):
            await self.custody(scope, receive, send)
        else:
            await self.pages(scope, receive, packed(scope, send))

    async def _live(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        session = session_of(headers.get(b"cookie", b"").decode("latin-1"))
        heard = await self.sign_ins.heard(session) if session else None
        left = heard.over_at - time.monotonic() if heard else 0.0
        if heard is None or not heard.topics or left <= 0:
            # 204 stops a browser's EventSource from reconnecting (HTML standard, §9.2.2).
            return await _empty(send, 204)
        networks = networks_today(peer_of(caller(scope)))
        limits = zip(networks, (STREAMS_OF_PEER, STREAMS_OF_PEER * SITE_FACTOR), strict=False)
        if not self._streams.enter((session, STREAMS_OF_SESSION), *limits):
            return await _empty(send, 429, [(b"retry-after", b"60")])
        try:
            last = headers.get(b"last-event-id", b"").decode("latin-1")
            await self.feed.serve(heard.topics, last, receive, send, at_once(scope), lasts=left)
        finally:
            self._streams.leave(session, *networks)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.sign_ins.pool.open()
                work = (self.webhooks.committer.run(), self.feed.run(), self.feed.heartbeat())
                self._tasks = [asyncio.create_task(task) for task in work]
                self._let_streams_end()
                await send({"type": "lifespan.startup.complete"})
            else:
                for task in self._tasks:
                    task.cancel()
                await self.webhooks.committer.close()
                await self.sign_ins.pool.close()
                await self.pages.close()
                await self.custody.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _let_streams_end(self) -> None:
        """End the live streams first on a stop signal: they never end by themselves, and desks reconnect later."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.getsignal(number)

            def stop(signum: int, frame: FrameType | None, before: Any = before) -> None:
                loop.call_soon_threadsafe(self.feed.end_all)
                if callable(before):
                    before(signum, frame)

            if threading.current_thread() is threading.main_thread():
                signal.signal(number, stop)


async def _empty(send: Send, status: int, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": b""})


def create() -> Door:
    """Create the application for uvicorn's factory."""
    logs.configure(settings.LOGGING)
    keep_asking()
    return Door(settings.database_url(), str(settings.PAGES_SOCKET), str(settings.CUSTODY_SOCKET))
