"""How the screens say numbers, moments and deadlines, in the page's language. No clock: `now` comes in.

A long list asks for its `phrases()` once and hands them in: finding out the language costs more than saying one.
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
    """A deadline as the desk shows it. `state`: ok · soon · over · done. `text` in words, `label`: of what it is
    the end.
    """

    text: str
    state: str
    moment: datetime
    label: str
    at: str  # the moment itself: «15:57, 30/11»

    @property
    def iso(self) -> str:
        """For the machine."""
        return self.moment.isoformat()


@dataclass(frozen=True, slots=True)
class Phrases:
    """What one language needs for the functions below. `yesterday` to `moment_of_year`: forms of a moment."""

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
    """Of the page's language."""
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
    """What strftime takes, for str.format, which takes half as long; a desk says a hundred moments."""
    return re.sub(r"%-?\w", lambda part: _PARTS.get(part[0], f"{{0:{part[0]}}}"), pattern)


def _counted(n: int) -> tuple[str, str, str, str]:
    return (
        ngettext("{n} phút", "{n} phút", n), ngettext("{n} giờ", "{n} giờ", n), ngettext("{n} ngày", "{n} ngày", n),
        ngettext("{n} phút trước", "{n} phút trước", n),
    )  # fmt: skip


def _count(texts: Counted, n: int) -> str:
    return texts[n != 1].format(n=n)


def number(value: int) -> str:
    """1560 → «1.560»; in English «1,560»."""
    if -1000 < value < 1000:
        return str(value)
    return f"{value:,}".replace(",", phrases().thousands)


def span(seconds: float, say: Phrases | None = None) -> str:
    """A length of time in one unit, never zero: «1 phút», «3 giờ», «4 ngày»; three days are still told in hours."""
    say, seconds = say or phrases(), abs(seconds)
    if seconds < _HOUR:
        return _count(say.minutes, max(1, int(seconds // _MINUTE)))
    if seconds < 3 * _DAY:
        return _count(say.hours, int(seconds // _HOUR))
    return _count(say.days, int(seconds // _DAY))


def clock_time(moment: datetime, say: Phrases | None = None) -> str:
    """The full form: «14:05, 12/11/2026», Vietnamese time; in English «14:05, 12 November 2026»."""
    return (say or phrases()).moment.format(moment.astimezone(VIETNAM))


def when(moment: datetime, now: datetime, say: Phrases | None = None) -> str:
    """The short form beside a message: «vừa xong», «5 phút trước», «14:05», «hôm qua 14:05», «12/11», «12/11/2025»."""
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
    """The year in Viet Nam, its midnight and the one before: of a list of fifty they are the same. In UTC, as the
    database's moments: to compare two zones costs more than to say the moment.
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
    """What is left of a deadline: «còn 3 giờ», «chỉ còn 20 phút», «quá 2 ngày», «đã xong»."""
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
    """How every screen calls who told."""
    return _("Người dân {code}").format(code=show_code(code))


def length(count: int) -> str:
    """Of `count` days, as people say it: «15 năm», «13 tháng»; up to a year, and what is neither, in days."""
    years, months = round(count / 365.25), round(count / 30.4375)
    if count >= 365 and abs(count - years * 365.25) < 1:
        return ngettext("{n} năm", "{n} năm", years).format(n=years)
    if count > 365 and abs(count - months * 30.4375) < 1:
        return ngettext("{n} tháng", "{n} tháng", months).format(n=months)
    return ngettext("{n} ngày", "{n} ngày", count).format(n=number(count))
