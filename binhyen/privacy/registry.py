"""Who keeps what: one retention for each class of data. A feature above names its own when its jobs are loaded."""

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
class Retention:
    """`sweep(now, most)` deletes a batch that is over and says how many; None where a job of its own does it."""

    group: str
    standing: Callable[[dt.datetime], Standing]
    sweep: Callable[[dt.datetime, int], int] | None = None


_retentions: dict[str, Retention] = {}


def keeps(retention: Retention) -> None:
    """Raises ValueError for a class that nobody described, or that somebody keeps already."""
    if retention.group not in BY_CODE or retention.group in _retentions:
        raise ValueError(f"No class of data «{retention.group}», or kept twice")
    _retentions[retention.group] = retention


def retentions() -> list[Retention]:
    """In the order of the classes."""
    return [_retentions[code] for code in BY_CODE if code in _retentions]
