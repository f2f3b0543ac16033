"""Parsers of single cells of a village list: days, points, aliases. Pure."""

import datetime as dt
import re
from collections.abc import Callable, Iterator

from binhyen.areas.rules.names import KIND_WORDS, PREFIX
from binhyen.areas.rules.spreadsheet import SheetRow
from binhyen.kit.i18n_markers import N_, DeferredText
from binhyen.kit.text import fold_text

MAX_NAME_LENGTH = 60
_WEST, _SOUTH, _EAST, _NORTH = 105.0, 17.8, 106.6, 18.9  # Hà Tĩnh with a margin


class CellError(ValueError):
    """Invalid cell; the text is for the author of the list."""

    def __init__(self, column: str, text: str) -> None:
        super().__init__(text)
        self.column = column
        self.text = text


def iter_cell_errors(row: SheetRow) -> Iterator[CellError]:
    """Yield the errors of all independent cells, so that the author can correct a whole row at once."""
    parsers: tuple[Callable[[], object], ...] = (
        lambda: parse_kind_cell(row),
        lambda: parse_aliases_cell(row, ""),
        lambda: parse_point_cell(row),
        lambda: parse_day_cell(row, "tu_ngay"),
        lambda: parse_day_cell(row, "den_ngay"),
    )
    for parse in parsers:
        try:
            parse()
        except CellError as error:
            yield error


def parse_kind_cell(row: SheetRow) -> str | None:
    """Parse the village type from its own cell or the word before the name; None where both are missing."""
    prefix = PREFIX.match(row["ten"])
    words = fold_text(row["loai"]) or (fold_text(prefix[1]) if prefix else "")
    if words and words not in KIND_WORDS:
        raise CellError("loai", N_("Chỉ ghi «thôn» hoặc «tổ dân phố»."))
    return KIND_WORDS.get(words)


def parse_aliases_cell(row: SheetRow, name: str) -> tuple[str, ...]:
    unique: dict[str, str] = {}
    for alias in split_cell(row["ten_khac"]):
        if len(alias) > MAX_NAME_LENGTH:
            raise CellError("ten_khac", DeferredText(N_("Tên khác dài hơn {n} chữ."), n=MAX_NAME_LENGTH))
        if fold_text(alias) != fold_text(name):
            unique.setdefault(fold_text(alias), alias)
    return tuple(unique.values())


def split_cell(cell: str) -> list[str]:
    return [part.strip() for part in re.split(r"[|;]", cell) if part.strip()]


def parse_point_cell(row: SheetRow) -> tuple[float, float] | None:
    if not row["vi_do"] and not row["kinh_do"]:
        return None
    values: list[float] = []
    for column, low, high in (("vi_do", _SOUTH, _NORTH), ("kinh_do", _WEST, _EAST)):
        try:
            value = float(row[column].replace(",", "."))
        except ValueError:
            raise CellError(column, N_("Cần một số, ví dụ 18.4512.")) from None
        if not low <= value <= high:
            raise CellError(column, N_("Ngoài tỉnh Hà Tĩnh. Có thể đã đổi chỗ vĩ độ và kinh độ."))
        values.append(value)
    return values[0], values[1]


def parse_day_cell(row: SheetRow, column: str) -> dt.date | None:
    cell = row[column]
    if not cell:
        return None
    parts = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", cell)
    try:
        return dt.date(int(parts[3]), int(parts[2]), int(parts[1])) if parts else dt.date.fromisoformat(cell)
    except ValueError:
        raise CellError(column, N_("Ngày phải viết như 01/07/2025.")) from None
