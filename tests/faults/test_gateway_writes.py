"""The gateway's shortcut for writing part of an answer: in order, never after a disconnect, never unbounded."""

import asyncio
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl

from binhyen.kit.http_timeouts import TimeoutProtocol
from binhyen.kit.sse import DIRECT_WRITE
from tests.security.test_request_limits import GET, serve_app

pytestmark = pytest.mark.fault
PART, MAX_PARTS = b"x" * 65536, 600


class PartStream:
    """A stream that yields «a», «b» at once, «c», then parts at once until the reader is too slow, and «d»."""

    def __init__(self) -> None:
        self.early = self.late = True
        self.took = 0

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        write = scope["extensions"][DIRECT_WRITE]
        self.early = write(b"early")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        assert write(b"b")
        await send({"type": "http.response.body", "body": b"c", "more_body": True})
        while self.took < MAX_PARTS and write(PART):
            self.took += 1
        await send({"type": "http.response.body", "body": b"d"})
        self.late = write(b"late")


async def read_chunks(stream: PartStream) -> bytes:
    """Return the output of the chunks for a reader that reads nothing until the stream detects it."""
    async with serve_app(TimeoutProtocol, stream) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=len(PART))
        try:
            writer.write(GET + b"\r\n")
            async with asyncio.timeout(30):
                await reader.readuntil(b"\r\n\r\n")
                parts = []
                while size := int(await reader.readline(), 16):
                    parts.append(await reader.readexactly(size))
                    await reader.readexactly(2)
        finally:
            writer.close()
    return b"".join(parts)


def test_what_is_written_at_once_keeps_its_place_and_stops_where_nobody_reads() -> None:
    stream = PartStream()
    assert asyncio.run(read_chunks(stream)) == b"abc" + PART * stream.took + b"d"
    assert stream.took < MAX_PARTS and (stream.early, stream.late) == (False, False)


def test_control_that_does_not_ask_whether_somebody_reads_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FlowControl, "pause_writing", lambda self: None)
    with pytest.raises(AssertionError):
        test_what_is_written_at_once_keeps_its_place_and_stops_where_nobody_reads()
