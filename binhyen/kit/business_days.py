"""Business days and working hours in Viet Nam: Monday to Friday without public holidays. Pure.

Labour Code 45/2019/QH14 art. 112 names the holidays; art. 111(3): one that falls on a rest day is compensated on the
next working day. Tết and Giỗ Tổ follow the moon (`lunar_calendar.py`); the government decides each year which days
around Tết and 2/9 are free and which are swapped: those are passed as dates (`extra`, `worked`).
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from binhyen.kit.lunar_calendar import to_solar_day

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


CULTURE_DAY_SINCE = 2026  # 24/11, the day of Vietnamese culture [R]
# First of the five days of Tết, counted from the first day of the year; decided each year, from 2027 on expected [R].
_TET_STARTS = {2025: -2, 2027: -2, 2028: -2, 2030: -2, 2031: -2}
_USUAL_TET_START, _TET_DAYS = -1, 5
_OFFICE_HOURS = ((dt.time(7, 30), dt.time(11, 30)), (dt.time(13, 0), dt.time(17, 0)))  # eight hours a day
_SEARCH_DAYS = 400


def list_public_holidays(year: int) -> frozenset[dt.date]:
    """Return the holidays that law and moon fix: New Year, Tết (five days), Giỗ Tổ, 30/4, 1/5, 2/9, 24/11."""
    tet, first = to_solar_day(year, 1, 1), _TET_STARTS.get(year, _USUAL_TET_START)
    days = {dt.date(year, month, day) for month, day in FIXED_HOLIDAYS}
    days |= {tet + dt.timedelta(days=offset) for offset in range(first, first + _TET_DAYS)} | {
        to_solar_day(year, 3, 10)
    }
    if year >= CULTURE_DAY_SINCE:
        days.add(dt.date(year, 11, 24))
    return frozenset(days)


def is_working_day(day: dt.date, *, extra: Collection[dt.date] = (), worked: Collection[dt.date] = ()) -> bool:
    """Return whether offices work. `extra`: further free days; `worked`: swapped days, worked although on a weekend."""
    if day in worked:
        return True
    if day.weekday() >= _SATURDAY or day in extra:
        return False
    years = (day.year - 1, day.year)
    return day not in frozenset().union(*(_list_free_days(year, frozenset(extra)) for year in years))


@lru_cache(maxsize=64)
def _list_free_days(year: int, extra: frozenset[dt.date]) -> frozenset[dt.date]:
    return list_holidays(year, list_public_holidays(year) | extra)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Decisions of the government for each year. `extra`: further free days; `worked`: swapped days."""

    extra: frozenset[dt.date] = frozenset()
    worked: frozenset[dt.date] = frozenset()


# As announced; 2027 is expected [R]. An operator adds later years: BINHYEN_FREE_DAYS, BINHYEN_WORKED_DAYS.
KNOWN_FREE_DAYS = (
    dt.date(2025, 5, 2),
    dt.date(2025, 9, 1),
    dt.date(2026, 8, 31),
    dt.date(2026, 9, 1),
    dt.date(2027, 9, 3),
)
KNOWN_WORKED_DAYS = (dt.date(2025, 4, 26), dt.date(2026, 8, 22))
KNOWN_CALENDAR = WorkCalendar(frozenset(KNOWN_FREE_DAYS), frozenset(KNOWN_WORKED_DAYS))


def add_working_hours(
    start: dt.datetime, hours: float, *, extra: Collection[dt.date] = (), worked: Collection[dt.date] = ()
) -> dt.datetime:
    """Return the moment after so many office hours; `start` is local time in Viet Nam, the result too."""
    left, day = dt.timedelta(hours=hours), start.date()
    for _day in range(_SEARCH_DAYS):
        if is_working_day(day, extra=extra, worked=worked):
            for opens, closes in _OFFICE_HOURS:
                begin = max(start, dt.datetime.combine(day, opens, start.tzinfo))
                end = dt.datetime.combine(day, closes, start.tzinfo)
                if begin < end and left <= end - begin:
                    return begin + left
                left -= max(dt.timedelta(), end - begin)
        day += dt.timedelta(days=1)
    raise ValueError("no working time within a year")
