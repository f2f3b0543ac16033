"""Minimal HTTP/1.1 client for load: keep-alive connections, one request at a time on each, minimal parsing."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


class Connection(asyncio.Protocol):
    """One connection. `ask(bytes)` → (status, body)."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._pending: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or self._pending is None:
            return
        head = bytes(self._buffer[:end]).lower()
        body = self._parse_body(head, end + 4)
        if body is None:
            return
        waiting, self._pending = self._pending, None
        self._buffer.clear()
        if not waiting.done():
            waiting.set_result((int(head[9:12]), body))

    def _parse_body(self, head: bytes, start: int) -> bytes | None:
        if b"transfer-encoding: chunked" in head:
            if not self._buffer.endswith(b"0\r\n\r\n"):
                return None
            return bytes(self._buffer[start:])
        header_start = head.find(b"content-length:")
        length = (
            int(head[header_start + 15 : (head.find(b"\r\n", header_start) + 1 or len(head) + 1) - 1])
            if header_start >= 0
            else 0
        )
        return bytes(self._buffer[start : start + length]) if len(self._buffer) >= start + length else None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._pending is not None and not self._pending.done():
            self._pending.set_exception(ConnectionError("closed"))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        self._pending = asyncio.get_running_loop().create_future()
        assert self.transport is not None
        self.transport.write(request)
        return await self._pending


async def open_connection(port: int) -> Connection:
    _, protocol = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return protocol


@dataclass(slots=True)
class LoadOutcome:
    """Latencies in milliseconds, and the number of answers with another status than `wanted`."""

    latencies: list[float] = field(default_factory=list)
    bad: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0


async def run_closed_loop(
    port: int, requests: Sequence[bytes], clients: int, expected_status: int = 200
) -> LoadOutcome:
    """Send each client's next request when the last is answered (closed loop)."""
    outcome, queue = LoadOutcome(), iter(requests)
    started = time.perf_counter()

    async def client() -> None:
        connection = await open_connection(port)
        for request in queue:
            sent_at = time.perf_counter()
            status, _ = await connection.ask(request)
            outcome.latencies.append((time.perf_counter() - sent_at) * 1000)
            outcome.bad += status != expected_status

    await asyncio.gather(*(client() for _ in range(clients)))
    outcome.seconds = time.perf_counter() - started
    return outcome


async def run_open_loop(port: int, requests: Sequence[bytes], per_second: float, connections: int = 64) -> LoadOutcome:
    """Start requests on a fixed schedule (open loop); latency counts from the planned start."""
    outcome = LoadOutcome()
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(connections):
        free.put_nowait(await open_connection(port))
    started = time.perf_counter()

    async def send_request(request: bytes, planned: float) -> None:
        connection = await free.get()
        status, _ = await connection.ask(request)
        outcome.latencies.append((time.perf_counter() - planned) * 1000)
        outcome.bad += status != 200
        free.put_nowait(connection)

    tasks: set[asyncio.Task[None]] = set()
    for number, request in enumerate(requests):
        planned = started + number / per_second
        wait = planned - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(send_request(request, planned))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    outcome.seconds = time.perf_counter() - started
    return outcome


def build_post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items())]).encode() + b"\r\n\r\n" + body


def build_get(path: str, headers: dict[str, str]) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def run_client(build_coroutine: Callable[[], "asyncio.Future[LoadOutcome]"]) -> LoadOutcome:
    import uvloop

    return uvloop.run(build_coroutine())  # type: ignore[arg-type]
