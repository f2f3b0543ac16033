"""Propagation of an officer's action: to open desks, and to the ledger's numbers."""

import asyncio
import re
import time
import urllib.parse
from typing import Any

from bench.client import Connection, LoadOutcome, build_get, build_post, open_connection, run_client
from bench.journey import create_officer_cookie
from bench.lab import compute_percentile, delete_data, print_figure, run_processes, scale_size
from bench.pages import fetch_csrf

DESKS = 50
_CLOSED = re.compile(r'href="/ket-qua/closed[^"]*">([^<]+)<')


def main() -> None:
    desks()
    ledger()


def _seed_register(size_: int, **conditions: Any) -> list[str]:
    """Return codes of open cases of a new register."""
    from bench.seed import seed_cases
    from binhyen.cases.models import Case

    delete_data()
    seed_cases(size_)
    return list(Case.objects.filter(is_open=True, **conditions).values_list("code", flat=True))


def _build_request(code: str, act: str, session: str, csrf_: tuple[str, str], **fields: Any) -> bytes:
    cookie, token = csrf_
    body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **fields}).encode()
    return build_post(
        f"/vu-viec/{code}/{act}",
        body,
        {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"{cookie}; {session}"},
    )


def desks() -> None:
    """Measure a note: from sending until each of fifty open desks has the event."""
    codes = _seed_register(scale_size(2000, 40))
    with run_processes("gateway", "pages"):
        session, desk_cookies = create_officer_cookie(), [create_officer_cookie() for _ in range(DESKS)]
        _, *csrf_parts = fetch_csrf(f"/vu-viec/{codes[0]}", session)
        case_codes = [codes[index % len(codes)] for index in range(scale_size(300, 4))]
        prepared = [
            (code, _build_request(code, "ghi-chu", session, (csrf_parts[0], csrf_parts[1]), text=f"Đã gọi lần {index}"))
            for index, code in enumerate(case_codes)
        ]
        outcome = run_client(lambda: _measure_spread(desk_cookies, prepared))
    print_figure(
        "update.to_desks.p50", compute_percentile(outcome.latencies, 0.5), "ms", len(outcome.latencies), desks=DESKS
    )
    print_figure(
        "update.to_desks.p95",
        compute_percentile(outcome.latencies, 0.95),
        "ms",
        len(outcome.latencies),
        desks=DESKS,
        bad=outcome.bad,
    )


async def _measure_spread(cookies: list[str], prepared: list[tuple[str, bytes]]) -> LoadOutcome:
    from binhyen import settings

    open_desks = [await _open_desk(settings.PORT, cookie) for cookie in cookies]
    connection, outcome = await open_connection(settings.PORT), LoadOutcome()
    for code, request in prepared:
        started = time.perf_counter()
        waiting_tasks = [asyncio.create_task(_wait_for_event(desk, code.encode())) for desk in open_desks]
        status, _ = await connection.ask(request)
        outcome.bad += status != 303
        outcome.latencies += [(seen_at - started) * 1000 for seen_at in await asyncio.gather(*waiting_tasks)]
    return outcome


Desk = tuple[asyncio.StreamReader, asyncio.StreamWriter]  # an unreferenced writer would close its connection


async def _open_desk(port: int, cookie: str) -> Desk:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    writer.write(f"GET /live HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode())
    await reader.readuntil(b": ok")
    return reader, writer


async def _wait_for_event(desk: Desk, code: bytes) -> float:
    """Return the time when this desk has the event of that case."""
    async with asyncio.timeout(20):
        while code not in (line := await desk[0].readline()):
            if not line:
                raise ConnectionError("the desk was closed")
    return time.perf_counter()


def ledger() -> None:
    """Measure a close: from sending until the ledger's page shows one more, counted by the running worker."""
    codes = _seed_register(scale_size(8000, 250), kind="petition", state__in=("RECEIVED", "WORKING", "WAITING"))
    with run_processes("gateway", "pages", "worker"):
        session = create_officer_cookie()
        _, *csrf_parts = fetch_csrf(f"/vu-viec/{codes[0]}", session)
        fields = {"outcome": "RESOLVED", "evidence": "Biên bản", "answer": "Đã giải quyết xong.", "version": 1}
        prepared = [
            _build_request(code, "ket-thuc", session, (csrf_parts[0], csrf_parts[1]), **fields)
            for code in codes[: scale_size(60, 2)]
        ]
        outcome = run_client(lambda: _measure_freshness(session, prepared))
    print_figure("ledger.fresh.p50", compute_percentile(outcome.latencies, 0.5) / 1000, "s", len(outcome.latencies))
    print_figure(
        "ledger.fresh.p95",
        compute_percentile(outcome.latencies, 0.95) / 1000,
        "s",
        len(outcome.latencies),
        bad=outcome.bad,
    )


async def _measure_freshness(session: str, prepared: list[bytes]) -> LoadOutcome:
    from binhyen import settings

    connection, outcome = await open_connection(settings.PORT), LoadOutcome()
    previous = await _get_shown_count(connection, session)
    for request in prepared:
        started = time.perf_counter()
        status, _ = await connection.ask(request)
        if status != 303:
            outcome.bad += 1
            continue
        async with asyncio.timeout(60):
            while (current := await _get_shown_count(connection, session)) == previous:
                await asyncio.sleep(0.02)
        previous = current
        outcome.latencies.append((time.perf_counter() - started) * 1000)
    return outcome


async def _get_shown_count(connection: Connection, session: str) -> str:
    """Return this year's number of closed cases as shown on the page."""
    _, page = await connection.ask(build_get("/ket-qua?ky=nam-nay", {"Cookie": session}))
    match = _CLOSED.search(page.decode())
    return match[1] if match else ""
