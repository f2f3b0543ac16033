"""Ten thousand open desks on one gateway: memory, time to open, one event to the last, reconnection of all."""

import asyncio
import itertools
import os
import resource
import time
from typing import Any

from bench.journey import officer_cookie
from bench.lab import Meter, empty, processes, say, size

DESKS = int(os.environ.get("BENCH_DESKS") or size(10_000, 60))


def main() -> None:
    import uvloop

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    empty()
    with processes("door"):
        cookies = [officer_cookie() for _ in range(1 + DESKS // 50)]  # one session may open 64 streams
        before = _pss()
        uvloop.run(_measure(cookies, before))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _pss() -> float:
    """Return the gateway's proportional memory (PSS), MiB."""
    import psutil

    for process in psutil.process_iter(["cmdline", "environ"]):
        mine = (process.info["environ"] or {}).get("BINHYEN_VAR") == os.environ["BINHYEN_VAR"]
        if mine and "binhyen.gateway:create" in " ".join(process.info["cmdline"] or []):
            return float(process.memory_full_info().pss) / 2**20
    return 0.0


class OpenStream(asyncio.Protocol):
    """One open stream: stores the last id and the received event marks."""

    def __init__(self, room: "Room", last: str = "") -> None:
        self.room, self.last = room, last
        self.transport: Any = None
        self.open = asyncio.get_running_loop().create_future()
        self.heard: set[str] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        again = f"Last-Event-ID: {self.last}\r\n" if self.last else ""
        transport.write(f"GET /live HTTP/1.1\r\nHost: x\r\nCookie: {next(self.room.cookies)}\r\n{again}\r\n".encode())  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        if not self.open.done() and b": ok" in data:
            self.open.set_result(None)
        at = 0
        while (at := data.find(b"id: ", at)) >= 0:
            line = data[at + 4 : data.find(b"\n", at)].decode()
            self.last = line
            self.heard.add(line)
            at += 4
        if self.room.wanted in self.heard:
            self.room.arrived(self)


class Room:
    """All desks of a run."""

    def __init__(self, cookies: list[str]) -> None:
        self.cookies = itertools.cycle(cookies)
        self.wanted = ""
        self.waiting: set[OpenStream] = set()
        self.done = asyncio.Event()

    def want(self, mark: str, desks: list[OpenStream]) -> None:
        self.wanted, self.waiting = mark, {d for d in desks if mark not in d.heard}
        self.done.clear()
        if not self.waiting:
            self.done.set()

    def arrived(self, desk: OpenStream) -> None:
        self.waiting.discard(desk)
        if not self.waiting:
            self.done.set()


async def _connect(room: Room, lasts: list[str]) -> list[OpenStream]:
    from binhyen import settings

    loop, desks = asyncio.get_running_loop(), []
    gate = asyncio.Semaphore(200)

    async def one(last: str) -> None:
        async with gate:
            _, desk = await loop.create_connection(lambda: OpenStream(room, last), "127.0.0.1", settings.PORT)
            desks.append(desk)
            await desk.open

    await asyncio.gather(*(one(last) for last in lasts))
    return desks


def _publish() -> str:
    """Publish one event of the province; return its mark."""
    from binhyen.kit import clock
    from binhyen.kit.live_events import Live, publish
    from binhyen.kit.models import LiveEvent

    publish([Live(("province",), "case", {"case": "K7M29QXD", "verb": "noted", "version": 2})], now=clock.now())
    return str(LiveEvent.objects.order_by("-id").values_list("mark", flat=True)[0])


async def _measure(cookies: list[str], before: float) -> None:
    room = Room(cookies)
    started = time.perf_counter()
    desks = await _connect(room, [""] * DESKS)
    say("live.open", time.perf_counter() - started, "s", DESKS)
    memory = await asyncio.to_thread(_pss)
    say("live.memory", memory, "MiB", DESKS, per_desk_kib=round((memory - before) * 1024 / DESKS, 2))
    for _ in range(5):
        room.wanted, room.waiting = "", set(desks)
        with Meter() as meter:
            sent = time.perf_counter()
            mark = await asyncio.to_thread(_publish)
            room.want(mark, desks)
            await room.done.wait()
            took = time.perf_counter() - sent
        say("live.to_last", took * 1000, "ms", DESKS, **meter.per(1))
    for desk in desks:
        desk.transport.abort()
    await asyncio.sleep(0.5)
    missed = [await asyncio.to_thread(_publish) for _ in range(3)]
    started = time.perf_counter()
    back = await _connect(room, [desk.last for desk in desks])
    room.want(missed[-1], back)
    await room.done.wait()
    seconds = time.perf_counter() - started
    whole = sum(set(missed) <= desk.heard for desk in back)
    say("live.resume", seconds, "s", DESKS, missed_nothing=whole)
