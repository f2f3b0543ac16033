"""Build a report from the sums, for one officer."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from binhyen.areas.models import Unit
from binhyen.areas.queries import get_directory
from binhyen.cases.choices import CATEGORY_LABELS, OUTCOME_LABELS
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.text import to_sort_key
from binhyen.people.access import counts_province
from binhyen.people.models import Officer
from binhyen.stats import dashboard, periods, queries
from binhyen.stats.area_filter import AreaFilter
from binhyen.stats.dashboard import KeySums, compute_rate
from binhyen.stats.metrics import RESPONSE_LABELS, Breakdown, Metric, build_key
from binhyen.stats.periods import Period
from binhyen.stats.queries import LedgerEntry
from binhyen.stats.reports.content import CommuneLine, ReportContent, ReportLine, ReportTable
from binhyen.stats.reports.examples import choose_texts, list_examples
from binhyen.stats.reports.narrative import ReportNumbers, write_narrative
from binhyen.stats.reports.remarks import list_remark_texts

_MINISTRY, _PROVINCE_SIGN = "BỘ CÔNG AN", "BC-CAT"
_COMMUNE_SIGNS = {"Công an phường": "BC-CAP"}
_COMMUNE_SIGN = "BC-CAX"
_DIRECTOR, _CHIEF = "GIÁM ĐỐC", "TRƯỞNG CÔNG AN"
_SUBJECT = "Kết quả mô hình «Zalo kết nối bình yên» {period} trên địa bàn {area}"
_LEDGER_TITLE = "Số liệu chung"
_CATEGORY_TITLE, _OUTCOME_TITLE, _RESPONSE_TITLE = "Theo lĩnh vực", "Theo kết quả", "Thời gian nhận việc"
_UNKNOWN_COMMUNE = "Chưa rõ xã, phường"
_SERVED_PEOPLE = frozenset(
    {
        Metric.ITEMS_RETURNED,
        Metric.PEOPLE_FOUND,
        Metric.FRAUDS_STOPPED,
        Metric.WEAPONS,
        Metric.HELPED,
        Metric.COMMENDED,
    }
)
_QUICK = ("M5", "M15")


def build_content(
    officer: Officer,
    period: Period,
    *,
    ground: AreaFilter,
    example_codes: Sequence[str] | None = None,
    now: dt.datetime,
) -> ReportContent:
    """Build the report of a period with the numbers of now. Raises InvalidPeriod for a period of the future.

    A draft of a period that is not over compares its elapsed days with as many of the previous period.
    `example_codes`: the typical cases that an officer chose; None: the first ones.
    """
    today = to_vietnam_day(now)
    periods.check_begun(period, today=today)
    whole_period = period
    period, previous = periods.get_comparable_periods(whole_period, today=today)
    entries = queries.get_ledger(officer, period, ground=ground)
    earlier = queries.get_ledger(officer, previous, ground=ground)
    sums = dashboard.sum_keys(officer, period, previous, ground=ground, step=periods.ChartStep.MONTH)
    lines = {_get_code(entry): _to_line(entry, before) for entry, before in zip(entries, earlier, strict=True)}
    categories = _list_lines(sums, Breakdown.CATEGORY, CATEGORY_LABELS)
    outcomes = _list_lines(sums, Breakdown.OUTCOME, OUTCOME_LABELS)
    communes = _list_communes(officer, period, previous) if not ground.key and counts_province(officer) else ()
    unit = officer.unit
    area = _get_area_name(unit, ground)
    rate, rate_before = sums.get_on_time_rate()
    numbers = ReportNumbers(
        area=area,
        first=period.first,
        last=period.last,
        lines=lines,
        people=[lines[metric] for metric in Metric if metric in _SERVED_PEOPLE],
        categories=categories,
        outcomes=outcomes,
        rate=rate,
        rate_before=rate_before,
        quick_rate=_get_quick_rate(sums),
        communes=communes,
        examples=choose_texts(list_examples(officer, period, ground=ground), example_codes),
        remarks=list_remark_texts(officer, whole_period) if communes else (),
    )
    responses = tuple(
        ReportLine(label, *sums.get_change(build_key(Breakdown.RESPONSE, code)))
        for code, label in RESPONSE_LABELS.items()
    )
    head = _describe_unit(unit)
    return ReportContent(
        superior=head.superior,
        unit=head.unit,
        place=_strip_prefix(unit.name),
        signer=head.signer,
        sign=head.sign,
        subject=_SUBJECT.format(period=str(period.label).lower(), area=area),
        area=area,
        first=period.first.isoformat(),
        last=period.last.isoformat(),
        earlier_first=previous.first.isoformat(),
        earlier_last=previous.last.isoformat(),
        counted_at=now.isoformat(timespec="minutes"),
        sections=write_narrative(numbers),
        tables=(
            ReportTable(_LEDGER_TITLE, tuple(lines.values())),
            ReportTable(_CATEGORY_TITLE, categories),
            ReportTable(_OUTCOME_TITLE, outcomes),
            ReportTable(_RESPONSE_TITLE, responses),
        ),
        communes=communes,
    )


def _get_code(entry: LedgerEntry) -> str:
    return entry.line.metric or entry.line.source


def _to_line(entry: LedgerEntry, before: LedgerEntry) -> ReportLine:
    return ReportLine(entry.line.label, entry.value, before.value)


def _list_lines(sums: KeySums, by: Breakdown, labels: Any) -> tuple[ReportLine, ...]:
    """List the codes with cases now or before, most first."""
    lines = [ReportLine(label, *sums.get_change(build_key(by, code))) for code, label in labels.items()]
    filled = [line for line in lines if line.value or line.previous]
    return tuple(sorted(filled, key=lambda line: (-line.value, to_sort_key(line.label))))


def _get_quick_rate(sums: KeySums) -> float | None:
    counts = {code: sums.current.get(build_key(Breakdown.URGENT_RESPONSE, code), 0) for code in RESPONSE_LABELS}
    total = sum(counts.values())
    return sum(counts[code] for code in _QUICK) / total if total else None


def _list_communes(officer: Officer, period: Period, previous: Period) -> tuple[CommuneLine, ...]:
    """List every commune by name, those without cases as well; cases of unknown place at the end."""
    numbers = dashboard.sum_by_commune(officer, period, previous)
    communes = sorted(get_directory().communes.values(), key=lambda commune: to_sort_key(commune.full_name))
    named = [(commune.full_name, commune.area_id) for commune in communes]
    unknown: list[tuple[str, int | None]] = [(_UNKNOWN_COMMUNE, None)] if None in numbers else []
    return tuple(_to_commune_line(name, *numbers.get(area, ({}, {}))) for name, area in [*named, *unknown])


def _to_commune_line(name: str, current: dict[str, int], before: dict[str, int]) -> CommuneLine:
    rate = compute_rate(current)
    return CommuneLine(
        name,
        current.get(Metric.REPORTS, 0),
        before.get(Metric.REPORTS, 0),
        current.get(Metric.URGENT, 0),
        current.get(Metric.VALUABLE_TIPS, 0),
        current.get(Metric.CLOSED, 0),
        None if rate is None else round(rate * 100),
    )


class UnitHead(NamedTuple):
    """Head and signature of the issuing unit."""

    superior: str
    unit: str
    signer: str
    sign: str


def _describe_unit(unit: Unit) -> UnitHead:
    if unit.level == Unit.Level.PROVINCE:
        return UnitHead(_MINISTRY, unit.name.upper(), _DIRECTOR, _PROVINCE_SIGN)
    province = get_directory().unit_name(get_directory().province_unit_id)
    sign = next((sign for start, sign in _COMMUNE_SIGNS.items() if unit.name.startswith(start)), _COMMUNE_SIGN)
    return UnitHead(province.upper(), unit.name.upper(), _CHIEF, sign)


_PREFIXES = ("Công an tỉnh ", "Công an xã ", "Công an phường ", "Công an ")


def _strip_prefix(name: str) -> str:
    prefix = next((start for start in _PREFIXES if name.startswith(start)), "")
    return name.removeprefix(prefix)


def _get_area_name(unit: Unit, ground: AreaFilter) -> str:
    if ground.key:
        return ground.now_in or ground.name
    return unit.name.removeprefix(_PREFIXES[-1])
