"""The only place that reads the clock. Everything else takes `now` as an argument."""

import datetime as dt
import time
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> dt.datetime:
    """The present, aware, UTC."""
    return dt.datetime.now(dt.UTC)  # noqa: TID251


def vietnam_day(moment: dt.datetime) -> dt.date:
    """The Vietnamese calendar day a moment falls on: day borders of every statistic."""
    return moment.astimezone(VIETNAM).date()


def day_start(day: dt.date) -> dt.datetime:
    """Midnight in Viet Nam at which `day` begins."""
    return dt.datetime.combine(day, dt.time(), VIETNAM)


def steady_seconds() -> float:
    """Seconds since the machine started; no setting of the clock changes them, and they go on in suspend."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
