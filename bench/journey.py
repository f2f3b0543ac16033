"""Benchmark from an acknowledged webhook to an open case with its history, and on to the desk's event."""

import asyncio
import json
import time
from typing import Any

from bench.client import run_client, run_closed_loop, run_open_loop
from bench.intake import build_requests, ensure_channel
from bench.lab import Meter, compute_percentile, delete_data, print_figure, run_processes, scale_size


def main() -> None:
    from binhyen import settings
    from binhyen.channels.models import Inbound

    delete_data()
    ensure_channel()
    count, warm_up = scale_size(10_000, 60), scale_size(200, 10)
    with run_processes("gateway"):
        run_client(lambda: run_closed_loop(settings.PORT, build_requests(count, senders=20_000), 32))
    with run_processes("worker"), Meter() as meter:
        while Inbound.objects.filter(state="DONE").count() < warm_up:
            time.sleep(0.02)
        started, done_before = time.monotonic(), Inbound.objects.filter(state="DONE").count()
        while Inbound.objects.filter(state="PENDING").exists():
            time.sleep(0.1)
        seconds = time.monotonic() - started
    print_figure("journey.rate", (count - done_before) / seconds, "msg/s", count, **meter.per_operation(count))
    latency()


def latency() -> None:
    """Measure from a sent webhook to the live event at an open desk, at 200 messages a second, for
    every opened case.
    """
    from binhyen import settings
    from binhyen.cases.models import CaseMessage
    from binhyen.channels.models import Inbound

    delete_data()
    with run_processes("gateway", "worker"):
        cookie = create_officer_cookie()
        run_client(lambda: run_closed_loop(settings.PORT, build_requests(scale_size(200, 8)), 8))
        while Inbound.objects.exclude(state="DONE").exists():  # the worker has its word lists in memory by then
            time.sleep(0.02)
        prepared = build_requests(scale_size(3000, 100), senders=50_000)
        sent_at, seen_at = run_client(lambda: _send_and_watch(settings.PORT, cookie, prepared, 200))
    links = CaseMessage.objects.filter(case__code__in=seen_at).order_by("-id")
    opened = dict(links.values_list("case__code", "message__external_id"))  # the first reporter
    waits = [
        (seen_at[code] - sent_at[external_id]) * 1000 for code, external_id in opened.items() if external_id in sent_at
    ]
    print_figure("journey.to_desk.p50", compute_percentile(waits, 0.5), "ms", len(waits), per_second=200)
    print_figure("journey.to_desk.p95", compute_percentile(waits, 0.95), "ms", len(waits), per_second=200)


def create_officer_cookie(role: str = "PROVINCE_DUTY") -> str:
    """Create a signed-in officer of the province; return their session cookie."""
    from binhyen.areas.models import Unit
    from binhyen.kit import clock
    from binhyen.kit.sessions import SessionStore
    from binhyen.people.models import Officer
    from binhyen.people.services import open_sign_in

    unit = Unit.objects.get(level="PROVINCE", valid_to=None)
    officer, _ = Officer.objects.get_or_create(
        username=f"bench-{role}", defaults={"name": "Bench", "unit": unit, "role": role, "password": "!"}
    )
    session = SessionStore()
    session["_auth_user_id"] = str(officer.pk)
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["_auth_user_hash"] = officer.get_session_auth_hash()
    session.save()
    open_sign_in(officer=officer, session_key=session.session_key or "", how="totp", now=clock.now())
    return f"binhyen_session={session.session_key}"


async def _send_and_watch(port: int, cookie: str, prepared: list[bytes], per_second: float) -> Any:
    """Return send times by external id, and event times of new cases by case code."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    writer.write(f"GET /live HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode())
    await reader.readuntil(b": ok")
    seen_at: dict[str, float] = {}

    async def listen() -> None:
        while True:
            line = await reader.readline()
            if b'"verb":"opened"' in line:
                seen_at[json.loads(line[line.index(b"{") :])["case"]] = time.perf_counter()

    listening = asyncio.create_task(listen())
    started = time.perf_counter()
    await run_open_loop(port, prepared, per_second)
    await asyncio.sleep(scale_size(3))
    listening.cancel()
    ids = [json.loads(request.partition(b"\r\n\r\n")[2])["message"]["msg_id"] for request in prepared]
    return {external_id: started + index / per_second for index, external_id in enumerate(ids)}, seen_at
