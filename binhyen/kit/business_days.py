"""Business days in Viet Nam: Monday to Friday without public holidays. Pure.

Labour Code 45/2019/QH14 art. 112 names the holidays; art. 111(3): one that falls on a rest day is compensated on the
next working day. Tết and Giỗ Tổ follow the moon and are decided each year: they are passed as dates.
"""

import datetime as dt
from collections.abc import Collection

FIXED_HOLIDAYS = ((1, 1), (4, 30), (5, 1), (9, 2))  # month, day
_SATURDAY = 5


def list_holidays(year: int, extra: Collection[dt.date]) -> frozenset[dt.date]:
    """Return every holiday of a year with compensation days for holidays on a weekend.

    The fixed ones, `extra` (moved holidays, days added by the government), and the compensation days of both.
    """
    official = sorted(
        {dt.date(year, month, day) for month, day in FIXED_HOLIDAYS} | {day for day in extra if day.year == year}
    )
    holidays = set(official)
    for day in official:
        if day.weekday() >= _SATURDAY:
            holidays.add(_next_free_day(day, holidays))
    return frozenset(holidays)


def _next_free_day(day: dt.date, off: Collection[dt.date]) -> dt.date:
    while day.weekday() >= _SATURDAY or day in off:
        day += dt.timedelta(days=1)
    return day


def is_business_day(day: dt.date, extra: Collection[dt.date]) -> bool:
    # The last days of a year are compensated in the next one.
    return day.weekday() < _SATURDAY and day not in list_holidays(day.year, extra) | list_holidays(day.year - 1, extra)


def add_business_days(start: dt.date, count: int, extra: Collection[dt.date]) -> dt.date:
    """Return the `count`-th working day after `start`; the day itself does not count (Civil Code 2015 art. 147)."""
    day = start
    while count:
        day += dt.timedelta(days=1)
        count -= is_business_day(day, extra)
    return day
