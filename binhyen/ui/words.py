"""How the screens say numbers, moments and deadlines. Pure: `now` comes in, no Django, no clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
URGENCY = {3: "Khẩn cấp", 2: "Trong ngày", 1: "Thường", 0: "Để biết"}
_MINUTE = 60
_HOUR = 3600
_DAY = 86400


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline as the desk shows it. `state`: ok · soon · over · done. `text` in words, `iso` for the machine."""

    text: str
    state: str
    iso: str
    label: str = ""


def number(value: int) -> str:
    """1560 → «1.560»."""
    return f"{value:,}".replace(",", ".")


def span(seconds: float) -> str:
    """A length of time in one unit, never zero: «1 phút», «3 giờ», «2 ngày»."""
    seconds = abs(seconds)
    if seconds < _HOUR:
        return f"{max(1, int(seconds // _MINUTE))} phút"
    if seconds < 2 * _DAY:
        return f"{int(seconds // _HOUR)} giờ"
    return f"{int(seconds // _DAY)} ngày"


def clock_time(moment: datetime) -> str:
    """The full form: «14:05, 12/11/2026», Vietnamese time."""
    return moment.astimezone(VIETNAM).strftime("%H:%M, %d/%m/%Y")


def when(moment: datetime, now: datetime) -> str:
    """The short form beside a message: «vừa xong», «5 phút trước», «14:05», «hôm qua 14:05», «12/11», «12/11/2025»."""
    age = (now - moment).total_seconds()
    if age < _MINUTE:
        return "vừa xong"
    if age < _HOUR:
        return f"{int(age // _MINUTE)} phút trước"
    local, today = moment.astimezone(VIETNAM), now.astimezone(VIETNAM)
    if local.date() == today.date():
        return local.strftime("%H:%M")
    if local.date() == today.date() - timedelta(days=1):
        return local.strftime("hôm qua %H:%M")
    return local.strftime("%d/%m" if local.year == today.year else "%d/%m/%Y")


def due(deadline: datetime, now: datetime, *, soon: timedelta, met: bool = False, label: str = "") -> Due:
    """What is left of a deadline: «còn 3 giờ», «sắp hết: 20 phút», «quá 2 ngày», «đã xong»."""
    left = (deadline - now).total_seconds()
    iso = deadline.isoformat()
    if met:
        return Due("đã xong", "done", iso, label)
    if left < 0:
        return Due(f"quá {span(left)}", "over", iso, label)
    if left < soon.total_seconds():
        return Due(f"chỉ còn {span(left)}", "soon", iso, label)
    return Due(f"còn {span(left)}", "ok", iso, label)
