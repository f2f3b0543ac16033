"""What a village list is held against, and what it comes to: facts in, a plan out. Pure data."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from binhyen.areas.rules.sheet import Problem


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
class Facts:
    """What is known. `old_names`: name key of a commune of the past → codes of today's communes on its ground."""

    communes: Mapping[str, CommuneFact]
    old_names: Mapping[str, frozenset[str]]
    villages: Sequence[VillageFact]


@dataclass(frozen=True, slots=True)
class Add:
    """A new village. `absorbs`: area ids of the villages that end in it."""

    line: int
    commune: str
    type: str
    name: str
    since: dt.date
    aliases: tuple[str, ...] = ()
    point: tuple[float, float] | None = None
    absorbs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A known village: another name or kind from `since` on, more names, a point, an end, or what it absorbs."""

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
class Plan:
    """All that the list asks for. With errors nothing of it may be done."""

    adds: tuple[Add, ...] = ()
    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
