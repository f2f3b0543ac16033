"""Business days in Viet Nam: Monday to Friday without public holidays. Pure.

Labour Code 45/2019/QH14 art. 112 names the holidays; art. 111(3): one that falls on a rest day is compensated on the
next working day. Tết and Giỗ Tổ follow the moon and are decided each year: they are passed as dates.
"""

import datetime as dt
from collections.abc import Collection

FIXED = ((1, 1), (4, 30), (5, 1), (9, 2))  # month, day
_SATURDAY = 5


def days_off(year: int, extra: Collection[dt.date]) -> frozenset[dt.date]:
    """Return every holiday of a year with compensation days for holidays on a weekend.

    The fixed ones, `extra` (moved holidays, days added by the government), and the compensation days of both.
    """
    named = sorted({dt.date(year, month, day) for month, day in FIXED} | {day for day in extra if day.year == year})
    off = set(named)
    for day in named:
        if day.weekday() >= _SATURDAY:
            off.add(_free_after(day, off))
    return frozenset(off)


def _free_after(day: dt.date, off: Collection[dt.date]) -> dt.date:
    while day.weekday() >= _SATURDAY or day in off:
        day += dt.timedelta(days=1)
    return day


def works(day: dt.date, extra: Collection[dt.date]) -> bool:
    # The last days of a year are compensated in the next one.
    return day.weekday() < _SATURDAY and day not in days_off(day.year, extra) | days_off(day.year - 1, extra)


def after(start: dt.date, count: int, extra: Collection[dt.date]) -> dt.date:
    """Return the `count`-th working day after `start`; the day itself does not count (Civil Code 2015 art. 147)."""
    day = start
    while count:
        day += dt.timedelta(days=1)
        count -= works(day, extra)
    return day
