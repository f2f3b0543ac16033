"""Incremental clustering of reports of the same incident that are close in time, place and wording."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from binhyen.language.dedup.clustering import ReportStream, shipped_context_model
from binhyen.language.dedup.pair_model import PairModel, shipped_pair_model
from binhyen.language.dedup.report_features import WINDOWS, extract_report_features
from binhyen.language.entities import extract_entities
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reading import Entity

__all__ = ["WINDOWS", "Categorise", "Clusterer", "IncidentReport"]


@dataclass(frozen=True, slots=True)
class IncidentReport:
    """One citizen's report. `group`: commune code or name of the group it came from."""

    id: str
    text: str
    posted_at: datetime
    group: str | None = None


Categorise = Callable[[IncidentReport, Sequence[Entity]], Sequence[tuple[str, float]]]
"""Function that returns the likely categories of a report with their probabilities, best first."""


class Clusterer:
    """Clustering of reports in chronological order. `categorise` returns the categories of a report.

    Memory holds the reports of the last weeks, and of each earlier one only the ids of the reports it resembles.
    """

    def __init__(
        self, categorise: Categorise, gazetteer: Gazetteer | None = None, pair: PairModel | None = None
    ) -> None:
        self._categorise = categorise
        self._gazetteer = gazetteer or Gazetteer.load_default()
        self._stream = ReportStream(pair or shipped_pair_model(), shipped_context_model())
        self._ids: list[str] = []

    def add(self, report: IncidentReport) -> None:
        """Add one more report, the latest."""
        entities = extract_entities(report.text, self._gazetteer)
        chances = dict(self._categorise(report, entities))
        self._stream.add(
            extract_report_features(report.text, report.posted_at, report.group, chances, entities, self._gazetteer)
        )
        self._ids.append(report.id)

    def assign_clusters(self) -> dict[str, str | None]:
        """Return report id → cluster, None if the report stands alone."""
        groups = self._stream.groups()
        several = [group for group, size in Counter(groups).items() if size > 1]
        names = {group: f"c{number}" for number, group in enumerate(several, 1)}
        return {key: names.get(group) for key, group in zip(self._ids, groups, strict=True)}
