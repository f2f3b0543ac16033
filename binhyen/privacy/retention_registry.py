"""Retention registry: one rule for each class of data. A feature above registers its own when its jobs are loaded."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from binhyen.privacy.rules.retention import CLASSES_BY_CODE


@dataclass(frozen=True, slots=True)
class RetentionStatus:
    """Retention status of a class.

    `oldest_at`: start of its oldest row; `next_at`: next expiry; `late`: overdue rows.
    """

    count: int
    late: int = 0
    oldest_at: dt.datetime | None = None
    next_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """Retention of a class.

    `sweep(now, most)` deletes an expired batch, returns its size; None: a separate job does it.
    """

    group: str
    get_status: Callable[[dt.datetime], RetentionStatus]
    sweep: Callable[[dt.datetime, int], int] | None = None


_retentions: dict[str, Retention] = {}


def register_retention(retention: Retention) -> None:
    """Register a retention. Raises ValueError for an unknown class, or a second registration."""
    if retention.group not in CLASSES_BY_CODE or retention.group in _retentions:
        raise ValueError(f"No class of data «{retention.group}», or kept twice")
    _retentions[retention.group] = retention


def list_retentions() -> list[Retention]:
    """Return all retentions in the order of the classes."""
    return [_retentions[code] for code in CLASSES_BY_CODE if code in _retentions]
