"""Benchmark of the numbers on a simulated year: simulation, dashboard, map, ledger, a question, CSV, yearly report."""

import datetime as dt
import os
import time
import urllib.request
from pathlib import Path
from random import Random
from typing import Any

from bench.client import build_get, run_client, run_closed_loop, run_open_loop
from bench.intake import build_event, ensure_channel
from bench.journey import create_officer_cookie
from bench.lab import SHARE, VAR, Meter, compute_percentile, delete_data, print_figure, run_processes, scale_size

REQUESTS = min(100, scale_size(100, 3))
YEAR = "?ky=nam-nay"
_LONGEST = 60.0  # seconds for one page: a slow one is measured fewer times
_COPY_MESSAGES = """
INSERT INTO channels_message (public_id, channel_id, group_id, reporter_id, unit_id, external_id, text, search_text,
    sent_at, received_at, category, urgency, sensitive, reading, in_case, expires_at)
SELECT gen_random_uuid(), channel_id, group_id, reporter_id, unit_id, external_id || %s, text, '', sent_at, received_at,
    category, urgency, sensitive, reading, false, expires_at
FROM channels_message WHERE id <= %s
"""
PAGES = (
    ("dashboard", "/tong-quan"),
    ("dashboard.year", f"/tong-quan{YEAR}"),
    ("ledger.year", f"/ket-qua{YEAR}"),
    ("map.year", f"/ban-do{YEAR}"),
    ("question.year", f"/hoi-so-lieu{YEAR}&hang=linh-vuc&cot=thang"),
)


def main() -> None:
    from binhyen.kit import clock
    from binhyen.stats.simulate.write import simulate_year

    delete_data()
    with Meter() as meter:
        counts = simulate_year(seed=19, scale=SHARE, until=clock.now())
    cpu = meter.per_operation(1)
    print_figure("simulate", meter.seconds, "s", counts["messages"], cases=counts["cases"], **cpu)
    _measure_pages(counts["cases"])
    _measure_report(counts["cases"])


def million() -> None:
    """Measure the pages and the CSV of a million cases. BENCH_KEEP=1 keeps the cases for the next run."""
    from bench.seed import seed_cases
    from binhyen.cases.models import Case

    size = scale_size(1_000_000, 200)
    if Case.objects.count() != size:
        delete_data()
        seed_cases(size)
    try:
        _measure_pages(size)
    finally:
        if os.environ.get("BENCH_KEEP") != "1":
            delete_data()


def messages() -> None:
    """Measure the pages of the year with ten and a hundred times its messages in the groups.

    The copies carry no search words: their index would fill the disk, and none of these pages searches.
    """
    from binhyen.kit import clock
    from binhyen.stats.simulate.write import simulate_year

    delete_data()
    counts = simulate_year(seed=19, scale=SHARE, until=clock.now())
    try:
        for factor in (1, 10, 100):
            _copy_messages(factor)
            _measure_data(counts["cases"], suffix=f".x{factor}", messages=factor * counts["messages"])
    finally:
        delete_data()


def live() -> None:
    """Replay the busiest day of a simulated year as signed events of its groups, on a register that holds the year:
    a live load for tests. BENCH_RATE sets the events a second (50).
    """
    from binhyen import settings
    from binhyen.cases.models import Case
    from binhyen.channels.models import Inbound
    from binhyen.kit import clock
    from binhyen.stats.simulate.write import simulate_year

    delete_data()
    simulate_year(seed=19, scale=SHARE, until=clock.now())
    rate = float(os.environ.get("BENCH_RATE", "50"))
    try:
        requests = _build_day(seed=20)[: scale_size(6000, 60)]
        before = Case.objects.count()
        with run_processes("gateway", "worker", "pages"), Meter() as meter:
            outcome = run_client(lambda: run_open_loop(settings.PORT, requests, rate))
            while Inbound.objects.filter(state="PENDING").exists():
                time.sleep(0.1)
        opened = Case.objects.count() - before
        cpu = meter.per_operation(len(requests))
        value = compute_percentile(outcome.latencies, 0.99)
        print_figure("load.p99", value, "ms", len(requests), per_second=rate, bad=outcome.bad, opened=opened, **cpu)
    finally:
        delete_data()


def _build_day(seed: int) -> list[bytes]:
    """Return the reports and the small talk of the busiest day, in the order of their times."""
    from collections import Counter

    from django.db.models import CharField, Value
    from django.db.models.functions import Cast, Concat

    from binhyen.channels.models import Group
    from binhyen.kit import clock
    from binhyen.stats.simulate import plan, texts

    rng, until = Random(seed), clock.now()
    first = until.astimezone(plan.VIETNAM).date() - dt.timedelta(days=plan.DAYS - 1)
    cases = plan.plan_cases(rng, plan.Volumes(), first=first, until=until)
    (busiest, _), *_ = Counter(case.opened_at.date() for case in cases).most_common(1)
    days = plan.list_days(first)
    day_weights, hour_weights = plan.list_talk_weights(days)
    day_share = day_weights[days.index(busiest)] - ([0.0, *day_weights])[days.index(busiest)]
    moments = [
        plan.draw_moment(rng, [busiest], [1.0], hour_weights)
        for _ in range(round(plan.Volumes().messages * day_share / day_weights[-1]))
    ]
    day = [(moment, rng.choice(texts.SMALL_TALK)) for moment in moments]
    day += [
        (case.opened_at, rng.choice(texts.CASE_TEXTS[case.category]).format(place=f"thôn {rng.randrange(1, 28)}"))
        for case in cases
        if case.opened_at.date() == busiest
    ]
    day.sort()
    Group.objects.update(external_id=Concat(Value("bench-"), Cast("pk", CharField())))
    groups, path = list(Group.objects.values_list("external_id", flat=True)), ensure_channel()
    return [
        build_event(path, text, number, senders=50_000, group=rng.choice(groups))
        for number, (_, text) in enumerate(day)
    ]


def _copy_messages(factor: int) -> None:
    """Copy the simulated messages until they are there `factor` times."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FILTER (WHERE external_id NOT LIKE '%-copy-%'), count(*) FROM channels_message")
        last, present = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM channels_message WHERE id <= %s", [last])
        originals = cursor.fetchone()[0]
        for number in range(present // originals, factor):
            cursor.execute(_COPY_MESSAGES, [f"-copy-{number}", last])
        cursor.execute("VACUUM ANALYZE channels_message")


def _measure_pages(cases: int) -> None:
    from binhyen import settings

    slowest = _measure_data(cases)

    with run_processes("gateway", "pages"):
        session = {"Cookie": create_officer_cookie()}
        for name, path in PAGES:
            count = max(3, min(REQUESTS, int(_LONGEST * 1000 / slowest[name])))
            requests = [build_get(path, session) for _ in range(count)]
            with Meter() as meter:
                outcome = run_client(lambda sent=requests: run_closed_loop(settings.PORT, sent, 1))
            cpu = meter.per_operation(len(requests))
            for share, label in ((0.5, "p50"), (0.95, "p95")):
                value = compute_percentile(outcome.latencies, share)
                print_figure(f"{name}.{label}", value, "ms", len(requests), bad=outcome.bad, cases=cases, **cpu)

        _measure_csv(settings.PORT, session)


def _measure_data(cases: int, *, suffix: str = "", **size: int) -> dict[str, float]:
    """Measure the time in statements of each page, with the rights of the pages' login, and the blocks they read;
    return the 95th percentile in milliseconds by page.
    """
    from django.db import connection
    from django.test import Client

    from tests import rls

    client, seconds = Client(SERVER_NAME="127.0.0.1"), [0.0]
    client.cookies["binhyen_session"] = create_officer_cookie().partition("=")[2]

    def time_statement(execute: Any, *arguments: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            seconds[0] += time.perf_counter() - started

    slowest: dict[str, float] = {}
    for name, path in PAGES:
        durations, ends_at = [], time.monotonic() + _LONGEST
        with rls.acting_as("pages"), connection.execute_wrapper(time_statement):
            client.get(path)  # fills the caches of the process
            blocks = _count_blocks()
            while len(durations) < REQUESTS and time.monotonic() < ends_at:
                seconds[0] = 0.0
                assert client.get(path).status_code == 200, path
                durations.append(seconds[0] * 1000)
            blocks = (_count_blocks() - blocks) // len(durations)
        slowest[name] = compute_percentile(durations, 0.95)
        print_figure(f"{name}.data{suffix}", slowest[name], "ms", len(durations), cases=cases, blocks=blocks, **size)
    return slowest


def _count_blocks() -> int:
    """Return the number of blocks that this database has read, from its buffers or the disk."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def _measure_csv(port: int, session: dict[str, str]) -> None:
    """Measure the cases of the year as CSV, from the request to the last line."""
    address = f"http://127.0.0.1:{port}/hoi-so-lieu/vu-viec.csv{YEAR}"
    rows = -1
    with (
        Meter() as meter,
        urllib.request.urlopen(urllib.request.Request(address, headers=session), timeout=600) as file,
    ):
        while block := file.read(1 << 18):
            rows += block.count(b"\n")
    memory = _measure_peak_memory("binhyen.pages_server")
    print_figure("csv.rows", rows / meter.seconds, "rows/s", rows, pages_peak_mib=memory, **meter.per_operation(1))


def _measure_peak_memory(name: str) -> int:
    """Return the highest resident memory so far in MiB of the largest process of this benchmark with this name."""
    import psutil

    peaks = [0]
    for process in psutil.process_iter(["cmdline", "environ"]):
        info = process.info
        if (info["environ"] or {}).get("BINHYEN_VAR") == str(VAR) and name in " ".join(info["cmdline"] or []):
            status = Path(f"/proc/{process.pid}/status").read_text()
            peaks += [int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM")]
    return max(peaks)


def _measure_report(cases: int) -> None:
    """Measure the yearly report of the province in every format, from the sums to the file."""
    from binhyen.kit import clock
    from binhyen.kit.clock import to_vietnam_day
    from binhyen.stats import periods
    from binhyen.stats.area_filter import ALL_AREAS
    from binhyen.stats.management.commands.report import build_reader
    from binhyen.stats.reports.build import build_content
    from binhyen.stats.reports.documents import FORMATS

    period = periods.get_current_period("nam-nay", today=to_vietnam_day(clock.now()))
    started = time.monotonic()
    content = build_content(build_reader(), period, ground=ALL_AREAS, now=clock.now())
    print_figure("report.numbers", (time.monotonic() - started) * 1000, "ms", cases)
    started = time.monotonic()
    size = sum(len(chosen.render(content)) for chosen in FORMATS.values())
    print_figure("report.files", time.monotonic() - started, "s", len(FORMATS), bytes=size)
