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


def compute_bars(values: Sequence[float], *, width: float, height: float, gap: float = 1.0) -> list[Bar]:
    """Return one bar for each value, scaled to the largest. A value above zero is never invisible."""
    if not values:
        return []
    maximum = max(values) or 1.0
    step = width / len(values)
    result: list[Bar] = []
    for index, value in enumerate(values):
        bar_height = max(1.0, value / maximum * height) if value > 0 else 0.0
        result.append(
            Bar(round(index * step, 2), round(height - bar_height, 2), round(step - gap, 2), round(bar_height, 2))
        )
    return result


def spark(values: Sequence[float], label: str) -> SafeString:
    """Draw a sparkline of small bars, with its meaning as text."""
    sparkline_bars = compute_bars(values, width=96, height=24)
    rects = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}"/>',
        ((item.x, item.y, item.width, item.height) for item in sparkline_bars),
    )
    return format_html(
        '<svg class="spark" role="img" viewBox="0 0 96 24" width="96" height="24"><title>{}</title>{}</svg>',
        label,
        rects,
    )


def bar(value: int, maximum: int) -> SafeString:
    """Draw a bar as long as its share of the maximum; the number itself is shown beside it."""
    return format_html(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="8"/></svg>',
        round(100 * value / maximum) if maximum else 0,
    )
