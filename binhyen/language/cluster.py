"""The same incident told by many: joins reports of one category that are close in time, place and words."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from binhyen.language.entities import extract
from binhyen.language.places import Gazetteer
from binhyen.language.profile import Profile, Rarity, profile
from binhyen.language.reading import Entity

# Hours within which reports of a category can be about one incident.
WINDOWS: Final[dict[str, float]] = {
    "violence": 3,
    "theft": 24,
    "traffic": 4,
    "fire": 4,
    "scam": 168,
    "missing_person": 72,
    "found_person": 48,
    "drugs_gambling": 48,
    "public_order": 24,
    "environment_noise": 12,
    "officer_complaint": 48,
    "weapon_handover": 24,
    "welfare": 96,
    "lost_item": 72,
    "found_item": 72,
    "other": 72,
    "admin_question": 6,
    "thanks": 24,
}
# In these, two reports are about one thing only when a number is shared or the words nearly agree.
_STRICT: Final = frozenset(
    ("other", "admin_question", "thanks", "lost_item", "found_item", "welfare", "officer_complaint")
)
_SUDDEN: Final = frozenset(("violence", "traffic", "fire"))
_FAMILIES: Final = (
    frozenset(("violence", "public_order")),
    frozenset(("fire", "environment_noise")),
    frozenset(("scam", "other")),
    frozenset(("theft", "public_order")),
    frozenset(("drugs_gambling", "public_order")),
    frozenset(("traffic", "violence")),
    frozenset(("traffic", "environment_noise")),
    frozenset(("public_order", "environment_noise")),
    frozenset(("missing_person", "found_person")),
    frozenset(("theft", "violence")),
    frozenset(("theft", "lost_item")),
    frozenset(("missing_person", "lost_item")),
    frozenset(("missing_person", "found_item")),
)
_THRESHOLD: Final = 0.46
_SAME_COMMUNE: Final = 1.15
_KEPT: Final = 12  # members of a cluster that a new report is compared with
_LONGEST: Final = max(WINDOWS.values())


@dataclass(frozen=True, slots=True)
class Report:
    """One citizen's report. `group`: commune code or name of the group it came from."""

    id: str
    text: str
    posted_at: datetime
    group: str | None = None


Categorise = Callable[[Report, Sequence[Entity]], str]


@dataclass(frozen=True, slots=True)
class _Member:
    report: Report
    category: str
    profile: Profile


@dataclass(slots=True)
class _Cluster:
    name: str
    members: list[_Member] = field(default_factory=list)


class Clusterer:
    """Takes reports in the order of time. `categorise` says what a report is about.

    Memory holds the clusters of the last week only; `clusters()` keeps the assignment of every id.
    """

    def __init__(self, categorise: Categorise, gazetteer: Gazetteer | None = None) -> None:
        self._categorise = categorise
        self._gazetteer = gazetteer or Gazetteer.load_default()
        self._open: list[_Cluster] = []
        self._sizes: dict[str, int] = {}
        self._of: dict[str, str] = {}
        self._rarity = Rarity()

    def add(self, report: Report) -> str | None:
        """The cluster the report joins, or None where it stands alone so far."""
        member = self._member(report)
        self._rarity.add(member.profile.grams)
        self._forget(report.posted_at)
        best = max(self._open, key=lambda cluster: self._average(member, cluster), default=None)
        if best is None or self._average(member, best) < _THRESHOLD:
            best = _Cluster(f"c{len(self._sizes) + 1}")
            self._sizes[best.name] = 0
            self._open.append(best)
        best.members.append(member)
        if len(best.members) > _KEPT:
            del best.members[1]
        self._sizes[best.name] += 1
        self._of[report.id] = best.name
        return best.name if self._sizes[best.name] > 1 else None

    def clusters(self) -> dict[str, str | None]:
        """Report id → cluster, None where the report stayed alone."""
        return {key: name if self._sizes[name] > 1 else None for key, name in self._of.items()}

    def _member(self, report: Report) -> _Member:
        near = report.group if report.group in self._gazetteer.communes else None
        entities = extract(report.text, self._gazetteer)
        category = self._categorise(report, entities)
        return _Member(report, category, profile(report.text, self._gazetteer, near, entities))

    def _forget(self, now: datetime) -> None:
        self._open = [
            cluster
            for cluster in self._open
            if (now - cluster.members[-1].report.posted_at).total_seconds()
            <= 3600 * 2 * WINDOWS.get(cluster.members[-1].category, _LONGEST)
        ]

    def _average(self, member: _Member, cluster: _Cluster) -> float:
        return sum(self._alike(member, other) for other in cluster.members) / len(cluster.members)

    def _alike(self, one: _Member, other: _Member) -> float:
        """0..1: how likely two reports are about one incident."""
        window = max(WINDOWS.get(one.category, 24), WINDOWS.get(other.category, 24))
        hours = abs((one.report.posted_at - other.report.posted_at).total_seconds()) / 3600
        if hours > 2 * window:
            return 0.0
        shared = one.profile.keys & other.profile.keys
        if shared and not all(key.startswith("PHONE:") and _helpline(key) for key in shared):
            return 1.0
        words = self._rarity.cosine(one.profile.grams, other.profile.grams)
        if words >= 0.8 and hours <= window:
            return 1.0
        if hours > 1.5 * window:
            return 0.0
        told = _base(one.category, other.category) + 1.3 * words + _details(one.profile, other.profile)
        where = self._where(one, other)
        kin = _kinship(one.category, other.category)
        kin = max(kin, 0.95) if where > _SAME_COMMUNE else kin  # at the same spot the category may be a mistake
        return min(1.0, told * kin * where * _contrast(one.profile, other.profile) * math.exp(-0.6 * hours / window))

    def _where(self, one: _Member, other: _Member) -> float:
        """Factor of place: 1.35 the same spot, 1.15 the same commune, 0.2 two communes that do not touch.

        Where the text names no place, the commune of the group stands in, and counts less.
        """
        same_group = one.report.group is not None and one.report.group == other.report.group
        mine, yours = self._spots(one), self._spots(other)
        if mine & yours:
            return 1.35
        apart = 0.7 if mine and yours else 1.0
        codes, named = self._communes(one)
        others, both = self._communes(other)
        named = named and both
        far = "scam" in (one.category, other.category)
        if not codes or not others:
            return apart * (1.15 if same_group else 0.9 if far else 0.65)
        if set(codes) & set(others):
            return 1.15 * apart
        if any(self._gazetteer.adjoining(c, o) for c in codes for o in others):
            return apart * (0.8 if same_group or not named else 0.65)
        return 0.75 if far else 0.2 if named else 0.5

    def _spots(self, member: _Member) -> set[str]:
        """Places more exact than a commune."""
        return {spot for spot in member.profile.places if len(spot) > 2 and not self._gazetteer.is_unit(spot)}

    def _communes(self, member: _Member) -> tuple[tuple[str, ...], bool]:
        """The communes a report may be about, and whether its text names them."""
        if member.profile.communes:
            return member.profile.communes, True
        group = member.report.group
        return ((group,) if group in self._gazetteer.communes and group else ()), False


def _base(one: str, other: str) -> float:
    """What the category alone says: two fights at one time and place are likely one, two lost wallets are not."""
    if one in _STRICT and other in _STRICT:
        return 0.0
    if one in _STRICT or other in _STRICT or "scam" in (one, other):
        return 0.18
    return 0.36 if one in _SUDDEN and other in _SUDDEN else 0.22


def _details(one: Profile, other: Profile) -> float:
    """Shared people, things and topics."""
    people = one.people & other.people
    names = 0.5 if any(" " in name for name in people) else 0.25 if people else 0.0
    topics = 0.12 if one.topics & other.topics else 0.0
    ages = 0.2 if one.ages & other.ages else 0.0
    return min(0.7, 0.1 * len(one.items & other.items) + names + topics + ages)


def _contrast(mine: Profile, yours: Profile) -> float:
    """Below 1 where the reports tell of different topics, things or ages."""
    factor = 1.0
    if mine.topics and yours.topics and not mine.topics & yours.topics:
        factor *= 0.6
    if mine.items and yours.items and not mine.items & yours.items:
        factor *= 0.7
    if mine.ages and yours.ages and min(abs(a - b) for a in mine.ages for b in yours.ages) > 3:
        factor *= 0.5
    return factor


def _kinship(one: str, other: str) -> float:
    if one == other:
        return 1.0
    return 0.8 if any(one in family and other in family for family in _FAMILIES) else 0.65


def _helpline(key: str) -> bool:
    return len(key) < len("PHONE:") + 9
