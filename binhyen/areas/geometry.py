"""Point in polygon: the commune at a point, by ray casting over the 69 simplified outlines. Pure Python, no GIS
library.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
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
