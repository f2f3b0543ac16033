"""What the words of many have to do with each other, and what is still missing. Pure: no clock, no database.

Two decisions: which one question is worth asking back, and whether a new report tells of an incident that is open
already. The second prefers a second case to a wrong one: what is doubtful stays apart and stands on the case page as
«có thể trùng».
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import cos, hypot, inf, radians

from binhyen.cases.told import Incident
from binhyen.cases.words import NEVER_DOWN
from binhyen.intake.rules import SURE, Decision, Do, Say
from binhyen.language import ask
from binhyen.language.cluster import WINDOWS
from binhyen.language.places import Gazetteer, Placed, resolve
from binhyen.language.profile import profile
from binhyen.language.reading import Entity, Reading

_ANY_MATTER = "public_order"  # asks «việc này», for when the reader is not sure what it is about
_ANSWER_WORDS = 12  # a longer answer is read like any other message
_LEADING = frozenset(("dạ", "ạ", "vâng", "da", "vang", "ở", "o", "tại", "tai", "bên", "ben", "là", "la", "chỗ", "cho"))

# Two reports of these at one spot within their window are one incident; of the others only a shared number tells.
_BY_SPOT = frozenset(("violence", "fire", "traffic", "public_order", "environment_noise"))
_BY_KEY = _BY_SPOT | {"theft", "scam", "missing_person", "found_person"}
_SUDDEN = frozenset(("violence", "fire"))  # so rare at one spot that the words need not agree
_KIN = (frozenset(("violence", "public_order")), frozenset(("public_order", "environment_noise")))
_AGREE, _SAME_WORDS, _FEWEST_WORDS = 0.4, 0.8, 6
_BESIDE, _FAR = 150.0, 1500.0  # metres
_MOST_COMPARED = 60  # others whose words are looked at for one report
_KEPT = 4096
_SHORTEST_PHONE = 9  # 113 and hotlines of five figures are in everybody's mouth


def question(decision: Decision, reading: Reading, placed: Placed, *, located: bool, text: str) -> str | None:
    """The one question that follows the receipt of a new case, or None.

    Only where a private conversation opened it: in a group nobody is asked. `located`: the commune is known, if only by
    a point that came along. Of a sensitive matter no place is repeated; where the reader is not sure what it is about,
    neither is the matter.
    """
    if decision.do is not Do.OPEN or decision.say is not Say.RECEIVED:
        return None
    where = replace(placed, commune=placed.commune or "") if located else placed
    if reading.sensitive:
        where = replace(where, place=None)
    if reading.confidence < SURE:
        if where.commune is not None:
            return None
        reading = replace(reading, category=_ANY_MATTER)
    return ask.question(reading, where, ask.register_of(text))


def answered(text: str, entities: Sequence[Entity], gazetteer: Gazetteer) -> Placed:
    """The place that an answer names: as any message does, or bare («dạ, cẩm xuyên ạ»)."""
    placed = resolve(entities, gazetteer)
    words = text.replace(",", " ").replace(".", " ").split()
    if placed.commune is not None or not 0 < len(words) <= _ANSWER_WORDS:
        return placed
    while words and words[0].lower() in _LEADING:
        words.pop(0)
    while words and words[-1].lower() in _LEADING:
        words.pop()
    bare = " ".join(words)
    alone = resolve([Entity("PLACE", bare, 0, len(bare), None)], gazetteer) if bare else placed
    return alone if alone.commune is not None else placed


@dataclass(frozen=True, slots=True)
class Match:
    """Where a new report belongs: a case, or (case_id 0) the report at `position` of the same wave. `why`: a code."""

    case_id: int
    position: int
    why: str


def exact(type_: str, norm: str) -> bool:
    """Does this number tell one thing from all others?"""
    return type_ in ("PLATE", "BANK_ACCOUNT", "ID_NUMBER") or (type_ == "PHONE" and len(norm) >= _SHORTEST_PHONE)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a report says, ready to be compared: topics, words without those of its places, and its exact places."""

    topics: frozenset[str]
    words: frozenset[str]
    spots: frozenset[str]


class Sameness:
    """Compares incidents. Keeps what it read of the newest few thousand, so that a wave costs little."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self._told: dict[tuple[str, str], _Told] = {}

    def gather(self, fresh: Sequence[Incident | None], known: Sequence[Incident]) -> list[Match | None]:
        """For each new report (None: opens nothing) what it joins: an open case, or an earlier one of the same wave."""
        of_unit: dict[int, list[tuple[Incident, int]]] = {}
        for case in known:
            of_unit.setdefault(case.unit_id, []).append((case, -1))
        found: list[Match | None] = []
        for position, incident in enumerate(fresh):
            match = self._first(incident, of_unit.get(incident.unit_id, ())) if incident else None
            found.append(match)
            if incident is not None and match is None:
                of_unit.setdefault(incident.unit_id, []).append((incident, position))
        return found

    def why(self, one: Incident, other: Incident) -> str:
        """Why both are one incident: «key», «point», «spot», «words»; «» where they are not, or it is doubtful."""
        if not comparable(one, other):
            return ""
        return "key" if _shared_key(one, other) else self._told_alike(one, other) if _by_words(one, other) else ""

    def _first(self, mine: Incident, others: Sequence[tuple[Incident, int]]) -> Match | None:
        compared = 0
        for other, position in others:
            if not comparable(mine, other) or compared == _MOST_COMPARED:
                continue
            compared += 1
            why = self.why(mine, other)
            if why:
                return Match(other.case_id, position, why)
        return None

    def _told_alike(self, one: Incident, other: Incident) -> str:
        mine, yours = self._read(one), self._read(other)
        topics = mine.topics & yours.topics
        if mine.topics and yours.topics and not topics:
            return ""  # a crash and a broken lamp at one crossing
        fewer = min(len(mine.words), len(yours.words))
        alike = len(mine.words & yours.words) / max(1, fewer)
        spot = one.area_id == other.area_id if one.village and other.village else bool(mine.spots & yours.spots)
        if topics or alike >= _AGREE or {one.category, other.category} <= _SUDDEN:
            if _metres(one, other) <= _BESIDE:
                return "point"
            if spot:
                return "spot"
        apart = bool(mine.spots and yours.spots) and not spot
        return "words" if alike >= _SAME_WORDS and fewer >= _FEWEST_WORDS and not apart else ""

    def _read(self, incident: Incident) -> _Told:
        key = incident.folded[:600], incident.place
        known = self._told.get(key)
        if known is None:
            if len(self._told) >= _KEPT:
                self._told.clear()
            known = self._told[key] = self._reading(*key)
        return known

    def _reading(self, folded: str, place: str) -> _Told:
        places = [Entity("PLACE", p, 0, len(p), None) for p in place.split(", ") if p]
        told = profile(folded, self.gazetteer, None, places)
        named = {word for spot in told.places for word in spot.split()}
        words = frozenset(gram for gram in told.grams if " " not in gram and gram not in named)
        spots = frozenset(spot for spot in told.places if len(spot) > 2 and not self.gazetteer.is_unit(spot))
        return _Told(told.topics, words, spots)


def joinable(incident: Incident) -> frozenset[str]:
    """Categories of cases that such a report may join; none where it always stands for itself."""
    category = incident.category
    if incident.sensitive or incident.complaint or category not in _BY_KEY or category in NEVER_DOWN:
        return frozenset()
    if not incident.keys and (incident.commune_id is None or category not in _BY_SPOT):
        return frozenset()
    return frozenset({category}.union(*(pair for pair in _KIN if category in pair)))


def comparable(one: Incident, other: Incident) -> bool:
    """May the two be one incident at all, by what costs nothing to know?

    Never across secrecy, never about an officer, never between units: whoever may read the one may read the other.
    """
    pair = {one.category, other.category}
    if pair & NEVER_DOWN or one.sensitive or other.sensitive or one.complaint or other.complaint:
        return False
    if one.unit_id != other.unit_id or not pair <= _BY_KEY or (len(pair) == 2 and pair not in _KIN):
        return False
    hours = min(WINDOWS[one.category], WINDOWS[other.category])
    return abs(one.at - other.at) <= dt.timedelta(hours=hours)


def _shared_key(one: Incident, other: Incident) -> bool:
    """A plate, an account, a paper or a phone in both."""
    keys = [k for k in one.keys if k in other.folded]
    return bool(keys) and not set(keys).isdisjoint(other.folded.split())


def _by_words(one: Incident, other: Incident) -> bool:
    """May place and words tell? Not of thefts and the like: two people were robbed in one village."""
    if one.commune_id is None or one.commune_id != other.commune_id or not {one.category, other.category} <= _BY_SPOT:
        return False
    mine, yours = _numbers(one), _numbers(other)
    return not (mine and yours and mine.isdisjoint(yours)) and _metres(one, other, unknown=0.0) <= _FAR


def _numbers(incident: Incident) -> set[str]:
    """Plates, phones and the like; reports that name different ones tell of different vehicles or people."""
    return {word for word in incident.folded.split() if sum(map(str.isdecimal, word)) >= 5}


def _metres(one: Incident, other: Incident, *, unknown: float = inf) -> float:
    """How far apart the points lie that were sent along."""
    if one.point is None or other.point is None:
        return unknown
    (north, east), (north_too, east_too) = one.point, other.point
    return hypot(north - north_too, (east - east_too) * cos(radians(north))) * 111_320
