"""Who keeps what: one keeper for each class. A feature above names its own when its jobs are loaded."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from binhyen.privacy.rules.times import BY_CODE


@dataclass(frozen=True, slots=True)
class Standing:
    """How a class stands. `oldest_at`: from when its oldest row is kept; `next_at`: when the next one goes; `late`: how
    many should be gone already.
    """

    kept: int
    late: int = 0
    oldest_at: dt.datetime | None = None
    next_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Keeper:
    """`sweep(now, most)` deletes a batch that is over and says how many; None where a job of its own does it."""

    group: str
    standing: Callable[[dt.datetime], Standing]
    sweep: Callable[[dt.datetime, int], int] | None = None


_keepers: dict[str, Keeper] = {}


def keeps(keeper: Keeper) -> None:
    """Raises ValueError for a class that nobody described, or that somebody keeps already."""
    if keeper.group not in BY_CODE or keeper.group in _keepers:
        raise ValueError(f"No class of data «{keeper.group}», or kept twice")
    _keepers[keeper.group] = keeper


def keepers() -> list[Keeper]:
    """In the order of the classes."""
    return [_keepers[code] for code in BY_CODE if code in _keepers]
