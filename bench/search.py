"""Global search over 200,000 unassigned messages, for an officer of one commune and for the province.

The messages are the repository's own training messages, copied inside PostgreSQL over all communes and a month, each
with its own phone number; there are 20,000 cases as well.
"""

import os
import time
import urllib.parse
from typing import Any

from bench.lab import empty, percentile, processes, say, size

MESSAGES = int(os.environ.get("BENCH_MESSAGES") or size(200_000, 2000))
CASES = size(20_000, 500)
ROUNDS = size(12)
TYPED = (
    "danh nhau", "đánh nhau", "lừa đảo chuyển tiền", "karaoke", "xe may", "xe máy", "mất ví", "co", "ng", "không", "cho",
    "0900 007 919", "+84900007919", "trom cho thon 5", "phao no", "tô", "cam on", "công an", "Lộc Hà", "nguyen",
    "khong co tu nao nhu vay", "ngươi la", "th", "ma tuy", "nhặt được",
)  # fmt: skip
_TEXTS = "CREATE TEMP TABLE bench_text (id serial, text text, folded text, marked tsvector, category text)"
_MESSAGES = """
INSERT INTO channels_message (public_id, channel_id, reporter_id, unit_id, outside_id, text, folded, marked, sent_at,
    received_at, category, urgency, sensitive, reading, in_case, keep_until)
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


def seed(messages: int = MESSAGES) -> None:
    """Create unassigned messages and cases."""
    from django.db import connection

    from bench.seed import seed as seed_cases
    from binhyen.kit.search_terms import marked
    from binhyen.kit.text import fold
    from binhyen.language.training.rows import fill, shipped

    seed_cases(CASES)
    rows = [(r.text, fold(r.text), marked(r.text), r.category) for r in map(fill, shipped())]
    with connection.cursor() as cursor:
        cursor.execute(_TEXTS)
        with cursor.copy("COPY bench_text (text, folded, marked, category) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(_MESSAGES.format(size=messages))
        cursor.execute("DROP TABLE bench_text")
        cursor.execute("VACUUM ANALYZE channels_message")


def people() -> dict[str, Any]:
    """Return one officer with commune visibility and one with province visibility."""
    from binhyen.areas.models import Unit
    from binhyen.people.models import Officer

    commune = Unit.objects.filter(level=Unit.Level.COMMUNE, valid_to=None).order_by("id")[7]
    province = Unit.objects.get(level=Unit.Level.PROVINCE, valid_to=None)
    made = {}
    for name, unit, role in (("commune", commune, "OFFICER"), ("province", province, "PROVINCE_DUTY")):
        made[name], _ = Officer.objects.get_or_create(
            username=f"bench-{name}", defaults={"name": f"Người đo {name}", "unit": unit, "role": role, "password": "!"}
        )
    return made


def messages() -> None:
    """Measure the message search alone: statement and ranking, in this process."""
    from binhyen.channels.queries import find_messages
    from binhyen.kit.search_terms import wanted

    for name, officer in people().items():
        spent: list[float] = []
        for typed in TYPED:
            own = []
            for _ in range(ROUNDS):
                started = time.perf_counter()
                found = find_messages(officer, wanted(typed))
                own.append((time.perf_counter() - started) * 1000)
            spent += own
            if os.environ.get("BENCH_EACH"):
                say("search.messages.each", percentile(own, 0.5), "ms", len(found), who=name, typed=typed)
        say("search.messages.p50", percentile(spent, 0.5), "ms", MESSAGES, who=name)
        say("search.messages.p95", percentile(spent, 0.95), "ms", MESSAGES, who=name)


def everything() -> None:
    """Measure all sections as the page requests them, in this process; places without and with the cache."""
    from binhyen.areas import queries as areas
    from binhyen.cases.queries.global_search import everywhere, forget_places
    from binhyen.kit import clock

    areas.directory()
    first: list[float] = []
    for typed in TYPED:
        forget_places()
        started = time.perf_counter()
        everywhere(people()["province"], typed, now=clock.now())
        first.append((time.perf_counter() - started) * 1000)
    say("search.all.first.p95", percentile(first, 0.95), "ms", MESSAGES)
    for name, officer in people().items():
        spent: list[float] = []
        for typed in TYPED:
            own = []
            for _ in range(ROUNDS):
                started = time.perf_counter()
                everywhere(officer, typed, now=clock.now())
                own.append((time.perf_counter() - started) * 1000)
            spent += own
            if os.environ.get("BENCH_EACH"):
                say("search.all.each", percentile(own, 0.5), "ms", MESSAGES, who=name, typed=typed)
        say("search.all.p50", percentile(spent, 0.5), "ms", MESSAGES, who=name)
        say("search.all.p95", percentile(spent, 0.95), "ms", MESSAGES, who=name)


def page() -> None:
    """Measure the fragment drawn while a person types, through the one address."""
    from bench.client import closed_loop, get
    from bench.client import run as run_client
    from bench.journey import officer_cookie

    people()
    with processes("door", "pages"):
        session = {"Cookie": officer_cookie(), "HX-Request": "true"}
        made = [
            get(f"/tim?q={urllib.parse.quote(TYPED[n % len(TYPED)])}", session) for n in range(len(TYPED) * 3)
        ]  # below the rate limit of one person
        from binhyen import settings

        run_client(lambda: closed_loop(settings.PORT, made[: len(TYPED)], 1))
        outcome = run_client(lambda: closed_loop(settings.PORT, made, 1))
        say("search.page.p50", percentile(outcome.latencies, 0.5), "ms", MESSAGES, bad=outcome.bad)
        say("search.page.p95", percentile(outcome.latencies, 0.95), "ms", MESSAGES, bad=outcome.bad)


def main() -> None:
    from binhyen.channels.models import Message

    if Message.objects.filter(in_case=False).count() != MESSAGES:
        empty()
        seed()
    messages()
    everything()
    page()
