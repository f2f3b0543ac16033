"""Point in polygon: the commune at a point, by ray casting over the 69 simplified outlines. Pure Python, no GIS
library.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

_FILE = Path(__file__).resolve().parent.parent / "data" / "units" / "hatinh_communes_lite.geojson"
Ring = Sequence[tuple[float, float]]  # (longitude, latitude)


@dataclass(frozen=True, slots=True)
class Outline:
    """Outline of a commune: polygons, each an outer ring and its holes. `box`: west, south, east, north."""

    code: str
    box: tuple[float, float, float, float]
    polygons: tuple[tuple[Ring, ...], ...]

    def holds(self, longitude: float, latitude: float) -> bool:
        west, south, east, north = self.box
        if not (west <= longitude <= east and south <= latitude <= north):
            return False
        return any(
            is_inside(rings[0], longitude, latitude)
            and not any(is_inside(hole, longitude, latitude) for hole in rings[1:])
            for rings in self.polygons
        )


def is_inside(ring: Ring, longitude: float, latitude: float) -> bool:
    """Apply the even-odd rule; a point on an edge belongs to one of the two neighbours."""
    is_odd = False
    previous_x, previous_y = ring[-1]
    for x, y in ring:
        crosses = (y > latitude) != (previous_y > latitude)
        if crosses and longitude < (previous_x - x) * (latitude - y) / (previous_y - y) + x:
            is_odd = not is_odd
        previous_x, previous_y = x, y
    return is_odd


def parse_outlines(text: str) -> tuple[Outline, ...]:
    """Parse any GeoJSON of (multi)polygons with `code` in the properties."""
    return tuple(_parse_outline(feature) for feature in json.loads(text)["features"])


def _parse_outline(feature: dict[str, Any]) -> Outline:
    geometry = feature["geometry"]
    polygon_coordinates = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    polygons = tuple(tuple(tuple((x, y) for x, y, *_ in ring) for ring in part) for part in polygon_coordinates)
    xs = [x for part in polygons for x, _ in part[0]]
    ys = [y for part in polygons for _, y in part[0]]
    return Outline(feature["properties"]["code"], (min(xs), min(ys), max(xs), max(ys)), polygons)


@lru_cache(maxsize=1)
def _load_outlines() -> tuple[Outline, ...]:
    return parse_outlines(_FILE.read_text(encoding="utf-8"))


def list_outlines() -> tuple[Outline, ...]:
    """List the outlines of the present communes."""
    return _load_outlines()


def find_commune_at(latitude: float, longitude: float) -> str | None:
    """Return the code of the present commune at a point; None outside the province (outlines are accurate to 700 m)."""
    return next((outline.code for outline in _load_outlines() if outline.holds(longitude, latitude)), None)


# Shapes for other systems: simplified outlines, and the communes that a foreign shape touches.

_TOLERANCE = 0.004  # degrees, about 400 m; the outlines themselves are accurate to 700 m
_EARTH_RADIUS = 6371.0  # km


@lru_cache(maxsize=128)
def list_simplified_rings(code: str) -> tuple[Ring, ...]:
    """Return the outer rings of a commune with few points, closed, (longitude, latitude)."""
    outline = next((outline for outline in _load_outlines() if outline.code == code), None)
    return tuple(simplify_ring(rings[0], _TOLERANCE) for rings in outline.polygons) if outline else ()


def simplify_ring(ring: Ring, tolerance: float) -> Ring:
    """Simplify a closed ring (Douglas-Peucker); one that would lose its shape stays as it is."""
    middle = len(ring) // 2
    simple = [*_simplify_line(ring[: middle + 1], tolerance)[:-1], *_simplify_line(ring[middle:], tolerance)]
    return simple if len(simple) >= 4 else ring


def clip_ring(ring: Ring, near: tuple[float, float], far: tuple[float, float]) -> Ring:
    """Return the part of a closed ring that is nearer to `near` than to `far`, closed; empty if there is none."""
    dx, dy = near[0] - far[0], near[1] - far[1]
    middle_x, middle_y = (near[0] + far[0]) / 2, (near[1] + far[1]) / 2
    sides = [(x - middle_x) * dx + (y - middle_y) * dy for x, y in ring]
    points: list[tuple[float, float]] = []
    for (start, side), (end, next_side) in pairwise(zip(ring, sides, strict=True)):
        if side >= 0:
            points.append(start)
        if (side >= 0) != (next_side >= 0):
            share = side / (side - next_side)
            points.append((start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])))
    return [*points, points[0]] if len(points) > 2 else []


def _simplify_line(points: Ring, tolerance: float) -> list[tuple[float, float]]:
    indexes, pending = {0, len(points) - 1}, [(0, len(points) - 1)]
    while pending:
        first, last = pending.pop()
        distances = [_distance_to_line(points[n], points[first], points[last]) for n in range(first + 1, last)]
        if distances and max(distances) > tolerance:
            farthest = first + 1 + distances.index(max(distances))
            indexes.add(farthest)
            pending += [(first, farthest), (farthest, last)]
    return [points[n] for n in sorted(indexes)]


def _distance_to_line(point: tuple[float, float], start: tuple[float, float], end: tuple[float, float]) -> float:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    if length == 0:
        return math.hypot(point[0] - start[0], point[1] - start[1])
    return abs(dx * (start[1] - point[1]) - (start[0] - point[0]) * dy) / length


def find_communes_in_polygon(points: Sequence[tuple[float, float]]) -> list[str]:
    """Return the codes of the communes that a polygon of (latitude, longitude) touches."""
    ring = [(longitude, latitude) for latitude, longitude in points]
    return [
        outline.code
        for outline in _load_outlines()
        if any(outline.holds(*point) for point in ring)
        or any(is_inside(ring, *vertex) for rings in outline.polygons for vertex in rings[0])
    ]


def find_communes_in_circle(latitude: float, longitude: float, kilometres: float) -> list[str]:
    """Return the codes of the communes that a circle touches."""
    return [
        outline.code
        for outline in _load_outlines()
        if outline.holds(longitude, latitude)
        or any(
            measure_distance(latitude, longitude, y, x) <= kilometres for rings in outline.polygons for x, y in rings[0]
        )
    ]


def measure_distance(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the distance in kilometres, flat enough for a province."""
    mean = math.radians((latitude + other_latitude) / 2)
    x = math.radians(other_longitude - longitude) * math.cos(mean)
    return math.hypot(x, math.radians(other_latitude - latitude)) * _EARTH_RADIUS
