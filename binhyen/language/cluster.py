"""The same incident told by many: joins reports that are close in time, place and words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from binhyen.language.entities import extract
from binhyen.language.places import Gazetteer
from binhyen.language.reading import Entity
from binhyen.language.together import MEMBERS, WINDOWS, Pair, Told, shipped, told

__all__ = ["WINDOWS", "Categorise", "Clusterer", "Report"]


@dataclass(frozen=True, slots=True)
class Report:
    """One citizen's report. `group`: commune code or name of the group it came from."""

    id: str
    text: str
    posted_at: datetime
    group: str | None = None


Categorise = Callable[[Report, Sequence[Entity]], Sequence[tuple[str, float]]]
"""The likely categories of a report with their probabilities, best first."""


@dataclass(slots=True)
class _Cluster:
    name: str
    members: list[Told] = field(default_factory=list)


class Clusterer:
    """Takes reports in the order of time. `categorise` says what a report is about.

    Memory holds the clusters of the last weeks only; `clusters()` keeps the assignment of every id.
    """

    def __init__(self, categorise: Categorise, gazetteer: Gazetteer | None = None, pair: Pair | None = None) -> None:
        self._categorise = categorise
        self._gazetteer = gazetteer or Gazetteer.load_default()
        self._pair = pair or shipped()
        self._open: list[_Cluster] = []
        self._sizes: dict[str, int] = {}
        self._of: dict[str, str] = {}

    def add(self, report: Report) -> str | None:
        """The cluster the report joins, or None where it stands alone so far."""
        entities = extract(report.text, self._gazetteer)
        chances = dict(self._categorise(report, entities))
        return self.put(
            report.id, told(report.text, report.posted_at, report.group, chances, entities, self._gazetteer)
        )

    def put(self, report_id: str, new: Told) -> str | None:
        """The same for a report that is read already."""
        self._forget(new.at)
        joined = self._pair.join(new, [cluster.members for cluster in self._open])
        if joined is not None:
            best = self._open[joined.position]
        else:
            best = _Cluster(f"c{len(self._sizes) + 1}")
            self._sizes[best.name] = 0
            self._open.append(best)
        best.members.append(new)
        if len(best.members) > MEMBERS:
            del best.members[1]
        self._sizes[best.name] += 1
        self._of[report_id] = best.name
        return best.name if self._sizes[best.name] > 1 else None

    def clusters(self) -> dict[str, str | None]:
        """Report id → cluster, None where the report stayed alone."""
        return {key: name if self._sizes[name] > 1 else None for key, name in self._of.items()}

    def _forget(self, now: datetime) -> None:
        self._open = [
            cluster
            for cluster in self._open
            if (now - cluster.members[-1].at).total_seconds()
            <= 3600 * 2 * max(member.window for member in cluster.members)
        ]
