"""Vietnamese lunar calendar (time zone UTC+7), by the published algorithm of Hồ Ngọc Đức after Meeus. Pure.

Source: Ho Ngoc Duc, «Computing the Vietnamese lunar calendar», informatik.uni-leipzig.de/~duc/amlich/calrules_en.html.
Only what public holidays need: the solar day of a lunar one.
"""

import datetime as dt
from functools import lru_cache
from math import floor, pi, sin
from typing import Final

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
