"""Pairwise features of two reports, each a number: shared words, place, time, and counter-evidence.

Pure. The weights are trained (`data/together.tsv`); a feature is only added if a person can understand it.
"""

import math
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from binhyen.language.dedup.idf import weight
from binhyen.language.dedup.report_features import Told
from binhyen.language.entities.gazetteers import rows

_CALM: Final = ("other", "admin_question", "thanks")
_LOSS: Final = ("lost_item", "found_item")
_PEOPLE: Final = ("missing_person", "found_person")
_SUDDEN: Final = ("violence", "traffic", "fire")
_ASIDE: Final = frozenset(("sale", "asking"))
_WHO: Final = frozenset(("child", "elder", "baby"))  # topics that describe a person, not an event
_RELATIONS: Final = ("unknown", "same0", "same1", "same2", "beside0", "beside1", "beside2", "far0", "far1", "far2")
_LONG = 20  # words of a complete report; a brief one names only the main place and subject
_CLOSE_AGE = 3  # years by which two people's guesses of an age differ

Signs = dict[str, float]


def signs(one: Told, other: Told, hours: float, window: float) -> Signs:
    """Return all features, in a fixed order.

    `hours` between the reports; `window`: hours within which such incidents are one.
    """
    found = _said(one, other)
    found.update(_where(one, other))
    found.update(_categories(one, other))
    found.update(_when(one, other, hours, window))
    found.update(_topics(one, other))
    found.update(_things(one, other))
    found.update(_crossed(found))
    return found


def _sum(grams: Iterable[str]) -> float:
    # sorted: floating-point addition gives the same sum in every process
    return sum(weight(gram) for gram in sorted(grams))


def _cosine(one: frozenset[str], other: frozenset[str]) -> float:
    return _sum(one & other) / math.sqrt(max(1.0, _sum(one)) * max(1.0, _sum(other)))


def _said(one: Told, other: Told) -> Signs:
    """Return features of shared words: all, those that name places and people (anchors), and the others (the event)."""
    names = one.anchors | other.anchors
    shared = one.words & other.words
    pairs = one.pairs & other.pairs
    about = {pair for pair in pairs if not names.isdisjoint(pair.split())}
    mine, yours = one.words - names, other.words - names
    return {
        "words": _cosine(one.words, other.words),
        "pairs": min(3.0, _sum(pairs)),
        "names": min(2.0, _sum(shared & names)),
        "name_pairs": min(2.0, _sum(about)),
        "what": min(2.0, _sum(mine & yours)),
        "what_words": _cosine(mine, yours),
        "what_pairs": min(2.0, _sum(pairs - about)),
        "strange": float(bool(one.anchors and other.anchors) and not one.anchors & other.anchors),
        "brief": max(0.0, 1.0 - max(len(one.words), len(other.words)) / _LONG),
        "refers": float(other.refers),
        "again": float(other.again),
    }


def _where(one: Told, other: Told) -> Signs:
    relation = _relation(one, other)
    there, there_too = one.spots | one.parts, other.spots | other.parts
    return {
        "spot": float(bool(one.spots & other.spots)),
        "spots_differ": float(bool(one.spots and other.spots) and not one.spots & other.spots),
        "apart": float(bool(there and there_too) and not there & there_too),
        "part": float(bool(one.parts & other.parts)),
        "parts_differ": float(bool(one.parts and other.parts) and not one.parts & other.parts),
        **{name: float(name == relation) for name in _RELATIONS},
        "near": float(relation.startswith("same")),
        "beside": float(relation.startswith("beside")),
        "group": float(one.group is not None and one.group == other.group),
    }


def _relation(one: Told, other: Told) -> str:
    """Return how the communes relate, and how many of the two texts name theirs (else the group's commune is used)."""
    if not one.communes or not other.communes:
        return "unknown"
    named = one.named + other.named
    if one.communes & other.communes:
        return f"same{named}"
    return f"beside{named}" if one.communes & other.area or other.communes & one.area else f"far{named}"


def _categories(one: Told, other: Told) -> Signs:
    pair = (one, other)
    return {
        "category": sum(math.sqrt(p * other.chances.get(name, 0.0)) for name, p in one.chances.items()),
        "calm": max(_chance(t, _CALM) for t in pair),
        "loss": max(_chance(t, _LOSS) for t in pair),
        "scam": min(_chance(t, ("scam",)) for t in pair),
        "person": min(_chance(t, _PEOPLE) for t in pair),
        "sudden": min(_chance(t, _SUDDEN) for t in pair),
    }


def _chance(told: Told, names: Iterable[str]) -> float:
    return sum(told.chances.get(name, 0.0) for name in names)


def _when(one: Told, other: Told, hours: float, window: float) -> Signs:
    return {
        "share_of_window": hours / window,
        "log_hours": math.log1p(hours),
        "soon": math.exp(-hours),
        "at_once": math.exp(-4 * hours),
        "said_when": float(one.span is not None or other.span is not None),
        "other_time": float(bool(one.span or other.span) and hours > max(4.0, window)),
        "late": max(0.0, min(1.0, (hours - 6) / 12)),
    }


def _topics(one: Told, other: Told) -> Signs:
    mine, yours = one.profile.topics - _WHO, other.profile.topics - _WHO
    who, who_too = one.profile.topics & _WHO, other.profile.topics & _WHO
    akin = bool(mine & yours) or any(frozenset((a, b)) in _akin() for a in mine for b in yours)
    kinds, all_kinds = one.kinds & other.kinds, one.kinds | other.kinds
    return {
        "topic": float(bool(mine & yours)),
        "topics": len(mine & yours) / max(1, len(mine | yours)),
        "topics_akin": float(akin),
        "topics_differ": float(bool(mine and yours) and not akin),
        "no_topic": float(not mine or not yours),
        "who": float(bool(who & who_too)),
        "who_differ": float(bool(who and who_too) and not who & who_too),
        "aside": float(bool(_ASIDE & (mine ^ yours))),
        "kinds": len(kinds) / max(1, len(all_kinds)),
    }


def other_matter(one: Told, other: Told) -> bool:
    """Return True if both name the event and it differs: a crash and a broken lamp at one crossing."""
    return bool(_topics(one, other)["topics_differ"])


def _things(one: Told, other: Told) -> Signs:
    mine, yours = one.profile, other.profile
    apart = [abs(a - b) for a in mine.ages for b in yours.ages]
    types = {key.split(":")[0] for key in mine.keys} & {key.split(":")[0] for key in yours.keys}
    return {
        "item": float(bool(mine.items & yours.items)),
        "items_differ": float(bool(mine.items and yours.items) and not mine.items & yours.items),
        "people": float(bool(mine.people & yours.people)),
        "numbers_differ": float(bool(types) and not mine.keys & yours.keys),
        "color": float(bool(mine.colors & yours.colors)),
        "age": float(bool(apart) and min(apart) <= _CLOSE_AGE),
        "ages_differ": float(bool(apart) and min(apart) > _CLOSE_AGE),
    }


# Interaction terms. One feature alone misleads: the same place counts only with the same subject, and soon.
_CROSSED: Final = tuple(
    tuple(line.split())
    for line in (
        "near soon",
        "near soon category",
        "near what",
        "near topic",
        "brief near",
        "brief strange",
        "brief apart",
        "brief soon",
        "brief topic",
        "brief what",
        "brief topics_differ",
        "near apart",
        "soon apart",
        "near topics_differ",
        "near topic soon",
        "beside topic",
        "beside topic soon",
        "beside what",
        "beside soon category",
        "spot topics_differ",
        "spot topic",
        "again topic",
        "other_time topic",
        "other_time spot",
        "names what",
        "names topic",
        "names topics_differ",
        "names category",
        "names soon",
        "refers soon near",
        "again log_hours",
        "soon category",
        "spot soon",
        "sudden log_hours",
        "sudden late",
        "strange topic",
    )
)


def _crossed(found: Mapping[str, float]) -> Signs:
    return {"*".join(names): math.prod(found[name] for name in names) for names in _CROSSED}


@lru_cache(maxsize=1)
def _akin() -> frozenset[frozenset[str]]:
    """Return pairs of topics that may describe one incident: a gas bottle explodes, and a house burns."""
    return frozenset(frozenset(row) for row in rows("topics_akin.tsv"))
