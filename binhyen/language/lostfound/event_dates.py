"""Day and part of the day of the event as stated by the writer: «tối qua», «chiều thứ 7», «hôm 4/11»."""

import re
from datetime import datetime, timedelta, timezone
from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.phrase_trie import word_set

StatedDays = tuple[tuple[str, int, int, float], ...]
"""Stated days: (how, number, month, part of the day or -1): ("ago", 1, 0, 0.85) is «tối qua»."""
Window = tuple[float, float]
"""From and to, in days since a fixed date, in Vietnam."""

_VIETNAM: Final = timezone(timedelta(hours=7))
_START: Final = datetime(2000, 1, 1, tzinfo=_VIETNAM)
_PARTS: Final = {"sang": 0.35, "trua": 0.5, "chieu": 0.65, "toi": 0.82, "dem": 0.9, "khuya": 0.95, "tui": 0.82}
_MARKED_PARTS: Final = word_set("sáng trưa chiều tối đêm khuya túi")
_WEEKDAYS: Final = {"hai": 0, "ba": 1, "tu": 2, "nam": 3, "sau": 4, "bay": 5} | {str(n): n - 2 for n in range(2, 8)}
_YESTERDAY: Final = word_set("qua wa")
_TODAY: Final = word_set("nay ni")
_DAY: Final = word_set("hom bua ngay hum")
_OR_EARLIER: Final = ["hoac", "truoc", "nua"]  # of the quick reply «Hôm kia hoặc trước nữa»
_MAX_AGE: Final = 45  # days: how far back a stated day may lie
_DATE: Final = re.compile(r"(?<![\d/.,])(\d{1,2})[/-](\d{1,2})(?:[/-](?:20)?\d\d)?(?![\d/])")
_MAX_WORDS: Final = 200  # words
_MAX_LETTERS: Final = 2000  # letters


def parse_stated_days(view: AlignedText) -> StatedDays:
    """Return the stated days of the text as written; `resolve_window` resolves them against the date of the post."""
    words, days = view.words, []
    for index in range(min(len(words), _MAX_WORDS)):
        word = words[index]
        previous_word = words[index - 1] if index else ""
        part = _day_part(view, index - 1)
        if word in _YESTERDAY and (part >= 0 or previous_word in _DAY):
            if part < 0 and index > 1:
                part = _day_part(view, index - 2)
            days.append(("ago", 1, 0, part))
        elif word in ("hqua", "hnay"):
            days.append(("ago", int(word == "hqua"), 0, part))
        elif word == "kia" and previous_word in _DAY:
            earlier = words[index + 1 : index + 4] == _OR_EARLIER
            days.append(("until", 2, 0, -1.0) if earlier else ("ago", 2, 0, _day_part(view, index - 2)))
        elif word == "hom" and previous_word == "khi":
            days.append(("ago", 1, 0, 0.85))
        elif word in _TODAY and (part >= 0 or previous_word in _DAY):
            number = words[index - 2] if index > 1 else ""
            if previous_word in _DAY and number.isdecimal():
                days.append(("since", min(int(number[:3]), 60), 0, -1.0))
            else:
                days.append(("ago", 0, 0, part if part >= 0 else _day_part(view, index - 2)))
        elif (day := _parse_weekday(view, index)) is not None:
            days.append(("week", day, 0, part))
    if view.has_digits:
        days += [
            ("date", int(day_text), int(month_text), -1.0)
            for day_text, month_text in _DATE.findall(view.plain[:_MAX_LETTERS])
            if 0 < int(month_text) < 13 and 0 < int(day_text) < 32
        ]
    return tuple(days)


def _day_part(view: AlignedText, index: int) -> float:
    """Return the part of the day that word `index` names, or -1."""
    if index < 0 or view.words[index] not in _PARTS:
        return -1.0
    marked = view.marks[index] in _MARKED_PARTS
    return _PARTS[view.words[index]] if marked or view.is_unaccented else -1.0


def _parse_weekday(view: AlignedText, index: int) -> int | None:
    word = view.words[index]
    if word == "cn" or (word == "nhat" and index and view.words[index - 1] == "chu" and view.marks[index] != "nhặt"):
        return 6
    if word[0] == "t" and len(word) == 2 and word[1] in "234567":
        return int(word[1]) - 2 if index and view.words[index - 1] in (*_PARTS, "hom", "ngay") else None
    if word in _WEEKDAYS and index and view.words[index - 1] == "thu" and view.marks[index - 1] in ("thứ", "thu"):
        return _WEEKDAYS[word]
    return None


def resolve_window(stated: StatedDays, posted_at: datetime) -> Window | None:
    """Return the time window of the event by the stated days; None if none is stated."""
    posted = posted_at.astimezone(_VIETNAM)
    now = to_days(posted)
    today = int(now)
    spans: list[Window] = []
    for unit, number, month, part in stated:
        if unit == "date":
            day = _resolve_date(posted, number, month)
            if day is None:
                continue
        elif unit == "week":
            day = today - (posted.weekday() - number) % 7
        else:
            day = today - number
        if unit == "since":
            spans.append((float(day) - 1, now))
            continue
        if unit == "until":
            spans.append((float(today - _MAX_AGE), day + 1.0))
            continue
        first, last = (float(day), day + 1.0) if part < 0 else (day + part - 0.2, day + part + 0.2)
        spans.append((first, min(last, now)))
    return (min(span[0] for span in spans), max(span[1] for span in spans)) if spans else None


def to_days(posted_at: datetime) -> float:
    """Return a time as fractional days, the unit of windows."""
    return (posted_at - _START).total_seconds() / 86400


def _resolve_date(posted: datetime, number: int, month: int) -> int | None:
    """Return the day of a date without its year, if it lies in the 45 days before the post."""
    for year in (posted.year, posted.year - 1):
        try:
            candidate = datetime(year, month, number, tzinfo=_VIETNAM)
        except ValueError:
            return None
        if timedelta() <= posted - candidate <= timedelta(days=_MAX_AGE):
            return (candidate - _START).days
    return None


def days_between(loss_window: Window, find_window: Window) -> float:
    """Return the days by which the find lies before the loss (negative) or after it; 0 if the windows overlap."""
    if find_window[1] < loss_window[0]:
        return find_window[1] - loss_window[0]
    return max(0.0, find_window[0] - loss_window[1])
