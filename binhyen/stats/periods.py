"""Periods of the ledger, in days. Pure."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from binhyen.kit.i18n_markers import N_, DeferredText
from binhyen.kit.typed_dates import INVALID_DAY, parse_typed_day

PERIOD_CHOICES = {
    "thang-nay": N_("Tháng này"),
    "quy-nay": N_("Quý này"),
    "nam-nay": N_("Năm nay"),
    "hom-nay": N_("Hôm nay"),
    "tuan-nay": N_("Tuần này"),
    "thang-truoc": N_("Tháng trước"),
    "quy-truoc": N_("Quý trước"),
    "nua-nam": N_("6 tháng này"),
    "nam-truoc": N_("Năm trước"),
    "tuy-chon": N_("Từ ngày đến ngày"),
}
_MONTHS_TOGETHER = {"quy-nay": 3, "quy-truoc": 3, "nua-nam": 6, "nam-nay": 12, "nam-truoc": 12}
MAX_DAYS = 3660  # days


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


class ChartStep(StrEnum):
    """Length of the steps of a chart."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


def get_current_period(choice: str, *, today: dt.date) -> Period:
    """Return the whole day, week, month, quarter, half-year or year that a choice means; an unknown one the month."""
    if choice == "hom-nay":
        return Period(today, today, DeferredText(N_("Ngày {day}"), day=format_day(today)))
    if choice == "tuan-nay":
        monday = today - dt.timedelta(days=today.weekday())
        return _label_span(monday, monday + dt.timedelta(days=6))
    months = _MONTHS_TOGETHER.get(choice, 1)
    first = dt.date(today.year, (today.month - 1) // months * months + 1, 1)
    if choice.endswith("-truoc"):
        first = _add_months(first, -months)
    return Period(first, _get_day_before(_add_months(first, months)), _label_months(first, months))


def get_month(day: dt.date) -> Period:
    """Return the month of a day."""
    first = day.replace(day=1)
    return Period(first, _get_day_before(_add_months(first, 1)), _label_months(first, 1))


def _label_months(first: dt.date, months: int) -> str:
    year, part = first.year, (first.month - 1) // months + 1
    match months:
        case 12:
            return DeferredText(N_("Năm {year}"), year=year)
        case 6 if part == 1:
            return DeferredText(N_("6 tháng đầu năm {year}"), year=year)
        case 6:
            return DeferredText(N_("6 tháng cuối năm {year}"), year=year)
        case 3:
            return DeferredText(N_("Quý {quarter} năm {year}"), quarter=part, year=year)
    return DeferredText(N_("Tháng {month} năm {year}"), month=first.month, year=year)


def _label_span(first: dt.date, last: dt.date) -> Period:
    label = DeferredText(N_("Từ {start} đến {end}"), start=format_day(first), end=format_day(last))
    return Period(first, last, label)


def label_period(first: dt.date, last: dt.date) -> Period:
    """Return the period with the label of a day, month, quarter, half-year or year where it is one."""
    if first == last:
        return get_current_period("hom-nay", today=first)
    for months in (12, 6, 3, 1):
        is_start = first.day == 1 and (first.month - 1) % months == 0
        if is_start and _get_day_before(_add_months(first, months)) == last:
            return Period(first, last, _label_months(first, months))
    return _label_span(first, last)


def parse_period(first: str, last: str) -> Period:
    """Parse two dates, ISO as a form sends them (2026-11-25) or as people write them (25/11/2026). Raises BadPeriod."""
    start, end = parse_day(first), parse_day(last)
    if end < start:
        raise InvalidPeriod(N_("Ngày đầu phải trước ngày cuối."))
    if (end - start).days > MAX_DAYS:
        raise InvalidPeriod(N_("Kỳ dài quá 10 năm. Hãy chọn ngắn hơn."))
    return _label_span(start, end)


def parse_day(text: str) -> dt.date:
    try:
        day = parse_typed_day(text)
    except ValueError:
        raise InvalidPeriod(INVALID_DAY) from None
    if day.year < 2000:
        raise InvalidPeriod(INVALID_DAY)
    return day


def get_previous_period(period: Period) -> Period:
    """Return the period of equal length right before; before whole months, as many whole months."""
    last = _get_day_before(period.first)
    months = (period.last.year - period.first.year) * 12 + period.last.month - period.first.month + 1
    if period.first.day == 1 and _get_day_after(period.last).day == 1:
        return Period(_add_months(period.first, -months), last)
    return Period(last - (period.last - period.first), last)


def check_begun(period: Period, *, today: dt.date) -> None:
    """Refuse a period of the future. Raises InvalidPeriod."""
    if period.first > today:
        raise InvalidPeriod(N_("Kỳ này chưa tới. Hãy chọn kỳ khác."))


def check_over(period: Period, *, today: dt.date) -> None:
    """Refuse a period that is not over: its numbers still change. Raises InvalidPeriod."""
    check_begun(period, today=today)
    if period.last >= today:
        raise InvalidPeriod(N_("Kỳ này chưa hết nên chưa phát hành được. Bạn vẫn tải được bản dự thảo."))


def get_comparable_periods(period: Period, *, today: dt.date) -> tuple[Period, Period]:
    """Return the elapsed part of the period, and as many days at the start of the previous one."""
    previous = get_previous_period(period)
    if not period.first <= today < period.last:
        return period, previous
    elapsed = today - period.first
    return Period(period.first, today, period.label), Period(
        previous.first, min(previous.last, previous.first + elapsed)
    )


def split_whole_months(period: Period) -> tuple[Period | None, list[Period]]:
    """Return the whole months of a period as one period, and the days before and after them."""
    first = period.first if period.first.day == 1 else _add_months(period.first.replace(day=1), 1)
    end = _get_day_after(period.last).replace(day=1)  # first day after the last whole month
    if first >= end:
        return None, [period]
    edges = []
    if period.first < first:
        edges.append(Period(period.first, _get_day_before(first)))
    if end <= period.last:
        edges.append(Period(end, period.last))
    return Period(first, _get_day_before(end)), edges


def get_step(period: Period) -> ChartStep:
    """Return the step in which a chart of the period is readable."""
    days = (period.last - period.first).days + 1
    return ChartStep.DAY if days <= 31 else ChartStep.WEEK if days <= 120 else ChartStep.MONTH


def split_period(period: Period, step: ChartStep) -> list[tuple[dt.date, Period]]:
    """Return the steps of a period: the start of the whole step, and the part of it inside the period."""
    steps: list[tuple[dt.date, Period]] = []
    start = period.first
    if step is ChartStep.WEEK:
        start -= dt.timedelta(days=start.weekday())
    elif step is ChartStep.MONTH:
        start = start.replace(day=1)
    while start <= period.last:
        end = _get_step_end(start, step)
        part = Period(max(start, period.first), min(_get_day_before(end), period.last))
        steps.append((start, part))
        start = end
    return steps


def _get_step_end(start: dt.date, step: ChartStep) -> dt.date:
    """Return the first day after a step."""
    if step is ChartStep.MONTH:
        return _add_months(start, 1)
    return start + dt.timedelta(days=7 if step is ChartStep.WEEK else 1)


def _add_months(first: dt.date, months: int) -> dt.date:
    """Return the first of a month, `months` later."""
    total = first.year * 12 + first.month - 1 + months
    return dt.date(total // 12, total % 12 + 1, 1)


def _get_day_before(value: dt.date) -> dt.date:
    return value - dt.timedelta(days=1)


def _get_day_after(value: dt.date) -> dt.date:
    return value + dt.timedelta(days=1)
