"""Incremental clustering of reports of the same incident that are close in time, place and wording.

Reports of a cluster are joined or offered to an officer; `judge_incidents` says which, as it does in intake.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from binhyen.language.dedup.clustering import ReportStream, shipped_context_model, sigmoid
from binhyen.language.dedup.judgement import (
    MatchVerdict,
    ReportedIncident,
    Score,
    extract_features,
    judge_incidents,
)
from binhyen.language.dedup.pair_model import JOIN_THRESHOLD, PairModel, share_identifier, shipped_pair_model
from binhyen.language.dedup.report_features import WINDOWS
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reading import Reading

__all__ = ["WINDOWS", "Assignment", "Clusterer", "IncidentReport"]


@dataclass(frozen=True, slots=True)
class IncidentReport:
    """One citizen's report. `group`: commune code or name of the group it came from."""

    id: str
    text: str
    posted_at: datetime
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """The cluster of a report (None: it stands alone), and whether intake joins it there without asking an officer."""

    cluster: str | None
    is_joined: bool


class Clusterer:
    """Clustering of reports in chronological order. `read` reads one text.

    Memory holds the reports of the last weeks, and of each earlier one only the ids of the reports it resembles.
    """

    def __init__(
        self, read: Callable[[str], Reading], gazetteer: Gazetteer | None = None, pair: PairModel | None = None
    ) -> None:
        self._read = read
        self._gazetteer = gazetteer or Gazetteer.load_default()
        self._stream = ReportStream(pair or shipped_pair_model(), shipped_context_model())
        self._ids: list[str] = []
        self._open: dict[int, ReportedIncident] = {}
        self._joined: list[tuple[int, int]] = []

    def add(self, report: IncidentReport) -> None:
        """Add one more report, the latest."""
        reading = self._read(report.text)
        features = extract_features(
            report.text, report.posted_at, report.group, dict(reading.top), reading.entities, self._gazetteer
        )
        index = len(self._ids)
        self._stream.add(features.learned_features)
        self._ids.append(report.id)
        self._open = {earlier: known for earlier, known in self._open.items() if self._stream.has_features(earlier)}
        self._open[index] = ReportedIncident(reading.category, reading.urgency, (features,))
        self._joined += [
            (earlier, index) for earlier in self._stream.list_similar(index) if self._is_joined(earlier, index)
        ]

    def _is_joined(self, earlier: int, later: int) -> bool:
        """Return whether intake would join these two, if they are of one incident, without asking an officer."""
        left, right = self._open[earlier], self._open[later]
        is_key = share_identifier(left.reports[0].learned_features, right.reports[0].learned_features)
        chance = sigmoid(self._stream.list_similar(later)[earlier])
        score = Score(max(chance, JOIN_THRESHOLD), "key" if is_key else "words", in_context=True)
        return judge_incidents(left, right, score) is MatchVerdict.JOIN

    def assign_clusters(self) -> dict[str, Assignment]:
        """Return report id → its cluster."""
        groups = self._stream.groups()
        several = [group for group, size in Counter(groups).items() if size > 1]
        names = {group: f"c{number}" for number, group in enumerate(several, 1)}
        joined = {index for pair in self._joined if groups[pair[0]] == groups[pair[1]] for index in pair}
        return {
            key: Assignment(names.get(group), index in joined)
            for index, (key, group) in enumerate(zip(self._ids, groups, strict=True))
        }
