"""Map of today's communes as an SVG image: the audience of a bulletin, and the place of a click. Pure geometry."""

import datetime as dt
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from binhyen.areas import queries as areas

WIDTH = 340  # pixels: fits a phone, because a scaled image would send scaled coordinates
RADII = (0, 3, 5, 10, 20, 40)  # kilometres; 0: only the commune at the point
MAX_CORNERS = 60
_PADDING = 4


@dataclass(frozen=True, slots=True)
class AudienceProjection:
    """Equirectangular projection of a box of longitude and latitude onto the image."""

    west: float
    north: float
    x_scale: float  # pixels a degree
    y_scale: float
    height: int

    def to_pixel(self, longitude: float, latitude: float) -> tuple[float, float]:
        return (
            _PADDING + (longitude - self.west) * self.x_scale,
            _PADDING + (self.north - latitude) * self.y_scale,
        )

    def to_point(self, x: float, y: float) -> tuple[float, float]:
        """Return (latitude, longitude) of a pixel."""
        return self.north - (y - _PADDING) / self.y_scale, self.west + (x - _PADDING) / self.x_scale


@lru_cache(maxsize=1)
def get_projection() -> AudienceProjection:
    boxes = [outline.box for outline in areas.list_outlines()]
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    east, north = max(box[2] for box in boxes), max(box[3] for box in boxes)
    x_scale = (WIDTH - 2 * _PADDING) / (east - west)
    y_scale = x_scale / math.cos(math.radians((south + north) / 2))
    return AudienceProjection(west, north, x_scale, y_scale, math.ceil((north - south) * y_scale) + 2 * _PADDING)


def format_map_svg(included: Collection[str], excluded: Collection[str] = ()) -> str:
    """Return the image: communes by code, those included filled, those excluded crossed out by another colour."""
    fills = dict.fromkeys(included, "#1f7a5c") | dict.fromkeys(excluded, "#b3261e")
    return format_shaded_svg(fills)


def format_shaded_svg(fills: Mapping[str, str], dots: Sequence[tuple[tuple[float, float], str]] = ()) -> str:
    """Return the image with the colour of each commune by code. `dots`: (latitude, longitude) and colour."""
    projection = get_projection()
    shapes = []
    for outline in areas.list_outlines():
        fill = fills.get(outline.code, "#e6ebe8")
        path = "".join(_format_ring(ring, projection) for ring in areas.list_simplified_rings(outline.code))
        shapes.append(f'<path d="{path}" fill="{fill}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{projection.height}" '
        f'viewBox="0 0 {WIDTH} {projection.height}"><rect width="100%" height="100%" fill="#ffffff"/>'
        f'<g stroke="#5b6b64" stroke-width="0.6">{"".join(shapes)}</g>'
        f'<g stroke="#33413b" stroke-width="0.4">{"".join(_format_dots(dots, projection))}</g></svg>'
    )


def _format_dots(dots: Sequence[tuple[tuple[float, float], str]], projection: AudienceProjection) -> Iterator[str]:
    for (latitude, longitude), fill in dots:
        x, y = projection.to_pixel(longitude, latitude)
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.8" fill="{fill}"/>'


def _format_ring(ring: areas.Ring, projection: AudienceProjection) -> str:
    points = (projection.to_pixel(longitude, latitude) for longitude, latitude in ring)
    return f"M{'L'.join(f'{x:.1f} {y:.1f}' for x, y in points)}Z"


def find_communes_around(latitude: float, longitude: float, kilometres: int) -> list[str]:
    """Return the codes of the communes that the circle touches; at radius 0 the commune of the point."""
    if kilometres:
        return areas.find_communes_in_circle(latitude, longitude, kilometres)
    code = areas.find_commune_at(latitude, longitude)
    return [code] if code else []


def narrow_to_villages(
    commune_ids: Collection[int], is_inside: Callable[[tuple[float, float]], bool], *, day: dt.date
) -> set[int]:
    """Replace a commune by its villages whose middle, (latitude, longitude), lies inside the drawn area.

    It stays whole where the place of one village is unknown, or all or none lie inside: no village may be left out
    because of a missing number.
    """
    villages: dict[int, list[areas.VillagePoint]] = {pk: [] for pk in commune_ids}
    for village in areas.list_village_points(commune_ids, day):
        villages[village.commune_id].append(village)
    chosen: set[int] = set()
    for commune, listed in villages.items():
        inside = {village.area_id for village in listed if village.point and is_inside(village.point)}
        is_split = all(village.point for village in listed) and 0 < len(inside) < len(listed)
        chosen |= inside if is_split else {commune}
    return chosen


def parse_corners(text: str) -> list[tuple[int, int]]:
    """Return the corners of «x,y x,y …» in pixels; parts that are no corner are left out."""
    parts = (part.split(",") for part in text.split()[:MAX_CORNERS])
    return [(int(part[0]), int(part[1])) for part in parts if len(part) == 2 and all(map(_is_pixel, part))]


def _is_pixel(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 4


def find_center(code: str) -> tuple[float, float] | None:
    """Return (latitude, longitude) of the middle of a commune's outline; None where it has none."""
    outline = next((outline for outline in areas.list_outlines() if outline.code == code), None)
    if outline is None:
        return None
    west, south, east, north = outline.box
    return (south + north) / 2, (west + east) / 2
