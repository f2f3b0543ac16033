"""Cost of a receipt lookup and limit of concurrent lookups: 0.1 to 0.5 s by design, two at a time."""

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier

from bench.lab import compute_median, compute_percentile, print_figure, scale_size

MIN_SECONDS, MAX_SECONDS, MAX_CONCURRENT = 0.1, 0.5, 2  # seconds; concurrent checks of a machine
SAMPLES = scale_size(40, 3)
PROCESS_COUNT = 4  # pages processes asked at the same moment …
CHECKS_PER_PROCESS = scale_size(6, 1)  # … so often each
_start: Barrier


def main() -> None:
    from binhyen.tips import receipts

    durations = []
    for index in range(SAMPLES):
        started = time.perf_counter()
        receipts.derive_keys(f"{index:020}")
        durations.append(time.perf_counter() - started)
    print_figure(
        "receipts.check",
        compute_median(durations),
        "s",
        SAMPLES,
        p95=round(compute_percentile(durations, 0.95), 3),
        target=MAX_SECONDS,
        least=MIN_SECONDS,
    )

    context = get_context("spawn")
    with ProcessPoolExecutor(PROCESS_COUNT, context, _initialize_process, (context.Barrier(PROCESS_COUNT),)) as pool:
        results = list(pool.map(_run_checks, range(PROCESS_COUNT)))
    spans = [span for process_spans, _ in results for span in process_spans]
    rejected_total = sum(rejected for _, rejected in results)
    print_figure(
        "receipts.at_once",
        _count_concurrent(spans),
        "checks",
        PROCESS_COUNT * CHECKS_PER_PROCESS,
        told_to_come_again=rejected_total,
        target=MAX_CONCURRENT,
    )


def _initialize_process(start: Barrier) -> None:
    global _start  # noqa: PLW0603 - a process of its own; a barrier cannot be passed in another way
    import django

    django.setup()
    _start = start


def _run_checks(process_index: int) -> tuple[list[tuple[float, float]], int]:
    """Return (start, end) of each check of this process on the machine's clock, and the number of rejected ones."""
    from binhyen.tips import receipts

    spans, busy, derive = list[tuple[float, float]](), 0, receipts.derive

    def watched(code: str, salt: bytes) -> bytes:
        began = time.monotonic()
        key = derive(code, salt)
        spans.append((began, time.monotonic()))
        return key

    receipts.derive = watched
    _start.wait(60)
    for index in range(CHECKS_PER_PROCESS):
        try:
            receipts.derive_keys(f"{process_index}{index:019}")
        except receipts.Busy:
            busy += 1
    return spans, busy


def _count_concurrent(spans: list[tuple[float, float]]) -> int:
    """Return the maximum number of concurrent checks."""
    return max(sum(start <= moment < end for start, end in spans) for moment, _ in spans)
