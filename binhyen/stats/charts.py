"""Geometry of a column chart with several series, drawn as SVG by the template. Pure.

Coordinates are text with a point: templates would write a decimal comma.
"""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 220
_LEFT, _TOP, _BOTTOM = 48, 10, 26
_MAX_LABELS = 12
_NICE_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class ChartColumn:
    """One step of the chart: a value, a title and an address for each series."""

    label: str
    values: Sequence[int]
    titles: Sequence[str]
    urls: Sequence[str]


@dataclass(frozen=True, slots=True)
class ChartBar:
    """A drawn bar; `series`: its index, which decides the pattern."""

    x: str
    y: str
    width: str
    height: str
    series: int
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class ChartLabel:
    """A text on an axis; for the value axis `y` is also the grid line."""

    x: str
    y: str
    text: str


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """Everything that the template draws, in units of the view box."""

    width: int
    height: int
    left: int
    bars: tuple[ChartBar, ...]
    value_labels: tuple[ChartLabel, ...]
    step_labels: tuple[ChartLabel, ...]


def compute_axis(highest: int) -> list[int]:
    """Return the marks of the value axis from 0: at most five, in steps of 1, 2 or 5 times a power of ten."""
    power = 1
    while True:
        for factor in _NICE_STEPS:
            step = factor * power
            if highest <= 4 * step:
                return list(range(0, max(highest, 1) + step, step))[:5]
        power *= 10


def draw_columns(columns: Sequence[ChartColumn]) -> ColumnChart:
    """Lay out grouped bars, the series of a step beside each other."""
    marks = compute_axis(max((value for column in columns for value in column.values), default=0))
    plot_height, room = HEIGHT - _TOP - _BOTTOM, (WIDTH - _LEFT) / max(len(columns), 1)
    bars: list[ChartBar] = []
    for index, column in enumerate(columns):
        bar_width = min(room * 0.8 / max(len(column.values), 1), 40)
        start = _LEFT + room * index + (room - bar_width * len(column.values)) / 2
        for series, value in enumerate(column.values):
            height = plot_height * value / marks[-1]
            x, y = start + bar_width * series, _TOP + plot_height - height
            box = (_format(x), _format(y), _format(bar_width * 0.92), _format(height))
            if value:
                bars.append(ChartBar(*box, series, column.titles[series], column.urls[series]))
    every = -(-len(columns) // _MAX_LABELS) or 1
    return ColumnChart(
        WIDTH,
        HEIGHT,
        _LEFT,
        tuple(bars),
        tuple(
            ChartLabel(_format(_LEFT - 6), _format(_TOP + plot_height * (1 - mark / marks[-1])), str(mark))
            for mark in marks
        ),
        tuple(
            ChartLabel(_format(_LEFT + room * (index + 0.5)), _format(HEIGHT - 8), column.label)
            for index, column in enumerate(columns)
            if index % every == 0
        ),
    )


def _format(value: float) -> str:
    return f"{value:.1f}"
