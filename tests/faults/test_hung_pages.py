"""A hanging page affects its own visitor only: the gateway shows an error page, and a new process serves the others."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from binhyen.gateway import UpstreamProxy
from binhyen.ui import static_pages
from binhyen.ui.tests.test_static_pages import has_texts


@contextmanager
def serve_pages(socket: Path, **environment: str) -> Iterator[None]:
    """Run one page process with planted hangs (kit/tests/hanging.py), as `supervisor.pages` starts it."""
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--uds",
        str(socket),
        "--workers",
        "1",
        "--blocking-threads",
        "4",
        "--respawn-failed-workers",
        "--log-level",
        "critical",
        "binhyen.kit.tests.hanging:application",
    ]
    process = subprocess.Popen(command, env={**os.environ, **environment}, start_new_session=True)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


async def send_request(pages: UpstreamProxy, method: str, path: str, query: str = "") -> tuple[int, str]:
    """Return status and body of one request through the gateway."""
    got: list[dict[str, Any]] = []
    body = b"text=x" if method == "POST" else b""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        got.append(message)

    lines = [(b"content-length", str(len(body)).encode())] if body else []
    await pages(
        {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": lines,
            "client": ("203.0.113.9", 1),
        },
        receive,
        send,
    )
    return got[0]["status"], b"".join(part.get("body", b"") for part in got[1:]).decode()


async def request_until_served(pages: UpstreamProxy, *but: str) -> str:
    """Repeat the request until a page answers that is no error page of the gateway and none of `but`."""
    async with asyncio.timeout(60):
        while True:
            status, body = await send_request(pages, "GET", "/")
            if status == 200 and body not in but:
                return body


async def hang_request(socket: Path, seconds: int) -> tuple[str, str, tuple[int, str]]:
    """Return the process before a POST that hangs, the one that serves another visitor, and the first visitor's page."""
    pages = UpstreamProxy(str(socket))
    try:
        before = await request_until_served(pages)
        stuck = asyncio.create_task(send_request(pages, "POST", "/hold", str(seconds)))
        await asyncio.wait([stuck], timeout=1)  # in flight
        after = await request_until_served(pages)
        return before, after, await stuck
    finally:
        await pages.close()


def test_a_process_that_hangs_is_replaced_and_its_visitor_hears_it(tmp_path: Path) -> None:
    with serve_pages(tmp_path / "s", WATCHED="1"):
        before, after, (status, body) = asyncio.run(hang_request(tmp_path / "s", 600))
    assert before != after
    assert status == 503 and has_texts(body, static_pages.STARTING_UNSENT_TEXT)


def test_control_without_the_watchdog_the_stuck_request_ends_first(tmp_path: Path) -> None:
    with serve_pages(tmp_path / "s"):
        before, after, stuck = asyncio.run(hang_request(tmp_path / "s", 4))
    assert before == after, "no watchdog replaced it"
    assert stuck == (200, before)


def test_a_page_over_its_time_is_answered_in_words(tmp_path: Path) -> None:
    async def run_scenario() -> tuple[str, tuple[int, str], str]:
        pages = UpstreamProxy(str(tmp_path / "s"))
        try:
            before = await request_until_served(pages)
            return before, await send_request(pages, "POST", "/spin", "600"), await request_until_served(pages)
        finally:
            await pages.close()

    with serve_pages(tmp_path / "s", WATCHED="1"):
        before, (status, body), after = asyncio.run(run_scenario())
    assert status == 503 and has_texts(body, static_pages.TOO_SLOW)
    assert before == after
