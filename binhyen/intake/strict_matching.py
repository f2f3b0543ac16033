"""Strict incident matching for danger: whether two reports are certainly one incident, or certainly two. Pure.

The learned score is not enough where a life is at stake: in one hamlet a husband attacks his wife while youths fight,
and both reports use similar words. Danger reports are joined only if a place finer than a hamlet, coordinates or a text
that adds nothing links them, and nothing contradicts.
"""

import re
from collections.abc import Iterator, Sequence

from binhyen.cases.incident_features import Telling
from binhyen.language.dedup import other_matter
from binhyen.language.dedup.report_features import Told

_WHO = frozenset(("child", "baby", "elder"))
_CLOSE_AGE, _MOSTLY = 3, 0.5
_COPIED, _ALIKE = 4, 0.75  # shared words that need no common place, their share: one text was copied from the other
_FAMILY = re.compile(
    r"\b(?:chong|vo|bo|cha|me) (?:toi|tui|em|chau|minh|tao)\b"
    r"|\b(?:danh|doa|giet|duoi|chem|dap|bop co) (?:vo|chong|con|me|bo|cha)\b|\b(?:vo chong|bo duong|me ke|di ghe)\b"
)
_SEXES = (
    re.compile(r"\b(?:be|chau|con|em|dua|hoc sinh) trai\b|\bong (?:cu|noi|ngoai|gia)\b|\b(?:cu|gia) ong\b"),
    re.compile(r"\b(?:be|chau|con|em|dua|hoc sinh) gai\b|\bba (?:cu|noi|ngoai|gia)\b|\b(?:cu|gia) ba\b"),
)
_UNLIKE = (frozenset(("crash",)), frozenset(("fight", "shots", "scream", "home")))  # an accident, and a deliberate act


def bound(tellings: Sequence[Telling], mine: Telling, *, points: bool) -> bool:
    """Return whether `latest` certainly belongs to these reports. `points`: their coordinates are the same place."""
    bind = points or any(_bound(one, mine) for one in tellings)
    return bind and not any(_against(one, mine) for one in tellings)


def _bound(one: Telling, mine: Telling) -> bool:
    return one_spot(one, mine) or adds_nothing(one, mine)


def one_spot(one: Telling, mine: Telling) -> bool:
    """Return whether a house, a shop or a crossroads that one report names occurs in the text of the other."""
    return any(map(mine.names, one.spots)) or any(map(one.names, mine.spots))


def adds_nothing(one: Telling, mine: Telling) -> bool:
    """Return whether `latest` adds nothing to `earlier`: another incident would be indistinguishable."""
    both, all_words = one.matter & mine.matter, one.matter | mine.matter
    copied = len(both) >= _COPIED and len(both) >= _ALIKE * len(all_words)
    short = bool(mine.matter) and mine.matter <= one.matter and bool(one.told.spots & mine.told.spots)
    return (copied or short) and all(map(one.names, mine.spots))


def _against(one: Telling, mine: Telling) -> bool:
    return any(_contradictions(one, mine))


def _contradictions(one: Telling, mine: Telling) -> Iterator[bool]:
    first, second = one.told.profile, mine.told.profile
    yield _apart(first.topics & _WHO, second.topics & _WHO)
    yield bool(first.ages and second.ages) and all(abs(a - b) > _CLOSE_AGE for a in first.ages for b in second.ages)
    yield _apart(_sexes(one), _sexes(mine))
    yield _apart(first.people, second.people)
    yield _apart(_plates(one.told), _plates(mine.told))
    yield _violent(one.told) and _violent(mine.told) and _at_home(one) != _at_home(mine)
    yield any(_one_sided(a, b, first.topics, second.topics) for a, b in (_UNLIKE, _UNLIKE[::-1]))


def _apart(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one and other) and not one & other


def _at_home(telling: Telling) -> bool:
    return _FAMILY.search(telling.said) is not None


def _sexes(telling: Telling) -> frozenset[str]:
    return frozenset(str(n) for n, sex in enumerate(_SEXES) if sex.search(telling.said))


def _plates(told: Told) -> frozenset[str]:
    return frozenset(key for key in told.keys if key.startswith("PLATE:"))


def _violent(told: Told) -> bool:
    return any(told.chances.get(name, 0.0) > 0.3 for name in ("violence", "public_order", "theft"))


def _one_sided(a: frozenset[str], b: frozenset[str], first: frozenset[str], second: frozenset[str]) -> bool:
    return bool(first & a and second & b) and not (first & b or second & a)


def two_matters(one: Told, mine: Told) -> bool:
    """Return whether the events or the people differ: two children missing, each from its own home."""
    people = _of_people(one) and _of_people(mine) and not (one.spots & mine.spots or _one_person(one, mine))
    return people or other_matter(one, mine)


def _of_people(told: Told) -> bool:
    return sum(told.chances.get(category, 0.0) for category in ("missing_person", "found_person")) > _MOSTLY


def _one_person(one: Told, other: Told) -> bool:
    """Return whether both have the same name, or an age that two people may guess differently, and no other name."""
    mine, yours = one.profile, other.profile
    if mine.people and yours.people:
        return bool(mine.people & yours.people)
    return any(abs(a - b) <= _CLOSE_AGE for a in mine.ages for b in yours.ages)
