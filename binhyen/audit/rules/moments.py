"""Schedule of checkpoints."""

import datetime as dt

MOST_ENTRIES = 1000
LONGEST = dt.timedelta(hours=1)


def due(*, size: int, signed: int, signed_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Tell whether a checkpoint is due: every hour and every thousand entries, only for a log that grew.

    `signed`: size of the last checkpoint.
    """
    if size <= signed:
        return False
    return signed_at is None or size - signed >= MOST_ENTRIES or now - signed_at >= LONGEST
