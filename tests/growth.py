"""Whether work grows with the length of what is read, and no faster: a proof of shape. Speeds are benchmarks.

A shared machine stands still for a second now and then, and a thread's own clock counts a part of that. So the least of
several measures counts, and the bound lies halfway between growth by the length and by its square.
"""

import time
from collections.abc import Callable

HANG = 20.0  # seconds a thread may take for a small input; a quick machine takes milliseconds
_ROUNDS, _GRAIN = 5, 0.01


def seconds(act: Callable[[], object]) -> float:
    """This thread's own time."""
    began = time.thread_time()
    act()
    return time.thread_time() - began


def least(act: Callable[[], object], *, under: float) -> float:
    """Seconds of the quickest of five rounds; the first one under the bound is enough."""
    best = seconds(act)
    for _ in range(_ROUNDS - 1):
        if best < under:
            break
        best = min(best, seconds(act))
    return best


def by_length_only(read: Callable[[str], object], text: str) -> None:
    """Four times the text may take four times as long and a little more; by its square it would be sixteen times."""
    short = max(min(seconds(lambda: read(text[: len(text) // 4])) for _ in range(_ROUNDS)), _GRAIN)
    whole = float("inf")
    for _ in range(_ROUNDS):
        whole = min(whole, seconds(lambda: read(text)))
        if whole < 9 * short:
            return
    raise AssertionError(f"{whole:.2f} s for {len(text)} code points, {short:.2f} s for a quarter of them")
