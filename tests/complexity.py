"""A proof of complexity: work grows no faster than the length of the input. Speeds are measured in benchmarks.

A shared machine pauses for a second now and then, and a thread's CPU clock includes part of that. So the minimum of
several measurements counts, and the bound lies halfway between linear and quadratic growth.
"""

import time
from collections.abc import Callable

HANG_SECONDS = 20.0  # seconds a thread may take for a small input; a fast machine takes milliseconds
_ROUNDS, _SHORT_ROUNDS, _GRAIN = 5, 3, 0.01


def measure_seconds(act: Callable[[], object]) -> float:
    """Return this thread's CPU time."""
    began = time.thread_time()
    act()
    return time.thread_time() - began


def measure_minimum(act: Callable[[], object], *, under: float) -> float:
    """Return the seconds of the fastest of five rounds; the first one under the bound is enough."""
    best = measure_seconds(act)
    for _ in range(_ROUNDS - 1):
        if best < under:
            break
        best = min(best, measure_seconds(act))
    return best


def assert_linear(read: Callable[[str], object], text: str) -> None:
    """Assert linear growth: eight times the text may take eight times as long and some more; quadratic growth would
    take sixty-four times.
    """
    short = max(min(measure_seconds(lambda: read(text[: len(text) // 8])) for _ in range(_SHORT_ROUNDS)), _GRAIN)
    whole = float("inf")
    for _ in range(_ROUNDS):
        whole = min(whole, measure_seconds(lambda: read(text)))
        if whole < 22 * short:
            return
    raise AssertionError(f"{whole:.2f} s for {len(text)} code points, {short:.2f} s for an eighth of them")
