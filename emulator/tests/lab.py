"""A laboratory: one emulator in this process with a frozen clock, and a real webhook receiver on loopback."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import uvicorn
from aiohttp import web

from emulator.app import EmulatorApp
from emulator.clock import EmulatorClock
from emulator.core import Emulator, EmulatorOptions

START = 1_795_564_800.0  # 2026-11-25 00:00 UTC


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def data(self) -> Any:
        assert self.json["error"] == 0, self.json
        return self.json["data"]

    @property
    def error(self) -> int:
        return self.json["error"]


@dataclass
class WebhookReceiver:
    """A webhook receiver. It answers `statuses` in turn, then 200; `slow` delays the answer."""

    url: str = ""
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    slow: asyncio.Event | None = None

    @property
    def events(self) -> list[dict[str, Any]]:
        return [orjson.loads(body) for _, body in self.received]

    @property
    def list_names(self) -> list[str]:
        return [event["event_name"] for event in self.events]

    async def take(self, request: web.Request) -> web.Response:
        headers = {key.lower(): value for key, value in request.headers.items()}
        self.received.append((headers, await request.read()))
        if self.slow:
            await self.slow.wait()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


class Lab:
    def __init__(self, emu: Emulator, hook: WebhookReceiver) -> None:
        self.emu, self.hook, self.app = emu, hook, EmulatorApp(emu)

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        messages = [{"type": "http.request", "body": raw, "more_body": False}]
        sent: list[Any] = []

        async def receive() -> Any:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": urlencode(query or {}).encode(),
            "headers": [(k.encode(), v.encode()) for k, v in (headers or {}).items()],
        }
        await self.app(scope, receive, send)
        start = sent[0]
        response_headers = {k.decode(): v.decode() for k, v in start["headers"]}
        return Answer(start["status"], response_headers, b"".join(m.get("body", b"") for m in sent[1:]))

    async def control(self, path: str, body: Any = None, *, expect: int = 200, **query: Any) -> Any:
        answer = await self.call("GET" if body is None else "POST", f"/_control{path}", body, query=query)
        assert answer.status == expect, answer.body
        return answer.json

    @property
    def token(self) -> str:
        return self.emu.world.grants[-1].access_token

    async def post(self, path: str, body: Any) -> Answer:
        return await self.call("POST", f"/openapi{path}", body, headers={"access_token": self.token})

    async def get(self, path: str, **query: Any) -> Answer:
        return await self.call("GET", f"/openapi{path}", query=query, headers={"access_token": self.token})

    async def get_data(self, path: str, data: dict[str, Any]) -> Answer:
        return await self.get(path, data=orjson.dumps(data).decode())

    async def wait_until_delivered(self) -> None:
        """Wait until every event was delivered or given up, or waits for the clock."""

        def is_idle() -> bool:
            return not any(d.state == "queued" for d in self.emu.world.deliveries.values())

        assert await self.emu.sender.changed.until(is_idle, 5)

    def advance_clock(self, **spans: float) -> None:
        units = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
        self.emu.clock.advance(sum(units[name] * value for name, value in spans.items()))

    def id(self, name: str) -> str:
        return self.emu.world.find_citizen(name).user_id

    @property
    def admin(self) -> str:
        return self.id("Quản trị OA")


@asynccontextmanager
async def open_lab(*, state: Path | None = None, factor: float = 1.0, hooked: bool = True) -> AsyncIterator[Lab]:
    hook = WebhookReceiver()
    runner = web.AppRunner(_receiver(hook))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/zalo"
    options = EmulatorOptions(state=state, webhook=hook.url if hooked else "", time_factor=factor)
    try:
        emu = Emulator(options, EmulatorClock(wall=lambda: START))
        await emu.start()
        try:
            yield Lab(emu, hook)
        finally:
            await emu.stop()
    finally:
        await runner.cleanup()


def _receiver(hook: WebhookReceiver) -> web.Application:
    app = web.Application()
    app.router.add_post("/zalo", hook.take)
    return app


@asynccontextmanager
async def serve_emulator(emu: Emulator) -> AsyncIterator[str]:
    """Serve the same emulator from a real uvicorn, for faults that need a connection. Yield its address."""
    config = uvicorn.Config(EmulatorApp(emu), port=0, log_level="critical", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


def run_scenario(scenario: Callable[[Lab], Any], **options: Any) -> None:
    """Run one scenario in a fresh laboratory."""

    async def run_all() -> None:
        async with open_lab(**options) as laboratory:
            await scenario(laboratory)

    asyncio.run(run_all())


def build_multipart(data: bytes, filename: str, field_name: str = "file") -> tuple[bytes, dict[str, str]]:
    boundary = hashlib.sha256(data).hexdigest()[:20]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{field_name}"; filename="{filename}"\r\n'
    body = head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + data + f"\r\n--{boundary}--\r\n".encode()
    return body, {"content-type": f"multipart/form-data; boundary={boundary}"}
