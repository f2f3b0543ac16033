"""The only module that reads the clock. All other code takes `now` as an argument."""

import datetime as dt
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def now() -> dt.datetime:
    """Return the current time, aware, in UTC."""
    return dt.datetime.now(dt.UTC)  # noqa: TID251


def vietnam_day(moment: dt.datetime) -> dt.date:
    """Return the Vietnamese calendar day of a moment: statistics use these day boundaries."""
    return moment.astimezone(VIETNAM).date()


def day_start(day: dt.date) -> dt.datetime:
    """Return the midnight in Viet Nam at which `day` begins."""
    return dt.datetime.combine(day, dt.time(), VIETNAM)
