"""Context features of a pair: the type of each report, the reports posted between them, and shared neighbours.

Pure. Their weights are trained (`data/stream.tsv`). People answer each other: «chỗ đó dập xong rồi» means nothing by
itself, but is clear after the fire that the group discussed a moment ago.
"""

import math
from collections.abc import Mapping
from typing import Final

from binhyen.language.dedup.pair_features import Signs
from binhyen.language.dedup.report_features import Told

LEAST: Final = -6.2  # Log-odds bound: no pair is less likely than this, nor more likely than its negative.
_CALM: Final = ("other", "thanks", "admin_question")
_FEW: Final = 3
_ONE: Final = 0.5  # pseudo-count: a minimum of neighbours before sharing them counts in full


def placed(one: Told, other: Told, between: int, between_here: int, next_here: bool) -> Signs:
    """Return the features known when `later` arrives.

    Features of both reports, and the number posted between, in all groups and in its own.
    """
    found = {
        "between": math.log1p(between),
        "between_here": math.log1p(between_here),
        "next_here": float(next_here),
        "posted": math.log1p(max(0.0, (other.at - one.at).total_seconds()) / 3600),
    }
    for which, told in (("one", one), ("other", other)):
        found[f"refers.{which}"] = float(told.refers)
        found[f"length.{which}"] = math.log1p(len(told.words))
        found[f"spot.{which}"] = float(bool(told.spots))
        found[f"topic.{which}"] = float(bool(told.profile.topics))
        found.update((f"{name}.{which}", told.chances.get(name, 0.0)) for name in _CALM)
    return found


def among(odds: float, mine: Mapping[int, float], yours: Mapping[int, float], one: int, other: int) -> Signs:
    """Return the features known at the end.

    `odds`: log-odds of the pair by itself; `left_odds`, `right_odds`: log-odds of `left` and of `right` with all other
    reports they resemble.
    """
    through = sorted((min(mine[third], yours[third]) for third in mine.keys() & yours.keys()), reverse=True)[:_FEW]
    through += [LEAST] * (_FEW - len(through))
    return {
        "first": odds,
        "through": through[0],
        "through_few": sum(through) / _FEW,
        "company": _company(mine, yours, one, other),
        "behind.one": max(mine.values()) - odds,
        "behind.other": max(yours.values()) - odds,
    }


def _company(mine: Mapping[int, float], yours: Mapping[int, float], one: int, other: int) -> float:
    """Return 0..1: how far both reports resemble the same other reports."""
    both = every = 0.0
    for third in sorted((mine.keys() | yours.keys()) - {one, other}):
        a, b = chance(mine.get(third, LEAST)), chance(yours.get(third, LEAST))
        both, every = both + min(a, b), every + max(a, b)
    return both / max(_ONE, every)


def chance(odds: float) -> float:
    """Return the probability (0..1) of log-odds."""
    return 1 / (1 + math.exp(-odds))
