"""Deadline alerts: one before an answer is late, one when it is. Pure."""

import datetime as dt
from enum import IntEnum

SOON = dt.timedelta(hours=12)


class Stage(IntEnum):
    QUIET = 0
    SOON = 1
    LATE = 2


def stage(*, due: dt.datetime, met: bool, now: dt.datetime) -> Stage:
    """Return the alert stage now. Total; a finished item is quiet, however late."""
    if met or now < due - SOON:
        return Stage.QUIET
    return Stage.LATE if now >= due else Stage.SOON
