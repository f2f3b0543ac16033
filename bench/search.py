"""Global search over 200,000 unassigned messages, for an officer of one commune and for the province.

The messages are the repository's own training messages, copied inside PostgreSQL over all communes and a month, each
with its own phone number; there are 20,000 cases as well.
"""

import os
import time
import urllib.parse
from typing import Any

from bench.lab import compute_percentile, delete_data, print_figure, run_processes, scale_size

MESSAGES = int(os.environ.get("BENCH_MESSAGES") or scale_size(200_000, 2000))
CASES = scale_size(20_000, 500)
ROUNDS = scale_size(12)
QUERIES = (
    "danh nhau",
    "đánh nhau",
    "lừa đảo chuyển tiền",
    "karaoke",
    "xe may",
    "xe máy",
    "mất ví",
    "co",
    "ng",
    "không",
    "cho",
    "0900 007 919",
    "+84900007919",
    "trom cho thon 5",
    "phao no",
    "tô",
    "cam on",
    "công an",
    "Lộc Hà",
    "nguyen",
    "khong co tu nao nhu vay",
    "ngươi la",
    "th",
    "ma tuy",
    "nhặt được",
)
_TEXTS = "CREATE TEMP TABLE bench_text (id serial, text text, folded text, marked tsvector, category text)"
_MESSAGES = """
INSERT INTO channels_message (public_id, channel_id, reporter_id, unit_id, external_id, text, search_text, search_accented, sent_at,
    received_at, category, urgency, sensitive, reading, in_case, expires_at)
SELECT gen_random_uuid(), (SELECT min(id) FROM channels_channel), (SELECT max(id) FROM vault_reporter), u.id,
    'loose-' || n, t.text || ' ' || p.phone, t.folded || ' ' || p.phone, t.marked, at, at, t.category, 1, false, '{{}}', false,
    at + interval '60 days'
FROM generate_series(1, {size}) AS n
CROSS JOIN LATERAL (SELECT now() - ({size} - n) * (interval '30 days' / {size}) AS at,
    '09' || lpad((n::bigint * 7919 % 100000000)::text, 8, '0') AS phone) AS p
JOIN bench_text AS t ON t.id = 1 + n::bigint * 48271 % (SELECT count(*) FROM bench_text)
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS k, count(*) OVER () AS units FROM areas_unit
    WHERE level = 'COMMUNE') AS u ON u.k = n % u.units
"""


def seed_messages(messages: int = MESSAGES) -> None:
    """Create unassigned messages and cases."""
    from django.db import connection

    from bench.seed import seed_cases
    from binhyen.kit.search_terms import accented_words
    from binhyen.kit.text import fold_text
    from binhyen.language.training.rows import fill_row, load_shipped_rows

    seed_cases(CASES)
    rows = [
        (training_row.text, fold_text(training_row.text), accented_words(training_row.text), training_row.category)
        for training_row in map(fill_row, load_shipped_rows())
    ]
    with connection.cursor() as cursor:
        cursor.execute(_TEXTS)
        with cursor.copy("COPY bench_text (text, folded, marked, category) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(_MESSAGES.format(size=messages))
        cursor.execute("DROP TABLE bench_text")
        cursor.execute("VACUUM ANALYZE channels_message")


def create_officers() -> dict[str, Any]:
    """Return one officer with commune visibility and one with province visibility."""
    from binhyen.areas.models import Unit
    from binhyen.people.models import Officer

    commune = Unit.objects.filter(level=Unit.Level.COMMUNE, valid_to=None).order_by("id")[7]
    province = Unit.objects.get(level=Unit.Level.PROVINCE, valid_to=None)
    officers = {}
    for name, unit, role in (("commune", commune, "OFFICER"), ("province", province, "PROVINCE_DUTY")):
        officers[name], _ = Officer.objects.get_or_create(
            username=f"bench-{name}", defaults={"name": f"Người đo {name}", "unit": unit, "role": role, "password": "!"}
        )
    return officers


def messages() -> None:
    """Measure the message search alone: statement and ranking, in this process."""
    from binhyen.channels.queries import search_unassigned_messages
    from binhyen.kit.search_terms import parse_search

    for name, officer in create_officers().items():
        all_durations: list[float] = []
        for query in QUERIES:
            durations = []
            for _ in range(ROUNDS):
                started = time.perf_counter()
                matches = search_unassigned_messages(officer, parse_search(query))
                durations.append((time.perf_counter() - started) * 1000)
            all_durations += durations
            if os.environ.get("BENCH_EACH"):
                print_figure(
                    "search.messages.each",
                    compute_percentile(durations, 0.5),
                    "ms",
                    len(matches),
                    who=name,
                    typed=query,
                )
        print_figure("search.messages.p50", compute_percentile(all_durations, 0.5), "ms", MESSAGES, who=name)
        print_figure("search.messages.p95", compute_percentile(all_durations, 0.95), "ms", MESSAGES, who=name)


def everything() -> None:
    """Measure all sections as the page requests them, in this process; places without and with the cache."""
    from binhyen.areas import queries as areas
    from binhyen.cases.queries.global_search import clear_place_cache, search_everything
    from binhyen.kit import clock

    areas.get_directory()
    uncached: list[float] = []
    for query in QUERIES:
        clear_place_cache()
        started = time.perf_counter()
        search_everything(create_officers()["province"], query, now=clock.now())
        uncached.append((time.perf_counter() - started) * 1000)
    print_figure("search.all.first.p95", compute_percentile(uncached, 0.95), "ms", MESSAGES)
    for name, officer in create_officers().items():
        all_durations: list[float] = []
        for query in QUERIES:
            durations = []
            for _ in range(ROUNDS):
                started = time.perf_counter()
                search_everything(officer, query, now=clock.now())
                durations.append((time.perf_counter() - started) * 1000)
            all_durations += durations
            if os.environ.get("BENCH_EACH"):
                print_figure(
                    "search.all.each", compute_percentile(durations, 0.5), "ms", MESSAGES, who=name, typed=query
                )
        print_figure("search.all.p50", compute_percentile(all_durations, 0.5), "ms", MESSAGES, who=name)
        print_figure("search.all.p95", compute_percentile(all_durations, 0.95), "ms", MESSAGES, who=name)


def page() -> None:
    """Measure the fragment drawn while a person types, through the one address."""
    from bench.client import build_get, run_client, run_closed_loop
    from bench.journey import create_officer_cookie

    create_officers()
    with run_processes("gateway", "pages"):
        session = {"Cookie": create_officer_cookie(), "HX-Request": "true"}
        prepared = [
            build_get(f"/tim?q={urllib.parse.quote(QUERIES[number % len(QUERIES)])}", session)
            for number in range(len(QUERIES) * 3)
        ]  # below the rate limit of one person
        from binhyen import settings

        run_client(lambda: run_closed_loop(settings.PORT, prepared[: len(QUERIES)], 1))
        outcome = run_client(lambda: run_closed_loop(settings.PORT, prepared, 1))
        print_figure("search.page.p50", compute_percentile(outcome.latencies, 0.5), "ms", MESSAGES, bad=outcome.bad)
        print_figure("search.page.p95", compute_percentile(outcome.latencies, 0.95), "ms", MESSAGES, bad=outcome.bad)


def main() -> None:
    from binhyen.channels.models import Message

    if Message.objects.filter(in_case=False).count() != MESSAGES:
        delete_data()
        seed_messages()
    messages()
    everything()
    page()
