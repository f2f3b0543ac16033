"""Probability that two reports concern one incident: exact numbers, copied texts and points decide, else the weights.

The only such model of the program: intake calls `join`; `binhyen cluster` evaluates pairs a second time with all
reports available (`clustering.py`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from binhyen.language.dedup.pair_features import PairFeatures, extract_pair_features
from binhyen.language.dedup.report_features import WINDOWS, ReportFeatures, hours_between_events, idf_weight
from binhyen.language.entities.gazetteers import read_rows_of

TABLE: Final = "together.tsv"
MAX_WINDOW: Final = max(WINDOWS.values())
JOIN_THRESHOLD: Final = 0.5  # More likely than not: a wrong join hides a report, a missed one only duplicates a case.
_COPY_SIMILARITY = 0.8  # so similar that one was copied from the other
_MIN_COPY_WORDS = 4
_LOSSES: Final = ("lost_item", "found_item")
_MIN_CATEGORY_CHANCE = 0.5
_CHANCE_BY_NUMBER_END = 0.95
_CHANCE_MARGIN = 0.002  # probabilities are bounded: no pair is certain or impossible
_MIN_RARE_WEIGHT = 0.3  # idf weight of a shared word that alone justifies comparing two reports of distant places


REASONS: Final = ("key", "point", "spot", "words")
_SAME_PLACE_METRES, _OTHER_PLACE_METRES = (
    150.0,
    1500.0,
)  # metres between the points sent with two reports: the same place, two places
_SAME_CATEGORY = 0.5  # the category distributions agree more than they differ


@dataclass(frozen=True, slots=True)
class JoinDecision:
    """The group a report joins, the probability, and the reason (the strongest of REASONS)."""

    position: int
    chance: float
    why: str


@dataclass(frozen=True, slots=True)
class PairModel:
    """Trained weights of the pair features."""

    weights: Mapping[str, float]
    bias: float

    def join(self, new: ReportFeatures, groups: Sequence[Sequence[ReportFeatures]]) -> JoinDecision | None:
        """Return the most likely group for `new`, the latest report; None unless more likely than not."""
        best = None
        for position, members in enumerate(groups):
            judged = [self.probability_with_reason(member, new) for member in members]
            average = combine_chances([chance for chance, _ in judged])
            if average >= JOIN_THRESHOLD and (best is None or average > best.chance):
                best = JoinDecision(position, average, min((why for _, why in judged if why), key=REASONS.index))
        return best

    def probability(self, earlier: ReportFeatures, later: ReportFeatures) -> float:
        """Return the probability 0..1 that `earlier` and `later` concern one incident."""
        return self.probability_with_reason(earlier, later)[0]

    def probability_with_reason(self, earlier: ReportFeatures, later: ReportFeatures) -> tuple[float, str]:
        """Return the probability and its reason: one of REASONS, or «» if there is none."""
        probability, why, _ = self.evaluate(earlier, later)
        return probability, why

    def evaluate(self, earlier: ReportFeatures, later: ReportFeatures) -> tuple[float, str, PairFeatures | None]:
        """Return the probability, its reason, and the features; features are None if a rule decides instead."""
        posted = abs((later.at - earlier.at).total_seconds()) / 3600
        hours = hours_between_events(earlier.span, earlier.at, later.span, later.at)
        window = max(earlier.window, later.window)
        if share_identifier(earlier, later):
            return (1.0, "key", None) if posted <= 2 * MAX_WINDOW else (0.0, "", None)
        if (
            min(hours, posted) > 2 * window
            or not is_comparable(earlier, later)
            or has_conflicting_colors(earlier, later)
        ):
            return 0.0, "", None
        metres = _distance_metres(earlier, later)
        if metres is not None and metres > _OTHER_PLACE_METRES:
            return 0.0, "", None
        features = extract_pair_features(earlier, later, hours, window)
        if matches_number_end(earlier, later) or matches_number_end(later, earlier):
            return _CHANCE_BY_NUMBER_END, "words", None
        if (
            features["words"] >= _COPY_SIMILARITY
            and hours <= window
            and len(earlier.words & later.words) >= _MIN_COPY_WORDS
        ):
            return 1.0, "words", None
        same_place = metres is not None and metres <= _SAME_PLACE_METRES and hours <= window
        if same_place and features["category"] >= _SAME_CATEGORY and not features["topics_differ"]:
            return 1.0, "point", None
        return self.of(features), "spot" if features["spot"] or features["near"] else "words", features

    def of(self, features: Mapping[str, float]) -> float:
        """Return the probability by the features alone. Raises KeyError for a feature without a weight."""
        total = self.bias + sum(self.weights[name] * value for name, value in features.items() if value)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def combine_chances(chances: Sequence[float]) -> float:
    """Combine probabilities by the mean of their log-odds: a nearly certain one outweighs a doubtful one."""
    bounded = (max(_CHANCE_MARGIN, min(1 - _CHANCE_MARGIN, chance)) for chance in chances)
    return 1 / (1 + math.exp(-sum(math.log(chance / (1 - chance)) for chance in bounded) / max(1, len(chances))))


def share_identifier(left: ReportFeatures, right: ReportFeatures) -> bool:
    """Return True if both name the same plate, account, paper, phone or link, and it is distinctive."""
    return bool(left.keys & right.keys)


def matches_number_end(left: ReportFeatures, right: ReportFeatures) -> bool:
    """Return True if one gives the end of a number («đuôi 337») and the other such a number, or the same end."""
    return any(end in right.ends or any(key.endswith(end) for key in right.profile.keys) for end in left.ends)


def is_comparable(left: ReportFeatures, right: ReportFeatures) -> bool:
    """Return True if the features are worth computing: the places may match, or a place or rare word is shared.

    A cheap filter: most pairs fail it.
    """
    if left.communes & right.area or right.communes & left.area or not left.communes or not right.communes:
        return True
    if any(not spot[-1].isdecimal() for spot in left.spots & right.spots):
        return True
    return any(idf_weight(word) > _MIN_RARE_WEIGHT for word in left.words & right.words)


def has_conflicting_colors(left: ReportFeatures, right: ReportFeatures) -> bool:
    """Return True if both lost, or found, an item of one kind in different colours: a black wallet and a brown one."""
    left_profile, right_profile = left.profile, right.profile
    lost = any(
        left.chances.get(name, 0.0) > _MIN_CATEGORY_CHANCE and right.chances.get(name, 0.0) > _MIN_CATEGORY_CHANCE
        for name in _LOSSES
    )
    return (
        lost and bool(left_profile.colors and right_profile.colors) and not left_profile.colors & right_profile.colors
    )


def _distance_metres(left: ReportFeatures, right: ReportFeatures) -> float | None:
    """Return the distance in metres between the points sent with the reports; None if one is missing."""
    if left.point is None or right.point is None:
        return None
    (north, east), (north_too, east_too) = left.point, right.point
    return math.hypot(north - north_too, (east - east_too) * math.cos(math.radians(north))) * 111_320


@lru_cache(maxsize=1)
def shipped_pair_model() -> PairModel:
    """Return the weights that are shipped with the program."""
    weights = {row[0]: float(row[1]) for row in read_rows_of(TABLE)}
    return PairModel(weights, weights.pop("bias"))
