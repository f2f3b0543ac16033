"""The only module that reads the clock. All other code takes `now` as an argument."""

import datetime as dt
import os
import re
import time
from zoneinfo import ZoneInfo

from binhyen.env import SettingsError, env

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_OFFSET = "BINHYEN_CLOCK_OFFSET"
_IN_TESTS = "PYTEST_CURRENT_TEST"  # set by pytest while a test runs, inherited by the processes it starts
_SECONDS = re.compile(r"-?[0-9]{1,9}")


def read_offset(text: str) -> dt.timedelta:
    """Parse seconds between the real clock and ours. Raises SettingsError outside a demonstration or a test."""
    if text in {"", "0"}:
        return dt.timedelta()
    from binhyen import settings  # only here: reading Vietnamese needs no settings

    if not _SECONDS.fullmatch(text):
        raise SettingsError(_OFFSET, f"«{text}» is not a number of seconds", f"unset {_OFFSET}")
    if not settings.DEMO and _IN_TESTS not in os.environ:
        raise SettingsError(_OFFSET, "moves the clock of a real installation", f"unset {_OFFSET}")
    return dt.timedelta(seconds=int(text))


OFFSET = read_offset(env(_OFFSET, "", "seconds added to the clock, for tests (`./dev test --date`) and demos only"))


def now() -> dt.datetime:
    """Return the current time, aware, in UTC."""
    return dt.datetime.now(dt.UTC) + OFFSET  # noqa: TID251


def to_vietnam_day(moment: dt.datetime) -> dt.date:
    """Return the Vietnamese calendar day of a moment: statistics use these day boundaries."""
    return moment.astimezone(VIETNAM).date()


def start_of_day(day: dt.date) -> dt.datetime:
    """Return the midnight in Viet Nam at which `day` begins."""
    return dt.datetime.combine(day, dt.time(), VIETNAM)


def steady_seconds() -> float:
    """Seconds since the machine started; no setting of the clock changes them, and they go on in suspend."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)
