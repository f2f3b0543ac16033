"""Which new reports tell of an incident that is open already: two statements a wave at most, whatever its size."""

import datetime as dt
from collections.abc import Sequence

import orjson

from binhyen.areas import queries as areas
from binhyen.cases import queries as cases
from binhyen.cases.told import Incident, Telling
from binhyen.intake.sameness import BY_KEY, Fresh, Match, Wave, joinable
from binhyen.language.places import Gazetteer
from binhyen.language.reading import Entity
from binhyen.language.together import LONGEST, Told, shipped, told

_KEPT = 8192  # tellings that this process remembers
_read: dict[tuple[int, str | None, str], Told] = {}
_with: list[Gazetteer] = []


def find(fresh: Sequence[Fresh | None], gazetteer: Gazetteer) -> list[Match | None]:
    """For each report that would open a case the incident it joins; None where it stands alone."""
    able = [each if each is not None and joinable(each.incident) else None for each in fresh]
    candidates = [each.incident for each in able if each is not None]
    if not candidates:
        return [None] * len(fresh)
    since = min(i.at for i in candidates) - dt.timedelta(hours=LONGEST)
    known = cases.incidents(units={i.unit_id for i in candidates}, categories=BY_KEY, since=since)
    wave = Wave(able, known, shipped())
    wanted = wave.wanted()
    return wave.gather(_tellings([i for i in known if i.case_id in wanted], gazetteer))


def _tellings(known: Sequence[Incident], gazetteer: Gazetteer) -> dict[int, list[Told]]:
    """What the tellers of these cases told."""
    if not known:
        return {}
    if not _with or _with[0] is not gazetteer or len(_read) > _KEPT:
        _read.clear()
        _with[:] = [gazetteer]
    codes = {c.area_id: c.code for c in areas.directory().communes.values()}
    of = {i.case_id: i for i in known}
    return {
        pk: [_told(each, of[pk], codes.get(of[pk].commune_id or 0), gazetteer) for each in tellings]
        for pk, tellings in cases.tellings(list(of)).items()
    }


def _told(telling: Telling, case: Incident, commune: str | None, gazetteer: Gazetteer) -> Told:
    """What an officer made of the case counts more than what the reader thought of its first words."""
    moved = case.category if telling.opening and telling.category != case.category else ""
    known = _read.get((telling.message_id, commune, moved))
    if known is None:
        chances = {moved: 1.0} if moved else dict(orjson.loads(telling.top))
        entities = [Entity(**each) for each in orjson.loads(telling.entities)]
        known = told(telling.text, telling.at, commune, chances, entities, gazetteer, telling.point)
        _read[telling.message_id, commune, moved] = known
    return known
