"""Area history: identity of land, successions, and the commune of a place on a given day. Pure."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

COMMUNE, VILLAGE = 3, 4
_FIRST = dt.date.min
_LAST = dt.date.max


class RowRejected(ValueError):
    """Invalid row. `where` is «file:line»; the text is for the author of the file."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}" if where else reason)
        self.where = where
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Version:
    """One row of a unit file: the name of an area from `valid_from` to the day before `valid_to`."""

    uid: str
    code: str
    level: int
    type: str
    name: str
    full_name: str
    parent_uid: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    legal_basis: str = ""
    date_quality: str = ""
    where: str = ""

    @property
    def start(self) -> dt.date:
        return self.valid_from or _FIRST

    @property
    def end(self) -> dt.date:
        return self.valid_to or _LAST


@dataclass(frozen=True, slots=True)
class Edge:
    """`old` (uid) became `new` (uid) on `day`; not `whole` if the old area was divided among several."""

    old: str
    new: str
    day: dt.date
    whole: bool = True
    legal_basis: str = ""
    note: str = ""
    where: str = ""


def is_in_interval(valid_from: dt.date | None, valid_to: dt.date | None, day: dt.date) -> bool:
    """Check a half-open interval: the first day is inside, the last is outside; None is unbounded."""
    return (valid_from is None or valid_from <= day) and (valid_to is None or day < valid_to)


def check_history(versions: Sequence[Version], edges: Iterable[Edge]) -> None:
    """Reject the first impossible row: duplicate uid, empty interval, unknown parent or end, overlap of a code."""
    by_uid: dict[str, Version] = {}
    for version in versions:
        if version.uid in by_uid:
            raise RowRejected(version.where, f"uid {version.uid} stands twice")
        if version.start >= version.end:
            raise RowRejected(version.where, f"{version.uid} ends before it begins")
        by_uid[version.uid] = version
    for version in versions:
        parent = by_uid.get(version.parent_uid)
        if version.parent_uid and parent is None:
            raise RowRejected(version.where, f"{version.uid} has the parent {version.parent_uid}, which is unknown")
        if parent is not None and parent.level >= version.level:
            raise RowRejected(version.where, f"{version.uid} has the parent {parent.uid}, which is not above it")
    for edge in edges:
        for uid in (edge.old, edge.new):
            if uid not in by_uid:
                raise RowRejected(edge.where, f"{uid} is unknown")
    check_overlaps(versions, key=lambda version: version.code)


def check_overlaps(versions: Iterable[Version], *, key: Callable[[Version], str]) -> None:
    """Reject two versions with the same key on one day; the later row in time order is reported."""
    groups: dict[str, list[Version]] = defaultdict(list)
    for version in versions:
        groups[key(version)].append(version)
    for group in groups.values():
        group.sort(key=lambda version: version.start)
        for previous, following in pairwise(group):
            if following.start < previous.end:
                reported = following if following.where else previous
                raise RowRejected(reported.where, f"{following.uid} overlaps {previous.uid} ({previous.full_name})")


def find_identities(versions: Iterable[Version], edges: Iterable[Edge]) -> dict[str, str]:
    """Return uid → uid of the first version of the same area.

    Two versions are the same area if a whole edge joins them on the day on which one ends and the other begins, and on
    that day the first has no other successor and the second no other predecessor. An area that only grew keeps its
    version, so edges into the middle of a version do not count.
    """
    by_uid = {version.uid: version for version in versions}
    forward: dict[str, list[Edge]] = defaultdict(list)
    backward: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        if edge.day == by_uid[edge.old].valid_to:
            forward[edge.old].append(edge)
        if edge.day == by_uid[edge.new].valid_from:
            backward[edge.new].append(edge)
    previous: dict[str, str] = {}
    for uid, outgoing in forward.items():
        edge = outgoing[0]
        is_only_edge = len(outgoing) == 1 and len(backward[edge.new]) == 1
        if (
            is_only_edge
            and edge.whole
            and backward[edge.new][0] is edge
            and by_uid[uid].level == by_uid[edge.new].level
        ):
            previous[edge.new] = uid
    return {uid: _follow_to_first(uid, previous) for uid in by_uid}


def _follow_to_first(uid: str, previous: Mapping[str, str]) -> str:
    while uid in previous:
        uid = previous[uid]
    return uid


@dataclass(frozen=True, slots=True)
class ValidityPeriod:
    """A version as input of the resolver: interval and parent (area ids)."""

    valid_from: dt.date | None
    valid_to: dt.date | None
    parent: int | None


@dataclass(frozen=True, slots=True)
class History:
    """Levels, periods and successions of the given areas; keys are area ids."""

    levels: Mapping[int, int]
    periods: Mapping[int, Sequence[ValidityPeriod]]
    became: Mapping[int, Sequence[tuple[dt.date, int]]] = field(default_factory=dict)


def find_period(area: int, day: dt.date, history: History) -> ValidityPeriod | None:
    return next(
        (period for period in history.periods.get(area, ()) if is_in_interval(period.valid_from, period.valid_to, day)),
        None,
    )


def find_communes_on_day(area: int, day: dt.date, history: History) -> frozenset[int]:
    """Return the communes in force on `day` in the area `area`, which may be former, split, or a village.

    Several if the area was split; empty above the communes and for an area without successor. A village closed without
    a successor uses its last commune. A split follows the village's own succession.
    """
    communes: set[int] = set()
    visited: set[int] = set()
    pending = [area]
    while pending:
        current = pending.pop()
        if current in visited:
            continue
        visited.add(current)
        period = find_period(current, day, history)
        level = history.levels.get(current, 0)
        if period is not None and level == COMMUNE:
            communes.add(current)
        elif period is not None and level == VILLAGE and period.parent is not None:
            pending.append(period.parent)
        elif period is None:
            pending.extend(_list_next_areas(current, level, day, history))
    return frozenset(communes)


def _list_next_areas(area: int, level: int, day: dt.date, history: History) -> list[int]:
    """List the areas to continue with if `area` is not in force on `day`."""
    successors = [new for event_day, new in history.became.get(area, ()) if event_day <= day]
    if successors or level != VILLAGE:
        return successors
    past_periods = [
        period
        for period in history.periods.get(area, ())
        if period.valid_to is not None and period.valid_to <= day and period.parent
    ]
    last = max(past_periods, key=lambda period: period.valid_to or _FIRST, default=None)
    return [last.parent] if last is not None and last.parent is not None else []
