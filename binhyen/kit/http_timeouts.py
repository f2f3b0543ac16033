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

from binhyen.kit.security_headers import RAW_HEADERS
from binhyen.kit.sse import DIRECT_WRITE

HEAD_SECONDS = 10.0  # for the request line and the headers
BODY_SECONDS = 20.0  # for the body, and a second more for each LEAST bytes that came
MIN_RATE = 4096  # bytes a second (photos: see gateway.py, UPLOADS), a drip of single bytes half a minute
MAX_HEAD_BYTES = 32 * 1024
MAX_HEADERS = 100
_STATUS_TEXTS = {408: b"too slow", 400: b"not understood", 431: b"headers too long"}


class SlowRequestMonitor:
    """The requests that are still arriving at one server."""

    def __init__(self, loop: Any) -> None:
        self._loop = loop
        self._arriving: set[TimeoutProtocol] = set()
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, protocol: "TimeoutProtocol") -> None:
        self._arriving.add(protocol)
        if self._timer is None:
            self._timer = self._loop.call_later(1, self.look)

    def leave(self, protocol: "TimeoutProtocol") -> None:
        self._arriving.discard(protocol)

    def look(self) -> None:
        """Close timed-out requests, and check again in a second while any request is arriving."""
        now = self._loop.time()
        for protocol in [candidate for candidate in self._arriving if candidate.late(now)]:
            self._arriving.discard(protocol)
            protocol.refuse(408)
        self._timer = self._loop.call_later(1, self.look) if self._arriving else None


_monitors: WeakKeyDictionary[ServerState, SlowRequestMonitor] = WeakKeyDictionary()


class TimeoutProtocol(HttpToolsProtocol):
    """uvicorn's protocol with timeouts and header limits; for `uvicorn --http`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._monitor = _monitors.setdefault(self.server_state, SlowRequestMonitor(self.loop))
        self._start_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._monitor.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received_bytes += len(data)
        super().data_received(data)
        if not self._head_done and self._received_bytes > MAX_HEAD_BYTES:
            self.refuse(431)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {DIRECT_WRITE: self._write_directly}  # type: ignore[dict-item]
        self._start_request()

    def on_headers_complete(self) -> None:
        self._head_done = True
        size = sum(len(name) + len(value) for name, value in self.headers) + len(self.url)
        if len(self.headers) > MAX_HEADERS or size > MAX_HEAD_BYTES:
            self.refuse(431)
            raise httptools.HttpParserCallbackError("headers too long")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._monitor.leave(self)
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self.refuse(400)

    def _write_directly(self, body: bytes) -> bool:
        """Write a part of the response directly, see DIRECT_WRITE."""
        cycle = self.cycle
        is_streaming = cycle.response_started and not cycle.response_complete and cycle.chunked_encoding
        if not is_streaming or self.flow.write_paused or self.transport.is_closing():
            return False
        self.transport.write(b"%x\r\n%s\r\n" % (len(body), body))
        return True

    def refuse(self, status: int) -> None:
        """Send an error status and close the connection; only close it if a response has begun."""
        if self.transport.is_closing():
            return
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            body = _STATUS_TEXTS[status]
            headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close"), *RAW_HEADERS]
            head = f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}\r\ncontent-length: {len(body)}\r\n".encode()
            self.transport.write(head + b"".join(b"%s: %s\r\n" % line for line in headers) + b"\r\n" + body)
        self.transport.close()

    def _start_request(self) -> None:
        """Start the timeout of the next request."""
        self._started_at, self._received_bytes, self._head_done = self.loop.time(), 0, False
        self._monitor.enter(self)

    def late(self, now: float) -> bool:
        if not self._head_done:
            return now - self._started_at > HEAD_SECONDS
        return now - self._started_at > BODY_SECONDS + self._received_bytes / MIN_RATE
