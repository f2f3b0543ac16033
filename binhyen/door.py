"""The one address: webhooks and the live feed are answered here, pages are handed to the page processes.

Bare ASGI on uvicorn; imports no Django, so that 10,000 open desks stay cheap and a busy page never delays a webhook.
"""

import asyncio
import signal
import threading
import time
from http.cookies import CookieError, SimpleCookie
from types import FrameType
from typing import Any

import aiohttp
from psycopg_pool import AsyncConnectionPool
from yarl import URL

from binhyen import settings
from binhyen.channels.door import Receive, Send, WebhookDoor, read_body, respond
from binhyen.channels.messages import Refused
from binhyen.channels.registry import kinds
from binhyen.kit import logs
from binhyen.kit.feed import Feed
from binhyen.kit.ids import token_hash
from binhyen.people.rules import topics

PAGE_BODY_LIMIT = 26 * 1024 * 1024
_SIGN_IN = """
SELECT o.id, o.unit_id, o.role FROM people_signin s JOIN people_officer o ON o.id = s.officer_id
WHERE s.key_hash = %s AND s.ended_at IS NULL AND s.expires_at > now() AND o.is_active
"""
# Hop-by-hop headers (RFC 9110 §7.6.1) belong to one connection and are not handed on.
_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer",
     b"transfer-encoding", b"upgrade"}
)  # fmt: skip
_OURS = _HOP | {b"x-forwarded-for"}
_STARTING = "<!doctype html><meta charset=utf-8><title>Bình Yên</title><p>Trang đang khởi động. Xin đợi ít giây."
log = logs.get("door")


class Pages:
    """Hands a request to the page processes over a Unix socket and streams the answer back."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._session: aiohttp.ClientSession | None = None

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
        headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"] if k not in _OURS]
        headers.append(("x-forwarded-for", _caller(scope)))
        query = scope["query_string"].decode("latin-1")
        path = scope["raw_path"].decode("latin-1")
        url = f"http://pages{path}?{query}" if query else f"http://pages{path}"
        started = False
        try:
            declared = dict(headers).get("content-length", "")
            body = await _body(scope, receive, declared)
            async with self.session().request(
                scope["method"], URL(url, encoded=True), headers=headers, data=body, allow_redirects=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            ) as answer:  # fmt: skip
                started = True
                await _stream(answer, send)
        except Refused as refused:
            await respond(send, refused.status, b'{"error":"too long"}')
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("pages_unreachable", problem=type(error).__name__)
            if not started:
                html = [(b"content-type", b"text/html; charset=utf-8"), (b"retry-after", b"2")]
                await _plain(send, 503, _STARTING.encode(), html)


def _caller(scope: dict[str, Any]) -> str:
    """The address that called: what the proxy in front says, where there is one, else the peer. Never logged."""
    told: str = dict(scope["headers"]).get(b"x-forwarded-for", b"").decode("latin-1")
    if settings.BEHIND_PROXY and told:
        return told.rpartition(",")[2].strip()
    return str(scope["client"][0]) if scope.get("client") else ""


async def _body(scope: dict[str, Any], receive: Receive, declared: str) -> bytes | None:
    if scope["method"] in {"GET", "HEAD"} and not declared:
        return None
    return await read_body(receive, PAGE_BODY_LIMIT, declared)


async def _stream(answer: aiohttp.ClientResponse, send: Send) -> None:
    headers = [(k.lower(), v) for k, v in answer.raw_headers if k.lower() not in _HOP]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    async for chunk in answer.content.iter_any():
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _plain(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers + length})
    await send({"type": "http.response.body", "body": body})


class SignIns:
    """Which topics a session may hear; believed for some seconds, or until the feed says that somebody's right ended:
    returning desks are one query each.
    """

    def __init__(self, dsn: str) -> None:
        self.pool = AsyncConnectionPool(dsn, min_size=1, max_size=4, open=False, kwargs={"autocommit": True})
        self._known: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._ends = 0  # how often a right ended: an answer read meanwhile is not believed

    async def topics(self, cookie_header: str) -> tuple[str, ...]:
        try:
            morsel = SimpleCookie(cookie_header).get(settings.SESSION_COOKIE_NAME)
        except CookieError:
            return ()
        if morsel is None:
            return ()
        key = token_hash(morsel.value)
        known = self._known.get(key)
        if known and time.monotonic() - known[0] < 5:
            return known[1]
        ends = -1
        while ends != self._ends:
            ends = self._ends
            async with self.pool.connection() as connection:
                row = await (await connection.execute(_SIGN_IN, [key])).fetchone()
        heard = topics(row[2], unit_id=row[1], officer_id=row[0]) if row else ()
        if len(self._known) > 50_000:
            self._known.clear()
        self._known[key] = (time.monotonic(), heard)
        return heard

    def forget(self, topics: tuple[str, ...]) -> None:
        """Ask again about everybody who hears one of these."""
        self._ends += 1
        ended = set(topics)
        gone = [key for key, (_, heard) in self._known.items() if not ended.isdisjoint(heard)]
        for key in gone:
            del self._known[key]


class Door:
    """ASGI application: routes by the first part of the path."""

    def __init__(self, dsn: str, pages_socket: str) -> None:
        self.webhooks = WebhookDoor(dsn, kinds())
        self.sign_ins = SignIns(dsn)
        self.feed = Feed(dsn, self.sign_ins.forget)
        self.pages = Pages(pages_socket)
        self._tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] != "http":
            return
        elif scope["path"].startswith("/webhooks/"):
            await self.webhooks(scope, receive, send)
        elif scope["path"] == "/live":
            await self._live(scope, receive, send)
        else:
            await self.pages(scope, receive, send)

    async def _live(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        heard = await self.sign_ins.topics(headers.get(b"cookie", b"").decode("latin-1"))
        if not heard:
            # 204 tells a browser's EventSource to stop asking (HTML standard, §9.2.2).
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        last = headers.get(b"last-event-id", b"").decode("latin-1")
        await self.feed.serve(heard, last, receive, send)

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
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _let_streams_end(self) -> None:
        """A stop must not wait for streams that never end by themselves: they are told first, desks come back."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.getsignal(number)

            def stop(signum: int, frame: FrameType | None, before: Any = before) -> None:
                loop.call_soon_threadsafe(self.feed.end_all)
                if callable(before):
                    before(signum, frame)

            if threading.current_thread() is threading.main_thread():
                signal.signal(number, stop)


def create() -> Door:
    """The application as uvicorn's factory makes it."""
    logs.configure(settings.LOGGING)
    return Door(settings.database_url(), str(settings.PAGES_SOCKET))
