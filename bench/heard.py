"""Propagation of an officer's action: to open desks, and to the ledger's numbers."""

import asyncio
import re
import time
import urllib.parse
from typing import Any

from bench.client import Connection, Outcome, connect, get, post
from bench.client import run as run_client
from bench.journey import officer_cookie
from bench.lab import empty, percentile, processes, say, size
from bench.pages import csrf

DESKS = 50
_CLOSED = re.compile(r'href="/ket-qua/closed[^"]*">([^<]+)<')


def main() -> None:
    desks()
    ledger()


def _seed(size_: int, **chosen: Any) -> list[str]:
    """Return codes of open cases of a new register."""
    from bench.seed import seed
    from binhyen.cases.models import Case

    empty()
    seed(size_)
    return list(Case.objects.filter(is_open=True, **chosen).values_list("code", flat=True))


def _request(code: str, act: str, session: str, csrf_: tuple[str, str], **fields: Any) -> bytes:
    cookie, token = csrf_
    body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **fields}).encode()
    return post(f"/vu-viec/{code}/{act}", body,
                {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"{cookie}; {session}"})  # fmt: skip


def desks() -> None:
    """Measure a note: from sending until each of fifty open desks has the event."""
    codes = _seed(size(2000, 40))
    with processes("door", "pages"):
        session, looking = officer_cookie(), [officer_cookie() for _ in range(DESKS)]
        _, *given = csrf(f"/vu-viec/{codes[0]}", session)
        chosen = [codes[n % len(codes)] for n in range(size(300, 4))]
        made = [(code, _request(code, "ghi-chu", session, (given[0], given[1]), text=f"Đã gọi lần {n}"))
                for n, code in enumerate(chosen)]  # fmt: skip
        outcome = run_client(lambda: _spread(looking, made))
    say("update.to_desks.p50", percentile(outcome.latencies, 0.5), "ms", len(outcome.latencies), desks=DESKS)
    say("update.to_desks.p95", percentile(outcome.latencies, 0.95), "ms", len(outcome.latencies), desks=DESKS,
        bad=outcome.bad)  # fmt: skip


async def _spread(cookies: list[str], made: list[tuple[str, bytes]]) -> Outcome:
    from binhyen import settings

    looking = [await _open(settings.PORT, cookie) for cookie in cookies]
    connection, outcome = await connect(settings.PORT), Outcome()
    for code, request in made:
        started = time.perf_counter()
        hearing = [asyncio.create_task(_hears(desk, code.encode())) for desk in looking]
        status, _ = await connection.ask(request)
        outcome.bad += status != 303
        outcome.latencies += [(at - started) * 1000 for at in await asyncio.gather(*hearing)]
    return outcome


Desk = tuple[asyncio.StreamReader, asyncio.StreamWriter]  # an unreferenced writer would close its connection


async def _open(port: int, cookie: str) -> Desk:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    writer.write(f"GET /live HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode())
    await reader.readuntil(b": ok")
    return reader, writer


async def _hears(desk: Desk, code: bytes) -> float:
    """Return the time when this desk has the event of that case."""
    async with asyncio.timeout(20):
        while code not in (line := await desk[0].readline()):
            if not line:
                raise ConnectionError("the desk was closed")
    return time.perf_counter()


def ledger() -> None:
    """Measure a close: from sending until the ledger's page shows one more, counted by the running worker."""
    codes = _seed(size(8000, 250), kind="petition", state__in=("RECEIVED", "WORKING", "WAITING"))
    with processes("door", "pages", "worker"):
        session = officer_cookie()
        _, *given = csrf(f"/vu-viec/{codes[0]}", session)
        fields = {"outcome": "RESOLVED", "evidence": "Biên bản", "answer": "Đã giải quyết xong.", "version": 1}
        made = [_request(code, "ket-thuc", session, (given[0], given[1]), **fields) for code in codes[: size(60, 2)]]
        outcome = run_client(lambda: _fresh(session, made))
    say("ledger.fresh.p50", percentile(outcome.latencies, 0.5) / 1000, "s", len(outcome.latencies))
    say("ledger.fresh.p95", percentile(outcome.latencies, 0.95) / 1000, "s", len(outcome.latencies), bad=outcome.bad)


async def _fresh(session: str, made: list[bytes]) -> Outcome:
    from binhyen import settings

    connection, outcome = await connect(settings.PORT), Outcome()
    shown = await _shown(connection, session)
    for request in made:
        started = time.perf_counter()
        status, _ = await connection.ask(request)
        if status != 303:
            outcome.bad += 1
            continue
        async with asyncio.timeout(60):
            while (now := await _shown(connection, session)) == shown:
                await asyncio.sleep(0.02)
        shown = now
        outcome.latencies.append((time.perf_counter() - started) * 1000)
    return outcome


async def _shown(connection: Connection, session: str) -> str:
    """Return this year's number of closed cases as shown on the page."""
    _, page = await connection.ask(get("/ket-qua?ky=nam-nay", {"Cookie": session}))
    found = _CLOSED.search(page.decode())
    return found[1] if found else ""
