"""Deadline alerts: one before an answer is late, one when it is. Pure."""

import datetime as dt
from enum import IntEnum

SOON_BEFORE = dt.timedelta(hours=12)


class AlertStage(IntEnum):
    QUIET = 0
    SOON = 1
    LATE = 2


def get_alert_stage(*, due: dt.datetime, is_done: bool, now: dt.datetime) -> AlertStage:
    """Return the alert stage now. Total; a finished item is quiet, however late."""
    if is_done or now < due - SOON_BEFORE:
        return AlertStage.QUIET
    return AlertStage.LATE if now >= due else AlertStage.SOON
