"""The live feed: PostgreSQL's notifications → server-sent events that resume after a drop. Bare ASGI, no Django.

Ids are `<epoch>.<row id>`; the epoch is this process. Notifications come in commit order, so within an epoch a
listener that comes back gets exactly what followed. From another epoch (a restart, another host) the order of commits
is not known: the feed then goes half a minute further back and the page drops what it has seen. A listener whose last
event is no longer remembered gets `reset` and reads its page anew: nothing is missed.
"""

import asyncio
import itertools
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import orjson
import psycopg

from binhyen.kit import logs

CHANNEL = "binhyen_live"
CLOSE = "close"  # an event of this name ends the streams of its topics: signed out, moved, locked. Never replayed:
# whoever comes back has just been asked who they are.
REMEMBERED = 20_000
OVERLAP_SECONDS = 30
_BACKLOG = 2_000  # frames a slow listener may fall behind before it has to come back
_HEARTBEAT = 20.0
_RECENT = "SELECT id, topics, name, data FROM kit_liveevent ORDER BY id DESC LIMIT %s"
_BEFORE = """
SELECT min(id) FROM kit_liveevent
WHERE at >= (SELECT at FROM kit_liveevent WHERE id = %s) - make_interval(secs => %s)
"""

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
log = logs.get("feed")
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class Remembered:
    """One event in the ring."""

    __slots__ = ("frame", "name", "order", "row_id", "topics")

    def __init__(self, order: int, row_id: int, topics: tuple[str, ...], name: str, frame: bytes) -> None:
        self.order = order
        self.name = name
        self.row_id = row_id
        self.topics = topics
        self.frame = frame


class Listener:
    """One open desk."""

    __slots__ = ("closed", "frames", "topics", "waiter")

    def __init__(self, topics: tuple[str, ...]) -> None:
        self.topics = topics
        self.frames: list[bytes] = []
        self.waiter: asyncio.Future[None] | None = None
        self.closed = False

    def push(self, frame: bytes) -> None:
        if self.closed:
            return  # it will come back for the rest; a stuck one costs no more memory
        self.frames.append(frame)
        if len(self.frames) > _BACKLOG:
            self.closed = True
        self.wake()

    def wake(self) -> None:
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)


class Feed:
    """All listeners of this process and the last events. `ended` is told the topics of each `close`."""

    def __init__(self, dsn: str, ended: Callable[[tuple[str, ...]], None] = lambda topics: None) -> None:
        self._dsn = dsn
        self._ended = ended
        self._epoch = secrets.token_hex(4)
        self._order = itertools.count(1)
        self._ring: deque[Remembered] = deque(maxlen=REMEMBERED)
        self._by_row: dict[int, Remembered] = {}
        self._listeners: dict[str, set[Listener]] = {}
        self._everybody: set[Listener] = set()

    async def run(self) -> None:
        """Listen for ever; after a lost connection read what was missed."""
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                log.warning("feed_lost_database", problem=type(error).__name__)
                await asyncio.sleep(0.5)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._dsn, autocommit=True, connect_timeout=5)
        async with connection:
            # nosemgrep: sql-from-text  a constant; LISTEN takes no parameter
            await connection.execute(f"LISTEN {CHANNEL}")
            rows = await (await connection.execute(_RECENT, [REMEMBERED])).fetchall()
            for row_id, topics, name, data in reversed(rows):
                self.hear(row_id, tuple(topics), name, data)
            async for note in connection.notifies():
                event = orjson.loads(note.payload)
                self.hear(event["id"], tuple(event["topics"]), event["name"], event["data"])

    def hear(self, row_id: int, topics: tuple[str, ...], name: str, data: dict[str, Any]) -> None:
        """Remember one event and hand it to everybody who may hear it; a second time it is nothing."""
        if row_id in self._by_row:
            return
        frame = b"id: %s.%d\nevent: %s\ndata: %s\n\n" % (
            self._epoch.encode(),
            row_id,
            name.encode(),
            orjson.dumps({"id": row_id, **data}),
        )
        event = Remembered(next(self._order), row_id, topics, name, frame)
        if len(self._ring) == REMEMBERED:
            del self._by_row[self._ring[0].row_id]
        self._ring.append(event)
        self._by_row[row_id] = event
        if name == CLOSE:
            self._ended(topics)
        hearers: set[Listener] = set()
        for topic in topics:
            hearers |= self._listeners.get(topic, set())
        for listener in hearers:
            listener.push(frame)
            if name == CLOSE:
                listener.closed = True

    async def heartbeat(self) -> None:
        """A comment line now and then, so that proxies keep the stream and dead ones are noticed."""
        while True:
            await asyncio.sleep(_HEARTBEAT)
            for part in _parts(tuple(self._everybody), 500):
                for listener in part:
                    listener.push(b":\n\n")
                await asyncio.sleep(0.01)

    async def since(self, last: str, topics: tuple[str, ...]) -> list[bytes]:
        """Frames that a listener missed, `last` being the last id it saw."""
        epoch, _, digits = last.partition(".")
        if not digits.isdigit():
            return []
        start = await self._start(epoch, int(digits))
        if start is None:
            return [b"event: reset\ndata: {}\n\n"]
        wanted = set(topics)
        newer = itertools.takewhile(lambda e: e.order > start, reversed(self._ring))
        return [e.frame for e in reversed(list(newer)) if e.name != CLOSE and wanted.intersection(e.topics)]

    async def _start(self, epoch: str, row_id: int) -> int | None:
        """The order number after which everything is new to the listener; None: not known."""
        known = self._by_row.get(row_id)
        if epoch == self._epoch:
            return known.order if known else None
        async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            row = await (await connection.execute(_BEFORE, [row_id, OVERLAP_SECONDS])).fetchone()
        before = self._by_row.get(row[0]) if row and row[0] is not None else None
        return before.order - 1 if before else None

    async def serve(self, topics: tuple[str, ...], last: str, receive: Receive, send: Send) -> None:
        """One stream, until the other side leaves or falls too far behind."""
        listener = Listener(topics)
        self._join(listener)
        try:
            missed = await self.since(last, topics) if last else []
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            head = b"retry: 2000\n: ok\n\n" + b"".join(missed)
            await send({"type": "http.response.body", "body": head, "more_body": True})
            gone = asyncio.ensure_future(_until_gone(receive, listener))
            try:
                await self._pour(listener, send)
            finally:
                gone.cancel()
        finally:
            self._leave(listener)

    async def _pour(self, listener: Listener, send: Send) -> None:
        loop = asyncio.get_running_loop()
        while listener.frames or not listener.closed:  # the last words, also «close», are still said
            if not listener.frames:
                listener.waiter = loop.create_future()
                await listener.waiter
                continue
            frames, listener.frames = listener.frames, []
            await send({"type": "http.response.body", "body": b"".join(frames), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def end_all(self) -> None:
        """Every stream ends now; the pages open them again, at this process or the next."""
        for listener in tuple(self._everybody):
            listener.closed = True
            listener.wake()

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
    listener.closed = True
    listener.wake()


def _parts(items: tuple[Listener, ...], size: int) -> Iterable[tuple[Listener, ...]]:
    return (items[i : i + size] for i in range(0, len(items), size))
