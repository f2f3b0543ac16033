"""Business days and working hours in Viet Nam: Monday to Friday without public holidays. Pure.

Labour Code 45/2019/QH14 art. 112 names the holidays; art. 111(3): one that falls on a rest day is compensated on the
next working day. Tết and Giỗ Tổ follow the moon (below); the government decides each year which days
around Tết and 2/9 are free and which are swapped: those are passed as dates (`extra`, `worked`).
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from math import floor, pi, sin
from typing import Final

FIXED_HOLIDAYS = ((1, 1), (4, 30), (5, 1), (9, 2))  # month, day
_SATURDAY = 5


# Vietnamese lunar calendar (time zone UTC+7), by the published algorithm of Hồ Ngọc Đức after Meeus. Pure.
#
# Source: Ho Ngoc Duc, «Computing the Vietnamese lunar calendar»,
# informatik.uni-leipzig.de/~duc/amlich/calrules_en.html. Only what public holidays need: the solar day of a lunar one.

_TIME_ZONE: Final = 7.0  # hours
_JULIAN_OF_ORDINAL_0: Final = 1_721_425  # Julian day number of date ordinal 0
_NEW_MOON_0: Final = 2_415_021.076998695
_SYNODIC: Final = 29.530588853


def _compute_new_moon(number: int) -> int:
    """Return the Julian day number, in Viet Nam, of the new moon `number` after that of January 1900."""
    t = number / 1236.85
    t2, t3, degree = t * t, t * t * t, pi / 180
    day = 2_415_020.75933 + 29.53058868 * number + 0.0001178 * t2 - 0.000000155 * t3
    day += 0.00033 * sin((166.56 + 132.87 * t - 0.009173 * t2) * degree)
    sun = 359.2242 + 29.10535608 * number - 0.0000333 * t2 - 0.00000347 * t3
    moon = 306.0253 + 385.81691806 * number + 0.0107306 * t2 + 0.00001236 * t3
    node = 21.2964 + 390.67050646 * number - 0.0016528 * t2 - 0.00000239 * t3
    shift = (0.1734 - 0.000393 * t) * sin(sun * degree) + 0.0021 * sin(2 * degree * sun)
    shift += -0.4068 * sin(moon * degree) + 0.0161 * sin(degree * 2 * moon) - 0.0004 * sin(degree * 3 * moon)
    shift += 0.0104 * sin(degree * 2 * node) - 0.0051 * sin(degree * (sun + moon))
    shift += -0.0074 * sin(degree * (sun - moon)) + 0.0004 * sin(degree * (2 * node + sun))
    shift += -0.0004 * sin(degree * (2 * node - sun)) - 0.0006 * sin(degree * (2 * node + moon))
    shift += 0.0010 * sin(degree * (2 * node - moon)) + 0.0005 * sin(degree * (2 * moon + sun))
    delta = -0.000278 + 0.000265 * t + 0.000262 * t2
    return floor(day + shift - delta + 0.5 + _TIME_ZONE / 24)


def _compute_sun_sector(julian: int) -> int:
    """Return the sun's sector of 30 degrees at the midnight in Viet Nam that begins the day."""
    t = (julian - 2_451_545.5 - _TIME_ZONE / 24) / 36525
    t2, degree = t * t, pi / 180
    anomaly = 357.52910 + 35999.05030 * t - 0.0001559 * t2 - 0.00000048 * t * t2
    longitude = 280.46645 + 36000.76983 * t + 0.0003032 * t2
    longitude += (1.914600 - 0.004817 * t - 0.000014 * t2) * sin(degree * anomaly)
    longitude += (0.019993 - 0.000101 * t) * sin(degree * 2 * anomaly) + 0.000290 * sin(degree * 3 * anomaly)
    longitude *= degree
    return floor((longitude - pi * 2 * floor(longitude / (pi * 2))) / pi * 6)


def _find_month_11(year: int) -> int:
    """Return the Julian day number of the first day of lunar month 11, which contains the winter solstice."""
    offset = dt.date(year, 12, 31).toordinal() + _JULIAN_OF_ORDINAL_0 - 2_415_021
    number = int(offset / _SYNODIC)
    start = _compute_new_moon(number)
    return _compute_new_moon(number - 1) if _compute_sun_sector(start) >= 9 else start


def _find_leap_offset(month_11: int) -> int:
    """Return how many months after month 11 the leap month comes."""
    number = floor(0.5 + (month_11 - _NEW_MOON_0) / _SYNODIC)
    last, index = 0, 1
    sector = _compute_sun_sector(_compute_new_moon(number + index))
    while sector != last and index < 14:
        last, index = sector, index + 1
        sector = _compute_sun_sector(_compute_new_moon(number + index))
    return index - 1


@lru_cache(maxsize=256)
def to_solar_day(lunar_year: int, month: int, day: int) -> dt.date:
    """Return the solar day of a lunar day that is in no leap month."""
    if month < 11:
        start, end = _find_month_11(lunar_year - 1), _find_month_11(lunar_year)
    else:
        start, end = _find_month_11(lunar_year), _find_month_11(lunar_year + 1)
    number = floor(0.5 + (start - _NEW_MOON_0) / _SYNODIC)
    offset = month - 11 if month >= 11 else month + 1
    if end - start > 365:
        leap = _find_leap_offset(start)
        offset += offset >= leap
    return dt.date.fromordinal(_compute_new_moon(number + offset) + day - 1 - _JULIAN_OF_ORDINAL_0 + 0)


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
