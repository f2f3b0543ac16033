"""Geometry of the map of communes and its colour classes, drawn as SVG by the template. Pure.

Coordinates are text with a point: templates would write a decimal comma.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from binhyen.areas.geometry import list_outlines

WIDTH = 720
MAX_CLASSES = 5
_PADDING = 12
Ring = Sequence[tuple[float, float]]  # (longitude, latitude)
Box = tuple[float, float, float, float]  # west, south, east, north


@dataclass(frozen=True, slots=True)
class Projection:
    """Flat projection of a box in degrees to a drawing; degrees of longitude are shorter than of latitude."""

    box: Box
    scale: float
    squeeze: float
    height: int

    def place(self, longitude: float, latitude: float) -> tuple[float, float]:
        west, _south, _east, north = self.box
        return (
            _PADDING + (longitude - west) * self.squeeze * self.scale,
            _PADDING + (north - latitude) * self.scale,
        )

    def to_coordinates(self, x: float, y: float) -> tuple[float, float]:
        """Return (longitude, latitude) of a place in the drawing."""
        west, _south, _east, north = self.box
        return west + (x - _PADDING) / self.scale / self.squeeze, north - (y - _PADDING) / self.scale


@dataclass(frozen=True, slots=True)
class ColourClass:
    """Values from `lowest` to `highest` share a shade; `index` 0 is the lightest."""

    index: int
    lowest: int
    highest: int


def build_projection(box: Box, width: int = WIDTH) -> Projection:
    """Fit a box in degrees into the width of the drawing."""
    west, south, east, north = box
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = (width - 2 * _PADDING) / max((east - west) * squeeze, 1e-6)
    return Projection(box, scale, squeeze, round((north - south) * scale) + 2 * _PADDING)


def frame_drawing(projection: Projection, width: int = WIDTH) -> Box:
    """Return the box in degrees of the whole drawing, its padding included."""
    west, north = projection.to_coordinates(0, 0)
    east, south = projection.to_coordinates(width, projection.height)
    return west, south, east, north


def join_boxes(boxes: Sequence[Box]) -> Box:
    """Return the smallest box around all."""
    wests, souths, easts, norths = zip(*boxes, strict=True)
    return min(wests), min(souths), max(easts), max(norths)


def draw_path(rings: Sequence[Ring], projection: Projection) -> str:
    """Return the rings as the `d` of an SVG path, in relative steps of a tenth of a unit."""
    return "".join(_draw_ring(ring, projection) for ring in rings)


def _draw_ring(ring: Ring, projection: Projection) -> str:
    points = [tuple(round(value * 10) for value in projection.place(*point)) for point in ring]
    steps = []
    previous_x, previous_y = points[0]
    for x, y in points[1:-1]:
        steps.append(f"{_format_tenths(x - previous_x)} {_format_tenths(y - previous_y)}")
        previous_x, previous_y = x, y
    first_x, first_y = points[0]
    return f"M{_format_tenths(first_x)} {_format_tenths(first_y)}l{' '.join(steps)}z"


def _format_tenths(value: int) -> str:
    return f"{value / 10:g}"


def classify_values(values: Mapping[str, int]) -> tuple[list[ColourClass], dict[str, int]]:
    """Split the values above zero into at most five classes of about equal size; equal values share a class.

    Returns the classes and key → index; a zero is in no class.
    """
    ordered = sorted(value for value in values.values() if value > 0)
    limits: list[int] = []
    for number in range(1, min(MAX_CLASSES, len(set(ordered))) + 1):
        highest = ordered[math.ceil(len(ordered) * number / min(MAX_CLASSES, len(set(ordered)))) - 1]
        if not limits or highest > limits[-1]:
            limits.append(highest)
    lowest_values = (
        [min(value for value in ordered if value > before) for before in [0, *limits[:-1]]] if limits else []
    )
    # few classes start darker, so that a single one is not nearly white
    offset = (MAX_CLASSES - len(limits)) // 2
    classes = [
        ColourClass(index + offset, lowest, highest)
        for index, (lowest, highest) in enumerate(zip(lowest_values, limits, strict=True))
    ]
    indexes = {
        key: next(entry.index for entry in classes if value <= entry.highest)
        for key, value in values.items()
        if value > 0
    }
    return classes, indexes


# The drawing on which a point is picked: a commune and its surroundings, with the names of communes.

AREA_MAP_URL = "/dia-ban/nen.svg"
PIN_WIDTH = 256  # pixels: fits a screen of 320, because a scaled image would send scaled coordinates
_MARGIN = 0.01  # degrees


@lru_cache(maxsize=80)
def build_area_projection(code: str) -> Projection:
    """Return the projection around a commune; of the whole province for an unknown code."""
    boxes = [outline.box for outline in list_outlines()]
    chosen = [outline.box for outline in list_outlines() if outline.code == code]
    west, south, east, north = join_boxes(chosen or boxes)
    return build_projection((west - _MARGIN, south - _MARGIN, east + _MARGIN, north + _MARGIN), PIN_WIDTH)


def draw_area_map(code: str, names: Mapping[str, str]) -> str:
    """Return the SVG image around a commune. `names`: of communes, by code."""
    projection = build_area_projection(code)
    west, south, east, north = frame_drawing(projection, PIN_WIDTH)
    shapes, labels = [], []
    for outline in list_outlines():
        left, low, right, high = outline.box
        if right < west or left > east or high < south or low > north:
            continue
        fill = "#dcebe3" if outline.code == code else "#f4f6f5"
        rings = [rings[0] for rings in outline.polygons]
        shapes.append(f'<path d="{draw_path(rings, projection)}" fill="{fill}"/>')
        x, y = projection.place((left + right) / 2, (low + high) / 2)
        labels.append(f'<text x="{x:.0f}" y="{y:.0f}">{escape(names.get(outline.code, ""))}</text>')
    size = 11 if code else 5
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{PIN_WIDTH}" height="{projection.height}" '
        f'viewBox="0 0 {PIN_WIDTH} {projection.height}"><rect width="100%" height="100%" fill="#e3edf5"/>'
        f'<g stroke="#5b6b64" stroke-width="0.6" stroke-linejoin="round">{"".join(shapes)}</g>'
        f'<g font-family="sans-serif" font-size="{size}" text-anchor="middle" fill="#33413b">{"".join(labels)}</g>'
        "</svg>"
    )
