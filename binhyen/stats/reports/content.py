"""Content of a report as plain values, which are stored when it is issued. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

NATION, MOTTO = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"
HEADING, APPENDIX, DRAFT = "BÁO CÁO", "PHỤ LỤC", "DỰ THẢO"
SIGNATURE_NOTE = "(Ký, ghi rõ họ tên, đóng dấu)"
RECIPIENTS, ARCHIVE = "Nơi nhận:", "- Lưu: VT."
REMARK = "- {unit}: {text}"
MISSING_REMARKS = "Chưa có ý kiến của {n} đơn vị: {names}."
MANY_MISSING_REMARKS = "Chưa có ý kiến của {n} đơn vị."
TABLE_HEAD = ("Nội dung", "Kỳ này", "Kỳ trước", "Tăng, giảm")
COMMUNE_HEAD = (
    "Xã, phường",
    "Đã nhận",
    "Kỳ trước",
    "Khẩn cấp",
    "Có giá trị",
    "Đã xong",
    "Đúng hạn",
)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A line of a table with its number in the period and in the one before."""

    label: str
    value: int
    previous: int


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table of the report."""

    title: str
    lines: tuple[ReportLine, ...]


@dataclass(frozen=True, slots=True)
class CommuneLine:
    """A commune in the appendix. `rate`: percent of closed cases in time; None without closed cases."""

    name: str
    reports: int
    previous: int
    urgent: int
    valuable: int
    closed: int
    rate: int | None


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section of the narrative."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangedNumber:
    """A number that a correction replaces."""

    label: str
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class ReportContent:
    """A report. Days are ISO texts. `sign`: the unit's part of the number; `number` None: a draft.

    `place`: of the date line. `changes`: what a correction (`version` above 1) replaces, because of `note`.
    """

    superior: str
    unit: str
    place: str
    signer: str
    sign: str
    subject: str
    area: str
    first: str
    last: str
    earlier_first: str
    earlier_last: str
    counted_at: str
    sections: tuple[Section, ...]
    tables: tuple[ReportTable, ...]
    communes: tuple[CommuneLine, ...] = ()
    number: int | None = None
    version: int = 1
    issued_on: str = ""
    note: str = ""
    changes: tuple[ChangedNumber, ...] = field(default=())

    def format_number(self) -> str:
        """Return the number of the document, with room for it in a draft."""
        number = f"{self.number:02d}" if self.number is not None else "        "
        return f"{number}/{self.sign}"

    def format_date(self) -> str:
        """Return the date line, with room for day and month in a draft."""
        if not self.issued_on:
            return DATE_LINE.format(place=self.place, day="     ", month="     ", year=self.last[:4])
        year, month, day = self.issued_on.split("-")
        return DATE_LINE.format(place=self.place, day=day, month=month, year=year)

    def format_version(self) -> str:
        return VERSION.format(version=self.version - 1) if self.version > 1 else ""

    def format_notes(self) -> tuple[str, ...]:
        """Return the paragraphs that list the changes of a correction."""
        if self.version == 1:
            return ()
        lines = [CHANGED.format(label=change.label, old=change.old, new=change.new) for change in self.changes]
        return (REPLACES.format(reason=self.note), *(lines or [NOTHING_CHANGED]))


DATE_LINE = "{place}, ngày {day} tháng {month} năm {year}"
VERSION = "(Bản đính chính lần {version})"
REPLACES = "Bản này thay thế bản đã phát hành cùng số. Lý do: {reason}"
CHANGED = "- {label}: {old} sửa thành {new}."
NOTHING_CHANGED = "- Các số liệu không thay đổi."


def to_json(content: ReportContent) -> dict[str, Any]:
    return asdict(content)


def from_json(data: Mapping[str, Any]) -> ReportContent:
    """Read stored content back."""
    parts = dict(data)
    parts["sections"] = tuple(Section(section["title"], tuple(section["paragraphs"])) for section in data["sections"])
    parts["tables"] = tuple(
        ReportTable(table["title"], tuple(ReportLine(**line) for line in table["lines"])) for table in data["tables"]
    )
    parts["communes"] = tuple(CommuneLine(**line) for line in data["communes"])
    parts["changes"] = tuple(ChangedNumber(**change) for change in data["changes"])
    return ReportContent(**parts)


def compare_contents(old: ReportContent, new: ReportContent) -> tuple[ChangedNumber, ...]:
    """Return every number of the tables and the appendix that differs, in the order of the new report."""
    earlier_numbers = dict(_list_numbers(old))
    numbers = list(_list_numbers(new))
    missing = [(label, number) for label, number in earlier_numbers.items() if label not in dict(numbers)]
    changed = [ChangedNumber(label, earlier_numbers.get(label, 0), number) for label, number in numbers]
    changed += [ChangedNumber(label, number, 0) for label, number in missing]
    return tuple(change for change in changed if change.old != change.new)


def _list_numbers(content: ReportContent) -> Sequence[tuple[str, int]]:
    lines = [(f"{table.title}: {line.label}", line.value) for table in content.tables for line in table.lines]
    return [*lines, *((f"{line.name}: {COMMUNE_HEAD[1]}", line.reports) for line in content.communes)]
