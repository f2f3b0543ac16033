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

from binhyen.kit.ids import show_code

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_MINUTE = 60
_HOUR = 3600
_DAY = 86400
_PARTS = {"%H": "{0.hour:02}", "%M": "{0.minute:02}", "%d": "{0.day:02}", "%m": "{0.month:02}", "%Y": "{0.year}"}
_TIME = "{0.hour:02}:{0.minute:02}"
Counted = tuple[str, str]  # for one, for more: «{n} phút»


@dataclass(frozen=True, slots=True)
class Due:
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
    minutes: Counted
    hours: Counted
    days: Counted
    minutes_ago: Counted
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


def phrases() -> Phrases:
    """Return the texts in the page's language."""
    return _phrases(get_language() or settings.LANGUAGE_CODE)


@lru_cache(maxsize=8)
def _phrases(language: str) -> Phrases:
    with override(language):
        one, more = _counted(1), _counted(2)
        minutes, hours, days, ago = zip(one, more, strict=True)
        return Phrases(
            thousands=_("1.000")[1], minutes=minutes, hours=hours, days=days, minutes_ago=ago, just_now=_("vừa xong"),
            yesterday=_form(_("hôm qua %H:%M")), day=_form(_("%d/%m")), day_of_year=_form(_("%d/%m/%Y")),
            moment=_form(_("%H:%M, %d/%m/%Y")), moment_of_year=_form(_("%H:%M, %d/%m")), done=_("đã xong"),
            over=_("quá {span}"), soon=_("chỉ còn {span}"), left=_("còn {span}"),
        )  # fmt: skip


def _form(pattern: str) -> str:
    """Convert a strftime pattern for str.format, which takes half as long; a queue formats a hundred moments."""
    return re.sub(r"%-?\w", lambda part: _PARTS.get(part[0], f"{{0:{part[0]}}}"), pattern)


def _counted(n: int) -> tuple[str, str, str, str]:
    return (
        ngettext("{n} phút", "{n} phút", n), ngettext("{n} giờ", "{n} giờ", n), ngettext("{n} ngày", "{n} ngày", n),
        ngettext("{n} phút trước", "{n} phút trước", n),
    )  # fmt: skip


def _count(texts: Counted, n: int) -> str:
    return texts[n != 1].format(n=n)


def number(value: int) -> str:
    """Format a number: 1560 → «1.560»; in English «1,560»."""
    if -1000 < value < 1000:
        return str(value)
    return f"{value:,}".replace(",", phrases().thousands)


def span(seconds: float, say: Phrases | None = None) -> str:
    """Format a duration in one unit, never zero: «1 phút», «3 giờ», «4 ngày»; up to three days in hours."""
    say, seconds = say or phrases(), abs(seconds)
    if seconds < _HOUR:
        return _count(say.minutes, max(1, int(seconds // _MINUTE)))
    if seconds < 3 * _DAY:
        return _count(say.hours, int(seconds // _HOUR))
    return _count(say.days, int(seconds // _DAY))


def clock_time(moment: datetime, say: Phrases | None = None) -> str:
    """Format a moment in full: «14:05, 12/11/2026», Vietnamese time; in English «14:05, 12 November 2026»."""
    return (say or phrases()).moment.format(moment.astimezone(VIETNAM))


def when(moment: datetime, now: datetime, say: Phrases | None = None) -> str:
    """Format a moment briefly: «vừa xong», «5 phút trước», «14:05», «hôm qua 14:05», «12/11», «12/11/2025»."""
    say, age = say or phrases(), (now - moment).total_seconds()
    if age < _MINUTE:
        return say.just_now
    if age < _HOUR:
        return _count(say.minutes_ago, int(age // _MINUTE))
    local, (year, midnight, day_before) = moment.astimezone(VIETNAM), _today(now)
    if moment >= midnight:
        return _TIME.format(local)
    if moment >= day_before:
        return say.yesterday.format(local)
    return (say.day if local.year == year else say.day_of_year).format(local)


@lru_cache(maxsize=8)
def _today(now: datetime) -> tuple[int, datetime, datetime]:
    """Return the year in Viet Nam, its midnight and the one before, cached for a list.

    In UTC, like the moments of the database: comparing two time zones costs more than formatting.
    """
    local = now.astimezone(VIETNAM)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    return local.year, midnight, midnight - timedelta(days=1)


def due(
    deadline: datetime,
    now: datetime,
    *,
    soon: timedelta,
    met: bool = False,
    label: str = "",
    say: Phrases | None = None,
) -> Due:
    """Format the rest of a deadline: «còn 3 giờ», «chỉ còn 20 phút», «quá 2 ngày», «đã xong»."""
    say, left = say or phrases(), (deadline - now).total_seconds()
    local = deadline.astimezone(VIETNAM)
    at = (say.moment_of_year if local.year == _today(now)[0] else say.moment).format(local)
    if met:
        return Due(say.done, "done", deadline, label, at)
    if left < 0:
        return Due(say.over.format(span=span(left, say)), "over", deadline, label, at)
    if left < soon.total_seconds():
        return Due(say.soon.format(span=span(left, say)), "soon", deadline, label, at)
    return Due(say.left.format(span=span(left, say)), "ok", deadline, label, at)


def pseudonym(code: str) -> str:
    """Return the pseudonym of a reporter as shown on every page."""
    return _("Người dân {code}").format(code=show_code(code))


def length(count: int) -> str:
    """Format a period of `count` days: «15 năm», «13 tháng»; up to a year, and where neither fits, in days."""
    years, months = round(count / 365.25), round(count / 30.4375)
    if count >= 365 and abs(count - years * 365.25) < 1:
        return ngettext("{n} năm", "{n} năm", years).format(n=years)
    if count > 365 and abs(count - months * 30.4375) < 1:
        return ngettext("{n} tháng", "{n} tháng", months).format(n=months)
    return ngettext("{n} ngày", "{n} ngày", count).format(n=number(count))
