"""Area filter of the statistics: a commune, a village, or a former commune mapped to the communes of today."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from binhyen.areas import queries as areas
from binhyen.kit import clock
from binhyen.kit.clock import vietnam_day
from binhyen.kit.text import fold, squeeze

CHOICES = 12  # places of the same name to choose from
_FOUND = 60


@dataclass(frozen=True, slots=True)
class Ground:
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


EVERYWHERE = Ground()


def of_key(key: str) -> Ground | None:
    """Return the area with this key; None where the province has no such area."""
    commune = areas.directory().communes.get(key)
    if commune is not None:
        return Ground(commune.code, commune.full_name, (commune.area_id,))
    try:
        return of_id(UUID(key))
    except ValueError:
        return None


def of_id(public_id: UUID) -> Ground | None:
    """Return any area, current or former; None where it lies in no current commune of the province."""
    for place in areas.named(public_ids=[public_id]):
        if place.area_id == areas.directory().province_area_id:
            return EVERYWHERE
        return _ground(place, areas.directory())
    return None


def villages(code: str) -> tuple[Ground, ...]:
    """List the villages of a current commune by name."""
    return _villages(areas.directory().token, code)


@lru_cache(maxsize=128)
def _villages(token: str, code: str) -> tuple[Ground, ...]:
    """Cache villages until an area changes (the token shows it): every page of the ledger offers them."""
    commune = areas.directory().communes[code]
    return tuple(_each(areas.villages_of(commune.area_id, vietnam_day(clock.now()))))


def search(text: str) -> list[Ground]:
    """Find places of the province by current or former name, best first; without an exact match, by part of the name.

    One result where all matches are the same area today.
    """
    wanted = fold(squeeze(text))
    found = areas.find(text, limit=_FOUND)
    exact = [place for place in found if wanted in (fold(place.name), fold(place.full_name))]
    for places in (exact, found):
        grounds = _each(places)
        if len({(g.commune_ids, g.village_id) for g in grounds}) == 1:
            return grounds[:1]
        if grounds:
            return grounds[:CHOICES]
    return []


def _each(places: Iterable[areas.Named]) -> list[Ground]:
    known = areas.directory()
    return list(dict.fromkeys(ground for place in places if (ground := _ground(place, known))))


def _ground(place: areas.Named, known: areas.Directory) -> Ground | None:
    communes = [known.communes[code] for code in known.commune_codes_of_area(place.area_id)]
    if not communes:
        return None
    ids, names = tuple(c.area_id for c in communes), ", ".join(c.full_name for c in communes)
    if place.village:
        return Ground(place.public_id.hex, f"{place.full_name}, {names}", ids, village_id=place.area_id)
    if [place.full_name] == [c.full_name for c in communes]:
        return Ground(communes[0].code, place.full_name, ids)
    return Ground(place.public_id.hex, place.full_name, ids, now_in=names)
