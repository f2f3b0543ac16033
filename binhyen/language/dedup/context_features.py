"""Context features of a pair: the type of each report, the reports posted between them, and shared neighbours.

Pure. Their weights are trained (`data/stream.tsv`). People answer each other: «chỗ đó dập xong rồi» means nothing by
itself, but is clear after the fire that the group discussed a moment ago.
"""

import math
from collections.abc import Mapping
from typing import Final

from binhyen.language.dedup.pair_features import PairFeatures
from binhyen.language.dedup.report_features import ReportFeatures

MIN_LOG_ODDS: Final = -6.2  # Log-odds bound: no pair is less likely than this, nor more likely than its negative.
_CALM: Final = ("other", "thanks", "admin_question")
_MAX_SHARED: Final = 3
_NEIGHBOUR_PSEUDOCOUNT: Final = 0.5  # pseudo-count: a minimum of neighbours before sharing them counts in full


def arrival_features(
    earlier: ReportFeatures, later: ReportFeatures, between: int, between_here: int, next_here: bool
) -> PairFeatures:
    """Return the features known when `later` arrives.

    Features of both reports, and the number posted between, in all groups and in its own.
    """
    features = {
        "between": math.log1p(between),
        "between_here": math.log1p(between_here),
        "next_here": float(next_here),
        "posted": math.log1p(max(0.0, (later.at - earlier.at).total_seconds()) / 3600),
    }
    for role, report in (("one", earlier), ("other", later)):
        features[f"refers.{role}"] = float(report.refers)
        features[f"length.{role}"] = math.log1p(len(report.words))
        features[f"spot.{role}"] = float(bool(report.spots))
        features[f"topic.{role}"] = float(bool(report.profile.topics))
        features.update((f"{name}.{role}", report.chances.get(name, 0.0)) for name in _CALM)
    return features


def neighbour_features(
    odds: float, left_odds: Mapping[int, float], right_odds: Mapping[int, float], left: int, right: int
) -> PairFeatures:
    """Return the features known at the end.

    `odds`: log-odds of the pair by itself; `left_odds`, `right_odds`: log-odds of `left` and of `right` with all other
    reports they resemble.
    """
    through = sorted(
        (min(left_odds[third], right_odds[third]) for third in left_odds.keys() & right_odds.keys()), reverse=True
    )[:_MAX_SHARED]
    through += [MIN_LOG_ODDS] * (_MAX_SHARED - len(through))
    return {
        "first": odds,
        "through": through[0],
        "through_few": sum(through) / _MAX_SHARED,
        "company": _neighbour_overlap(left_odds, right_odds, left, right),
        "behind.one": max(left_odds.values()) - odds,
        "behind.other": max(right_odds.values()) - odds,
    }


def _neighbour_overlap(left_odds: Mapping[int, float], right_odds: Mapping[int, float], left: int, right: int) -> float:
    """Return 0..1: how far both reports resemble the same other reports."""
    shared = total = 0.0
    for third in sorted((left_odds.keys() | right_odds.keys()) - {left, right}):
        left_chance, right_chance = (
            sigmoid(left_odds.get(third, MIN_LOG_ODDS)),
            sigmoid(right_odds.get(third, MIN_LOG_ODDS)),
        )
        shared, total = shared + min(left_chance, right_chance), total + max(left_chance, right_chance)
    return shared / max(_NEIGHBOUR_PSEUDOCOUNT, total)


def sigmoid(odds: float) -> float:
    """Return the probability (0..1) of log-odds."""
    return 1 / (1 + math.exp(-odds))
