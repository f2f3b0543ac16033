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
from binhyen.kit.security_headers import with_security_headers

CHANNEL = "binhyen_live"
DIRECT_WRITE = "binhyen.at_once"
"""ASGI extension: writes to a running response without waking its task; False for a slow reader, then use `send`."""
CLOSE_EVENT = "close"  # ends the streams of its topics: signed out, moved, locked. Never replayed:
# a client that reconnects has just been authenticated.
MAX_BUFFERED = 2_000  # events per topic
BUFFER_SECONDS = 900
OVERLAP_SECONDS = 30
RESET_FRAME = b"event: reset\ndata: {}\n\n"
_DISCONNECTED_FRAME, _CONNECTED_FRAME = b"event: deaf\ndata: {}\n\n", b"event: hears\ndata: {}\n\n"
_MAX_BACKLOG = 2_000  # frames that a slow subscriber may fall behind before it must reconnect
_WAKE_BATCH = 250  # subscribers woken in one turn of the event loop
_HEARTBEAT_SECONDS = 20.0
MAX_STREAM_SECONDS = 86_400.0  # seconds: longer than any session
_SELECT_RECENT = """
SELECT mark::text, topics, name, data, extract(epoch FROM at)::float
FROM kit_liveevent WHERE at >= to_timestamp(%s) ORDER BY at, id
"""

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Write = Callable[[bytes], bool]
log = logs.get_logger("feed")
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


def get_direct_write(scope: dict[str, Any]) -> Write:
    """Return the direct write of the server, or a stub that returns False."""
    return scope.get("extensions", {}).get(DIRECT_WRITE, _no_direct_write)  # type: ignore[no-any-return]


def _no_direct_write(body: bytes) -> bool:
    return False


class BufferedEvent:
    """One event in the ring buffers of its topics. `row_time`: set where only rows give the order, else None."""

    __slots__ = ("__weakref__", "at", "frame", "name", "order", "received_at", "topics")

    def __init__(self, order: int, topics: tuple[str, ...], name: str, frame: bytes, row_time: float | None) -> None:
        self.order = order
        self.topics = topics
        self.name = name
        self.frame = frame
        self.at = row_time
        self.received_at = time.monotonic()

    def may_follow(self, last: "BufferedEvent") -> bool:
        """Return whether a client whose last event was `last` may have missed this one."""
        if self.order > last.order:
            return True
        return self.at is not None and last.at is not None and self.at >= last.at - OVERLAP_SECONDS


class Subscriber:
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
        if len(self.frames) > _MAX_BACKLOG:
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

    def __init__(self, dsn: str, on_close: Callable[[tuple[str, ...]], None] = lambda topics: None) -> None:
        self._dsn = dsn
        self._on_close = on_close
        self._order = itertools.count(1)
        self._rings: dict[str, deque[BufferedEvent]] = {}
        self._events: WeakValueDictionary[str, BufferedEvent] = WeakValueDictionary()  # what any ring holds
        self._rows_from = 0.0  # epoch seconds before which no row was read
        self._complete_until = 0.0  # our moment up to which everything committed was heard
        self._is_disconnected = False
        self._subscribers: dict[str, set[Subscriber]] = {}
        self._all_subscribers: set[Subscriber] = set()
        self._to_wake: deque[Subscriber] = deque()  # subscribers with unsent frames, to be woken

    async def run(self) -> None:
        """Listen forever; after a lost connection read the missed events."""
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                log.warning("feed_lost_database", problem=type(error).__name__)
                self._set_disconnected(True)
                await asyncio.sleep(0.5)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, connect_timeout=5)
        async with connection:
            # nosemgrep: sql-from-text  a constant; LISTEN takes no parameter
            await connection.execute(f"LISTEN {CHANNEL}")
            await self._read_recent(connection)
            self._set_disconnected(False)
            async for note in connection.notifies():
                event = orjson.loads(note.payload)
                self.publish_event(event["mark"], tuple(event["topics"]), event["name"], event["data"])
                self._complete_until = time.monotonic()

    def _set_disconnected(self, is_disconnected: bool) -> None:
        """Tell every open page that the database connection is lost: a page that only looks live hides an alarm."""
        if is_disconnected == self._is_disconnected:
            return
        self._is_disconnected = is_disconnected
        self._push(self._all_subscribers, _DISCONNECTED_FRAME if is_disconnected else _CONNECTED_FRAME)

    async def _read_recent(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """Read the events committed before LISTEN."""
        started_at = time.monotonic()
        lookback = started_at - self._complete_until + OVERLAP_SECONDS if self._complete_until else BUFFER_SECONDS
        start = clock.now().timestamp() - lookback
        for mark, topics, name, data, row_time in await (await connection.execute(_SELECT_RECENT, [start])).fetchall():
            self._rows_from = self._rows_from or start
            self.publish_event(mark, tuple(topics), name, data, row_time=row_time)
        self._complete_until = started_at

    def publish_event(
        self, mark: str, topics: tuple[str, ...], name: str, data: dict[str, Any], *, row_time: float | None = None
    ) -> None:
        """Buffer and send an event once. With `row_time` (see BufferedEvent) it has no id, so replays repeat it."""
        if mark in self._events:
            return
        frame = b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps({"id": mark, **data}))
        if row_time is None:
            frame = b"id: %s\n%s" % (mark.encode(), frame)
        event = self._events[mark] = BufferedEvent(next(self._order), topics, name, frame, row_time)
        if name == CLOSE_EVENT:
            self._on_close(topics)
        subscribers: set[Subscriber] = set()
        for topic in topics:
            self._rings.setdefault(topic, deque(maxlen=MAX_BUFFERED)).append(event)
            subscribers |= self._subscribers.get(topic, set())
        self._push(subscribers, frame)
        if name == CLOSE_EVENT:
            for subscriber in subscribers:
                subscriber.end()

    def _push(self, subscribers: Iterable[Subscriber], frame: bytes) -> None:
        is_waking = bool(self._to_wake)
        for subscriber in subscribers:
            if not subscriber.frames:
                self._to_wake.append(subscriber)
            subscriber.push(frame)
        if self._to_wake and not is_waking:
            self._wake_batch()

    def _wake_batch(self) -> None:
        """Wake a batch and yield: the loop writes after each turn, so the first frames leave while others wait."""
        for _ in range(min(_WAKE_BATCH, len(self._to_wake))):
            self._to_wake.popleft().wake()
        if self._to_wake:
            asyncio.get_running_loop().call_soon(self._wake_batch)

    def drop_expired(self) -> None:
        """Drop expired events, or the buffers of departed people would remain."""
        cutoff = time.monotonic() - BUFFER_SECONDS
        for topic, ring in tuple(self._rings.items()):
            while ring and ring[0].received_at < cutoff:
                ring.popleft()
            if not ring:
                del self._rings[topic]

    async def send_heartbeats(self) -> None:
        """Send a comment line regularly, so that proxies keep the stream and dead connections are noticed."""
        while True:
            await asyncio.sleep(_HEARTBEAT_SECONDS)
            self.drop_expired()
            self._push(self._all_subscribers, b":\n\n")

    def since(self, last: str, topics: tuple[str, ...]) -> list[bytes]:
        """Return the frames that a subscriber missed after the mark `last`."""
        start = self._events.get(last)
        if start is None or not set(topics).intersection(start.topics):
            return [RESET_FRAME]
        if start.at is not None and start.at - OVERLAP_SECONDS < self._rows_from:
            return [RESET_FRAME]
        missed: dict[int, BufferedEvent] = {}
        for ring in (self._rings[topic] for topic in topics if topic in self._rings):
            if len(ring) == MAX_BUFFERED and ring[0].may_follow(start):
                return [RESET_FRAME]  # others that were dropped may be missing too
            newer = itertools.takewhile(lambda event: event.may_follow(start), reversed(ring))
            missed.update((event.order, event) for event in newer)
        return [missed[order].frame for order in sorted(missed) if missed[order].name != CLOSE_EVENT]

    async def serve(
        self,
        topics: tuple[str, ...],
        last: str,
        receive: Receive,
        send: Send,
        write: Write = _no_direct_write,
        *,
        max_seconds: float = MAX_STREAM_SECONDS,
    ) -> None:
        """Serve one stream until the client leaves or falls too far behind; `lasts`: maximum seconds."""
        subscriber = Subscriber(topics, write)
        timer = asyncio.get_running_loop().call_later(max_seconds, subscriber.end)
        self._add_subscriber(subscriber)
        try:
            missed = self.since(last, topics) if last else []
            await with_security_headers(send)({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            head = b"retry: 2000\n: ok\n\n" + b"".join(missed) + (_DISCONNECTED_FRAME if self._is_disconnected else b"")
            await send({"type": "http.response.body", "body": head, "more_body": True})
            disconnect_task = asyncio.ensure_future(_end_on_disconnect(receive, subscriber))
            try:
                await self._send_frames(subscriber, send)
            finally:
                disconnect_task.cancel()
        finally:
            timer.cancel()
            self._remove_subscriber(subscriber)

    async def _send_frames(self, subscriber: Subscriber, send: Send) -> None:
        loop = asyncio.get_running_loop()
        while subscriber.frames or not subscriber.closed:  # the last frames, including «close», are still sent
            if not subscriber.frames:
                subscriber.waiter = loop.create_future()
                await subscriber.waiter
                continue
            frames, subscriber.frames = subscriber.frames, []
            await send({"type": "http.response.body", "body": b"".join(frames), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def end_all(self) -> None:
        """End all streams; the pages reconnect, to this process or the next."""
        for subscriber in tuple(self._all_subscribers):
            subscriber.end()

    def _add_subscriber(self, subscriber: Subscriber) -> None:
        self._all_subscribers.add(subscriber)
        for topic in subscriber.topics:
            self._subscribers.setdefault(topic, set()).add(subscriber)

    def _remove_subscriber(self, subscriber: Subscriber) -> None:
        self._all_subscribers.discard(subscriber)
        for topic in subscriber.topics:
            subscribers = self._subscribers.get(topic, set())
            subscribers.discard(subscriber)
            if not subscribers:
                self._subscribers.pop(topic, None)


async def _end_on_disconnect(receive: Receive, subscriber: Subscriber) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    subscriber.end()
