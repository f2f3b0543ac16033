"""Area filter of the statistics: a commune, a village, or a former commune mapped to the communes of today."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from binhyen.areas import queries as areas
from binhyen.kit import clock
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.text import collapse_spaces, fold_text

MAX_CHOICES = 12  # places of the same name to choose from
_MAX_FOUND = 60


@dataclass(frozen=True, slots=True)
class AreaFilter:
    """Area that the statistics are limited to.

    `key`: its id in the query string, a commune's code or the public id of an area without a current code.
    `commune_ids`: the current communes in it. `village_id`: only this village. `now_in`: of a former commune, the names
    of the current ones.
    """

    key: str = ""
    name: str = ""
    commune_ids: tuple[int, ...] = ()
    village_id: int | None = None
    now_in: str = ""


ALL_AREAS = AreaFilter()


def find_area_by_key(key: str) -> AreaFilter | None:
    """Return the area with this key; None where the province has no such area."""
    commune = areas.get_directory().communes.get(key)
    if commune is not None:
        return AreaFilter(commune.code, commune.full_name, (commune.area_id,))
    try:
        return find_area_by_id(UUID(key))
    except ValueError:
        return None


def find_area_by_id(public_id: UUID) -> AreaFilter | None:
    """Return any area, current or former; None where it lies in no current commune of the province."""
    for place in areas.list_named_areas(public_ids=[public_id]):
        if place.area_id == areas.get_directory().province_area_id:
            return ALL_AREAS
        return _to_area_filter(place, areas.get_directory())
    return None


def list_villages(code: str) -> tuple[AreaFilter, ...]:
    """List the villages of a current commune by name."""
    return _load_villages(areas.get_directory().token, code)


@lru_cache(maxsize=128)
def _load_villages(token: str, code: str) -> tuple[AreaFilter, ...]:
    """Cache villages until an area changes (the token shows it): every page of the ledger offers them."""
    commune = areas.get_directory().communes[code]
    return tuple(_to_area_filters(areas.list_villages_of_commune(commune.area_id, to_vietnam_day(clock.now()))))


def search_areas(text: str) -> list[AreaFilter]:
    """Find places of the province by current or former name, best first; without an exact match, by part of the name.

    One result where all matches are the same area today.
    """
    wanted = fold_text(collapse_spaces(text))
    matches = areas.find_areas(text, limit=_MAX_FOUND)
    exact = [place for place in matches if wanted in (fold_text(place.name), fold_text(place.full_name))]
    for places in (exact, matches):
        area_filters = _to_area_filters(places)
        if len({(area.commune_ids, area.village_id) for area in area_filters}) == 1:
            return area_filters[:1]
        if area_filters:
            return area_filters[:MAX_CHOICES]
    return []


def _to_area_filters(places: Iterable[areas.NamedArea]) -> list[AreaFilter]:
    areas_directory = areas.get_directory()
    return list(dict.fromkeys(ground for place in places if (ground := _to_area_filter(place, areas_directory))))


def _to_area_filter(place: areas.NamedArea, areas_directory: areas.Directory) -> AreaFilter | None:
    communes = [areas_directory.communes[code] for code in areas_directory.list_commune_codes(place.area_id)]
    if not communes:
        return None
    ids, names = tuple(commune.area_id for commune in communes), ", ".join(commune.full_name for commune in communes)
    if place.village:
        return AreaFilter(place.public_id.hex, f"{place.full_name}, {names}", ids, village_id=place.area_id)
    if [place.full_name] == [commune.full_name for commune in communes]:
        return AreaFilter(communes[0].code, place.full_name, ids)
    return AreaFilter(place.public_id.hex, place.full_name, ids, now_in=names)
