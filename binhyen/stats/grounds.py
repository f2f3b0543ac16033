"""The ground a number is asked for: a commune, a village, or a commune of before, by what it belongs to today."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from binhyen.areas import queries as areas
from binhyen.areas.rules.names import KINDS
from binhyen.kit.text import fold, squeeze

CHOICES = 12  # places of one name to choose among
_FOUND = 60


@dataclass(frozen=True, slots=True)
class Ground:
    """`key`: how an address names it, a commune's code or the public id of what has no code of today. `commune_ids`:
    today's communes on it. `village_id`: only this village of them. `now_in`: of a commune of before, their names.
    """

    key: str = ""
    name: str = ""
    commune_ids: tuple[int, ...] = ()
    village_id: int | None = None
    now_in: str = ""


EVERYWHERE = Ground()


def of_key(key: str) -> Ground | None:
    """What an address names; None where there is no such place in the province."""
    commune = areas.directory().communes.get(key)
    if commune is not None:
        return Ground(commune.code, commune.full_name, (commune.area_id,))
    try:
        return of_id(UUID(key))
    except ValueError:
        return None


def of_id(public_id: UUID) -> Ground | None:
    """Of any area, of any age; None where it lies in no commune of the province's today."""
    for place in areas.named(public_ids=[public_id]):
        if place.area_id == areas.directory().province_area_id:
            return EVERYWHERE
        return _ground(place.area_id, place.public_id, place.full_name, village=place.village)
    return None


def villages(code: str) -> list[Ground]:
    """Those of a commune of today, by name."""
    places = areas.named(area_ids=areas.directory().villages_in(code))
    return _each(_ground(p.area_id, p.public_id, p.full_name, village=True) for p in places)


def search(text: str, *, today: dt.date) -> list[Ground]:
    """Places of the province that are, or were, called so; where none is, those whose name has it. Best first; one
    where all come to the same today."""
    wanted = fold(squeeze(text))
    found = areas.search(text, today=today, limit=_FOUND)
    exact = [f for f in found if wanted in (fold(f.name), fold(f.full_name))]
    for places in (exact, found):
        grounds = _each(_ground(f.area_id, f.public_id, f.full_name, village=f.type in KINDS) for f in places)
        if len({(g.commune_ids, g.village_id) for g in grounds}) == 1:
            return grounds[:1]
        if grounds:
            return grounds[:CHOICES]
    return []


def _each(grounds: Iterable[Ground | None]) -> list[Ground]:
    return list(dict.fromkeys(g for g in grounds if g))


def _ground(area_id: int, public_id: UUID, full_name: str, *, village: bool) -> Ground | None:
    known = areas.directory()
    communes = [known.communes[code] for code in known.commune_codes_of_area(area_id)]
    if not communes:
        return None
    ids, names = tuple(c.area_id for c in communes), ", ".join(c.full_name for c in communes)
    if village:
        return Ground(public_id.hex, f"{full_name}, {names}", ids, village_id=area_id)
    if [full_name] == [c.full_name for c in communes]:
        return Ground(communes[0].code, full_name, ids)
    return Ground(public_id.hex, full_name, ids, now_in=names)
