"""Slow, idle and huge uploads of one network take neither space nor slots from the photos of others."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from binhyen import gateway as gateways
from binhyen.gateway import UpstreamProxy
from binhyen.kit import uploads
from binhyen.kit.uploads import NoRoom, PendingUpload, UploadLimits, UploadQuota

PHOTO = b"x" * 100_000
SMALL = UploadLimits(total=1_000_000, network=400_000, uploads=20, site=2, seconds=60.0)
ATTACKER = "198.51.100.7"


@pytest.fixture(autouse=True)
def nobody_has_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "GRACE_SECONDS", 0.0)


class UploadSender:
    """One request to the pages: its first piece arrives, the remaining data when `finish` is called."""

    def __init__(self, pages: Any, address: str, piece: bytes, declared: int) -> None:
        self._piece, self._rest = piece, b"x" * max(0, declared - len(piece))
        self._goes_on, self.began, self.status = asyncio.Event(), asyncio.Event(), 0
        self._scope = {
            "type": "http",
            "method": "POST",
            "path": "/x",
            "raw_path": b"/x",
            "query_string": b"",
            "headers": [(b"content-length", str(declared).encode())],
            "client": (address, 1),
        }
        self.task = asyncio.create_task(pages(self._scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        if not self.began.is_set():
            self.began.set()
            return {"type": "http.request", "body": self._piece, "more_body": bool(self._rest)}
        await self._goes_on.wait()
        return {"type": "http.request", "body": self._rest, "more_body": False}

    async def _send(self, message: dict[str, Any]) -> None:
        self.status = message.get("status", self.status)

    async def finish_upload(self) -> int:
        self._goes_on.set()
        await self.task
        return self.status

    async def ended(self) -> int:
        async with asyncio.timeout(20):
            await self.task
        return self.status


@asynccontextmanager
async def serve_pages(folder: Path, limits: UploadLimits = SMALL) -> AsyncIterator[UpstreamProxy]:
    async def serve_page(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text="photos")

    app = web.Application(client_max_size=10**8)
    app.router.add_post("/x", serve_page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.UnixSite(runner, str(folder / "p.sock")).start()
    pages = UpstreamProxy(str(folder / "p.sock"))
    pages._uploads = UploadQuota(limits)
    try:
        yield pages
    finally:
        await pages.close()
        await runner.cleanup()


async def begin_uploads(
    pages: Any, count: int, *, size: int, declared: int = 0, address: str = ATTACKER
) -> list[UploadSender]:
    """Start senders of which `size` bytes have arrived; `{n}` in the address becomes their number."""
    senders = [UploadSender(pages, address.format(n=n), b"x" * size, declared or size + 1) for n in range(count)]
    for sender in senders:
        while not (sender.began.is_set() or sender.task.done()):
            await asyncio.sleep(0)
    await asyncio.sleep(0)
    return senders


async def cancel_uploads(senders: list[UploadSender]) -> None:
    for sender in senders:
        sender.task.cancel()
    await asyncio.gather(*(sender.task for sender in senders), return_exceptions=True)


async def run_slow_and_others(folder: Path) -> list[int]:
    """Return the statuses of twelve photos while eighteen senders have announced a tenth of all space each, and sent
    little.
    """
    async with serve_pages(folder, replace(SMALL, total=2_560_000)) as pages:
        slow = await begin_uploads(pages, 18, size=5_000, declared=260_000)
        others = [UploadSender(pages, f"203.0.113.{n}", PHOTO, len(PHOTO)) for n in range(12)]
        statuses = [await other.finish_upload() for other in others]
        await cancel_uploads(slow)
        assert not +pages._uploads._bytes and pages._uploads.total_bytes == 0 and not pages._uploads._open
    return statuses


def test_slow_uploads_take_no_room_for_what_has_not_arrived(tmp_path: Path) -> None:
    assert asyncio.run(run_slow_and_others(tmp_path)) == [200] * 12


def test_control_where_what_was_announced_is_reserved_others_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = gateways.read_body

    async def reserve_announced(receive: Any, limit: int, declared: str, arrived: Callable[[int], None]) -> bytes:
        arrived(int(declared))
        return await read(receive, limit, declared)

    monkeypatch.setattr(gateways, "read_body", reserve_announced)
    monkeypatch.setattr(gateways, "networks_today", lambda who: [])
    monkeypatch.setattr(UploadQuota, "_of_largest", lambda self: [])
    assert 503 in asyncio.run(run_slow_and_others(tmp_path))


async def run_greedy_network(folder: Path) -> tuple[list[int], int]:
    """Hold twelve uploads of one network shortly before their end, then send a photo of another network."""
    async with serve_pages(folder) as pages:
        greedy = await begin_uploads(pages, 12, size=90_000)
        photo = await UploadSender(pages, "203.0.113.9", PHOTO, len(PHOTO)).finish_upload()
        statuses = [await sender.finish_upload() for sender in greedy]
    return statuses, photo


def test_one_network_has_its_share_and_no_more(tmp_path: Path) -> None:
    statuses, photo = asyncio.run(run_greedy_network(tmp_path))
    assert photo == 200
    assert statuses.count(200) == SMALL.network // 90_000 and set(statuses) == {200, 503}


def test_control_without_a_share_one_network_takes_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateways, "networks_today", lambda who: [])
    statuses, _ = asyncio.run(run_greedy_network(tmp_path))
    assert statuses.count(200) > SMALL.network // 90_000


def test_where_all_is_full_the_network_that_holds_most_gives_way(tmp_path: Path) -> None:
    async def run_scenario() -> tuple[list[int], list[int]]:
        async with serve_pages(tmp_path) as pages:
            greedy = []
            for address in (ATTACKER, "198.51.100.8"):
                greedy += await begin_uploads(pages, 4, size=95_000, address=address)
            greedy += await begin_uploads(pages, 2, size=95_000, address="198.51.100.9")
            others = await begin_uploads(pages, 3, size=90_000, address="203.0.113.{n}")
            return [await sender.finish_upload() for sender in others], [
                await sender.finish_upload() for sender in greedy
            ]

    others, greedy = asyncio.run(run_scenario())
    assert others == [200, 200, 200]
    assert greedy.count(503) >= 2 and greedy[8:] == [200, 200], "networks that use less than others keep their uploads"


def test_the_networks_of_one_ipv6_site_share(tmp_path: Path) -> None:
    async def run_uploads(address: str) -> int:
        async with serve_pages(tmp_path) as pages:
            senders = await begin_uploads(pages, 10, size=95_000, address=address)
            statuses = [await sender.finish_upload() for sender in senders]
        return statuses.count(200)

    assert asyncio.run(run_uploads("2001:db8:1:1::{n}")) == SMALL.network // 95_000
    assert asyncio.run(run_uploads("2001:db8:1:{n}::1")) == SMALL.network * SMALL.site // 95_000
    assert asyncio.run(run_uploads("2001:db8:{n}:1::1")) == 10, "control: sites of their own"


def test_one_network_has_so_many_at_once(tmp_path: Path) -> None:
    async def run_scenario() -> list[int]:
        async with serve_pages(tmp_path) as pages:
            senders = await begin_uploads(pages, 30, size=10, declared=70_000)
            photo = await UploadSender(pages, "203.0.113.9", PHOTO, len(PHOTO)).finish_upload()
            waiting = sum(not sender.task.done() for sender in senders)
            await cancel_uploads(senders)
            return [waiting, photo]

    assert asyncio.run(run_scenario()) == [SMALL.uploads, 200]


@pytest.mark.parametrize(("seconds", "status"), [(0.1, 503), (60.0, 0)])
def test_an_upload_has_to_arrive_in_time(tmp_path: Path, seconds: float, status: int) -> None:
    """The control has enough time and is kept."""

    async def run_uploads() -> int:
        async with serve_pages(tmp_path, replace(SMALL, seconds=seconds)) as pages:
            (idle,) = await begin_uploads(pages, 1, size=10, declared=70_000)
            if status:
                return await idle.ended()
            await UploadSender(pages, "203.0.113.9", PHOTO, len(PHOTO)).finish_upload()
            idle_status = idle.status
            await cancel_uploads([idle])
            return idle_status

    assert asyncio.run(run_uploads()) == status


def test_the_slowest_goes_first_and_what_the_pages_have_is_never_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run_scenario() -> None:
        loop = asyncio.get_running_loop()
        moments = itertools.count(loop.time(), 0.001)
        monkeypatch.setattr(loop, "time", lambda: next(moments))  # a busy machine makes no upload slow
        room = UploadQuota(SMALL)
        async with asyncio.timeout(None) as at_pages, asyncio.timeout(None) as quick:
            with room.enter([b"a"], at_pages) as done, room.enter([b"a"], quick) as fast:
                room.add(done, 150_000)
                done.wait(10)
                await done.hand_on()
                room.add(fast, 200_000)
                await is_slow_refused(room, b"a")
                assert not fast.ended and not done.ended
                fast.wait(10)
                with pytest.raises(NoRoom):
                    await is_slow_refused(room, b"a", also=60_000)
                await fast.hand_on()

    asyncio.run(run_scenario())


async def is_slow_refused(room: UploadQuota, network: bytes, also: int = 0) -> None:
    async with asyncio.timeout(None) as timeout:
        with room.enter([network], timeout) as slow:
            room.add(slow, 1_000)
            with pytest.raises(NoRoom):
                room.add(slow, 60_000)
            if also:
                raise NoRoom


def test_a_turn_that_comes_too_late_is_given_on(tmp_path: Path) -> None:
    async def run_scenario() -> tuple[int, int]:
        async with serve_pages(tmp_path) as pages:
            pages._photo_slots = asyncio.Semaphore(1)
            await pages._photo_slots.acquire()
            waiting = UploadSender(pages, ATTACKER, PHOTO, len(PHOTO))
            while not any(upload.arrived for upload in pages._uploads._open):
                await asyncio.sleep(0)
            (upload,) = pages._uploads._open
            upload.ended = True
            upload.timeout.reschedule(0)
            pages._photo_slots.release()
            first = await waiting.ended()
            return first, await UploadSender(pages, ATTACKER, PHOTO, len(PHOTO)).finish_upload()

    assert asyncio.run(run_scenario()) == (503, 200)


def test_without_a_turn_photos_are_told_to_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run_scenario() -> int:
        async with serve_pages(tmp_path) as pages:
            pages._photo_slots = asyncio.Semaphore(0)
            return await UploadSender(pages, ATTACKER, PHOTO, len(PHOTO)).ended()

    monkeypatch.setattr(gateways, "PHOTO_WAIT_SECONDS", 0.1)
    assert asyncio.run(run_scenario()) == 503


def test_counting_leaves_nothing_behind() -> None:
    async def run_scenario() -> None:
        room = UploadQuota(SMALL)
        for _ in range(3):
            async with asyncio.timeout(None) as timeout:
                with room.enter([b"narrow", b"wide"], timeout) as upload:
                    assert isinstance(upload, PendingUpload)
                    partial(room.add, upload)(1000)
                    assert room.total_bytes == 1000
        assert (room.total_bytes, dict(room._bytes), dict(room._count), dict(room._open)) == (0, {}, {}, {})

    asyncio.run(run_scenario())
