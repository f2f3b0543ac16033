"""Are two tellings of danger surely one incident, and is what two tell surely two? Pure.

What the learnt judgement finds likely is not enough where somebody may die: in one hamlet a husband is after his wife
while youths fight, and both are told in much the same words. Danger joins danger only where a spot finer than a hamlet,
points, or words that add nothing bind them, and nothing contradicts.
"""

import re
from collections.abc import Iterator, Sequence

from binhyen.cases.told import Telling
from binhyen.language.together import other_matter
from binhyen.language.together.told import Told

_WHO = frozenset(("child", "baby", "elder"))
_CLOSE_AGE, _MOSTLY = 3, 0.5
_COPIED, _ALIKE = 4, 0.75  # words in both that need no spot in common, their share: one was copied from the other
_FAMILY = re.compile(
    r"\b(?:chong|vo|bo|cha|me) (?:toi|tui|em|chau|minh|tao)\b"
    r"|\b(?:danh|doa|giet|duoi|chem|dap|bop co) (?:vo|chong|con|me|bo|cha)\b|\b(?:vo chong|bo duong|me ke|di ghe)\b"
)
_SEXES = (
    re.compile(r"\b(?:be|chau|con|em|dua|hoc sinh) trai\b|\bong (?:cu|noi|ngoai|gia)\b|\b(?:cu|gia) ong\b"),
    re.compile(r"\b(?:be|chau|con|em|dua|hoc sinh) gai\b|\bba (?:cu|noi|ngoai|gia)\b|\b(?:cu|gia) ba\b"),
)
_UNLIKE = (frozenset(("crash",)), frozenset(("fight", "shots", "scream", "home")))  # an accident, and somebody's deed


def bound(tellings: Sequence[Telling], mine: Telling, *, points: bool) -> bool:
    """Is `mine`, the latest, surely of what these told? `points`: two that came along are one spot."""
    bind = points or any(_bound(one, mine) for one in tellings)
    return bind and not any(_against(one, mine) for one in tellings)


def _bound(one: Telling, mine: Telling) -> bool:
    return one_spot(one, mine) or adds_nothing(one, mine)


def one_spot(one: Telling, mine: Telling) -> bool:
    """A house, a shop, a crossroads that one names stands in the words of the other."""
    return any(map(mine.names, one.spots)) or any(map(one.names, mine.spots))


def adds_nothing(one: Telling, mine: Telling) -> bool:
    """All that `mine` tells is in `one`, which was there before: where it is another incident, nobody could tell."""
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
    """What happened is another thing, or to another person: two children are missing, each from a home of its own."""
    people = _of_people(one) and _of_people(mine) and not (one.spots & mine.spots or _one_person(one, mine))
    return people or other_matter(one, mine)


def _of_people(told: Told) -> bool:
    return sum(told.chances.get(category, 0.0) for category in ("missing_person", "found_person")) > _MOSTLY


def _one_person(one: Told, other: Told) -> bool:
    """A name, or an age as two people guess it, is in both, and no other name."""
    mine, yours = one.profile, other.profile
    if mine.people and yours.people:
        return bool(mine.people & yours.people)
    return any(abs(a - b) <= _CLOSE_AGE for a in mine.ages for b in yours.ages)
