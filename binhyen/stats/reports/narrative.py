"""Narrative of a report in administrative Vietnamese, made from its numbers alone. Pure."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from binhyen.stats.periods import format_day
from binhyen.stats.reports.content import CommuneLine, ReportLine, Section

_MAX_NAMED = 3
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")
_NUMBERED = "{roman}. {title}"
_SHARE = "{label} {number} ({share})"

_TITLE_GROUPS = "CÔNG TÁC TUYÊN TRUYỀN"
_TITLE_REPORTS = "TIẾP NHẬN TIN BÁO, PHẢN ÁNH"
_TITLE_RESULTS = "KẾT QUẢ XỬ LÝ"
_TITLE_PEOPLE = "KẾT QUẢ PHỤC VỤ NHÂN DÂN"
_TITLE_COMMUNES = "ĐỊA BÀN CẦN CHÚ Ý"
_TITLE_EXAMPLES = "VỤ VIỆC ĐIỂN HÌNH"
_TITLE_REMARKS = "Ý KIẾN CỦA CÁC ĐƠN VỊ"
_GROUPS = (
    "Đến hết ngày {last}, trên địa bàn {area} duy trì {commune} nhóm cấp xã, {village} nhóm thôn, tổ dân phố "
    "với {members} thành viên."
)
_BULLETINS = "Trong kỳ đã phát {n} bản tin tuyên truyền, {change}."
_RECEIVED = "Từ ngày {first} đến ngày {last}, đã tiếp nhận {n} tin báo, phản ánh của nhân dân, {change}."
_OF_THESE = "Trong đó có {urgent} việc khẩn cấp, {petitions} kiến nghị, phản ánh và {valuable} tin có giá trị."
_MOST = "Lĩnh vực có nhiều tin nhất: {names}."
_GREW = "Lĩnh vực tăng nhiều nhất so với kỳ trước: {label} (thêm {n} tin)."
_FELL = "Lĩnh vực giảm nhiều nhất so với kỳ trước: {label} (bớt {n} tin)."
_CLOSED = "Đã xử lý xong {n} vụ việc, {change}."
_ON_TIME = "Tỷ lệ xong đúng hạn đạt {rate}, kỳ trước {before}."
_ON_TIME_ALONE = "Tỷ lệ xong đúng hạn đạt {rate}."
_OUTCOMES = "Kết quả chủ yếu: {names}."
_QUICK = "{rate} việc khẩn cấp có cán bộ nhận trong 15 phút."
_PEOPLE = "{label}: {n}, {change}."
_LATE_COMMUNES = "Các xã, phường có tỷ lệ xong đúng hạn thấp nhất: {names}."
_QUIET_COMMUNES = "Số xã, phường không tiếp nhận tin nào trong kỳ: {n}."
_NOTHING = "Trong kỳ không tiếp nhận tin báo, phản ánh nào."
_SAME, _NONE_BEFORE, _NONE = "bằng kỳ trước", "kỳ trước không có", "như kỳ trước"
_MORE = "tăng {n} ({share}) so với kỳ trước"
_LESS = "giảm {n} ({share}) so với kỳ trước"


@dataclass(frozen=True, slots=True)
class ReportNumbers:
    """Numbers that the narrative needs. `lines`: of the ledger, by their code; rates are shares from 0 to 1."""

    area: str
    first: dt.date
    last: dt.date
    lines: Mapping[str, ReportLine]
    people: Sequence[ReportLine]
    categories: Sequence[ReportLine]
    outcomes: Sequence[ReportLine]
    rate: float | None
    rate_before: float | None
    quick_rate: float | None
    communes: Sequence[CommuneLine] = ()
    examples: Sequence[str] = ()  # texts of typical cases
    remarks: Sequence[str] = ()  # paragraphs of the units' remarks


def format_count(value: int) -> str:
    """Format a number as Vietnamese documents do: 1560 → «1.560»."""
    return f"{value:,}".replace(",", ".")


def format_percent(share: float) -> str:
    """Format a share with at leading one decimal: 0.125 → «12,5%»."""
    return f"{share * 100:.1f}".rstrip("0").rstrip(".").replace(".", ",") + "%"


def describe_change(value: int, before: int) -> str:
    """Describe a number beside the one of the period before."""
    if value == before:
        return _SAME if value else _NONE
    if not before:
        return _NONE_BEFORE
    form = _MORE if value > before else _LESS
    return form.format(n=format_count(abs(value - before)), share=format_percent(abs(value - before) / before))


def write_narrative(numbers: ReportNumbers) -> tuple[Section, ...]:
    """Return the sections of the narrative; a section without anything to say is left out."""
    parts = (
        (_TITLE_GROUPS, _describe_groups(numbers)),
        (_TITLE_REPORTS, _describe_reports(numbers)),
        (_TITLE_RESULTS, _describe_results(numbers)),
        (_TITLE_PEOPLE, _describe_people(numbers)),
        (_TITLE_COMMUNES, _describe_communes(numbers)),
        (_TITLE_EXAMPLES, [f"{index}. {text}" for index, text in enumerate(numbers.examples, 1)]),
        (_TITLE_REMARKS, list(numbers.remarks)),
    )
    filled = [(title, paragraphs) for title, paragraphs in parts if paragraphs]
    return tuple(
        Section(_NUMBERED.format(roman=roman, title=title), tuple(paragraphs))
        for roman, (title, paragraphs) in zip(_ROMAN, filled, strict=False)
    )


def keep_texts(old: Sequence[Section], new: Sequence[Section]) -> tuple[Section, ...]:
    """Return the new sections with the typical cases and remarks of the old ones: a correction replaces numbers."""
    old_sections = {
        title: section for section in old for title in (_TITLE_EXAMPLES, _TITLE_REMARKS) if title in section.title
    }
    titles = [(_strip_number(section.title), section.paragraphs) for section in new]
    numbers = [(title, texts) for title, texts in titles if title not in (_TITLE_EXAMPLES, _TITLE_REMARKS)]
    sections = [*numbers, *((title, section.paragraphs) for title, section in old_sections.items())]
    return tuple(
        Section(_NUMBERED.format(roman=roman, title=title), texts)
        for roman, (title, texts) in zip(_ROMAN, sections, strict=False)
    )


def _strip_number(title: str) -> str:
    return title.partition(". ")[2]


def _describe_groups(numbers: ReportNumbers) -> list[str]:
    counts = {code: format_count(numbers.lines[code].value) for code in ("groups_commune", "groups_village", "members")}
    bulletins = numbers.lines["bulletins"]
    groups = _GROUPS.format(
        last=format_day(numbers.last),
        area=numbers.area,
        commune=counts["groups_commune"],
        village=counts["groups_village"],
        members=counts["members"],
    )
    return [groups, _with_change(_BULLETINS, bulletins)]


def _with_change(form: str, line: ReportLine) -> str:
    return form.format(n=format_count(line.value), change=describe_change(line.value, line.previous))


def _describe_reports(numbers: ReportNumbers) -> list[str]:
    received = numbers.lines["REPORTS"]
    if not received.value and not received.previous:
        return [_NOTHING]
    text = _RECEIVED.format(
        first=format_day(numbers.first),
        last=format_day(numbers.last),
        n=format_count(received.value),
        change=describe_change(received.value, received.previous),
    )
    parts = {
        name: format_count(numbers.lines[code].value)
        for name, code in (("urgent", "URGENT"), ("petitions", "PETITIONS"), ("valuable", "VALUABLE_TIPS"))
    }
    paragraphs = [f"{text} {_OF_THESE.format(**parts)}"]
    leading = [line for line in numbers.categories if line.value][:_MAX_NAMED]
    if leading:
        names = ", ".join(_name_share(line, received.value) for line in leading)
        paragraphs.append(" ".join([_MOST.format(names=names), *_describe_moves(numbers.categories)]))
    return paragraphs


def _name_share(line: ReportLine, total: int) -> str:
    share = format_percent(line.value / total) if total else "0%"
    return _SHARE.format(label=line.label.lower(), number=format_count(line.value), share=share)


def _describe_moves(categories: Sequence[ReportLine]) -> list[str]:
    """Name the category that grew leading and the one that fell leading, if the period before had any case."""
    if not any(line.previous for line in categories):
        return []
    grown = max(categories, key=lambda line: line.value - line.previous)
    fallen = min(categories, key=lambda line: line.value - line.previous)
    texts = []
    if grown.value > grown.previous:
        texts.append(_GREW.format(label=grown.label.lower(), n=format_count(grown.value - grown.previous)))
    if fallen.value < fallen.previous:
        texts.append(_FELL.format(label=fallen.label.lower(), n=format_count(fallen.previous - fallen.value)))
    return texts


def _describe_results(numbers: ReportNumbers) -> list[str]:
    closed = numbers.lines["CLOSED"]
    sentences = [_with_change(_CLOSED, closed)]
    if numbers.rate is not None:
        before = numbers.rate_before
        form = _ON_TIME_ALONE if before is None else _ON_TIME
        sentences.append(
            form.format(rate=format_percent(numbers.rate), before=format_percent(before) if before is not None else "")
        )
    paragraphs = [" ".join(sentences)]
    leading = [line for line in numbers.outcomes if line.value][:_MAX_NAMED]
    if leading:
        names = ", ".join(_name_share(line, closed.value) for line in leading)
        paragraphs.append(_OUTCOMES.format(names=names))
    if numbers.quick_rate is not None:
        paragraphs.append(_QUICK.format(rate=format_percent(numbers.quick_rate)))
    return paragraphs


def _describe_people(numbers: ReportNumbers) -> list[str]:
    return [
        _PEOPLE.format(label=line.label, n=format_count(line.value), change=describe_change(line.value, line.previous))
        for line in numbers.people
        if line.value or line.previous
    ]


def _describe_communes(numbers: ReportNumbers) -> list[str]:
    rated = sorted(
        (line for line in numbers.communes if line.rate is not None and line.rate < 100),
        key=lambda line: (line.rate, -line.closed, line.name),
    )[:_MAX_NAMED]
    paragraphs = []
    if rated:
        names = ", ".join(f"{line.name} ({line.rate}%)" for line in rated)
        paragraphs.append(_LATE_COMMUNES.format(names=names))
    quiet = sum(not line.reports for line in numbers.communes)
    if quiet:
        paragraphs.append(_QUIET_COMMUNES.format(n=quiet))
    return paragraphs
