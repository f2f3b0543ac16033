"""Periods of the ledger, in days. Pure."""

import datetime as dt
from dataclasses import dataclass

from binhyen.kit.i18n_markers import N_, DeferredText

PERIOD_CHOICES = {
    "thang-nay": N_("Tháng này"),
    "quy-nay": N_("Quý này"),
    "nam-nay": N_("Năm nay"),
    "tuy-chon": N_("Từ ngày đến ngày"),
}
MAX_DAYS = 3660  # days
_BAD_DAY = N_("Ngày không đúng. Hãy viết ngày/tháng/năm, ví dụ 25/11/2026.")


class InvalidPeriod(Exception):
    """The dates make no valid period. The text is Vietnamese and shown to the user."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included, with a `label` to show."""

    first: dt.date
    last: dt.date
    label: str = ""


def format_day(value: dt.date) -> str:
    return value.strftime("%d/%m/%Y")


def get_current_period(choice: str, *, today: dt.date) -> Period:
    """Return the whole month, quarter or year that contains `today`; an unknown choice means the month."""
    if choice == "nam-nay":
        return Period(
            dt.date(today.year, 1, 1), dt.date(today.year, 12, 31), DeferredText(N_("Năm {year}"), year=today.year)
        )
    if choice == "quy-nay":
        start = (today.month - 1) // 3 * 3 + 1
        first = dt.date(today.year, start, 1)
        return Period(
            first,
            _get_day_before(_add_months(first, 3)),
            DeferredText(N_("Quý {quarter} năm {year}"), quarter=start // 3 + 1, year=today.year),
        )
    first = today.replace(day=1)
    return Period(
        first,
        _get_day_before(_add_months(first, 1)),
        DeferredText(N_("Tháng {month} năm {year}"), month=today.month, year=today.year),
    )


def parse_period(first: str, last: str) -> Period:
    """Parse two dates, ISO as a form sends them (2026-11-25) or as people write them (25/11/2026). Raises BadPeriod."""
    start, end = parse_day(first), parse_day(last)
    if end < start:
        raise InvalidPeriod(N_("Ngày đầu phải trước ngày cuối."))
    if (end - start).days > MAX_DAYS:
        raise InvalidPeriod(N_("Kỳ dài quá 10 năm. Hãy chọn ngắn hơn."))
    return Period(start, end, DeferredText(N_("Từ {start} đến {end}"), start=format_day(start), end=format_day(end)))


def parse_day(text: str) -> dt.date:
    for shape in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            parsed = dt.datetime.strptime(text.strip(), shape).date()  # noqa: DTZ007  a date has no time zone
        except ValueError:
            continue
        if 2000 <= parsed.year <= 2200:
            return parsed
    raise InvalidPeriod(_BAD_DAY)


def get_previous_period(period: Period) -> Period:
    """Return the period of equal length right before; before whole months, as many whole months."""
    last = _get_day_before(period.first)
    months = (period.last.year - period.first.year) * 12 + period.last.month - period.first.month + 1
    if period.first.day == 1 and _get_day_after(period.last).day == 1:
        return Period(_add_months(period.first, -months), last)
    return Period(last - (period.last - period.first), last)


def _add_months(first: dt.date, months: int) -> dt.date:
    """Return the first of a month, `months` later."""
    total = first.year * 12 + first.month - 1 + months
    return dt.date(total // 12, total % 12 + 1, 1)


def _get_day_before(value: dt.date) -> dt.date:
    return value - dt.timedelta(days=1)


def _get_day_after(value: dt.date) -> dt.date:
    return value + dt.timedelta(days=1)
