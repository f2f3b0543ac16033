"""HTTP timeouts of the gateway: slowloris defence, and a limit on the size of headers.

uvicorn waits forever for a request line, a header or a body, and has no limit on headers. Here each request must arrive
within a grace period and then at a minimum rate; a slower one gets 408. One check a second covers the requests that are
still arriving: a request that arrives in one piece costs nothing.
"""

import asyncio
import http
from typing import Any
from weakref import WeakKeyDictionary

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from binhyen.kit.security_headers import RAW
from binhyen.kit.sse import AT_ONCE

HEAD_SECONDS = 10.0  # for the request line and the headers
BODY_SECONDS = 20.0  # for the body, and a second more for each LEAST bytes that came
LEAST = 4096  # bytes a second (photos: see door.py, UPLOADS), a drip of single bytes half a minute
HEAD_BYTES = 32 * 1024
HEADERS = 100
_WORDS = {408: b"too slow", 400: b"not understood", 431: b"headers too long"}


class Room:
    """The requests that are still arriving at one server."""

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._arriving: set[PatientProtocol] = set()
        self._look: asyncio.TimerHandle | None = None

    def enter(self, one: "PatientProtocol") -> None:
        self._arriving.add(one)
        if self._look is None:
            self._look = self._loop.call_later(1, self.look)

    def leave(self, one: "PatientProtocol") -> None:
        self._arriving.discard(one)

    def look(self) -> None:
        """Close timed-out requests, and check again in a second while any request is arriving."""
        now = self._loop.time()
        for one in [p for p in self._arriving if p.late(now)]:
            self._arriving.discard(one)
            one.refuse(408)
        self._look = self._loop.call_later(1, self.look) if self._arriving else None


_rooms: WeakKeyDictionary[ServerState, Room] = WeakKeyDictionary()


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol with timeouts and header limits; for `uvicorn --http`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._room = _rooms.setdefault(self.server_state, Room(self.loop))
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._room.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._came += len(data)
        super().data_received(data)
        if not self._head_done and self._came > HEAD_BYTES:
            self.refuse(431)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {AT_ONCE: self._write}  # type: ignore[dict-item]
        self._expect()

    def on_headers_complete(self) -> None:
        self._head_done = True
        size = sum(len(name) + len(value) for name, value in self.headers) + len(self.url)
        if len(self.headers) > HEADERS or size > HEAD_BYTES:
            self.refuse(431)
            raise httptools.HttpParserCallbackError("headers too long")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._room.leave(self)
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self.refuse(400)

    def _write(self, body: bytes) -> bool:
        """Write a part of the response directly, see DIRECT_WRITE."""
        cycle = self.cycle
        open_ = cycle.response_started and not cycle.response_complete and cycle.chunked_encoding
        if not open_ or self.flow.write_paused or self.transport.is_closing():
            return False
        self.transport.write(b"%x\r\n%s\r\n" % (len(body), body))
        return True

    def refuse(self, status: int) -> None:
        """Send an error status and close the connection; only close it if a response has begun."""
        if self.transport.is_closing():
            return
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            words = _WORDS[status]
            lines = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close"), *RAW]
            head = f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}\r\ncontent-length: {len(words)}\r\n".encode()
            self.transport.write(head + b"".join(b"%s: %s\r\n" % line for line in lines) + b"\r\n" + words)
        self.transport.close()

    def _expect(self) -> None:
        """Start the timeout of the next request."""
        self._began, self._came, self._head_done = self.loop.time(), 0, False
        self._room.enter(self)

    def late(self, now: float) -> bool:
        if not self._head_done:
            return now - self._began > HEAD_SECONDS
        return now - self._began > BODY_SECONDS + self._came / LEAST
