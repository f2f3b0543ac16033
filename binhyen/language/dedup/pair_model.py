"""Probability that two reports concern one incident: exact numbers, copied texts and points decide, else the weights.

The only such model of the program: intake calls `join`; `binhyen cluster` evaluates pairs a second time with all
reports available (`clustering.py`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from binhyen.language.dedup.event_time import between
from binhyen.language.dedup.idf import weight
from binhyen.language.dedup.pair_features import Signs, signs
from binhyen.language.dedup.report_features import WINDOWS, Told
from binhyen.language.entities.gazetteers import rows

TABLE: Final = "together.tsv"
LONGEST: Final = max(WINDOWS.values())
LIKELY: Final = 0.5  # More likely than not: a wrong join hides a report, a missed one only duplicates a case.
_COPIED = 0.8  # so similar that one was copied from the other
_FEWEST_WORDS = 4
_LOSSES: Final = ("lost_item", "found_item")
_SURE = 0.5
_BY_END = 0.95
_DOUBT = 0.002  # probabilities are bounded: no pair is certain or impossible
_RARE = 0.3  # idf weight of a shared word that alone justifies comparing two reports of distant places


WHYS: Final = ("key", "point", "spot", "words")
_BESIDE, _FAR = 150.0, 1500.0  # metres between the points sent with two reports: the same place, two places
_ONE_KIND = 0.5  # the category distributions agree more than they differ


@dataclass(frozen=True, slots=True)
class Joined:
    """The group a report joins, the probability, and the reason (the strongest of REASONS)."""

    position: int
    chance: float
    why: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Trained weights of the pair features."""

    weights: Mapping[str, float]
    bias: float

    def join(self, new: Told, groups: Sequence[Sequence[Told]]) -> Joined | None:
        """Return the most likely group for `new`, the latest report; None unless more likely than not."""
        best = None
        for position, members in enumerate(groups):
            judged = [self.judge(member, new) for member in members]
            average = together([chance for chance, _ in judged])
            if average >= LIKELY and (best is None or average > best.chance):
                best = Joined(position, average, min((why for _, why in judged if why), key=WHYS.index))
        return best

    def chance(self, one: Told, other: Told) -> float:
        """Return the probability 0..1 that `earlier` and `later` concern one incident."""
        return self.judge(one, other)[0]

    def judge(self, one: Told, other: Told) -> tuple[float, str]:
        """Return the probability and its reason: one of REASONS, or «» if there is none."""
        likely, why, _ = self.weigh(one, other)
        return likely, why

    def weigh(self, one: Told, other: Told) -> tuple[float, str, Signs | None]:
        """Return the probability, its reason, and the features; features are None if a rule decides instead."""
        posted = abs((other.at - one.at).total_seconds()) / 3600
        hours = between(one.span, one.at, other.span, other.at)
        window = max(one.window, other.window)
        if exact(one, other):
            return (1.0, "key", None) if posted <= 2 * LONGEST else (0.0, "", None)
        if min(hours, posted) > 2 * window or not comparable(one, other) or two_things(one, other):
            return 0.0, "", None
        apart = _metres(one, other)
        if apart is not None and apart > _FAR:
            return 0.0, "", None
        found = signs(one, other, hours, window)
        if ends(one, other) or ends(other, one):
            return _BY_END, "words", None
        if found["words"] >= _COPIED and hours <= window and len(one.words & other.words) >= _FEWEST_WORDS:
            return 1.0, "words", None
        beside = apart is not None and apart <= _BESIDE and hours <= window
        if beside and found["category"] >= _ONE_KIND and not found["topics_differ"]:
            return 1.0, "point", None
        return self.of(found), "spot" if found["spot"] or found["near"] else "words", found

    def of(self, found: Mapping[str, float]) -> float:
        """Return the probability by the features alone. Raises KeyError for a feature without a weight."""
        total = self.bias + sum(self.weights[name] * value for name, value in found.items() if value)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def together(chances: Sequence[float]) -> float:
    """Combine probabilities by the mean of their log-odds: a nearly certain one outweighs a doubtful one."""
    kept = (max(_DOUBT, min(1 - _DOUBT, chance)) for chance in chances)
    return 1 / (1 + math.exp(-sum(math.log(chance / (1 - chance)) for chance in kept) / max(1, len(chances))))


def exact(one: Told, other: Told) -> bool:
    """Return True if both name the same plate, account, paper, phone or link, and it is distinctive."""
    return bool(one.keys & other.keys)


def ends(one: Told, other: Told) -> bool:
    """Return True if one gives the end of a number («đuôi 337») and the other such a number, or the same end."""
    return any(end in other.ends or any(key.endswith(end) for key in other.profile.keys) for end in one.ends)


def comparable(one: Told, other: Told) -> bool:
    """Return True if the features are worth computing: the places may match, or a place or rare word is shared.

    A cheap filter: most pairs fail it.
    """
    if one.communes & other.area or other.communes & one.area or not one.communes or not other.communes:
        return True
    if any(not spot[-1].isdecimal() for spot in one.spots & other.spots):
        return True
    return any(weight(word) > _RARE for word in one.words & other.words)


def two_things(one: Told, other: Told) -> bool:
    """Return True if both lost, or found, an item of one kind in different colours: a black wallet and a brown one."""
    mine, yours = one.profile, other.profile
    lost = any(one.chances.get(name, 0.0) > _SURE and other.chances.get(name, 0.0) > _SURE for name in _LOSSES)
    return lost and bool(mine.colors and yours.colors) and not mine.colors & yours.colors


def _metres(one: Told, other: Told) -> float | None:
    """Return the distance in metres between the points sent with the reports; None if one is missing."""
    if one.point is None or other.point is None:
        return None
    (north, east), (north_too, east_too) = one.point, other.point
    return math.hypot(north - north_too, (east - east_too) * math.cos(math.radians(north))) * 111_320


@lru_cache(maxsize=1)
def shipped() -> Pair:
    """Return the weights that are shipped with the program."""
    weights = {row[0]: float(row[1]) for row in rows(TABLE)}
    return Pair(weights, weights.pop("bias"))
