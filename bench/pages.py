"""Page benchmark through the one address: web report, officer's update, desk, search and ledger."""

import itertools
import os
import re
import urllib.parse
import urllib.request
from typing import Any

from bench.client import build_get, build_post, run_client, run_closed_loop
from bench.journey import create_officer_cookie
from bench.lab import Meter, compute_percentile, delete_data, print_figure, run_processes, scale_size

SIZE = int(os.environ.get("BENCH_CASES") or scale_size(1_000_000, 2000))
FILTERS = (
    "",
    "?xem=tat-ca",
    "?xem=xong",
    "?trang-thai=WORKING",
    "?loai=petition",
    "?xem=tat-ca&loai=tip&linh-vuc=theft",
    "?muc=2",
    "?cua=khong",
    "?han=qua",
    "?xem=tat-ca&linh-vuc=scam",
    "?xem=tat-ca&xa=18568",
)
SEARCHES = (
    "danh nhau",
    "đánh nhau",
    "lừa đảo chuyển tiền",
    "karaoke",
    "xe may",
    "0900079190",
    "trom cho thon 5",
    "phao no",
)


def _get_port() -> int:
    from binhyen import settings

    return settings.PORT


def _measure(name: str, prepared: list[bytes], clients: int, expected_status: int = 200, **extra: Any) -> None:
    with Meter() as meter:
        outcome = run_client(lambda: run_closed_loop(_get_port(), prepared, clients, expected_status))
    line = {"clients": clients, "bad": outcome.bad, **extra}
    print_figure(f"{name}.rate", outcome.rate, "req/s", len(prepared), **line, **meter.per_operation(len(prepared)))
    print_figure(f"{name}.p50", compute_percentile(outcome.latencies, 0.5), "ms", len(prepared), **line)
    print_figure(f"{name}.p95", compute_percentile(outcome.latencies, 0.95), "ms", len(prepared), **line)
    print_figure(f"{name}.p99", compute_percentile(outcome.latencies, 0.99), "ms", len(prepared), **line)


def fetch_csrf(path: str, cookie: str = "") -> tuple[str, str, str]:
    """Return (page, CSRF cookie, form token) of a page."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{_get_port()}{path}", headers={"Cookie": cookie} if cookie else {}
    )
    with urllib.request.urlopen(request, timeout=20) as response:
        page = response.read().decode()
        cookies = response.headers.get_all("Set-Cookie") or []
    csrf_cookie = next(
        (cookie_header.split(";")[0] for cookie_header in cookies if cookie_header.startswith("csrftoken=")), ""
    )
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    return page, csrf_cookie, token.group(1) if token else ""


def form() -> None:
    """Measure the web report, synchronously: every answer is a case on a desk."""
    delete_data()
    with run_processes("gateway", "pages"):
        _, cookie, token = fetch_csrf("/bao-tin")
        numbers = itertools.count()

        def request() -> bytes:
            number = next(numbers)
            fields = {
                "csrfmiddlewaretoken": token,
                "key": f"{os.urandom(16).hex()}",
                "place": "",
                "text": f"Có người trộm chó ở thôn Nam Thượng xã Thạch Đài lần {number}",
            }
            return build_post(
                "/bao-tin",
                urllib.parse.urlencode(fields).encode(),
                {
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Cookie": cookie,
                    "X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
                },
            )

        run_client(lambda: run_closed_loop(_get_port(), [request() for _ in range(scale_size(200, 8))], 8, 303))
        _measure("form", [request() for _ in range(scale_size(500, 8))], 1, 303)
        _measure("form", [request() for _ in range(scale_size(4000, 16))], 8, 303)


def update() -> None:
    """Measure an officer's note on a case: lock, version, event, audit, live event."""
    from binhyen.cases.models import Case

    delete_data()
    from bench.seed import seed_cases

    seed_cases(scale_size(2000, 200))
    with run_processes("gateway", "pages"):
        session = create_officer_cookie()
        codes = list(Case.objects.filter(is_open=True).values_list("code", flat=True)) or list(
            Case.objects.values_list("code", flat=True)
        )
        _, cookie, token = fetch_csrf(f"/vu-viec/{codes[0]}", session)

        def request(n: int) -> bytes:
            body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, "text": f"Đã gọi cho người báo lần {n}"})
            return build_post(
                f"/vu-viec/{codes[n % len(codes)]}/ghi-chu",
                body.encode(),
                {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"{cookie}; {session}"},
            )

        run_client(
            lambda: run_closed_loop(_get_port(), [request(index) for index in range(scale_size(200, 8))], 8, 303)
        )
        _measure("update", [request(index) for index in range(scale_size(500, 8))], 1, 303)
        _measure("update", [request(index) for index in range(scale_size(4000, 16))], 8, 303)


def desk() -> None:
    """Measure 50 of a million cases under every filter, deep pages, search; and the ledger's pages."""
    from bench.seed import seed_cases
    from binhyen.cases.models import Case

    if Case.objects.count() != SIZE:
        delete_data()
        seed_cases(SIZE)
    with run_processes("gateway", "pages"):
        session = {"Cookie": create_officer_cookie()}

        def pages(paths: tuple[str, ...], count: int) -> list[bytes]:
            return [build_get(paths[n % len(paths)], session) for n in range(scale_size(count, len(paths)))]

        lists = tuple(f"/ban-truc{filter_query}" for filter_query in FILTERS)
        run_client(lambda: run_closed_loop(_get_port(), pages(lists, 60), 4))
        for path in lists:
            outcome = run_client(lambda filter_path=path: run_closed_loop(_get_port(), pages((filter_path,), 60), 1))
            print_figure(
                "desk.filter.p95", compute_percentile(outcome.latencies, 0.95), "ms", SIZE, filter=path, bad=outcome.bad
            )
        _measure("desk", pages(lists, 400), 1, cases=SIZE)
        _measure("desk", pages(lists, 3000), 8, cases=SIZE)
        deep = _build_deep_page_url(session)
        _measure("desk.deep", pages((deep,), 300), 1, cases=SIZE)
        search_paths = tuple(f"/ban-truc?xem=tat-ca&q={urllib.parse.quote(search_text)}" for search_text in SEARCHES)
        for path in search_paths:
            outcome = run_client(lambda filter_path=path: run_closed_loop(_get_port(), pages((filter_path,), 40), 1))
            print_figure(
                "search.p95",
                compute_percentile(outcome.latencies, 0.95),
                "ms",
                SIZE,
                query=urllib.parse.unquote(path[-24:]),
            )
        _measure("search", pages(search_paths, 400), 1, cases=SIZE)
        ledgers = ("/ket-qua", "/ket-qua?ky=nam-nay", "/ket-qua?ky=quy-nay")
        _measure("ledger", pages(ledgers, 300), 1, cases=SIZE)


def _build_deep_page_url(session: dict[str, str]) -> str:
    """Return the address of a page half a million rows down."""
    from binhyen.cases.queries.case_list import CURSOR
    from binhyen.kit.keyset_pagination import encode_cursor

    return f"/ban-truc?xem=tat-ca&sau={encode_cursor(CURSOR, (SIZE // 2,))}"


def main() -> None:
    form()
    update()
    desk()
