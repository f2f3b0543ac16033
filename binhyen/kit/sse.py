"""Server-sent events from PostgreSQL notifications, resumable after a disconnect. Plain ASGI, no Django.

An event is identified by the `mark` of its row, a random id without order: no client can count the events between two
of its own. Buffering, expiry and replay for a subscriber depend on events of its own topics only.

Notifications arrive in commit order at every gateway: a client that reconnects to any of them gets exactly the events
after its last mark. For events read from rows (the gateway starts, or had lost the database) that order is unknown:
they are sent without an id, and a replay after one starts half a minute earlier; the page drops duplicates. A mark that
is not buffered, not visible to the subscriber or never existed means `reset`: the page reloads, so nothing is missed.
"""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from weakref import WeakValueDictionary

import orjson
import psycopg

from binhyen.kit import clock, logs
from binhyen.kit.security_headers import stamped

CHANNEL = "binhyen_live"
AT_ONCE = "binhyen.at_once"
"""ASGI extension: writes to a running response without waking its task; False for a slow reader, then use `send`."""
CLOSE = "close"  # ends the streams of its topics: signed out, moved, locked. Never replayed:
# a client that reconnects has just been authenticated.
REMEMBERED = 2_000  # events per topic
REMEMBERED_SECONDS = 900
OVERLAP_SECONDS = 30
RESET = b"event: reset\ndata: {}\n\n"
_DEAF, _HEARS = b"event: deaf\ndata: {}\n\n", b"event: hears\ndata: {}\n\n"
_BACKLOG = 2_000  # frames that a slow subscriber may fall behind before it must reconnect
_AT_ONCE = 250  # subscribers woken in one turn of the event loop
_HEARTBEAT = 20.0
FOR_EVER = 86_400.0  # seconds: longer than any session
_RECENT = """
SELECT mark::text, topics, name, data, extract(epoch FROM at)::float
FROM kit_liveevent WHERE at >= to_timestamp(%s) ORDER BY at, id
"""

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Write = Callable[[bytes], bool]
log = logs.get("feed")
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


def at_once(scope: dict[str, Any]) -> Write:
    """Return the direct write of the server, or a stub that returns False."""
    return scope.get("extensions", {}).get(AT_ONCE, _not_at_once)  # type: ignore[no-any-return]


def _not_at_once(body: bytes) -> bool:
    return False


class Remembered:
    """One event in the ring buffers of its topics. `row_time`: set where only rows give the order, else None."""

    __slots__ = ("__weakref__", "at", "frame", "heard", "name", "order", "topics")

    def __init__(self, order: int, topics: tuple[str, ...], name: str, frame: bytes, at: float | None) -> None:
        self.order = order
        self.topics = topics
        self.name = name
        self.frame = frame
        self.at = at
        self.heard = time.monotonic()

    def follows(self, last: "Remembered") -> bool:
        """Return whether a client whose last event was `last` may have missed this one."""
        if self.order > last.order:
            return True
        return self.at is not None and last.at is not None and self.at >= last.at - OVERLAP_SECONDS


class Listener:
    """One open stream. `write` sends directly if possible and returns whether it did."""

    __slots__ = ("closed", "frames", "topics", "waiter", "write")

    def __init__(self, topics: tuple[str, ...], write: Write) -> None:
        self.topics = topics
        self.write = write
        self.frames: list[bytes] = []
        self.waiter: asyncio.Future[None] | None = None
        self.closed = False

    def push(self, frame: bytes) -> None:
        if self.closed:
            return  # it reconnects for the remaining events; a stuck client costs no more memory
        self.frames.append(frame)
        if len(self.frames) > _BACKLOG:
            self.closed = True

    def end(self) -> None:
        self.closed = True
        self.wake()

    def wake(self) -> None:
        """Send the pushed frames: directly if no write is pending, else by the task of the stream."""
        if self.waiter is None or self.waiter.done():
            return
        if self.frames and not self.closed and self.write(b"".join(self.frames)):
            self.frames.clear()
        else:
            self.waiter.set_result(None)


class Feed:
    """All subscribers of this process and the buffered events. `on_close` gets the topics of each `close`."""

    def __init__(self, dsn: str, ended: Callable[[tuple[str, ...]], None] = lambda topics: None) -> None:
        self._dsn = dsn
        self._ended = ended
        self._order = itertools.count(1)
        self._rings: dict[str, deque[Remembered]] = {}
        self._known: WeakValueDictionary[str, Remembered] = WeakValueDictionary()  # what any ring holds
        self._rows_from = 0.0  # epoch seconds before which no row was read
        self._complete = 0.0  # our moment up to which everything committed was heard
        self._is_deaf = False
        self._listeners: dict[str, set[Listener]] = {}
        self._everybody: set[Listener] = set()
        self._asleep: deque[Listener] = deque()  # subscribers with unsent frames, to be woken

    async def run(self) -> None:
        """Listen forever; after a lost connection read the missed events."""
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                log.warning("feed_lost_database", problem=type(error).__name__)
                self._deaf(True)
                await asyncio.sleep(0.5)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, connect_timeout=5)
        async with connection:
            # nosemgrep: sql-from-text  a constant; LISTEN takes no parameter
            await connection.execute(f"LISTEN {CHANNEL}")
            await self._read(connection)
            self._deaf(False)
            async for note in connection.notifies():
                event = orjson.loads(note.payload)
                self.hear(event["mark"], tuple(event["topics"]), event["name"], event["data"])
                self._complete = time.monotonic()

    def _deaf(self, deaf: bool) -> None:
        """Tell every open page that the database connection is lost: a page that only looks live hides an alarm."""
        if deaf == self._is_deaf:
            return
        self._is_deaf = deaf
        self._tell(self._everybody, _DEAF if deaf else _HEARS)

    async def _read(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Read the events committed before LISTEN."""
        moment = time.monotonic()
        back = moment - self._complete + OVERLAP_SECONDS if self._complete else REMEMBERED_SECONDS
        start = clock.now().timestamp() - back
        for mark, topics, name, data, at in await (await connection.execute(_RECENT, [start])).fetchall():
            self._rows_from = self._rows_from or start
            self.hear(mark, tuple(topics), name, data, at=at)
        self._complete = moment

    def hear(
        self, mark: str, topics: tuple[str, ...], name: str, data: dict[str, Any], *, at: float | None = None
    ) -> None:
        """Buffer and send an event once. With `row_time` (see BufferedEvent) it has no id, so replays repeat it."""
        if mark in self._known:
            return
        frame = b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps({"id": mark, **data}))
        if at is None:
            frame = b"id: %s\n%s" % (mark.encode(), frame)
        event = self._known[mark] = Remembered(next(self._order), topics, name, frame, at)
        if name == CLOSE:
            self._ended(topics)
        hearers: set[Listener] = set()
        for topic in topics:
            self._rings.setdefault(topic, deque(maxlen=REMEMBERED)).append(event)
            hearers |= self._listeners.get(topic, set())
        self._tell(hearers, frame)
        if name == CLOSE:
            for listener in hearers:
                listener.end()

    def _tell(self, listeners: Iterable[Listener], frame: bytes) -> None:
        waking = bool(self._asleep)
        for listener in listeners:
            if not listener.frames:
                self._asleep.append(listener)
            listener.push(frame)
        if self._asleep and not waking:
            self._wake_some()

    def _wake_some(self) -> None:
        """Wake a batch and yield: the loop writes after each turn, so the first frames leave while others wait."""
        for _ in range(min(_AT_ONCE, len(self._asleep))):
            self._asleep.popleft().wake()
        if self._asleep:
            asyncio.get_running_loop().call_soon(self._wake_some)

    def forget(self) -> None:
        """Drop expired events, or the buffers of departed people would remain."""
        before = time.monotonic() - REMEMBERED_SECONDS
        for topic, ring in tuple(self._rings.items()):
            while ring and ring[0].heard < before:
                ring.popleft()
            if not ring:
                del self._rings[topic]

    async def heartbeat(self) -> None:
        """Send a comment line regularly, so that proxies keep the stream and dead connections are noticed."""
        while True:
            await asyncio.sleep(_HEARTBEAT)
            self.forget()
            self._tell(self._everybody, b":\n\n")

    def since(self, last: str, topics: tuple[str, ...]) -> list[bytes]:
        """Return the frames that a subscriber missed after the mark `last`."""
        start = self._known.get(last)
        if start is None or not set(topics).intersection(start.topics):
            return [RESET]
        if start.at is not None and start.at - OVERLAP_SECONDS < self._rows_from:
            return [RESET]
        missed: dict[int, Remembered] = {}
        for ring in (self._rings[topic] for topic in topics if topic in self._rings):
            if len(ring) == REMEMBERED and ring[0].follows(start):
                return [RESET]  # others that were dropped may be missing too
            newer = itertools.takewhile(lambda event: event.follows(start), reversed(ring))
            missed.update((event.order, event) for event in newer)
        return [missed[order].frame for order in sorted(missed) if missed[order].name != CLOSE]

    async def serve(
        self, topics: tuple[str, ...], last: str, receive: Receive, send: Send, write: Write = _not_at_once, *,
        lasts: float = FOR_EVER,
    ) -> None:  # fmt: skip
        """Serve one stream until the client leaves or falls too far behind; `lasts`: maximum seconds."""
        listener = Listener(topics, write)
        over = asyncio.get_running_loop().call_later(lasts, listener.end)
        self._join(listener)
        try:
            missed = self.since(last, topics) if last else []
            await stamped(send)({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            head = b"retry: 2000\n: ok\n\n" + b"".join(missed) + (_DEAF if self._is_deaf else b"")
            await send({"type": "http.response.body", "body": head, "more_body": True})
            gone = asyncio.ensure_future(_until_gone(receive, listener))
            try:
                await self._pour(listener, send)
            finally:
                gone.cancel()
        finally:
            over.cancel()
            self._leave(listener)

    async def _pour(self, listener: Listener, send: Send) -> None:
        loop = asyncio.get_running_loop()
        while listener.frames or not listener.closed:  # the last frames, including «close», are still sent
            if not listener.frames:
                listener.waiter = loop.create_future()
                await listener.waiter
                continue
            frames, listener.frames = listener.frames, []
            await send({"type": "http.response.body", "body": b"".join(frames), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def end_all(self) -> None:
        """End all streams; the pages reconnect, to this process or the next."""
        for listener in tuple(self._everybody):
            listener.end()

    def _join(self, listener: Listener) -> None:
        self._everybody.add(listener)
        for topic in listener.topics:
            self._listeners.setdefault(topic, set()).add(listener)

    def _leave(self, listener: Listener) -> None:
        self._everybody.discard(listener)
        for topic in listener.topics:
            heard = self._listeners.get(topic, set())
            heard.discard(listener)
            if not heard:
                self._listeners.pop(topic, None)


async def _until_gone(receive: Receive, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end()
