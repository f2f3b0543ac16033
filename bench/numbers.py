"""Benchmark of the numbers on a simulated year: simulation, dashboard, map, ledger, a question, CSV, yearly report."""

import time
import urllib.request
from typing import Any

from bench.client import build_get, run_client, run_closed_loop
from bench.journey import create_officer_cookie
from bench.lab import SHARE, Meter, compute_percentile, delete_data, print_figure, run_processes, scale_size

REQUESTS = min(100, scale_size(100, 3))
YEAR = "?ky=nam-nay"
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
    """Measure the pages and the CSV of a million cases."""
    from bench.seed import seed_cases

    delete_data()
    seed_cases(scale_size(1_000_000, 200))
    try:
        _measure_pages(scale_size(1_000_000, 200))
    finally:
        delete_data()


def _measure_pages(cases: int) -> None:
    from binhyen import settings

    _measure_data(cases)

    with run_processes("gateway", "pages"):
        session = {"Cookie": create_officer_cookie()}
        for name, path in PAGES:
            requests = [build_get(path, session) for _ in range(REQUESTS)]
            with Meter() as meter:
                outcome = run_client(lambda sent=requests: run_closed_loop(settings.PORT, sent, 1))
            cpu = meter.per_operation(len(requests))
            for share, label in ((0.5, "p50"), (0.95, "p95")):
                value = compute_percentile(outcome.latencies, share)
                print_figure(f"{name}.{label}", value, "ms", len(requests), bad=outcome.bad, cases=cases, **cpu)

        _measure_csv(settings.PORT, session)


def _measure_data(cases: int) -> None:
    """Measure the time in statements of each page, with the rights of the pages' login."""
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

    with rls.acting_as("pages"), connection.execute_wrapper(time_statement):
        for name, path in PAGES:
            durations = []
            for _number in range(REQUESTS):
                seconds[0] = 0.0
                assert client.get(path).status_code == 200, path
                durations.append(seconds[0] * 1000)
            print_figure(f"{name}.data", compute_percentile(durations, 0.95), "ms", REQUESTS, cases=cases)


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
    print_figure("csv.rows", rows / meter.seconds, "rows/s", rows, **meter.per_operation(1))


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
