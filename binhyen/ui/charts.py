"""Tiny charts as SVG without inline style."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar in view-box units; `y` grows downwards."""

    x: float
    y: float
    width: float
    height: float


def bars(values: Sequence[float], *, width: float, height: float, gap: float = 1.0) -> list[Bar]:
    """Return one bar for each value, scaled to the largest. A value above zero is never invisible."""
    if not values:
        return []
    top = max(values) or 1.0
    step = width / len(values)
    out: list[Bar] = []
    for index, value in enumerate(values):
        tall = max(1.0, value / top * height) if value > 0 else 0.0
        out.append(Bar(round(index * step, 2), round(height - tall, 2), round(step - gap, 2), round(tall, 2)))
    return out


def spark(values: Sequence[float], label: str) -> SafeString:
    """Draw a sparkline of small bars, with its meaning as text."""
    drawn = bars(values, width=96, height=24)
    rects = format_html_join(
        "", '<rect x="{}" y="{}" width="{}" height="{}"/>', ((b.x, b.y, b.width, b.height) for b in drawn)
    )
    return format_html(
        '<svg class="spark" role="img" viewBox="0 0 96 24" width="96" height="24"><title>{}</title>{}</svg>',
        label,
        rects,
    )


def bar(value: int, most: int) -> SafeString:
    """Draw a bar as long as its share of the maximum; the number itself is shown beside it."""
    return format_html(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="8"/></svg>',
        round(100 * value / most) if most else 0,
    )
