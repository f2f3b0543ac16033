"""Cost of a receipt lookup and limit of concurrent lookups: 0.1 to 0.5 s by design, two at a time."""

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier

from bench.lab import middle, percentile, say, size

LEAST, MOST, AT_ONCE = 0.1, 0.5, 2  # seconds; concurrent checks of a machine
N = size(40, 3)
ASKERS = 4  # pages processes asked at the same moment …
EACH = size(6, 1)  # … so often each
_start: Barrier


def main() -> None:
    from binhyen.tips import receipts

    walls = []
    for n in range(N):
        started = time.perf_counter()
        receipts.keys_of(f"{n:020}")
        walls.append(time.perf_counter() - started)
    say("receipts.check", middle(walls), "s", N, p95=round(percentile(walls, 0.95), 3), target=MOST, least=LEAST)

    fresh = get_context("spawn")
    with ProcessPoolExecutor(ASKERS, fresh, _ready, (fresh.Barrier(ASKERS),)) as askers:
        found = list(askers.map(_ask, range(ASKERS)))
    spans = [span for theirs, _ in found for span in theirs]
    sent_away = sum(busy for _, busy in found)
    say("receipts.at_once", _together(spans), "checks", ASKERS * EACH, told_to_come_again=sent_away, target=AT_ONCE)


def _ready(start: Barrier) -> None:
    global _start  # noqa: PLW0603 - a process of its own; a barrier cannot be passed in another way
    import django

    django.setup()
    _start = start


def _ask(asker: int) -> tuple[list[tuple[float, float]], int]:
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
    for n in range(EACH):
        try:
            receipts.keys_of(f"{asker}{n:019}")
        except receipts.Busy:
            busy += 1
    return spans, busy


def _together(spans: list[tuple[float, float]]) -> int:
    """Return the maximum number of concurrent checks."""
    return max(sum(began <= moment < ended for began, ended in spans) for moment, _ in spans)
