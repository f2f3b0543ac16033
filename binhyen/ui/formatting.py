"""Formatting of numbers, moments and deadlines in the page's language. No clock: `now` is passed in.

A long list gets its `get_phrases()` once and passes them on: finding the language costs more than formatting a value.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from binhyen.kit.ids import format_code

# Urgency labels. No Django: rules and kinds use them too.


VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_MINUTE = 60
_HOUR = 3600
_DAY = 86400
_FORMAT_PARTS = {"%H": "{0.hour:02}", "%M": "{0.minute:02}", "%d": "{0.day:02}", "%m": "{0.month:02}", "%Y": "{0.year}"}
_TIME_FORMAT = "{0.hour:02}:{0.minute:02}"
PluralForms = tuple[str, str]  # for one, for more: «{n} phút»


@dataclass(frozen=True, slots=True)
class DueText:
    """A deadline as shown in the queue.

    `state`: ok · soon · over · done. `text` in words, `label`: name of the deadline.
    """

    text: str
    state: str
    moment: datetime
    label: str
    at: str  # the moment itself: «15:57, 30/11»

    @property
    def iso(self) -> str:
        """Deadline in ISO format."""
        return self.moment.isoformat()


@dataclass(frozen=True, slots=True)
class Phrases:
    """Texts of one language for the functions below. `yesterday` to `moment_of_year`: formats of a moment."""

    thousands: str
    minutes: PluralForms
    hours: PluralForms
    days: PluralForms
    minutes_ago: PluralForms
    just_now: str
    yesterday: str
    day: str
    day_of_year: str
    moment: str
    moment_of_year: str
    done: str
    over: str
    soon: str
    left: str


def get_phrases() -> Phrases:
    """Return the texts in the page's language."""
    return _load_phrases(get_language() or settings.LANGUAGE_CODE)


@lru_cache(maxsize=8)
def _load_phrases(language: str) -> Phrases:
    with override(language):
        singular, plural = _load_plural_forms(1), _load_plural_forms(2)
        minutes, hours, days, ago_forms = zip(singular, plural, strict=True)
        return Phrases(
            thousands=_("1.000")[1],
            minutes=minutes,
            hours=hours,
            days=days,
            minutes_ago=ago_forms,
            just_now=_("vừa xong"),
            yesterday=_to_format_string(_("hôm qua %H:%M")),
            day=_to_format_string(_("%d/%m")),
            day_of_year=_to_format_string(_("%d/%m/%Y")),
            moment=_to_format_string(_("%H:%M, %d/%m/%Y")),
            moment_of_year=_to_format_string(_("%H:%M, %d/%m")),
            done=_("đã xong"),
            over=_("quá {span}"),
            soon=_("chỉ còn {span}"),
            left=_("còn {span}"),
        )


def _to_format_string(pattern: str) -> str:
    """Convert a strftime pattern for str.format, which takes half as long; a queue formats a hundred moments."""
    return re.sub(r"%-?\w", lambda match: _FORMAT_PARTS.get(match[0], f"{{0:{match[0]}}}"), pattern)


def _load_plural_forms(count: int) -> tuple[str, str, str, str]:
    return (
        ngettext("{n} phút", "{n} phút", count),
        ngettext("{n} giờ", "{n} giờ", count),
        ngettext("{n} ngày", "{n} ngày", count),
        ngettext("{n} phút trước", "{n} phút trước", count),
    )


def _format_count(texts: PluralForms, count: int) -> str:
    return texts[count != 1].format(n=count)


def format_number(value: int) -> str:
    """Format a number: 1560 → «1.560»; in English «1,560»."""
    if -1000 < value < 1000:
        return str(value)
    return f"{value:,}".replace(",", get_phrases().thousands)


def format_dong(value: int | None) -> str:
    """Format money: 1560000 → «1.560.000 đ»; None → ""."""
    return "" if value is None else _("{amount} đ").format(amount=format_number(value))


def format_phone(digits: str) -> str:
    """Format a number of digits to read: «0912 345 678»."""
    return f"{digits[:4]} {digits[4:7]} {digits[7:]}".strip()


def format_duration(seconds: float, texts: Phrases | None = None) -> str:
    """Format a duration in one unit, never zero: «1 phút», «3 giờ», «4 ngày»; up to three days in hours."""
    texts, seconds = texts or get_phrases(), abs(seconds)
    if seconds < _HOUR:
        return _format_count(texts.minutes, max(1, int(seconds // _MINUTE)))
    if seconds < 3 * _DAY:
        return _format_count(texts.hours, int(seconds // _HOUR))
    return _format_count(texts.days, int(seconds // _DAY))


def format_full_time(moment: datetime, texts: Phrases | None = None) -> str:
    """Format a moment in full: «14:05, 12/11/2026», Vietnamese time; in English «14:05, 12 November 2026»."""
    return (texts or get_phrases()).moment.format(moment.astimezone(VIETNAM))


def format_short_time(moment: datetime, now: datetime, texts: Phrases | None = None) -> str:
    """Format a moment briefly: «vừa xong», «5 phút trước», «14:05», «hôm qua 14:05», «12/11», «12/11/2025»."""
    texts, age = texts or get_phrases(), (now - moment).total_seconds()
    if age < _MINUTE:
        return texts.just_now
    if age < _HOUR:
        return _format_count(texts.minutes_ago, int(age // _MINUTE))
    local, (year, midnight, day_before) = moment.astimezone(VIETNAM), _day_boundaries(now)
    if moment >= midnight:
        return _TIME_FORMAT.format(local)
    if moment >= day_before:
        return texts.yesterday.format(local)
    return (texts.day if local.year == year else texts.day_of_year).format(local)


@lru_cache(maxsize=8)
def _day_boundaries(now: datetime) -> tuple[int, datetime, datetime]:
    """Return the year in Viet Nam, its midnight and the one before, cached for a list.

    In UTC, like the moments of the database: comparing two time zones costs more than formatting.
    """
    local = now.astimezone(VIETNAM)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    return local.year, midnight, midnight - timedelta(days=1)


def build_due(
    deadline: datetime,
    now: datetime,
    *,
    soon: timedelta,
    is_met: bool = False,
    label: str = "",
    texts: Phrases | None = None,
) -> DueText:
    """Format the rest of a deadline: «còn 3 giờ», «chỉ còn 20 phút», «quá 2 ngày», «đã xong»."""
    texts, seconds_left = texts or get_phrases(), (deadline - now).total_seconds()
    local = deadline.astimezone(VIETNAM)
    moment_text = (texts.moment_of_year if local.year == _day_boundaries(now)[0] else texts.moment).format(local)
    if is_met:
        return DueText(texts.done, "done", deadline, label, moment_text)
    if seconds_left < 0:
        return DueText(
            texts.over.format(span=format_duration(seconds_left, texts)), "over", deadline, label, moment_text
        )
    if seconds_left < soon.total_seconds():
        return DueText(
            texts.soon.format(span=format_duration(seconds_left, texts)), "soon", deadline, label, moment_text
        )
    return DueText(texts.left.format(span=format_duration(seconds_left, texts)), "ok", deadline, label, moment_text)


def format_reporter_name(code: str) -> str:
    """Return the pseudonym of a reporter as shown on every page."""
    return _("Người dân {code}").format(code=format_code(code))


def format_period(count: int) -> str:
    """Format a period of `count` days: «15 năm», «13 tháng»; up to a year, and where neither fits, in days."""
    years, months = round(count / 365.25), round(count / 30.4375)
    if count >= 365 and abs(count - years * 365.25) < 1:
        return ngettext("{n} năm", "{n} năm", years).format(n=years)
    if count > 365 and abs(count - months * 30.4375) < 1:
        return ngettext("{n} tháng", "{n} tháng", months).format(n=months)
    return ngettext("{n} ngày", "{n} ngày", count).format(n=format_number(count))
