"""Spreadsheet reader: bytes of an uploaded village list → rows with line numbers, or problems of the file. Pure.

Accepts Excel exports: byte-order mark, commas, semicolons or tabs, Windows line ends, decomposed letters.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from binhyen.kit.i18n_markers import N_, DeferredText
from binhyen.kit.text import collapse_spaces, fold_text, to_nfc

if TYPE_CHECKING:
    from _csv import Reader

MAX_FILE_BYTES = 1_000_000  # bytes; 1,936 villages take about 100 kB
_MAX_CELL_LENGTH = 500


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """A problem at a place of the file. `line` 0: the file as a whole."""

    line: int
    column: str
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the list, for the page, the sample and the reader."""

    name: str
    required: bool
    meaning: str
    sample: str = ""


COLUMNS = (
    Column(
        "xa", True, N_("Mã 5 số hoặc tên xã, phường hiện nay. Tên xã cũ cũng được nếu xã không bị chia."), "Xã Lộc Hà"
    ),
    Column("ten", True, N_("Tên thôn, tổ dân phố."), "Phú Mậu"),
    Column("loai", False, N_("«thôn» hoặc «tổ dân phố». Để trống: xã là thôn, phường là tổ dân phố."), "thôn"),
    Column("ma", False, N_("Mã thôn đã có trong hệ thống. Chỉ cần khi đổi tên.")),
    Column("ten_khac", False, N_("Tên khác dân hay gọi, cách nhau bằng dấu |."), "TDP Phú Mậu|xóm Mậu"),
    Column("vi_do", False, N_("Vĩ độ, ví dụ 18.4512.")),
    Column("kinh_do", False, N_("Kinh độ, ví dụ 105.8901.")),
    Column("tu_ngay", False, N_("Có hiệu lực từ ngày nào, ví dụ 01/07/2025. Để trống: từ khi có xã, phường này.")),
    Column("nhap_tu", False, N_("Các thôn cũ nhập thành thôn này (tên hoặc mã), cách nhau bằng dấu |.")),
    Column("den_ngay", False, N_("Ngày thôn không còn nữa.")),
)
_NAMES = {column.name for column in COLUMNS}
_HEADER_SYNONYMS = {
    "xa phuong": "xa",
    "ten xa": "xa",
    "don vi": "xa",
    "ten thon": "ten",
    "thon": "ten",
    "ten goi": "ten",
    "ten khac": "ten_khac",
    "vi do": "vi_do",
    "kinh do": "kinh_do",
    "tu ngay": "tu_ngay",
    "den ngay": "den_ngay",
    "nhap tu": "nhap_tu",
    "ma thon": "ma",
    "stt": "",
    "tt": "",  # a running number has no meaning
}


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line of the list: column → cleaned text; absent columns are empty."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class ParsedSheet:
    """Parsed rows and problems. With a problem of the whole file there are no rows."""

    rows: tuple[SheetRow, ...]
    problems: tuple[ImportProblem, ...]


def read_sheet(data: bytes) -> ParsedSheet:
    """Parse the bytes. Never raises; any input gives rows or problems that a person can act on."""
    text = _decode_text(data)
    if isinstance(text, ImportProblem):
        return ParsedSheet((), (text,))
    first_line = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = next(reader, [])
        columns, problems = _parse_header(header)
        rows: list[SheetRow] = []
        if not any(problem.line <= 1 for problem in problems):
            _read_rows(reader, columns, rows, problems)
    except csv.Error:
        return ParsedSheet(
            (), (ImportProblem(reader.line_num, "", "", N_("Dòng này sai dấu ngoặc kép hoặc quá dài.")),)
        )
    if not rows and not problems:
        problems.append(ImportProblem(0, "", "", N_("Tệp chỉ có dòng tên cột, chưa có thôn nào.")))
    return ParsedSheet(tuple(rows), tuple(problems))


def _decode_text(data: bytes) -> "str | ImportProblem":
    if len(data) > MAX_FILE_BYTES:
        return ImportProblem(0, "", "", N_("Tệp lớn hơn 1 MB. Danh sách của cả tỉnh chỉ khoảng 100 kB."))
    if not data.strip():
        return ImportProblem(0, "", "", N_("Tệp trống."))
    if data.startswith((b"PK", b"\xd0\xcf\x11\xe0", b"%PDF")) or b"\x00" in data:
        return ImportProblem(0, "", "", N_("Đây không phải tệp CSV. Trong Excel chọn «Lưu thành», loại «CSV UTF-8»."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ImportProblem(0, "", "", N_("Tệp không phải mã UTF-8. Trong Excel chọn «Lưu thành», loại «CSV UTF-8»."))
    return text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\n")


def _parse_header(header: list[str]) -> tuple[list[str], list[ImportProblem]]:
    names: list[str] = []
    problems: list[ImportProblem] = []
    for cell in header:
        plain = collapse_spaces(fold_text(to_nfc(cell)).replace("_", " ").replace(",", " "))
        name = _HEADER_SYNONYMS.get(plain, plain.replace(" ", "_"))
        if name and name not in _NAMES:
            problems.append(
                ImportProblem(
                    1, collapse_spaces(to_nfc(cell))[:40], "", N_("Không có cột này. Xem danh sách cột bên dưới.")
                )
            )
        elif name and name in names:
            problems.append(ImportProblem(1, name, "", N_("Cột này có hai lần.")))
        names.append(name)
    problems += [
        ImportProblem(1, column.name, "", N_("Thiếu cột bắt buộc."))
        for column in COLUMNS
        if column.required and column.name not in names
    ]
    return names, problems


def _read_rows(reader: "Reader", columns: list[str], rows: list[SheetRow], problems: list[ImportProblem]) -> None:
    previous_line = reader.line_num
    for cells in reader:
        line, previous_line = previous_line + 1, reader.line_num
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
            problems.append(
                ImportProblem(
                    line,
                    "",
                    "",
                    DeferredText(
                        N_("Dòng có {cells} ô, tên cột chỉ có {columns}."), cells=len(cells), columns=len(columns)
                    ),
                )
            )
            continue
        cleaned = {name: collapse_spaces(to_nfc(cell)) for name, cell in zip(columns, cells, strict=False) if name}
        cell_problems = [_cell_problem(line, name, cell) for name, cell in cleaned.items()]
        row_problems = [problem for problem in cell_problems if problem is not None]
        problems += row_problems
        if not row_problems:
            rows.append(SheetRow(line, cleaned))


def _cell_problem(line: int, name: str, cell: str) -> ImportProblem | None:
    if cell[:1] in set("=+-@|"):
        return ImportProblem(
            line, name, cell[:60], DeferredText(N_("Ô không được bắt đầu bằng «{sign}» (công thức)."), sign=cell[0])
        )
    if not {"?", "\ufffd"}.isdisjoint(cell):  # «Ph? M?u»: letters missing in the Windows code page
        return ImportProblem(
            line, name, cell[:60], N_("Mất dấu tiếng Việt. Trong Excel chọn «Lưu thành», loại «CSV UTF-8».")
        )
    if len(cell) > _MAX_CELL_LENGTH:
        return ImportProblem(line, name, cell[:60], N_("Ô quá dài."))
    return None
