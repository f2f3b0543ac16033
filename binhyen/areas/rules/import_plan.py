"""Import plan of a village list: facts in, plan out. Pure data."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from binhyen.areas.rules.spreadsheet import ImportProblem


@dataclass(frozen=True, slots=True)
class CommuneFact:
    """A commune in force. `since`: its first day."""

    code: str
    full_name: str
    name: str
    type: str
    since: dt.date


@dataclass(frozen=True, slots=True)
class VillageFact:
    """A village in force."""

    area_id: int
    code: str
    commune: str
    type: str
    name: str
    since: dt.date | None
    aliases: frozenset[str] = frozenset()  # folded
    point: tuple[float, float] | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class ImportFacts:
    """Known facts. `old_names`: name key of a former commune → codes of the present communes in its area."""

    communes: Mapping[str, CommuneFact]
    old_names: Mapping[str, frozenset[str]]
    villages: Sequence[VillageFact]


@dataclass(frozen=True, slots=True)
class VillageAddition:
    """A new village. `absorbs`: area ids of the villages merged into it."""

    line: int
    commune: str
    type: str
    name: str
    since: dt.date
    aliases: tuple[str, ...] = ()
    point: tuple[float, float] | None = None
    absorbs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class VillageChange:
    """A change of an existing village: new name or kind from `since` on, aliases, a point, an end,
    or merged villages.
    """

    line: int
    area_id: int
    type: str
    name: str
    since: dt.date
    renamed: bool = False
    aliases: tuple[str, ...] = ()
    point: tuple[float, float] | None = None
    absorbs: tuple[int, ...] = ()
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """All additions and changes of the list. With errors nothing may be applied."""

    adds: tuple[VillageAddition, ...] = ()
    changes: tuple[VillageChange, ...] = ()
    unchanged: int = 0
    errors: tuple[ImportProblem, ...] = ()
    warnings: tuple[ImportProblem, ...] = ()
