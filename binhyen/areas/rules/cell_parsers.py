"""Parsers of single cells of a village list: days, points, aliases. Pure."""

import datetime as dt
import re
from collections.abc import Callable, Iterator

from binhyen.areas.rules.names import KIND_WORDS, PREFIX
from binhyen.areas.rules.spreadsheet import Row
from binhyen.kit.i18n_markers import N_, Said
from binhyen.kit.text import fold

LONGEST_NAME = 60
_WEST, _SOUTH, _EAST, _NORTH = 105.0, 17.8, 106.6, 18.9  # Hà Tĩnh with a margin


class Bad(ValueError):
    """Invalid cell; the text is for the author of the list."""

    def __init__(self, column: str, text: str) -> None:
        super().__init__(text)
        self.column = column
        self.text = text


def faults_of(row: Row) -> Iterator[Bad]:
    """Yield the errors of all independent cells, so that the author can correct a whole row at once."""
    looks: tuple[Callable[[], object], ...] = (
        lambda: kind_of(row), lambda: aliases_of(row, ""), lambda: point_of(row), lambda: day_of(row, "tu_ngay"),
        lambda: day_of(row, "den_ngay"),
    )  # fmt: skip
    for look in looks:
        try:
            look()
        except Bad as bad:
            yield bad


def kind_of(row: Row) -> str | None:
    """Parse the village type from its own cell or the word before the name; None where both are missing."""
    prefix = PREFIX.match(row["ten"])
    words = fold(row["loai"]) or (fold(prefix[1]) if prefix else "")
    if words and words not in KIND_WORDS:
        raise Bad("loai", N_("Chỉ ghi «thôn» hoặc «tổ dân phố»."))
    return KIND_WORDS.get(words)


def aliases_of(row: Row, name: str) -> tuple[str, ...]:
    seen: dict[str, str] = {}
    for alias in parts_of(row["ten_khac"]):
        if len(alias) > LONGEST_NAME:
            raise Bad("ten_khac", Said(N_("Tên khác dài hơn {n} chữ."), n=LONGEST_NAME))
        if fold(alias) != fold(name):
            seen.setdefault(fold(alias), alias)
    return tuple(seen.values())


def parts_of(cell: str) -> list[str]:
    return [part.strip() for part in re.split(r"[|;]", cell) if part.strip()]


def point_of(row: Row) -> tuple[float, float] | None:
    if not row["vi_do"] and not row["kinh_do"]:
        return None
    values: list[float] = []
    for column, low, high in (("vi_do", _SOUTH, _NORTH), ("kinh_do", _WEST, _EAST)):
        try:
            value = float(row[column].replace(",", "."))
        except ValueError:
            raise Bad(column, N_("Cần một số, ví dụ 18.4512.")) from None
        if not low <= value <= high:
            raise Bad(column, N_("Ngoài tỉnh Hà Tĩnh. Có thể đã đổi chỗ vĩ độ và kinh độ."))
        values.append(value)
    return values[0], values[1]


def day_of(row: Row, column: str) -> dt.date | None:
    cell = row[column]
    if not cell:
        return None
    parts = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", cell)
    try:
        return dt.date(int(parts[3]), int(parts[2]), int(parts[1])) if parts else dt.date.fromisoformat(cell)
    except ValueError:
        raise Bad(column, N_("Ngày phải viết như 01/07/2025.")) from None
