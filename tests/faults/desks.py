"""The live feed inside the test process: listening desks, and a writer that publishes through the database."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import orjson
import psycopg

from binhyen.kit import clock
from binhyen.kit.sse import Feed
from tests.process_harness import get_owner_dsn

T = TypeVar("T")
_MARK = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b")  # random (RFC 9562 §5.4)


def replace_random_ids(stream_text: str) -> str:
    """Replace each random id in a stream by its ordinal, because random values carry no information."""
    places: dict[str, str] = {}
    return _MARK.sub(lambda match: places.setdefault(match[0], f"mark {len(places)}"), stream_text)


def use_sequential_ids(hear: Callable[..., None]) -> Callable[..., None]:
    """Replace `Feed.publish_event` so that ids are sequential: a comparison that ignores ids must still detect this."""
    counts: dict[Feed, int] = {}

    def hear_numbered(self: Feed, mark: str, topics: tuple[str, ...], *event: Any, **more: Any) -> None:
        if not topics[0].startswith("probe:"):
            counts[self] = counts.get(self, 0) + 1
            mark = f"feed.{counts[self]}"
        hear(self, mark, topics, *event, **more)

    return hear_numbered


class OpenDesk:
    """One open stream, seen from the browser: frames by id, the last id, resets. `slow`: does not read until asked to."""

    def __init__(self, of: Feed, topics: tuple[str, ...], *, last: str = "", slow: bool = False) -> None:
        self.ids: list[str] = []
        self.names: list[str] = []
        self.said = ""
        self.last = last
        self.ended = False
        self._heard, self._gone, self._read = asyncio.Event(), asyncio.Event(), asyncio.Event()
        if not slow:
            self._read.set()
        self._task = asyncio.create_task(self._serve(of, topics, last))

    async def _serve(self, of: Feed, topics: tuple[str, ...], last: str) -> None:
        await of.serve(topics, last, self._receive, self._send, self._write)
        self.ended = True
        self._heard.set()

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        await self._read.wait()
        self._parse_frames(message.get("body", b"").decode())

    def _write(self, body: bytes) -> bool:
        if self._read.is_set():
            self._parse_frames(body.decode())
        return self._read.is_set()

    def _parse_frames(self, stream_text: str) -> None:
        self.said += stream_text
        for block in stream_text.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and line[0] != ":")
            if "event" in fields:
                self.names.append(fields["event"])
            self.last = fields.get("id", self.last)
            if mark := orjson.loads(fields.get("data", "{}")).get("id"):
                self.ids.append(mark)
        self._heard.set()

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not what():
                self._heard.clear()
                if not what():
                    await self._heard.wait()

    async def disconnect(self) -> None:
        self._read.set()
        self._gone.set()
        await self._task


class EventPublisher:
    """A publisher that writes through the database, outside the feed's event loop."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self.connection = connection

    async def publish_events(self, count: int, topic: str = "unit:1", name: str = "case") -> list[str]:
        """Publish `count` events in one commit; return their ids."""
        await asyncio.sleep(0)  # desks opened just before subscribe in this turn of the loop
        sql = (
            "WITH fresh AS (INSERT INTO kit_liveevent (topics, name, data, at) SELECT ARRAY[%s], %s, '{}', %s FROM "
            "generate_series(1, %s) RETURNING mark, topics, name, data) SELECT mark::text, pg_notify('binhyen_live', "
            "jsonb_build_object('mark', mark, 'topics', topics, 'name', name, 'data', data)::text) FROM fresh"
        )
        return [
            row[0] for row in await (await self.connection.execute(sql, [topic, name, clock.now(), count])).fetchall()
        ]


@asynccontextmanager
async def open_feed(address: str) -> AsyncIterator[Feed]:
    """Open a feed that listens, as the gateway runs it."""
    made = Feed(address)
    task = asyncio.create_task(made.run())
    try:
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as probe:
            marker = f"probe:{secrets.token_hex(4)}"
            listener = OpenDesk(made, (marker,))
            async with asyncio.timeout(20):
                while not listener.last:  # the first event with an id proves that it listens: it was not read from rows
                    await EventPublisher(probe).publish_events(1, marker)
                    await asyncio.wait([asyncio.create_task(listener._heard.wait())], timeout=0.05)
            await listener.disconnect()
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def run_with_feed(work: Callable[[Feed, EventPublisher], Coroutine[Any, Any, T]]) -> T:
    address = get_owner_dsn()

    async def run_work() -> T:
        async with open_feed(address) as made, await psycopg.AsyncConnection.connect(address, autocommit=True) as other:
            return await work(made, EventPublisher(other))

    return asyncio.run(run_work())
