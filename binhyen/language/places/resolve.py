"""Resolution of a message's places to one commune of today; split units and homonyms give candidates, not a guess."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from binhyen.language.aligned_text import AlignedText, align
from binhyen.language.phrase_trie import PhraseTrie
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.types import AFTER_PEOPLE, HOME, NAMED_AFTER, ROAD, TYPE_OF, Place, kind_group
from binhyen.language.reading import Entity

_TYPES: PhraseTrie[str] = PhraseTrie(TYPE_OF.items())
_NAMED_AFTER: PhraseTrie[str] = PhraseTrie((word, word) for word in NAMED_AFTER)
# Confidence in the commune for a place of each group, if nothing contradicts it.
_STRENGTH = {
    "commune": 0.95,
    "village": 0.9,
    "landmark": 0.9,
    "district": 0.9,
    "named": 0.93,
    "hamlet": 0.45,
    "learnt": 0.9,
}
_ORDER = ("landmark", "village", "hamlet", "learnt", "named", "commune", "district")
_HINTS = ("hamlet", "learnt")  # overridden by any other place named
_TRUST_FAR_FROM_GROUP = 0.5  # trust in a learnt place if the group's commune does not adjoin it
MIN_PLACE_CONFIDENCE = 0.5  # from this confidence on, the place decides the responsible unit
_MARGIN = 1.4
_OLD_NAME_WEIGHT = 0.55  # weight of an old name against the same name in force today
_GROUP_FACTOR, _NEIGHBOUR_FACTOR = 4.0, 1.5
_MAX_AMBIGUOUS = 0.45  # maximum confidence for a name of both a commune and a former district
_TRUST_WITH_OUTSIDE = 0.8  # trust left to a place inside the province if one outside is named too
_TYPED_COMMUNE_WEIGHT = (
    0.75  # Weight of a commune of today named with its type word, against a name that lies elsewhere.
)


@dataclass(frozen=True, slots=True)
class ResolvedPlace:
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
    def is_weak(self) -> bool:
        """Whether other places share such a name, or it is an old name, bare or with another type word."""
        return self.level in ("landmark", "village", "named") or (self.place.old and self.kind != self.place.kind)


def resolve_place(entities: Sequence[Entity], gazetteer: Gazetteer, near: str | None = None) -> ResolvedPlace:
    """Resolve the PLACE entities of a message to a commune.

    `near`: commune code of the group the message came from; it decides between candidates, it never invents a place.
    """
    scene_places = [entity for entity in list_scene_places(entities) if not _norm_starts_with(entity, ROAD)]
    mentions = [mention for entity in scene_places if (mention := _parse_mention(entity.text, gazetteer))]
    inside = sorted(
        (mention for mention in mentions if not mention.outside),
        key=lambda mention: (_ORDER.index(mention.level), not mention.plain),
    )
    if not inside:
        if mentions:
            return ResolvedPlace(None, mentions[0].place, 0.0, (), f"«{mentions[0].text}» ở ngoài tỉnh")
        return ResolvedPlace(None, None, 0.0, (), "không nêu địa điểm rõ")
    weights, lead = _combine_mentions(inside)
    reason = _format_reason(lead, weights, gazetteer)
    used_group = False
    if near and len(weights) > 1:
        weights, used_group = _favour_group(weights, near, gazetteer)
        reason += "; ưu tiên địa bàn của nhóm" if used_group else ""
    elif near and lead.level == "learnt" and not any(gazetteer.is_adjoining(code, near) for code in weights):
        lead = replace(lead, trust=lead.trust * _TRUST_FAR_FROM_GROUP)
        reason += "; nhóm ở địa bàn khác"
    doubt = _outside_trust(mentions, lead) if len(mentions) > len(inside) and near not in weights else 1.0
    limit = _MAX_AMBIGUOUS if lead.doubtful and len(weights) > 1 and not used_group else 1.0
    return _choose_commune(weights, replace(lead, trust=lead.trust * doubt), reason, limit)


def list_scene_places(entities: Iterable[Entity]) -> list[Entity]:
    """Return the PLACE entities that may be the scene of the event, not the origin of a person."""
    return [entity for entity in entities if entity.type == "PLACE" and not _norm_starts_with(entity, HOME)]


def _outside_trust(mentions: Sequence[_Mention], lead: _Mention) -> float:
    """Return trust left by «Thạch Kim … ở ngã tư Vinh»: below the threshold for a bare name, else slightly reduced."""
    has_outside_spot = any(mention.outside and mention.level == "spot" for mention in mentions)
    return (
        _TRUST_FAR_FROM_GROUP
        if has_outside_spot and lead.level == "commune" and lead.kind is None
        else _TRUST_WITH_OUTSIDE
    )


def _choose_commune(weights: dict[str, float], lead: _Mention, reason: str, limit: float) -> ResolvedPlace:
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    best, top = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    confidence = min(round(top * _STRENGTH[lead.level] * lead.trust, 3), limit)
    candidates = tuple(code for code, weight in ranked if weight >= 0.02)
    sure = confidence >= MIN_PLACE_CONFIDENCE and top >= second * _MARGIN
    return ResolvedPlace(best if sure else None, lead.place, confidence, candidates, reason)


def _norm_starts_with(entity: Entity, how: str) -> bool:
    """Return True if the norm has this prefix: «147 Trần Phú» is a road, though its name is also that of a ward."""
    return isinstance(entity.norm, str) and entity.norm.startswith(how)


def _parse_mention(text: str, gazetteer: Gazetteer) -> _Mention | None:
    view = align(text)
    start, kind = _match_type_word(view)
    learnt: list[Place] = []
    for begin in dict.fromkeys((0, start)):
        places = _match_whole(view, begin, gazetteer)
        if official := _drop_learnt(places):
            return _merge_learnt(_weigh_places(text, kind if begin else None, official), text, learnt)
        learnt = learnt or places
    return _merge_learnt(_parse_named_after(text, view, gazetteer), text, learnt)


def _match_whole(view: AlignedText, begin: int, gazetteer: Gazetteer) -> list[Place]:
    """Return the places that match all words from `begin` on."""
    match = gazetteer.find_at(view, begin) if begin < len(view.words) else None
    return match[1] if match and match[0] == len(view.words) else []


def _drop_learnt(places: Sequence[Place]) -> list[Place]:
    """Return the places without those learnt from cases."""
    return [place for place in places if place.trust == 1]


def _merge_learnt(official: _Mention | None, text: str, places: list[Place]) -> _Mention | None:
    """Merge the meaning of a name with the places learnt for it from cases.

    A place that was right once does not reduce «chợ Lộc Hà», and counts against it as much as it is trusted.
    """
    learnt = _weigh_places(text, None, places) if places else None
    if official is None or official.outside or learnt is None:
        return learnt or official
    codes = (*official.weights, *learnt.weights)
    trust = {code: learnt.trust * learnt.weights.get(code, 0.0) for code in codes}
    return replace(
        official, weights={code: trust[code] + (1 - learnt.trust) * official.weights.get(code, 0.0) for code in codes}
    )


def _parse_named_after(text: str, view: AlignedText, gazetteer: Gazetteer) -> _Mention | None:
    """Resolve «chợ Lộc Hà», «trường tiểu học Thạch Hà»: an unknown place, but probably in the unit of its name."""
    match, learnt = _NAMED_AFTER.find(view, 0, loose=True) if view.words else None, None
    for begin in range(match[0], len(view.words)) if match else ():
        # the school «trường mầm non phường Trần Phú» is not named after a person
        typed = _TYPES.find(view, begin, loose=True)
        start, kind = typed or (begin, None)
        places = _match_whole(view, start, gazetteer)
        if places and not _drop_learnt(places):  # «ngã ba chợ Lộc Hà»: the meaning of its last words counts more
            learnt = learnt or _weigh_places(text, None, places)
        elif places and (kind or " ".join(view.words[start:]) not in AFTER_PEOPLE):
            mention = _weigh_places(text, kind, _drop_learnt(places))
            if mention is None or mention.level not in ("commune", "district", "outside"):
                return mention
            spot = mention.outside and view.words[0] != "bien"  # «xe biển Nghệ An» is not a beach
            return replace(mention, level="spot" if spot else "outside" if mention.outside else "named", doubtful=False)
    return learnt


def _match_type_word(view: AlignedText) -> tuple[int, str | None]:
    match = _TYPES.find(view, 0, loose=True) if view.words else None
    return (match[0], match[1]) if match else (0, None)


def _weigh_places(text: str, kind: str | None, places: list[Place]) -> _Mention | None:
    scored = [(place, _type_fit(place, kind)) for place in places]
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
    level = "learnt" if lead.trust < 1 else "hamlet" if _is_ambiguous_hamlet(lead) else kind_group(lead.kind)
    doubtful = kind is None and len({kind_group(place.kind) for place, _ in scored} & {"commune", "district"}) > 1
    return _Mention(text, level, _normalize(weights), lead, lead.trust, kind=kind, doubtful=doubtful)


def _is_ambiguous_hamlet(place: Place) -> bool:
    """Return True for a hamlet of the old maps or a numbered one, which nearly every commune has.

    A list of places may hold only the first of them.
    """
    village = kind_group(place.kind) == "village"
    return place.kind == "hamlet" or (village and not place.name.rpartition(" ")[2].isalpha())


def _type_fit(place: Place, kind: str | None) -> float:
    """Return the score of a place for the type word that was written (None: no type word)."""
    group = kind_group(place.kind)
    if kind is None:
        return {"commune": 1.0, "district": 0.9, "hamlet": 0.05}.get(group, 0.8) * (
            _OLD_NAME_WEIGHT if place.old and group == "commune" else 0.05 if place.kind == "hamlet" else 1.0
        )
    if place.kind == kind:
        return _OLD_NAME_WEIGHT if place.old and group == "commune" else 1.0
    if group == kind_group(kind):
        return 0.3 if group == "commune" else 0.15 if group == "district" else 0.8 if place.kind != "hamlet" else 0.5
    return 0.02


def _combine_mentions(mentions: list[_Mention]) -> tuple[dict[str, float], _Mention]:
    """Narrow the most exact mention by the others; mentions that exclude each other share the weight.

    But a commune with its name and type outweighs a village, a market or an old name elsewhere.
    """
    lead, is_weak = mentions[0], mentions[0].is_weak
    weights = lead.weights
    for mention in mentions[1:]:
        shared = {code: weight * mention.weights[code] for code, weight in weights.items() if code in mention.weights}
        if shared:
            weights = _normalize(shared)
            lead = replace(lead, level="village", trust=1.0) if lead.level in _HINTS else lead  # both agree
        elif lead.level in _HINTS:
            weights, lead = mention.weights, mention
        elif mention.level not in _HINTS:
            lead_weight, other_weight = 0.5, 0.4
            both_texts = f"{lead.text}, {mention.text}"
            if mention.plain and is_weak:
                lead_weight, other_weight, lead, is_weak = (
                    1 - _TYPED_COMMUNE_WEIGHT,
                    _TYPED_COMMUNE_WEIGHT,
                    replace(mention, text=both_texts),
                    False,
                )
            elif lead.plain and mention.is_weak:
                lead_weight, other_weight, lead = (
                    _TYPED_COMMUNE_WEIGHT,
                    1 - _TYPED_COMMUNE_WEIGHT,
                    replace(lead, text=both_texts),
                )
            merged = {code: lead_weight * weight for code, weight in weights.items()}
            for code, weight in mention.weights.items():
                merged[code] = merged.get(code, 0.0) + other_weight * weight
            weights = _normalize(merged)
            is_weak = is_weak and mention.is_weak
    return weights, lead


def _favour_group(weights: dict[str, float], near: str, gazetteer: Gazetteer) -> tuple[dict[str, float], bool]:
    """Shift weight to the commune of the group, and a little to its neighbours."""
    if near in weights:
        return _normalize(
            {code: weight * (_GROUP_FACTOR if code == near else 1.0) for code, weight in weights.items()}
        ), True
    neighbours = {code for code in weights if gazetteer.is_adjoining(code, near)}
    return _normalize(
        {code: weight * (_NEIGHBOUR_FACTOR if code in neighbours else 1.0) for code, weight in weights.items()}
    ), False


def _normalize(weights: dict[str, float]) -> dict[str, float]:
    total = sum(weights.values()) or 1.0
    return {code: weight / total for code, weight in weights.items()}


def _format_reason(lead: _Mention, weights: dict[str, float], gazetteer: Gazetteer) -> str:
    names = [
        gazetteer.commune_name(code) for code in sorted(weights, key=lambda commune_code: -weights[commune_code])[:5]
    ]
    if len(names) == 1:
        source = " (học từ vụ việc đã xong)" if lead.level == "learnt" else ""
        return f"«{lead.text}» thuộc {names[0]}{source}"
    return f"«{lead.text}» có thể thuộc {', '.join(names)}"
