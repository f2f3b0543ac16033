"""Import diff of a village list: additions, changes, ends; every doubt with its line. Pure."""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from binhyen.areas.rules.names import KIND_WORDS, PREFIX, expand_abbreviation, format_full_name
from binhyen.areas.rules.spreadsheet import ImportProblem, SheetRow
from binhyen.kit.i18n_markers import N_, DeferredText
from binhyen.kit.text import fold_text, to_name_key
from binhyen.kit.typed_dates import parse_typed_day

# Import plan of a village list: facts in, plan out. Pure data.


@dataclass(frozen=True, slots=True)
class CommuneFact:
    """A commune in force. `since`: its first day."""

    code: str
    full_name: str
    name: str
    type: str
    since: dt.date


@dataclass(frozen=True, slots=True)
class VillageFact:
    """A village in force."""

    area_id: int
    code: str
    commune: str
    type: str
    name: str
    since: dt.date | None
    aliases: frozenset[str] = frozenset()  # folded
    point: tuple[float, float] | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class ImportFacts:
    """Known facts. `old_names`: name key of a former commune → codes of the present communes in its area."""

    communes: Mapping[str, CommuneFact]
    old_names: Mapping[str, frozenset[str]]
    villages: Sequence[VillageFact]


@dataclass(frozen=True, slots=True)
class VillageAddition:
    """A new village. `absorbs`: area ids of the villages merged into it."""

    line: int
    commune: str
    type: str
    name: str
    since: dt.date
    aliases: tuple[str, ...] = ()
    point: tuple[float, float] | None = None
    absorbs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class VillageChange:
    """A change of an existing village: new name or kind from `since` on, aliases, a point, an end,
    or merged villages.
    """

    line: int
    area_id: int
    type: str
    name: str
    since: dt.date
    renamed: bool = False
    aliases: tuple[str, ...] = ()
    point: tuple[float, float] | None = None
    absorbs: tuple[int, ...] = ()
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """All additions and changes of the list. With errors nothing may be applied."""

    adds: tuple[VillageAddition, ...] = ()
    changes: tuple[VillageChange, ...] = ()
    unchanged: int = 0
    errors: tuple[ImportProblem, ...] = ()
    warnings: tuple[ImportProblem, ...] = ()


# Parsers of single cells of a village list: days, points, aliases. Pure.

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
    try:
        return parse_typed_day(cell)
    except ValueError:
        raise CellError(column, N_("Ngày phải viết như 01/07/2025.")) from None


_UNKNOWN_CODE = N_("Không có thôn nào mang mã này hiện nay.")


@dataclass(slots=True)
class _ImportState:
    """State while the rows are read from top to bottom."""

    facts: ImportFacts
    today: dt.date
    names: dict[str, list[str]] = field(default_factory=dict)  # name key of a present commune → codes
    by_name: dict[tuple[str, str], VillageFact] = field(default_factory=dict)
    by_code: dict[str, VillageFact] = field(default_factory=dict)
    lines: dict[tuple[str, str], int] = field(default_factory=dict)
    ended: dict[int, int] = field(default_factory=dict)  # area id → line that ends it
    touched: dict[int, int] = field(default_factory=dict)
    warnings: list[ImportProblem] = field(default_factory=list)


def plan_import(rows: Sequence[SheetRow], facts: ImportFacts, *, today: dt.date) -> ImportPlan:
    """Plan the import. Total: every row is an addition, a change, unchanged, or an error with its line and column."""
    state = _ImportState(facts, today)
    for code, commune in facts.communes.items():
        for key in {to_name_key(commune.full_name), to_name_key(commune.name)}:
            state.names.setdefault(key, []).append(code)
    for village in facts.villages:
        state.by_name[village.commune, to_name_key(village.name)] = village
        state.by_code[village.code] = village
    adds: list[VillageAddition] = []
    changes: list[VillageChange] = []
    errors: list[ImportProblem] = []
    unchanged = 0
    for row in rows:
        try:
            planned = _plan_row(row, state)
        except CellError as error:
            text_by_column = {
                cell_error.column: cell_error.text for cell_error in (*_list_row_errors(row, state), error)
            }
            errors += [
                ImportProblem(row.line, column, row[column][:60], text) for column, text in text_by_column.items()
            ]
            continue
        if isinstance(planned, VillageAddition):
            adds.append(planned)
        elif planned is not None:
            changes.append(planned)
        else:
            unchanged += 1
    errors += _find_clashes(state)
    return ImportPlan(tuple(adds), tuple(changes), unchanged, tuple(errors), tuple(state.warnings))


def _list_row_errors(row: SheetRow, state: _ImportState) -> list[CellError]:
    is_unknown = row["ma"] and row["ma"] not in state.by_code
    return [*([CellError("ma", _UNKNOWN_CODE)] if is_unknown else []), *iter_cell_errors(row)]


def _find_clashes(state: _ImportState) -> list[ImportProblem]:
    return [
        ImportProblem(
            line,
            "nhap_tu",
            "",
            DeferredText(N_("Thôn bị nhập hoặc đóng ở dòng này lại được ghi ở dòng {n}."), n=state.touched[area]),
        )
        for area, line in state.ended.items()
        if state.touched.get(area, line) != line
    ]


@dataclass(frozen=True, slots=True)
class _ParsedLine:
    """A parsed line. `kind_said`: the line has the kind itself, else the commune's usual kind applies."""

    line: int
    kind: str
    has_explicit_kind: bool
    name: str
    since: dt.date | None
    until: dt.date | None
    aliases: tuple[str, ...]
    point: tuple[float, float] | None
    absorbs: tuple[int, ...]


def _plan_row(row: SheetRow, state: _ImportState) -> VillageAddition | VillageChange | None:
    commune = _find_commune(row, state)
    kind, name = _parse_kind_and_name(row, commune)
    existing = _find_village(row, commune, name, state)
    key = (commune.code, to_name_key(name))
    if key in state.lines:
        raise CellError("ten", DeferredText(N_("Trùng với dòng {n}."), n=state.lines[key]))
    state.lines[key] = row.line
    has_explicit_kind = bool(row["loai"] or PREFIX.match(row["ten"]))
    since, until = parse_day_cell(row, "tu_ngay"), parse_day_cell(row, "den_ngay")
    absorbs = _find_absorbed(row, commune, existing, state)
    parsed = _ParsedLine(
        row.line,
        kind,
        has_explicit_kind,
        name,
        since,
        until,
        parse_aliases_cell(row, name),
        parse_point_cell(row),
        absorbs,
    )
    if since is not None and since < commune.since:
        raise CellError(
            "tu_ngay",
            DeferredText(
                N_("{full_name} chỉ có từ {day}."), full_name=commune.full_name, day=f"{commune.since:%d/%m/%Y}"
            ),
        )
    return _plan_change(parsed, existing, state) if existing else _plan_addition(parsed, commune, state)


def _plan_addition(parsed: _ParsedLine, commune: CommuneFact, state: _ImportState) -> VillageAddition:
    if parsed.until is not None:
        raise CellError("den_ngay", N_("Thôn này chưa có trong hệ thống nên không đóng được."))
    start = parsed.since or (state.today if parsed.absorbs else commune.since)
    return VillageAddition(
        parsed.line, commune.code, parsed.kind, parsed.name, start, parsed.aliases, parsed.point, parsed.absorbs
    )


def _plan_change(parsed: _ParsedLine, existing: VillageFact, state: _ImportState) -> VillageChange | None:
    kind = parsed.kind if parsed.has_explicit_kind else existing.type
    renamed = (parsed.name, kind) != (existing.name, existing.type)
    new_aliases = tuple(alias for alias in parsed.aliases if fold_text(alias) not in existing.aliases)
    new_point = parsed.point if parsed.point is not None and parsed.point != existing.point else None
    until, absorbs = parsed.until, parsed.absorbs
    if not (renamed or new_aliases or new_point or absorbs or until or existing.demo):
        return None
    day = parsed.since or state.today
    if (renamed or absorbs) and existing.since is not None and day <= existing.since:
        raise CellError("tu_ngay", DeferredText(N_("Ngày thay đổi phải sau {day}."), day=f"{existing.since:%d/%m/%Y}"))
    if until is not None and existing.since is not None and until <= existing.since:
        raise CellError("den_ngay", DeferredText(N_("Ngày đóng phải sau {day}."), day=f"{existing.since:%d/%m/%Y}"))
    if until is not None and (renamed or absorbs):
        raise CellError("den_ngay", N_("Một dòng chỉ đóng, hoặc chỉ đổi tên, nhập thôn."))
    state.touched.setdefault(existing.area_id, parsed.line)
    if until is not None:
        state.ended[existing.area_id] = parsed.line
    return VillageChange(
        parsed.line, existing.area_id, kind, parsed.name, day, renamed, new_aliases, new_point, absorbs, until
    )


def _find_commune(row: SheetRow, state: _ImportState) -> CommuneFact:
    cell = row["xa"]
    if not cell:
        raise CellError("xa", N_("Thiếu xã, phường."))
    communes = state.facts.communes
    if cell.isascii() and cell.isdigit():
        if cell.zfill(5) not in communes:
            raise CellError("xa", N_("Không có xã, phường nào mang mã này hiện nay."))
        return communes[cell.zfill(5)]
    key = to_name_key(expand_abbreviation(cell))
    codes = state.names.get(key, [])
    if len(codes) == 1:
        return communes[codes[0]]
    former_codes = state.facts.old_names.get(key, frozenset())
    if len(former_codes) == 1:
        commune = communes[next(iter(former_codes))]
        state.warnings.append(
            ImportProblem(
                row.line,
                "xa",
                cell,
                DeferredText(N_("«{said}» nay thuộc {full_name}."), said=cell, full_name=commune.full_name),
            )
        )
        return commune
    if len(former_codes) > 1:
        names = ", ".join(sorted(communes[code].full_name for code in former_codes))
        raise CellError(
            "xa", DeferredText(N_("«{said}» đã chia về {names}. Ghi tên xã, phường hiện nay."), said=cell, names=names)
        )
    raise CellError("xa", N_("Không có xã, phường nào tên này."))


def _parse_kind_and_name(row: SheetRow, commune: CommuneFact) -> tuple[str, str]:
    cell = row["ten"]
    prefix = PREFIX.match(cell)
    name = cell[prefix.end() :] if prefix else cell
    if not name:
        raise CellError("ten", N_("Thiếu tên thôn."))
    if len(name) > MAX_NAME_LENGTH:
        raise CellError("ten", DeferredText(N_("Tên dài hơn {n} chữ."), n=MAX_NAME_LENGTH))
    if not any(char.isalnum() for char in name):
        raise CellError("ten", N_("Tên phải có chữ hoặc số."))
    return parse_kind_cell(row) or ("thon" if commune.type == "xa" else "to_dan_pho"), name


def _find_village(row: SheetRow, commune: CommuneFact, name: str, state: _ImportState) -> VillageFact | None:
    same_name = state.by_name.get((commune.code, to_name_key(name)))
    if not row["ma"]:
        return same_name
    village = state.by_code.get(row["ma"])
    if village is None:
        raise CellError("ma", _UNKNOWN_CODE)
    if village.commune != commune.code:
        raise CellError(
            "ma",
            DeferredText(
                N_("Mã này là của {name}, không thuộc {full_name}."),
                name=format_full_name(village.type, village.name),
                full_name=commune.full_name,
            ),
        )
    if same_name is not None and same_name is not village:
        raise CellError("ten", DeferredText(N_("Tên này đã là của thôn mang mã {code}."), code=same_name.code))
    return village


def _find_absorbed(
    row: SheetRow, commune: CommuneFact, existing: VillageFact | None, state: _ImportState
) -> tuple[int, ...]:
    area_ids: list[int] = []
    for part in split_cell(row["nhap_tu"]):
        prefix = PREFIX.match(part)
        bare_name = part[prefix.end() :] if prefix else part
        village = state.by_code.get(part) or state.by_name.get((commune.code, to_name_key(bare_name)))
        if village is None:
            raise CellError(
                "nhap_tu",
                DeferredText(N_("Không có thôn «{said}» trong {full_name}."), said=part, full_name=commune.full_name),
            )
        if existing is not None and village.area_id == existing.area_id:
            continue
        if village.area_id in state.ended:
            raise CellError(
                "nhap_tu",
                DeferredText(N_("Thôn «{said}» đã được nhập ở dòng {n}."), said=part, n=state.ended[village.area_id]),
            )
        day = parse_day_cell(row, "tu_ngay") or state.today
        if village.since is not None and day <= village.since:
            raise CellError(
                "tu_ngay",
                DeferredText(N_("Thôn «{said}» chỉ có từ {day}."), said=part, day=f"{village.since:%d/%m/%Y}"),
            )
        state.ended[village.area_id] = row.line
        area_ids.append(village.area_id)
    return tuple(area_ids)
