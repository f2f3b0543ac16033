"""Rules of the duty roster. Pure: days of a repeated shift, and hours that no shift covers."""

import datetime as dt
from collections.abc import Iterable

Span = tuple[dt.datetime, dt.datetime]  # start, end


def list_repeated_days(first: dt.date, *, every: int, last: dt.date) -> list[dt.date]:
    """List the days of a shift repeated each `every` days until `last`; only the first day where `every` is 0."""
    if every <= 0:
        return [first]
    return [first + dt.timedelta(days=offset) for offset in range(0, (last - first).days + 1, every)]


def find_gaps(shifts: Iterable[Span], *, since: dt.datetime, until: dt.datetime) -> list[Span]:
    """Return the uncovered spans between two moments, in order."""
    gaps, covered = [], since
    for start, end in sorted(shifts):
        if end <= covered or start >= until:
            continue
        if start > covered:
            gaps.append((covered, start))
        covered = max(covered, end)
    if covered < until:
        gaps.append((covered, until))
    return gaps
