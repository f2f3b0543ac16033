"""When a checkpoint is due."""

import datetime as dt

MOST_ENTRIES = 1000
LONGEST = dt.timedelta(hours=1)


def due(*, size: int, signed: int, signed_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Every hour and every thousand entries; never for a book that did not grow. `signed`: of the last checkpoint."""
    if size <= signed:
        return False
    return signed_at is None or size - signed >= MOST_ENTRIES or now - signed_at >= LONGEST
