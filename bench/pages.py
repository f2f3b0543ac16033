"""Page benchmark through the one address: web report, officer's update, desk, search and ledger."""

import itertools
import os
import re
import urllib.parse
import urllib.request
from typing import Any

from bench.client import closed_loop, get, post
from bench.client import run as run_client
from bench.journey import officer_cookie
from bench.lab import Meter, empty, percentile, processes, say, size

SIZE = int(os.environ.get("BENCH_CASES") or size(1_000_000, 2000))
FILTERS = (
    "", "?xem=tat-ca", "?xem=xong", "?trang-thai=WORKING", "?loai=petition", "?xem=tat-ca&loai=tip&linh-vuc=theft",
    "?muc=2", "?cua=khong", "?han=qua", "?xem=tat-ca&linh-vuc=scam", "?xem=tat-ca&xa=18568",
)  # fmt: skip
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


def _port() -> int:
    from binhyen import settings

    return settings.PORT


def _measure(name: str, made: list[bytes], clients: int, wanted: int = 200, **more: Any) -> None:
    with Meter() as meter:
        outcome = run_client(lambda: closed_loop(_port(), made, clients, wanted))
    line = {"clients": clients, "bad": outcome.bad, **more}
    say(f"{name}.rate", outcome.rate, "req/s", len(made), **line, **meter.per(len(made)))
    say(f"{name}.p50", percentile(outcome.latencies, 0.5), "ms", len(made), **line)
    say(f"{name}.p95", percentile(outcome.latencies, 0.95), "ms", len(made), **line)
    say(f"{name}.p99", percentile(outcome.latencies, 0.99), "ms", len(made), **line)


def csrf(path: str, cookie: str = "") -> tuple[str, str, str]:
    """Return (page, CSRF cookie, form token) of a page."""
    request = urllib.request.Request(f"http://127.0.0.1:{_port()}{path}", headers={"Cookie": cookie} if cookie else {})
    with urllib.request.urlopen(request, timeout=20) as answer:
        page = answer.read().decode()
        cookies = answer.headers.get_all("Set-Cookie") or []
    found = next((c.split(";")[0] for c in cookies if c.startswith("csrftoken=")), "")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    return page, found, token.group(1) if token else ""


def form() -> None:
    """Measure the web report, synchronously: every answer is a case on a desk."""
    empty()
    with processes("door", "pages"):
        _, cookie, token = csrf("/bao-tin")
        numbers = itertools.count()

        def request() -> bytes:
            n = next(numbers)
            fields = {"csrfmiddlewaretoken": token, "key": f"{os.urandom(16).hex()}", "place": "",
                      "text": f"Có người trộm chó ở thôn Nam Thượng xã Thạch Đài lần {n}"}  # fmt: skip
            return post("/bao-tin", urllib.parse.urlencode(fields).encode(),
                        {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie,
                         "X-Forwarded-For": f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"})  # fmt: skip

        run_client(lambda: closed_loop(_port(), [request() for _ in range(size(200, 8))], 8, 303))
        _measure("form", [request() for _ in range(size(500, 8))], 1, 303)
        _measure("form", [request() for _ in range(size(4000, 16))], 8, 303)


def update() -> None:
    """Measure an officer's note on a case: lock, version, event, audit, live event."""
    from binhyen.cases.models import Case

    empty()
    from bench.seed import seed

    seed(size(2000, 200))
    with processes("door", "pages"):
        session = officer_cookie()
        codes = list(Case.objects.filter(is_open=True).values_list("code", flat=True)) or list(
            Case.objects.values_list("code", flat=True)
        )
        _, cookie, token = csrf(f"/vu-viec/{codes[0]}", session)

        def request(n: int) -> bytes:
            body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, "text": f"Đã gọi cho người báo lần {n}"})
            return post(f"/vu-viec/{codes[n % len(codes)]}/ghi-chu", body.encode(),
                        {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"{cookie}; {session}"})  # fmt: skip

        run_client(lambda: closed_loop(_port(), [request(n) for n in range(size(200, 8))], 8, 303))
        _measure("update", [request(n) for n in range(size(500, 8))], 1, 303)
        _measure("update", [request(n) for n in range(size(4000, 16))], 8, 303)


def desk() -> None:
    """Measure 50 of a million cases under every filter, deep pages, search; and the ledger's pages."""
    from bench.seed import seed
    from binhyen.cases.models import Case

    if Case.objects.count() != SIZE:
        empty()
        seed(SIZE)
    with processes("door", "pages"):
        session = {"Cookie": officer_cookie()}

        def pages(paths: tuple[str, ...], count: int) -> list[bytes]:
            return [get(paths[n % len(paths)], session) for n in range(size(count, len(paths)))]

        lists = tuple(f"/ban-truc{f}" for f in FILTERS)
        run_client(lambda: closed_loop(_port(), pages(lists, 60), 4))
        for path in lists:
            outcome = run_client(lambda p=path: closed_loop(_port(), pages((p,), 60), 1))
            say("desk.filter.p95", percentile(outcome.latencies, 0.95), "ms", SIZE, filter=path, bad=outcome.bad)
        _measure("desk", pages(lists, 400), 1, cases=SIZE)
        _measure("desk", pages(lists, 3000), 8, cases=SIZE)
        deep = _deep_page(session)
        _measure("desk.deep", pages((deep,), 300), 1, cases=SIZE)
        found = tuple(f"/ban-truc?xem=tat-ca&q={urllib.parse.quote(q)}" for q in SEARCHES)
        for path in found:
            outcome = run_client(lambda p=path: closed_loop(_port(), pages((p,), 40), 1))
            say("search.p95", percentile(outcome.latencies, 0.95), "ms", SIZE, query=urllib.parse.unquote(path[-24:]))
        _measure("search", pages(found, 400), 1, cases=SIZE)
        ledgers = ("/ket-qua", "/ket-qua?ky=nam-nay", "/ket-qua?ky=quy-nay")
        _measure("ledger", pages(ledgers, 300), 1, cases=SIZE)


def _deep_page(session: dict[str, str]) -> str:
    """Return the address of a page half a million rows down."""
    from binhyen.cases.queries.case_list import CURSOR
    from binhyen.kit.keyset_pagination import encode

    return f"/ban-truc?xem=tat-ca&sau={encode(CURSOR, (SIZE // 2,))}"


def main() -> None:
    form()
    update()
    desk()
