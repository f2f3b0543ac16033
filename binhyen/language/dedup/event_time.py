"""Time of an incident from the wording of a report: «tối qua hơn 10h», «từ 2h chiều», «hôm thứ 2». Pure."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Final

Span = tuple[datetime, datetime]

_VIETNAM: Final = timezone(timedelta(hours=7))
# Parts of the day: from, to, in hours after midnight; a night extends into the next day.
_PARTS: Final = (
    ("rang sang", 2.0, 6.5),
    ("mo sang", 4.0, 6.5),
    ("sang som", 4.0, 7.5),
    ("nua dem", 22.0, 27.0),
    ("khuya", 21.0, 28.0),
    ("dem", 20.0, 29.0),
    ("sang", 4.0, 11.5),
    ("trua", 10.5, 14.0),
    ("chieu", 12.5, 19.0),
    ("toi", 17.5, 24.0),
    ("tui (?:ni|qua|hom)", 17.5, 24.0),
)
_CLOCK: Final = re.compile(
    r"\b(\d{1,2})(?: ?(?:h|gio|g)(?: ?(\d{2}))?\b|[:](\d{2})\b)( ?(?:ruoi|kem))?|\b(\d{1,2}) ruoi"
)
_WEEKDAY: Final = re.compile(r"\b(?:thu ?([2-7])|t([2-7])|(cn|chu nhat))\b")
_NOT_YET: Final = re.compile(r"\b(?:mai|mot|sap|toi day|sau|tuan toi|thang|nao|hang|moi)\b")
_JUST: Final = re.compile(r"\b(?:hoi|luc|khi) (?:nay|ni|hoi)\b|\bvua (?:nay|roi|xong)\b|\bban nay\b")
_RECENT_DAYS: Final = re.compile(r"\b(?:hom|bua|dot|ngay) (?:truoc|bua|no|noi)\b")
_SINCE: Final = re.compile(r"\b(?:tu|suot)\b")
_CLOCK_TOLERANCE: Final = timedelta(minutes=45)  # people round clock times
_JUST_NOW: Final = timedelta(hours=2)


def parse_event_span(times: Iterable[str], posted: datetime) -> Span | None:
    """Return the time of the incident by the first folded TIME expression that gives one; None if there is none."""
    now = posted.astimezone(_VIETNAM)
    for words in times:
        span = _parse_span(words, now)
        if span is not None:
            return span
    return None


def hours_between_events(
    first_span: Span | None, posted: datetime, second_span: Span | None, posted_too: datetime
) -> float:
    """Return the hours between two incidents, by the stated time of a report or else its posting time."""
    first, second = first_span or (posted, posted), second_span or (posted_too, posted_too)
    total_hours = (first[1] - first[0] + second[1] - second[0]).total_seconds() / 3600
    return hours_between(first, second) + total_hours / 4


def hours_between(left: Span, right: Span) -> float:
    """Return the hours between two spans, 0 if they overlap."""
    apart = max(left[0], right[0]) - min(left[1], right[1])
    return max(0.0, apart.total_seconds() / 3600)


def _parse_span(words: str, now: datetime) -> Span | None:
    if _NOT_YET.search(words):
        return None
    if _JUST.search(words) and not _CLOCK.search(words):
        return now - _JUST_NOW, now
    days = _parse_days_ago(words, now)
    part = next(((start, end) for name, start, end in _PARTS if re.search(rf"\b{name}\b", words)), None)
    clock = _CLOCK.search(words)
    if days is None and _RECENT_DAYS.search(words):
        return now - timedelta(days=5), now - timedelta(hours=8)
    if days is None and part is None and clock is None:
        return None
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days or 0)
    if clock is not None:
        span = _span_at_clock(clock, part, midnight)
        if span is None:
            return None
    elif part is not None:
        span = midnight + timedelta(hours=part[0]), midnight + timedelta(hours=part[1])
    else:
        span = midnight, midnight + timedelta(days=1)
    if span[0] > now:
        if days:
            return None
        span = span[0] - timedelta(days=1), span[1] - timedelta(days=1)
    return (span[0], now) if _SINCE.search(words) else (span[0], min(span[1], now))


def _parse_days_ago(words: str, now: datetime) -> int | None:
    if re.search(r"\bhom kia\b", words):
        return 2
    if re.search(r"\bqua\b", words) and not re.search(r"\bqua (?:\d|nua)", words):
        return 1
    weekday = _WEEKDAY.search(words)
    if weekday:
        wanted = 6 if weekday[3] else int(weekday[1] or weekday[2]) - 2
        return (now.weekday() - wanted) % 7
    return 0 if re.search(r"\b(?:nay|ni|hom nay)\b", words) else None


def _span_at_clock(clock: "re.Match[str]", part: tuple[float, float] | None, midnight: datetime) -> Span | None:
    """Return the span around a clock time; in the evening «10h» is 22, at night «2h» is of the next day."""
    hour = float(clock[1] or clock[5])
    if hour > 24:
        return None
    hour += int(clock[2] or clock[3] or 0) / 60 + (0.5 if clock[5] or (clock[4] or "").strip() == "ruoi" else 0)
    if part is not None:
        fitting = [candidate for candidate in (hour, hour + 12, hour + 24) if part[0] - 1 <= candidate <= part[1] + 1]
        hour = fitting[0] if fitting else hour
    moment = midnight + timedelta(hours=hour)
    return moment - _CLOCK_TOLERANCE, moment + _CLOCK_TOLERANCE
