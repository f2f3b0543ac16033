"""Look-up of the public check box among a million scam indicators, and the update of a cluster by one more report."""

import os
import time
from collections.abc import Callable

from bench.lab import Meter, compute_percentile, delete_data, print_figure, scale_size

INDICATORS = int(os.environ.get("BENCH_INDICATORS") or scale_size(1_000_000, 2000))
CLUSTER = scale_size(50_000, 500)  # reports of one indicator
ROUNDS = scale_size(400, 40)
_SEED = """
INSERT INTO scams_indicator (public_id, kind, value, state, reporters, cases, communes, first_at, last_at,
    proposal_reason, decision_reason)
SELECT gen_random_uuid(), k.kind,
    CASE k.kind WHEN 'PHONE' THEN '+849' || lpad(n::text, 8, '0') WHEN 'ACCOUNT' THEN '19' || lpad(n::text, 9, '0')
        ELSE 'trang-' || n || '.top/' END,
    'REPORTED', 2 + n % 9, 2 + n % 9, 1, now(), now(), '', ''
FROM generate_series(1, {size}) AS n
CROSS JOIN LATERAL (SELECT (ARRAY['PHONE', 'ACCOUNT', 'LINK'])[1 + n % 3] AS kind) AS k
"""
_SEED_CLUSTER = """
INSERT INTO scams_indicatorreport (indicator_id, case_id, at)
SELECT (SELECT min(id) FROM scams_indicator), id, opened_at FROM cases_case ORDER BY id LIMIT {size};
INSERT INTO vault_reporter (public_id, pseudonym, created_at)
SELECT gen_random_uuid(), 'C' || lpad(n::text, 7, '0'), now() FROM generate_series(1, {size} / 2) AS n;
INSERT INTO cases_report (public_id, case_id, reporter_id, at)
SELECT gen_random_uuid(), r.case_id, (SELECT min(id) FROM vault_reporter) + r.case_id % ({size} / 2), r.at
FROM scams_indicatorreport AS r
"""


def main() -> None:
    from django.db import connection

    delete_data()
    with connection.cursor() as cursor:
        cursor.execute(_SEED.format(size=INDICATORS))
        cursor.execute("VACUUM ANALYZE scams_indicator")
        cursor.execute("CHECKPOINT")  # writing the million rows out is not part of a check
    try:
        check()
        cluster()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE scams_indicator CASCADE")
        delete_data()


def check() -> None:
    """Measure reading and look-up of a pasted text with a phone, an account and a link; half of them are known."""
    from binhyen.scams.queries import check_candidates
    from binhyen.scams.rules.indicators import list_checked_candidates

    def check_text(number: int) -> None:
        known = number * (INDICATORS // ROUNDS) + 1
        text = (
            f"Số 09{known:08} gọi, bảo chuyển vào stk 19{known + 1:09} rồi mở https://m.trang-{known + 2}.top/nhan?id=7"
        )
        check_candidates(list_checked_candidates(text))

    cpu_start = time.process_time()
    durations = _measure(check_text)
    cpu_ms = round((time.process_time() - cpu_start) * 1000 / len(durations), 1)
    print_figure("scam_check.p50", compute_percentile(durations, 0.5), "ms", INDICATORS)
    print_figure("scam_check.p95", compute_percentile(durations, 0.95), "ms", INDICATORS, cpu_ms=cpu_ms)


def cluster() -> None:
    """Measure one more report of an indicator with very many."""
    from django.db import connection

    from bench.seed import seed_cases
    from binhyen.scams.models import Indicator
    from binhyen.scams.services import update_indicator_counts

    seed_cases(CLUSTER)
    with connection.cursor() as cursor:
        for statement in _SEED_CLUSTER.format(size=CLUSTER).split(";"):
            cursor.execute(statement)
        cursor.execute("VACUUM ANALYZE scams_indicatorreport, cases_case, cases_report")
        cursor.execute("CHECKPOINT")
    indicator = Indicator.objects.order_by("pk")[0]
    update_indicator_counts([indicator.pk])
    with Meter() as meter:
        durations = _measure(lambda _number: update_indicator_counts([indicator.pk]), 20)
    cpu = meter.per_operation(len(durations))
    print_figure("scam_check.cluster.p50", compute_percentile(durations, 0.5), "ms", CLUSTER)
    print_figure("scam_check.cluster.p95", compute_percentile(durations, 0.95), "ms", CLUSTER, **cpu)


def _measure(action: Callable[[int], object], rounds: int = ROUNDS) -> list[float]:
    durations = []
    for number in range(rounds):
        started = time.perf_counter()
        action(number)
        durations.append((time.perf_counter() - started) * 1000)
    return durations
