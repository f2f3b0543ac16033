"""A sketch map as SVG geometry: outlines of communes, the search circle, numbered sightings. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from binhyen.areas.geometry import Outline

SIZE = 320  # width and height in the units of the drawing
_KM_PER_LATITUDE = 110.57
_KM_PER_LONGITUDE = 111.32  # at the equator
_MIN_HALF_KM = 3.0
_MARGIN = 1.15
_MARK_SIZE = 19
_MIN_STEP = 1.5  # points of an outline closer than this are left out


@dataclass(frozen=True, slots=True)
class MapMark:
    """A point on the sketch with its label."""

    x: int
    y: int
    label: str


@dataclass(frozen=True, slots=True)
class SketchMap:
    """Outlines as path data, the circle's radius around the middle, and marks."""

    outlines: tuple[str, ...]
    circle: int
    marks: tuple[MapMark, ...]
    size: int = SIZE

    @property
    def middle(self) -> int:
        return self.size // 2


def build_sketch(
    outlines: Iterable[Outline],
    centre: tuple[float, float],
    radius_km: float,
    points: Sequence[tuple[str, tuple[float, float]]],
) -> SketchMap:
    """Draw around `centre` (latitude, longitude): the circle and the labelled points fit into it."""
    offsets = [(label, *_to_km(centre, point)) for label, point in points]
    half = max([_MIN_HALF_KM, radius_km, *(max(abs(x), abs(y)) for _, x, y in offsets)]) * _MARGIN
    scale = SIZE / (2 * half)

    def place(x_km: float, y_km: float) -> tuple[float, float]:
        return SIZE / 2 + x_km * scale, SIZE / 2 + y_km * scale

    paths = []
    for outline in outlines:
        west, south, east, north = outline.box
        left, bottom = place(*_to_km(centre, (south, west)))
        right, top = place(*_to_km(centre, (north, east)))
        if right < 0 or left > SIZE or bottom < 0 or top > SIZE:
            continue
        rings = [[place(*_to_km(centre, (lat, lon))) for lon, lat in polygon[0]] for polygon in outline.polygons]
        paths.append("".join(_format_ring(ring) for ring in rings))
    taken = [(SIZE // 2, SIZE // 2)]
    marks = []
    for label, x, y in offsets:
        column, row = (round(value) for value in place(x, y))
        while any(abs(column - other_x) + abs(row - other_y) < _MARK_SIZE for other_x, other_y in taken):
            column += _MARK_SIZE  # sightings of one commune share its point: side by side
        taken.append((column, row))
        marks.append(MapMark(column, row, label))
    return SketchMap(tuple(paths), round(radius_km * scale), tuple(marks))


def _to_km(centre: tuple[float, float], point: tuple[float, float]) -> tuple[float, float]:
    """Return kilometres to the east and to the south of the centre."""
    (lat_0, lon_0), (lat, lon) = centre, point
    return (lon - lon_0) * _KM_PER_LONGITUDE * math.cos(math.radians(lat_0)), (lat_0 - lat) * _KM_PER_LATITUDE


def _format_ring(ring: Sequence[tuple[float, float]]) -> str:
    corners = [ring[0]]
    for x, y in ring[1:]:
        last_x, last_y = corners[-1]
        if abs(x - last_x) + abs(y - last_y) >= _MIN_STEP:
            corners.append((x, y))
    return "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in corners) + "Z"
