"""Clustering of a whole stream of reports by incident.

Each pair is scored by itself first, then a second time in context (`context_features.py`); then average-linkage
agglomerative clustering merges the likeliest groups down to a threshold. Intake cannot wait for later reports, and
calls `PairModel.join`. What a score is enough for is decided by `judgement.py`, for both.
"""

import heapq
import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from binhyen.language.dedup.pair_model import PairFeatures, PairModel, shares_place
from binhyen.language.dedup.report_features import ReportFeatures
from binhyen.language.entities.gazetteers import read_rows_of

# Context features of a pair: the type of each report, the reports posted between them, and shared neighbours.
#
# Pure. Their weights are trained (`data/stream.tsv`). People answer each other: «chỗ đó dập xong rồi» means nothing by
# itself, but is clear after the fire that the group discussed a moment ago.

MIN_LOG_ODDS: Final = -6.2  # Log-odds bound: no pair is less likely than this, nor more likely than its negative.
_CALM: Final = ("other", "thanks", "admin_question")
_MAX_SHARED: Final = 3
_NEIGHBOUR_PSEUDOCOUNT: Final = 0.5  # pseudo-count: a minimum of neighbours before sharing them counts in full


def arrival_features(
    earlier: ReportFeatures, later: ReportFeatures, between: int, between_here: int, next_here: bool, rate: float
) -> PairFeatures:
    """Return the features known when `later` arrives.

    Features of both reports, the number posted between, in all groups and in its own, and the number that its group
    posts in that time anyway (`rate`: reports per hour): in a busy group, being next in time means little.
    """
    hours = max(0.0, (later.at - earlier.at).total_seconds()) / 3600
    expected = math.log1p(rate * hours)
    features = {
        "between": math.log1p(between),
        "between_here": math.log1p(between_here),
        "next_here": float(next_here),
        "posted": math.log1p(hours),
        "rate": math.log1p(rate),
        "expected": expected,
        "expected_elsewhere": expected * (not shares_place(earlier, later)),
        "expected_other": expected * (not earlier.profile.topics & later.profile.topics),
    }
    for role, report in (("one", earlier), ("other", later)):
        features[f"refers.{role}"] = float(report.refers)
        features[f"length.{role}"] = math.log1p(len(report.words))
        features[f"spot.{role}"] = float(bool(report.spots))
        features[f"topic.{role}"] = float(bool(report.profile.topics))
        features.update((f"{name}.{role}", report.chances.get(name, 0.0)) for name in _CALM)
    return features


def build_neighbour_features(
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


TABLE: Final = "stream.tsv"
# Log-odds from which groups are merged: more likely than not. Of a quiet group less is enough; in a busy one it would
# merge eight times as many unrelated reports.
MERGE_THRESHOLD: Final = 0.0
_QUIET_BONUS: Final = 1.1
# Reports of a busy group within this time before or after a report: every hour of the unrelated streams has them.
_BUSY_COUNT: Final = 7
_BUSY_SPAN: Final = timedelta(hours=3)
_OWNED_CATEGORIES: Final = frozenset(("theft", "lost_item", "found_item"))  # two people may be robbed in one village
_CERTAIN_CHANCE: Final = 0.9
_DEFAULT_LOG_ODDS: Final = -4.0  # log-odds that a pair not worth scoring adds to the mean of its groups
_MIN_STORED_LOG_ODDS: Final = -5.0  # pairs below these log-odds are not stored
_MAX_COMPARED: Final = (
    300  # Maximum number of earlier reports (the newest) to compare with: thousands may report one flood.
)
_RATE_SPAN: Final = timedelta(days=1)
_MIN_RATE_HOURS: Final = 2.0  # a group whose first reports just came is not busy yet
_MIN_MEMORY_HOURS: Final = 48.0  # hours within which people return to an incident that is long over


@dataclass(frozen=True, slots=True)
class ContextModel:
    """Weights of the second, contextual score."""

    weights: Mapping[str, float]
    bias: float

    def of(self, features: PairFeatures) -> float:
        """Return the contribution of these features to the log-odds. Raises KeyError for a feature without a weight."""
        return sum(self.weights[name] * value for name, value in features.items() if value)


@lru_cache(maxsize=1)
def shipped_context_model() -> ContextModel:
    """Return the weights that are shipped with the program."""
    weights = {row[0]: float(row[1]) for row in read_rows_of(TABLE)}
    return ContextModel(weights, weights.pop("bias"))


class ReportStream:
    """Stream of reports in chronological order.

    Holds the features of a report as long as a later report may concern it, and afterwards only its neighbours.
    """

    def __init__(self, pair: PairModel, look: ContextModel) -> None:
        self._pair, self._context_model = pair, look
        self._reports: dict[int, ReportFeatures] = {}
        self._open: list[int] = []
        self._by_group: defaultdict[str | None, list[int]] = defaultdict(list)
        self._times: defaultdict[str | None, list[datetime]] = defaultdict(list)
        self._summaries: list[_Summary] = []
        self._odds: list[dict[int, float]] = []
        self._context_scores: dict[tuple[int, int], float | None] = {}  # second score so far; None: a rule decided

    def add(self, new: ReportFeatures) -> None:
        """Add one more report, the latest."""
        self._drop_old_reports(new)
        index, compared = len(self._odds), 0
        self._odds.append({})
        for earlier in reversed(self._open):
            probability, _, features = self._pair.evaluate(self._reports[earlier], new)
            odds = _to_log_odds(probability)
            compared += features is not None
            if odds > _MIN_STORED_LOG_ODDS:
                self._odds[index][earlier] = self._odds[earlier][index] = odds
                self._context_scores[earlier, index] = (
                    None if features is None else self.score_context(earlier, index, new, features)
                )
            if compared == _MAX_COMPARED:
                break
        self._open.append(index)
        self._reports[index] = new
        self._by_group[new.group].append(index)
        self._times[new.group].append(new.at)
        category = max(new.chances, key=new.chances.__getitem__, default="")
        self._summaries.append(_Summary(new.group, new.at, category, new.chances.get(category, 0.0)))

    def score_context(self, earlier: int, index: int, new: ReportFeatures, features: PairFeatures) -> float:
        """Return the second score of a pair so far, computed when the later report arrives."""
        return self._context_model.of(self.context_features(earlier, index, new, features))

    def context_features(self, earlier: int, index: int, new: ReportFeatures, features: PairFeatures) -> PairFeatures:
        """Return the features of the second score. Interaction terms are used by the first score only."""
        same_group = self._by_group[new.group]
        since = len(same_group) - bisect_right(same_group, earlier)
        single_features = {name: value for name, value in features.items() if "*" not in name}
        return single_features | arrival_features(
            self._reports[earlier],
            new,
            index - earlier - 1,
            since,
            bool(same_group) and same_group[-1] == earlier,
            self._estimate_rate(new),
        )

    def _estimate_rate(self, new: ReportFeatures) -> float:
        """Return how many reports an hour the group of `new` has posted within the last day."""
        since = bisect_left(self._times[new.group], new.at - _RATE_SPAN)
        times = self._times[new.group][since:]
        return len(times) / ((new.at - times[0]).total_seconds() / 3600 + _MIN_RATE_HOURS) if times else 0.0

    def neighbour_features(self, earlier: int, later: int) -> PairFeatures:
        """Return the contextual features of a stored pair, once all reports are there."""
        left_odds, right_odds = self._odds[earlier], self._odds[later]
        return build_neighbour_features(left_odds[later], left_odds, right_odds, earlier, later)

    def list_similar(self, index: int) -> Mapping[int, float]:
        """Return the stored log-odds of a report with the reports it resembles."""
        return self._odds[index]

    def has_features(self, index: int) -> bool:
        """Return whether a later report may still concern this one."""
        return index in self._reports

    def groups(self) -> list[int]:
        """Return for each report the index of the first report of its group."""
        is_quiet = [not self._is_in_busy_group(summary) for summary in self._summaries]
        odds = {
            pair: self._odds[pair[0]][pair[1]]
            if so_far is None
            else _clamp(self._context_model.bias + so_far + self._context_model.of(self.neighbour_features(*pair)))
            + _QUIET_BONUS
            * (is_quiet[pair[0]] and is_quiet[pair[1]] and _may_be_alike(*(self._summaries[index] for index in pair)))
            for pair, so_far in self._context_scores.items()
        }
        return link_groups(len(self._odds), odds)

    def _is_in_busy_group(self, summary: "_Summary") -> bool:
        times, moment = self._times[summary.group], summary.at
        before = bisect_right(times, moment) - bisect_left(times, moment - _BUSY_SPAN)
        after = bisect_right(times, moment + _BUSY_SPAN) - bisect_left(times, moment)
        return max(before, after) >= _BUSY_COUNT

    def _drop_old_reports(self, new: ReportFeatures) -> None:
        """Drop the features of reports that are too old to be reported again."""
        gone = {index for index in self._open if _is_expired(self._reports[index], new)}
        if gone:
            self._open = [index for index in self._open if index not in gone]
            self._reports = {index: self._reports[index] for index in self._open}


class _Summary(NamedTuple):
    """The group and time of a report, and its likeliest category."""

    group: str | None
    at: datetime
    category: str
    chance: float


def _may_be_alike(left: _Summary, right: _Summary) -> bool:
    """Return whether less likely reports may be merged: no property of two owners, and no two certain categories."""
    is_certain = min(left.chance, right.chance) >= _CERTAIN_CHANCE
    return not ({left.category, right.category} & _OWNED_CATEGORIES or (is_certain and left.category != right.category))


def _is_expired(report: ReportFeatures, new: ReportFeatures) -> bool:
    return (new.at - report.at).total_seconds() > 3600 * max(_MIN_MEMORY_HOURS, 2 * report.window)


def _to_log_odds(likely: float) -> float:
    """Return bounded log-odds."""
    return _clamp(math.log(max(likely, 1e-9) / max(1 - likely, 1e-9)))


def _clamp(odds: float) -> float:
    return max(MIN_LOG_ODDS, min(-MIN_LOG_ODDS, odds))


def link_groups(count: int, odds: Mapping[tuple[int, int], float], bar: float = MERGE_THRESHOLD) -> list[int]:
    """Merge groups by average linkage; return for each of `count` reports the first report of its group.

    The two groups with the highest mean log-odds are merged, again and again, down to the bar. `odds` of pairs
    (earlier, later); pairs without odds count as apart.
    """
    members = {index: [index] for index in range(count)}
    sums: dict[int, dict[int, float]] = defaultdict(dict)
    for (left, right), value in odds.items():
        sums[left][right] = sums[right][left] = value - _DEFAULT_LOG_ODDS
    heap = [
        (-value, first_group, second_group, 1, 1)
        for first_group, row in sums.items()
        for second_group, value in row.items()
        if first_group < second_group
    ]
    heapq.heapify(heap)
    while heap:
        negative, left, right, size, size_too = heapq.heappop(heap)
        if len(members.get(left, ())) != size or len(members.get(right, ())) != size_too:
            continue  # Stale heap entry: one of the groups is larger by now, or part of another.
        if negative - _DEFAULT_LOG_ODDS > -bar:
            break
        members[left] += members.pop(right)
        for third, value in sums.pop(right).items():
            del sums[third][right]
            if third != left:
                sums[left][third] = sums[third][left] = sums[left].get(third, 0.0) + value
        for third, value in sums[left].items():
            first, last = min(left, third), max(left, third)
            first_size, last_size = len(members[first]), len(members[last])
            heapq.heappush(heap, (-value / (first_size * last_size), first, last, first_size, last_size))
    first_of = {index: first for first, group in members.items() for index in group}
    return [first_of[index] for index in range(count)]
