"""Resolution of a message's places to one commune of today; split units and homonyms give candidates, not a guess."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from binhyen.language.aligned_text import View, look
from binhyen.language.phrase_trie import Phrases
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.place import Place
from binhyen.language.places.types import AFTER_PEOPLE, HOME, NAMED_AFTER, ROAD, TYPE_OF, group_of
from binhyen.language.reading import Entity

_TYPES: Phrases[str] = Phrases(TYPE_OF.items())
_NAMED: Phrases[str] = Phrases((word, word) for word in NAMED_AFTER)
# Confidence in the commune for a place of each group, if nothing contradicts it.
_STRENGTH = {
    "commune": 0.95, "village": 0.9, "landmark": 0.9, "district": 0.9, "named": 0.93, "hamlet": 0.45, "learnt": 0.9
}  # fmt: skip
_ORDER = ("landmark", "village", "hamlet", "learnt", "named", "commune", "district")
_HINTS = ("hamlet", "learnt")  # overridden by any other place named
_ELSEWHERE = 0.5  # trust in a learnt place if the group's commune does not adjoin it
SURE = 0.5  # from this confidence on, the place decides the responsible unit
_MARGIN = 1.4
_OLD = 0.55  # weight of an old name against the same name in force today
_NEAR, _BESIDE = 4.0, 1.5
_UNDECIDED = 0.45  # maximum confidence for a name of both a commune and a former district
_ABROAD = 0.8  # trust left to a place inside the province if one outside is named too
_BELIEVED = 0.75  # Weight of a commune of today named with its type word, against a name that lies elsewhere.


@dataclass(frozen=True, slots=True)
class Placed:
    """Resolved place. `commune`: code of today; None if a person must choose among `candidates` (best first).

    `confidence` in 0..1 is that of the best candidate. `place`: the most exact place that was recognised.
    """

    commune: str | None
    place: Place | None
    confidence: float
    candidates: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class _Mention:
    text: str
    level: str
    weights: dict[str, float]
    place: Place
    trust: float = 1.0
    outside: bool = False
    kind: str | None = None  # the type word in the text
    doubtful: bool = False  # both a commune's and a former district's name, without a type word

    @property
    def plain(self) -> bool:
        """Whether it is a commune with its current type word, «xã …», «phường …»."""
        return self.level == "commune" and self.kind == self.place.kind and not self.place.old

    @property
    def yields(self) -> bool:
        """Whether other places share such a name, or it is an old name, bare or with another type word."""
        return self.level in ("landmark", "village", "named") or (self.place.old and self.kind != self.place.kind)


def resolve(entities: Sequence[Entity], gazetteer: Gazetteer, near: str | None = None) -> Placed:
    """Resolve the PLACE entities of a message to a commune.

    `near`: commune code of the group the message came from; it decides between candidates, it never invents a place.
    """
    told = [e for e in of_the_scene(entities) if not _begins(e, ROAD)]
    mentions = [m for e in told if (m := _mention(e.text, gazetteer))]
    inside = sorted((m for m in mentions if not m.outside), key=lambda m: (_ORDER.index(m.level), not m.plain))
    if not inside:
        if mentions:
            return Placed(None, mentions[0].place, 0.0, (), f"«{mentions[0].text}» ở ngoài tỉnh")
        return Placed(None, None, 0.0, (), "không nêu địa điểm rõ")
    weights, lead = _combine(inside)
    reason = _reason(lead, weights, gazetteer)
    helped = False
    if near and len(weights) > 1:
        weights, helped = _towards(weights, near, gazetteer)
        reason += "; ưu tiên địa bàn của nhóm" if helped else ""
    elif near and lead.level == "learnt" and not any(gazetteer.adjoining(code, near) for code in weights):
        lead = replace(lead, trust=lead.trust * _ELSEWHERE)
        reason += "; nhóm ở địa bàn khác"
    doubt = _doubt(mentions, lead) if len(mentions) > len(inside) and near not in weights else 1.0
    at_most = _UNDECIDED if lead.doubtful and len(weights) > 1 and not helped else 1.0
    return _placed(weights, replace(lead, trust=lead.trust * doubt), reason, at_most)


def of_the_scene(entities: Iterable[Entity]) -> list[Entity]:
    """Return the PLACE entities that may be the scene of the event, not the origin of a person."""
    return [e for e in entities if e.type == "PLACE" and not _begins(e, HOME)]


def _doubt(mentions: Sequence[_Mention], lead: _Mention) -> float:
    """Return trust left by «Thạch Kim … ở ngã tư Vinh»: below the threshold for a bare name, else slightly reduced."""
    spot = any(m.outside and m.level == "spot" for m in mentions)
    return _ELSEWHERE if spot and lead.level == "commune" and lead.kind is None else _ABROAD


def _placed(weights: dict[str, float], lead: _Mention, reason: str, at_most: float) -> Placed:
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    best, top = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    confidence = min(round(top * _STRENGTH[lead.level] * lead.trust, 3), at_most)
    candidates = tuple(code for code, weight in ranked if weight >= 0.02)
    sure = confidence >= SURE and top >= second * _MARGIN
    return Placed(best if sure else None, lead.place, confidence, candidates, reason)


def _begins(entity: Entity, how: str) -> bool:
    """Return True if the norm has this prefix: «147 Trần Phú» is a road, though its name is also that of a ward."""
    return isinstance(entity.norm, str) and entity.norm.startswith(how)


def _mention(text: str, gazetteer: Gazetteer) -> _Mention | None:
    view = look(text)
    start, kind = _type_word(view)
    taught: list[Place] = []
    for begin in dict.fromkeys((0, start)):
        places = _whole(view, begin, gazetteer)
        if known := _known(places):
            return _taught(_weigh(text, kind if begin else None, known), text, taught)
        taught = taught or places
    return _taught(_named_after(text, view, gazetteer), text, taught)


def _whole(view: View, begin: int, gazetteer: Gazetteer) -> list[Place]:
    """Return the places that match all words from `begin` on."""
    found = gazetteer.find(view, begin) if begin < len(view.words) else None
    return found[1] if found and found[0] == len(view.words) else []


def _known(places: Sequence[Place]) -> list[Place]:
    """Return the places without those learnt from cases."""
    return [place for place in places if place.trust == 1]


def _taught(own: _Mention | None, text: str, places: list[Place]) -> _Mention | None:
    """Merge the meaning of a name with the places learnt for it from cases.

    A place that was right once does not reduce «chợ Lộc Hà», and counts against it as much as it is trusted.
    """
    learnt = _weigh(text, None, places) if places else None
    if own is None or own.outside or learnt is None:
        return learnt or own
    codes = (*own.weights, *learnt.weights)
    trust = {code: learnt.trust * learnt.weights.get(code, 0.0) for code in codes}
    return replace(own, weights={code: trust[code] + (1 - learnt.trust) * own.weights.get(code, 0.0) for code in codes})


def _named_after(text: str, view: View, gazetteer: Gazetteer) -> _Mention | None:
    """Resolve «chợ Lộc Hà», «trường tiểu học Thạch Hà»: an unknown place, but probably in the unit of its name."""
    word, taught = _NAMED.find(view, 0, loose=True) if view.words else None, None
    for begin in range(word[0], len(view.words)) if word else ():
        # the school «trường mầm non phường Trần Phú» is not named after a person
        typed = _TYPES.find(view, begin, loose=True)
        start, kind = typed or (begin, None)
        places = _whole(view, start, gazetteer)
        if places and not _known(places):  # «ngã ba chợ Lộc Hà»: the meaning of its last words counts more
            taught = taught or _weigh(text, None, places)
        elif places and (kind or " ".join(view.words[start:]) not in AFTER_PEOPLE):
            mention = _weigh(text, kind, _known(places))
            if mention is None or mention.level not in ("commune", "district", "outside"):
                return mention
            spot = mention.outside and view.words[0] != "bien"  # «xe biển Nghệ An» is not a beach
            return replace(mention, level="spot" if spot else "outside" if mention.outside else "named", doubtful=False)
    return taught


def _type_word(view: View) -> tuple[int, str | None]:
    found = _TYPES.find(view, 0, loose=True) if view.words else None
    return (found[0], found[1]) if found else (0, None)


def _weigh(text: str, kind: str | None, places: list[Place]) -> _Mention | None:
    scored = [(place, _fit(place, kind)) for place in places]
    best = max(fit for _, fit in scored)
    scored = [(place, fit) for place, fit in scored if fit > 0.1 * best and fit > 0]
    if not scored:
        return None
    lead = max(scored, key=lambda pair: (pair[1], bool(pair[0].communes)))[0]
    if lead.kind == "outside":
        return _Mention(text, "outside", {}, lead, outside=True)
    if not lead.communes:
        return None
    weights: dict[str, float] = {}
    for place, fit in scored:
        for code, share in place.weights().items():
            weights[code] = max(weights.get(code, 0.0), fit * share)
    level = "learnt" if lead.trust < 1 else "hamlet" if _many(lead) else group_of(lead.kind)
    doubtful = kind is None and len({group_of(place.kind) for place, _ in scored} & {"commune", "district"}) > 1
    return _Mention(text, level, _normal(weights), lead, lead.trust, kind=kind, doubtful=doubtful)


def _many(place: Place) -> bool:
    """Return True for a hamlet of the old maps or a numbered one, which nearly every commune has.

    A list of places may hold only the first of them.
    """
    village = group_of(place.kind) == "village"
    return place.kind == "hamlet" or (village and not place.name.rpartition(" ")[2].isalpha())


def _fit(place: Place, kind: str | None) -> float:
    """Return the score of a place for the type word that was written (None: no type word)."""
    group = group_of(place.kind)
    if kind is None:
        return {"commune": 1.0, "district": 0.9, "hamlet": 0.05}.get(group, 0.8) * (
            _OLD if place.old and group == "commune" else 0.05 if place.kind == "hamlet" else 1.0
        )
    if place.kind == kind:
        return _OLD if place.old and group == "commune" else 1.0
    if group == group_of(kind):
        return 0.3 if group == "commune" else 0.15 if group == "district" else 0.8 if place.kind != "hamlet" else 0.5
    return 0.02


def _combine(mentions: list[_Mention]) -> tuple[dict[str, float], _Mention]:
    """Narrow the most exact mention by the others; mentions that exclude each other share the weight.

    But a commune with its name and type outweighs a village, a market or an old name elsewhere.
    """
    lead, yields = mentions[0], mentions[0].yields
    weights = lead.weights
    for mention in mentions[1:]:
        both = {code: w * mention.weights[code] for code, w in weights.items() if code in mention.weights}
        if both:
            weights = _normal(both)
            lead = replace(lead, level="village", trust=1.0) if lead.level in _HINTS else lead  # both agree
        elif lead.level in _HINTS:
            weights, lead = mention.weights, mention
        elif mention.level not in _HINTS:
            kept, added = 0.5, 0.4
            both_said = f"{lead.text}, {mention.text}"
            if mention.plain and yields:
                kept, added, lead, yields = 1 - _BELIEVED, _BELIEVED, replace(mention, text=both_said), False
            elif lead.plain and mention.yields:
                kept, added, lead = _BELIEVED, 1 - _BELIEVED, replace(lead, text=both_said)
            merged = {code: kept * w for code, w in weights.items()}
            for code, w in mention.weights.items():
                merged[code] = merged.get(code, 0.0) + added * w
            weights = _normal(merged)
            yields = yields and mention.yields
    return weights, lead


def _towards(weights: dict[str, float], near: str, gazetteer: Gazetteer) -> tuple[dict[str, float], bool]:
    """Shift weight to the commune of the group, and a little to its neighbours."""
    if near in weights:
        return _normal({code: w * (_NEAR if code == near else 1.0) for code, w in weights.items()}), True
    beside = {code for code in weights if gazetteer.adjoining(code, near)}
    return _normal({code: w * (_BESIDE if code in beside else 1.0) for code, w in weights.items()}), False


def _normal(weights: dict[str, float]) -> dict[str, float]:
    total = sum(weights.values()) or 1.0
    return {code: weight / total for code, weight in weights.items()}


def _reason(lead: _Mention, weights: dict[str, float], gazetteer: Gazetteer) -> str:
    names = [gazetteer.commune_name(code) for code in sorted(weights, key=lambda c: -weights[c])[:5]]
    if len(names) == 1:
        source = " (học từ vụ việc đã xong)" if lead.level == "learnt" else ""
        return f"«{lead.text}» thuộc {names[0]}{source}"
    return f"«{lead.text}» có thể thuộc {', '.join(names)}"
