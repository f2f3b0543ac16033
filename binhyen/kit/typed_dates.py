"""Parse dates and times of form fields: ISO, as a date field sends them, or as people type them without such a field.

`7/12/2026`, `07.12.2026 19:30`, `7-12-2026 19h30`, `19h ngày 7/12/2026`. The day comes before the month.
"""

import datetime as dt
import re
from typing import Final

from binhyen.kit.i18n_markers import N_

INVALID_DAY = N_("Ngày chưa đúng. Viết ngày/tháng/năm, ví dụ: 01/12/2026.")
INVALID_MOMENT = N_("Ngày giờ chưa đúng, ví dụ: 01/12/2026 19:00.")
_VIETNAM: Final = dt.timezone(dt.timedelta(hours=7))
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_MAX_CHARS: Final = 60  # the patterns take quadratic time over blanks
_ISO_DAY: Final = r"(?P<iso_year>\d{4})-(?P<iso_month>\d{1,2})-(?P<iso_day>\d{1,2})"
_TYPED_DAY: Final = r"(?P<day>\d{1,2})\s*[/.\-\s]\s*(?P<month>\d{1,2})\s*[/.\-\s]\s*(?P<year>\d{4})"
_HOUR_WORD, _DAY_WORD = "giờ", "ngày"
_MINUTE: Final = r"(?P<minute>\d{1,2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
_TIME: Final = rf"(?P<hour>\d{{1,2}})(?:\s*(?:[:hg.]|{_HOUR_WORD})\s*(?:{_MINUTE})?)?"
_TIME_BEFORE: Final = _TIME.replace("P<", "P<before_")
_DAY: Final = f"(?:{_ISO_DAY}|{_TYPED_DAY})"
_DAY_FORM: Final = re.compile(_DAY, re.ASCII)
_TIME_FORM: Final = re.compile(_TIME, re.ASCII | re.IGNORECASE)
_MOMENT_FORM: Final = re.compile(
    rf"(?:{_TIME_BEFORE},?\s+(?:{_DAY_WORD}\s+)?)?{_DAY}(?(before_hour)|(?:(?:T|,?\s+|\s*,\s*){_TIME})?)",
    re.ASCII | re.IGNORECASE,
)


def parse_typed_day(text: str) -> dt.date:
    """Parse a day. Raises ValueError."""
    return _build_day(_match(_DAY_FORM, text))


def parse_typed_time(text: str) -> dt.time:
    """Parse a time of day: 19:30, 19h30, 19h. Raises ValueError."""
    return _build_time(_match(_TIME_FORM, text))


def parse_typed_moment(text: str, *, default_time: dt.time = dt.time()) -> dt.datetime:
    """Parse a day with or without a time, in Vietnamese time. Raises ValueError."""
    match = _match(_MOMENT_FORM, text)
    if match["before_hour"]:
        time = _build_time(match, "before_")
    else:
        time = _build_time(match) if match["hour"] else default_time
    return dt.datetime.combine(_build_day(match), time, _VIETNAM)


def format_moment_field(moment: dt.datetime | None) -> str:
    """Return the value of a `datetime-local` field, to the minute."""
    return moment.astimezone(_VIETNAM).strftime("%Y-%m-%dT%H:%M") if moment else ""


def _match(form: re.Pattern[str], text: str) -> re.Match[str]:
    match = form.fullmatch(text.strip()) if len(text) <= _MAX_CHARS else None
    if match is None:
        raise ValueError("not a date or time")
    return match


def _build_day(match: re.Match[str]) -> dt.date:
    names = ("iso_year", "iso_month", "iso_day") if match["iso_year"] else ("year", "month", "day")
    year, month, day = (int(match[name]) for name in names)
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError("year out of range")
    return dt.date(year, month, day)


def _build_time(match: re.Match[str], prefix: str = "") -> dt.time:
    hour, minute, second = (int(match[f"{prefix}{name}"] or 0) for name in ("hour", "minute", "second"))
    return dt.time(hour, minute, second)
