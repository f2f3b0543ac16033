"""Ten thousand open desks on one gateway: memory, time to open, one event to the last, reconnection of all."""

import asyncio
import itertools
import os
import resource
import time
from typing import Any

from bench.journey import create_officer_cookie
from bench.lab import Meter, delete_data, print_figure, run_processes, scale_size

DESKS = int(os.environ.get("BENCH_DESKS") or scale_size(10_000, 60))


def main() -> None:
    import uvloop

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    delete_data()
    with run_processes("gateway"):
        cookies = [create_officer_cookie() for _ in range(1 + DESKS // 50)]  # one session may open 64 streams
        memory_before = _measure_pss()
        uvloop.run(_measure(cookies, memory_before))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _measure_pss() -> float:
    """Return the gateway's proportional memory (PSS), MiB."""
    import psutil

    for process in psutil.process_iter(["cmdline", "environ"]):
        is_own = (process.info["environ"] or {}).get("BINHYEN_VAR") == os.environ["BINHYEN_VAR"]
        if is_own and "binhyen.gateway:create" in " ".join(process.info["cmdline"] or []):
            return float(process.memory_full_info().pss) / 2**20
    return 0.0


class OpenStream(asyncio.Protocol):
    """One open stream: stores the last id and the received event marks."""

    def __init__(self, room: "DeskGroup", last: str = "") -> None:
        self.group, self.last = room, last
        self.transport: Any = None
        self.open = asyncio.get_running_loop().create_future()
        self.received: set[str] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        resume_header = f"Last-Event-ID: {self.last}\r\n" if self.last else ""
        transport.write(
            f"GET /live HTTP/1.1\r\nHost: x\r\nCookie: {next(self.group.cookies)}\r\n{resume_header}\r\n".encode()
        )  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        if not self.open.done() and b": ok" in data:
            self.open.set_result(None)
        position = 0
        while (position := data.find(b"id: ", position)) >= 0:
            line = data[position + 4 : data.find(b"\n", position)].decode()
            self.last = line
            self.received.add(line)
            position += 4
        if self.group.expected_mark in self.received:
            self.group.mark_arrived(self)


class DeskGroup:
    """All desks of a run."""

    def __init__(self, cookies: list[str]) -> None:
        self.cookies = itertools.cycle(cookies)
        self.expected_mark = ""
        self.waiting: set[OpenStream] = set()
        self.done = asyncio.Event()

    def expect(self, mark: str, desks: list[OpenStream]) -> None:
        self.expected_mark, self.waiting = mark, {desk for desk in desks if mark not in desk.received}
        self.done.clear()
        if not self.waiting:
            self.done.set()

    def mark_arrived(self, desk: OpenStream) -> None:
        self.waiting.discard(desk)
        if not self.waiting:
            self.done.set()


async def _connect_desks(group: DeskGroup, last_event_ids: list[str]) -> list[OpenStream]:
    from binhyen import settings

    loop, desks = asyncio.get_running_loop(), []
    semaphore = asyncio.Semaphore(200)

    async def connect_desk(last: str) -> None:
        async with semaphore:
            _, desk = await loop.create_connection(lambda: OpenStream(group, last), "127.0.0.1", settings.PORT)
            desks.append(desk)
            await desk.open

    await asyncio.gather(*(connect_desk(last) for last in last_event_ids))
    return desks


def _publish_event() -> str:
    """Publish one event of the province; return its mark."""
    from binhyen.kit import clock
    from binhyen.kit.live_events import LiveEventData, publish_live
    from binhyen.kit.models import LiveEvent

    publish_live(
        [LiveEventData(("province",), "case", {"case": "K7M29QXD", "verb": "noted", "version": 2})], now=clock.now()
    )
    return str(LiveEvent.objects.order_by("-id").values_list("mark", flat=True)[0])


async def _measure(cookies: list[str], memory_before: float) -> None:
    group = DeskGroup(cookies)
    started = time.perf_counter()
    desks = await _connect_desks(group, [""] * DESKS)
    print_figure("live.open", time.perf_counter() - started, "s", DESKS)
    memory = await asyncio.to_thread(_measure_pss)
    print_figure("live.memory", memory, "MiB", DESKS, per_desk_kib=round((memory - memory_before) * 1024 / DESKS, 2))
    for _ in range(5):
        group.expected_mark, group.waiting = "", set(desks)
        with Meter() as meter:
            sent = time.perf_counter()
            mark = await asyncio.to_thread(_publish_event)
            group.expect(mark, desks)
            await group.done.wait()
            seconds_taken = time.perf_counter() - sent
        print_figure("live.to_last", seconds_taken * 1000, "ms", DESKS, **meter.per_operation(1))
    for desk in desks:
        desk.transport.abort()
    await asyncio.sleep(0.5)
    missed = [await asyncio.to_thread(_publish_event) for _ in range(3)]
    started = time.perf_counter()
    reconnected = await _connect_desks(group, [desk.last for desk in desks])
    group.expect(missed[-1], reconnected)
    await group.done.wait()
    seconds = time.perf_counter() - started
    complete = sum(set(missed) <= desk.received for desk in reconnected)
    print_figure("live.resume", seconds, "s", DESKS, missed_nothing=complete)
