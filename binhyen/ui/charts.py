"""Tiny charts as numbers for SVG. Pure: values in, rectangles and points out."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar in view-box units; `y` grows downwards."""

    x: float
    y: float
    width: float
    height: float


def bars(values: Sequence[float], *, width: float, height: float, gap: float = 1.0) -> list[Bar]:
    """One bar for each value, scaled to the largest. A value above zero is never invisible."""
    if not values:
        return []
    top = max(values) or 1.0
    step = width / len(values)
    out: list[Bar] = []
    for index, value in enumerate(values):
        tall = max(1.0, value / top * height) if value > 0 else 0.0
        out.append(Bar(round(index * step, 2), round(height - tall, 2), round(step - gap, 2), round(tall, 2)))
    return out
