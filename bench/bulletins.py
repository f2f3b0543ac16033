"""A bulletin to 2,119 groups with 200,000 members: head count, approval, audience, outbox, review, withdrawal."""

import asyncio
import bisect
import contextlib
import datetime as dt
import multiprocessing
import shutil
import signal
import time
from collections.abc import Callable
from typing import Any, ClassVar, cast

import httptools
import orjson

from bench.lab import compute_percentile, delete_data, print_figure, run_processes, scale_size

GROUPS = scale_size(2119, 100)
MEMBERS = scale_size(200_000, 1000)
_SEED_GROUPS = """
INSERT INTO channels_group (public_id, channel_id, area_id, unit_id, level, name, state, reason, external_id, link,
    rules_version, members)
SELECT gen_random_uuid(), %s, area_id, unit_id, level, 'Nhóm ' || n, 'OPEN', '', 'bench-' || n, '', 0, %s
FROM (
    SELECT row_number() OVER () AS n, u.area_id, u.id AS unit_id, 'COMMUNE' AS level
    FROM areas_unit u CROSS JOIN generate_series(1, 40)
    WHERE u.level = 'COMMUNE' AND u.valid_to IS NULL
) AS places LIMIT %s
"""
_SEED_MEMBERS = """
WITH people AS (
    INSERT INTO vault_reporter (public_id, pseudonym, created_at) SELECT gen_random_uuid(), 'B' || lpad(n::text, 7, '0'), now()
    FROM generate_series(1, %s) AS n
    RETURNING id
), numbered AS (SELECT id, row_number() OVER () AS n FROM people),
groups AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS total FROM channels_group)
INSERT INTO channels_membership (group_id, reporter_id, joined_at, answer, in_several_groups)
SELECT g.id, p.id, now(), '', p.n %% 10 = 0
FROM numbered p CROSS JOIN generate_series(0, 1) AS second
JOIN groups g ON g.n = (p.n + second) %% g.total
WHERE second = 0 OR p.n %% 10 = 0
"""
_READ_TIMINGS = """() => {
    const parts = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    const paint = performance.getEntriesByName("first-contentful-paint")[0]
    return [paint.startTime, parts.reduce((sum, part) => sum + part.transferSize, 0)]
}"""
TEXT = "Có người giả danh điện lực gọi điện đòi chuyển tiền.\n- Không bấm đường dẫn lạ.\n- Không đọc mã OTP cho ai."


def main() -> None:
    from binhyen.areas.queries import get_gazetteer
    from binhyen.bulletins import queries, services
    from binhyen.channels.models import Channel, Outgoing
    from binhyen.channels.services import async_dlp

    channel, _ = Channel.objects.get_or_create(kind="zalo_oa", name="bench", is_active=False)
    _seed_members(channel)
    get_gazetteer()  # a worker has it in memory
    author, chief = (_create_officer(number) for number in (1, 2))
    now = dt.datetime(2026, 12, 1, 3, tzinfo=dt.UTC)
    try:
        form = services.BulletinForm("ONLINE_FRAUD", "Giả danh điện lực để lừa tiền", TEXT)
        row = services.create_bulletin(form=form, officer=author, now=now)
        durations = [_measure(lambda: queries.resolve_audience(row)) for _ in range(10)]
        print_figure("bulletins.audience.p50", compute_percentile(durations, 0.5), "ms", MEMBERS)
        services.submit_bulletin(code=row.code, officer=author, now=now)
        _print_step("release", lambda: services.approve_bulletin(code=row.code, officer=chief, now=now))
        _print_step("fix_audience", lambda: _repeat(lambda: services.fix_audiences(now=now)))
        _print_step("queue", lambda: _repeat(lambda: services.queue_deliveries(now=now)))
        _print_step("review", lambda: _repeat(lambda: async_dlp.review_pending(now=now)))
        queued = Outgoing.objects.filter(state="QUEUED", channel=channel)
        assert queued.count() == GROUPS, queued.count()
        sent = list(queued.order_by("pk").values_list("pk", flat=True)[: GROUPS // 2])
        Outgoing.objects.filter(pk__in=sent).update(state="SENT", sent_at=now)
        _print_step(
            "withdraw",
            lambda: services.withdraw_bulletin(code=row.code, reason="Tin chưa đúng.", officer=author, now=now),
        )
        assert not Outgoing.objects.filter(state="QUEUED", channel=channel).exists()
    finally:
        delete_data()


def audience() -> None:
    """Print the longest head count of any audience: the province, an exception, one commune, village groups only."""
    from binhyen.areas.queries import get_directory
    from binhyen.bulletins import services
    from binhyen.channels.models import Channel

    channel, _ = Channel.objects.get_or_create(kind="zalo_oa", name="bench", is_active=False)
    _seed_members(channel)
    now = dt.datetime(2026, 12, 1, 3, tzinfo=dt.UTC)
    try:
        form = services.BulletinForm("ONLINE_FRAUD", "Giả danh điện lực để lừa tiền", TEXT)
        row = services.create_bulletin(form=form, officer=_create_officer(1), now=now)
        communes = [entry.area_id for entry in get_directory().communes.values()]
        choices = {
            "province": (list(row.areas), [], ""),
            "except_one": (list(row.areas), communes[:1], ""),
            "commune": (communes[:1], [], ""),
            "half": (communes[: len(communes) // 2], [], "COMMUNE"),
        }
        for name, (row.areas, row.excluded_areas, row.group_level) in choices.items():
            durations = [_measure(lambda: _count_heads(row, now)) for _ in range(10)]
            print_figure(f"bulletins.audience.{name}", compute_percentile(durations, 0.5), "ms", MEMBERS)
    finally:
        delete_data()


def _seed_members(channel: Any) -> None:
    """Seed groups and members; every tenth person is in two groups, marked here since triggers are off meanwhile."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_SEED_GROUPS, [channel.pk, round(MEMBERS * 1.1) // GROUPS, GROUPS])
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(_SEED_MEMBERS, [MEMBERS])
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE channels_group, channels_membership, vault_reporter")


def _count_heads(row: Any, now: dt.datetime) -> int:
    from binhyen.bulletins import private_services, queries

    resolved = queries.resolve_audience(row)
    return resolved.people + private_services.count_recipients(row, resolved.members_by_group, now=now)


def groups() -> None:
    """Print the time of a message to every group, at a sink that answers each call after 200 ms as Zalo does."""
    from django.db import connection

    from bench.intake import ensure_channel
    from binhyen.channels.kinds.zalo_oa.oauth import TokenPair
    from binhyen.channels.kinds.zalo_oa.tokens import save_grant
    from binhyen.channels.models import Channel, Outgoing
    from binhyen.channels.services import GroupPost, async_dlp, outbox
    from binhyen.kit import clock

    ports: multiprocessing.Queue[int] = multiprocessing.Queue()
    sink = multiprocessing.Process(target=_run_zalo_sink, args=(ports,), daemon=True)
    sink.start()
    ensure_channel()
    channel = Channel.objects.get(kind="zalo_oa", name="bench")
    try:
        channel.settings["openapi_url"] = f"http://127.0.0.1:{ports.get(timeout=30)}"
        channel.save(update_fields=["settings"])
        now = clock.now()
        save_grant(channel.pk, TokenPair("access", "refresh", 90_000), now=now)
        with connection.cursor() as cursor:
            cursor.execute(_SEED_GROUPS, [channel.pk, 90, GROUPS])
            cursor.execute("SELECT id FROM channels_group")
            group_ids = [pk for (pk,) in cursor.fetchall()]
        officer = _create_officer(1)
        outbox.queue_group_post(GroupPost("bench:", TEXT, "BULLETIN", officer.unit_id, officer.pk), group_ids, now=now)
        _repeat(lambda: async_dlp.review_pending(now=clock.now()))
        _print_step("groups", lambda: outbox.deliver_due(channel_id=channel.pk))
        states = list(Outgoing.objects.filter(channel=channel).values_list("state", "attempts").distinct())
        assert states == [("SENT", 1)], states
    finally:
        sink.terminate()
        delete_data()
        Channel.objects.filter(pk=channel.pk).update(is_active=False)


POSTS = 4  # texts to every group: more than two minutes at the limit
PER_MINUTE = scale_size(4000, 150)
_MINUTE = 60.0


def rate() -> None:
    """Print the requests of a minute at Zalo's limit of 4,000, at a sink that refuses all above it.

    `busiest`: in the 60 seconds that begin at any request.
    """
    from django.db import connection

    from bench.intake import ensure_channel
    from binhyen.channels.kinds.zalo_oa.oauth import TokenPair
    from binhyen.channels.kinds.zalo_oa.tokens import save_grant
    from binhyen.channels.models import Channel, Outgoing
    from binhyen.channels.services import GroupPost, async_dlp, outbox
    from binhyen.kit import clock

    arrivals: multiprocessing.Queue[list[float]] = multiprocessing.Queue()
    ports: multiprocessing.Queue[int] = multiprocessing.Queue()
    sink = multiprocessing.Process(target=_run_zalo_sink, args=(ports, PER_MINUTE, arrivals), daemon=True)
    sink.start()
    ensure_channel()
    channel = Channel.objects.get(kind="zalo_oa", name="bench")
    try:
        channel.settings |= {"openapi_url": f"http://127.0.0.1:{ports.get(timeout=30)}", "per_minute": PER_MINUTE}
        channel.save(update_fields=["settings"])
        save_grant(channel.pk, TokenPair("access", "refresh", 90_000), now=clock.now())
        with connection.cursor() as cursor:
            cursor.execute(_SEED_GROUPS, [channel.pk, 90, GROUPS])
            cursor.execute("SELECT id FROM channels_group")
            group_ids = [pk for (pk,) in cursor.fetchall()]
        officer = _create_officer(1)
        for number in range(POSTS):
            post = GroupPost(f"bench{number}:", TEXT, "BULLETIN", officer.unit_id, officer.pk)
            outbox.queue_group_post(post, group_ids, now=clock.now())
        _repeat(lambda: async_dlp.review_pending(now=clock.now()))
        started = time.perf_counter()
        waiting = Outgoing.objects.filter(channel=channel).exclude(state="SENT")
        while waiting.exists():
            outbox.deliver_due(channel_id=channel.pk)
            time.sleep(1)  # as the sweep of every second
        seconds = time.perf_counter() - started
        sink.terminate()
        times = arrivals.get(timeout=30)
        refused, calls = int(times[0]), times[1:]
        rounds = (len(calls) - 1) // PER_MINUTE  # whole minutes' worth of requests
        assert rounds, "it ended before the limit was felt"
        sustained = rounds * PER_MINUTE / (calls[rounds * PER_MINUTE] - calls[0]) * _MINUTE
        busiest = max(bisect.bisect_left(calls, at + _MINUTE) - n for n, at in enumerate(calls))
        print_figure("bulletins.rate", sustained, "1/min", len(calls), limit=PER_MINUTE, seconds=round(seconds, 1))
        print_figure("bulletins.rate.busiest", busiest, "1/min", len(calls), limit=PER_MINUTE)
        print_figure("bulletins.rate.refused", refused, "requests", len(calls))
    finally:
        sink.terminate()
        delete_data()
        Channel.objects.filter(pk=channel.pk).update(is_active=False)


class _ZaloSink(asyncio.Protocol):
    """The call that posts in a group: answers after 200 ms with a message id, or at once that it is too much."""

    limit = 0
    refused = 0
    calls: ClassVar[list[float]] = []  # when each accepted one came

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.parser = cast(asyncio.Transport, transport), httptools.HttpRequestParser(self)
        self.body = b""

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        request, self.body = orjson.loads(self.body), b""
        now = time.monotonic()
        if self.limit and len(self.calls) >= self.limit and now - self.calls[-self.limit] < _MINUTE:
            _ZaloSink.refused += 1
            self.write(b'{"error": -32, "message": "Exceeded rate limit"}', 0)
            return
        self.calls.append(now)
        group = request["recipient"]["group_id"]
        answer = orjson.dumps({"error": 0, "message": "Success", "data": {"message_id": group, "group_id": group}})
        self.write(answer, 0.2)

    def write(self, answer: bytes, delay: float) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
        asyncio.get_running_loop().call_later(delay, self.transport.write, head.encode() + answer)


def _run_zalo_sink(
    ports: "multiprocessing.Queue[int]", limit: int = 0, arrivals: "multiprocessing.Queue[list[float]] | None" = None
) -> None:
    def tell_arrivals() -> None:
        if arrivals is not None:
            arrivals.put([float(_ZaloSink.refused), *_ZaloSink.calls])
        asyncio.get_running_loop().stop()

    async def serve() -> None:
        _ZaloSink.limit = limit
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, tell_arrivals)
        server = await asyncio.get_running_loop().create_server(_ZaloSink, "127.0.0.1", 0, backlog=1000)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    with contextlib.suppress(RuntimeError):  # stopped before it ended
        asyncio.run(serve())


def public_page() -> None:
    """Print bytes and times of the first load of citizens' pages over 400 kbit/s with 400 ms delay, nothing cached."""
    from playwright.sync_api import sync_playwright

    from binhyen import settings
    from binhyen.areas.queries import get_directory

    line = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    code = min(get_directory().communes)
    try:
        with run_processes("gateway", "pages"), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            addresses = {"form": "/bao-tin", "list": "/thong-bao", "check": "/kiem-tra-lua-dao"}
            addresses["area"] = f"/xa-phuong/{code}"
            for name, path in addresses.items():
                page = browser.new_context(service_workers="block").new_page()
                session = page.context.new_cdp_session(page)
                session.send("Network.enable")
                session.send("Network.emulateNetworkConditions", line)
                page.goto(f"{settings.PUBLIC_URL}{path}", wait_until="load", timeout=120_000)
                readable, size = page.evaluate(_READ_TIMINGS)
                print_figure(f"bulletins.public_page.{name}.readable", readable, "ms", 1)
                print_figure(f"bulletins.public_page.{name}.bytes", size, "bytes", 1)
            browser.close()
    finally:
        delete_data()


def _create_officer(number: int) -> Any:
    from binhyen.areas.models import Unit
    from binhyen.people.models import Officer

    unit = Unit.objects.get(level=Unit.Level.PROVINCE, valid_to=None)
    fields = {"name": f"Bench {number}", "unit": unit, "role": "PROVINCE_STAFF"}
    return Officer.objects.get_or_create(username=f"bench-bulletins-{number}", defaults=fields)[0]


def _repeat(step: Callable[[], int]) -> None:
    while step():
        pass


def _measure(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


def _print_step(name: str, action: Callable[[], object]) -> None:
    """Print the time of a step, and the processor time of this process in it."""
    cpu_started = time.process_time()
    value = _measure(action)
    print_figure(f"bulletins.{name}", value, "ms", GROUPS, cpu_ms=round((time.process_time() - cpu_started) * 1000))
