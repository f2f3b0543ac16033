"""Clustering of a whole stream of reports by incident.

Each pair is scored by itself first, then a second time in context (`context_features.py`); then average-linkage
agglomerative clustering merges the likeliest groups down to a threshold. Intake cannot wait for later reports, and
calls `PairModel.join`.
"""

import heapq
import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from binhyen.language.dedup.context_features import LEAST, among, placed
from binhyen.language.dedup.pair_features import Signs
from binhyen.language.dedup.pair_model import Pair
from binhyen.language.dedup.report_features import Told
from binhyen.language.entities.gazetteers import rows

TABLE: Final = "stream.tsv"
# Log-odds from which groups are merged, 0.25; cross-validated by writer, the result is the same from 0.2 to 0.35.
BAR: Final = -1.1
_APART: Final = -4.0  # log-odds that a pair not worth scoring adds to the mean of its groups
_HOPELESS: Final = -5.0  # pairs below these log-odds are not stored
_MOST: Final = 300  # Maximum number of earlier reports (the newest) to compare with: thousands may report one flood.
_DAYS: Final = 48.0  # hours within which people return to an incident that is long over


@dataclass(frozen=True, slots=True)
class Second:
    """Weights of the second, contextual score."""

    weights: Mapping[str, float]
    bias: float

    def of(self, found: Signs) -> float:
        """Return the contribution of these features to the log-odds. Raises KeyError for a feature without a weight."""
        return sum(self.weights[name] * value for name, value in found.items() if value)


@lru_cache(maxsize=1)
def second() -> Second:
    """Return the weights that are shipped with the program."""
    weights = {row[0]: float(row[1]) for row in rows(TABLE)}
    return Second(weights, weights.pop("bias"))


class Stream:
    """Stream of reports in chronological order.

    Holds the features of a report as long as a later report may concern it, and afterwards only its neighbours.
    """

    def __init__(self, pair: Pair, look: Second) -> None:
        self._pair, self._look = pair, look
        self._told: dict[int, Told] = {}
        self._open: list[int] = []
        self._here: defaultdict[str | None, list[int]] = defaultdict(list)
        self._odds: list[dict[int, float]] = []
        self._known: dict[tuple[int, int], float | None] = {}  # second score so far; None: a rule decided

    def add(self, new: Told) -> None:
        """Add one more report, the latest."""
        self._forget(new)
        index, compared = len(self._odds), 0
        self._odds.append({})
        for earlier in reversed(self._open):
            likely, _, found = self._pair.weigh(self._told[earlier], new)
            odds = _log(likely)
            compared += found is not None
            if odds > _HOPELESS:
                self._odds[index][earlier] = self._odds[earlier][index] = odds
                self._known[earlier, index] = None if found is None else self.see(earlier, index, new, found)
            if compared == _MOST:
                break
        self._open.append(index)
        self._told[index] = new
        self._here[new.group].append(index)

    def see(self, earlier: int, index: int, new: Told, found: Signs) -> float:
        """Return the second score of a pair so far, computed when the later report arrives."""
        return self._look.of(self.signs(earlier, index, new, found))

    def signs(self, earlier: int, index: int, new: Told, found: Signs) -> Signs:
        """Return the features of the second score. Interaction terms are used by the first score only."""
        here = self._here[new.group]
        since = len(here) - bisect_right(here, earlier)
        plain = {name: value for name, value in found.items() if "*" not in name}
        return plain | placed(self._told[earlier], new, index - earlier - 1, since, bool(here) and here[-1] == earlier)

    def beside(self, one: int, other: int) -> Signs:
        """Return the contextual features of a stored pair, once all reports are there."""
        mine, yours = self._odds[one], self._odds[other]
        return among(mine[other], mine, yours, one, other)

    def groups(self) -> list[int]:
        """Return for each report the index of the first report of its group."""
        odds = {
            pair: self._odds[pair[0]][pair[1]] if so_far is None
            else _bound(self._look.bias + so_far + self._look.of(self.beside(*pair)))
            for pair, so_far in self._known.items()
        }  # fmt: skip
        return linked(len(self._odds), odds)

    def _forget(self, new: Told) -> None:
        """Drop the features of reports that are too old to be reported again."""
        gone = {index for index in self._open if _over(self._told[index], new)}
        if gone:
            self._open = [index for index in self._open if index not in gone]
            self._told = {index: self._told[index] for index in self._open}


def _over(told: Told, new: Told) -> bool:
    return (new.at - told.at).total_seconds() > 3600 * max(_DAYS, 2 * told.window)


def _log(likely: float) -> float:
    """Return bounded log-odds."""
    return _bound(math.log(max(likely, 1e-9) / max(1 - likely, 1e-9)))


def _bound(odds: float) -> float:
    return max(LEAST, min(-LEAST, odds))


def linked(many: int, odds: Mapping[tuple[int, int], float], bar: float = BAR) -> list[int]:
    """Merge groups by average linkage; return for each of `count` reports the first report of its group.

    The two groups with the highest mean log-odds are merged, again and again, down to the bar. `odds` of pairs
    (earlier, later); pairs without odds count as apart.
    """
    members = {index: [index] for index in range(many)}
    sums: dict[int, dict[int, float]] = defaultdict(dict)
    for (one, other), value in odds.items():
        sums[one][other] = sums[other][one] = value - _APART
    heap = [(-value, a, b, 1, 1) for a, row in sums.items() for b, value in row.items() if a < b]
    heapq.heapify(heap)
    while heap:
        negative, one, other, size, size_too = heapq.heappop(heap)
        if len(members.get(one, ())) != size or len(members.get(other, ())) != size_too:
            continue  # Stale heap entry: one of the groups is larger by now, or part of another.
        if negative - _APART > -bar:
            break
        members[one] += members.pop(other)
        for third, value in sums.pop(other).items():
            del sums[third][other]
            if third != one:
                sums[one][third] = sums[third][one] = sums[one].get(third, 0.0) + value
        for third, value in sums[one].items():
            first, last = min(one, third), max(one, third)
            mine, yours = len(members[first]), len(members[last])
            heapq.heappush(heap, (-value / (mine * yours), first, last, mine, yours))
    first_of = {index: first for first, group in members.items() for index in group}
    return [first_of[index] for index in range(many)]
