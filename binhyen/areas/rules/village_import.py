"""Import diff of a village list: additions, changes, ends; every doubt with its line. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from binhyen.areas.rules.cell_parsers import (
    LONGEST_NAME,
    Bad,
    aliases_of,
    day_of,
    faults_of,
    kind_of,
    parts_of,
    point_of,
)
from binhyen.areas.rules.import_plan import Add, Change, CommuneFact, Facts, Plan, VillageFact
from binhyen.areas.rules.names import PREFIX, full_name, written_out
from binhyen.areas.rules.spreadsheet import Problem, Row
from binhyen.kit.i18n_markers import N_, Said
from binhyen.kit.text import fold, name_key

_NO_SUCH_CODE = N_("Không có thôn nào mang mã này hiện nay.")


@dataclass(slots=True)
class _Reading:
    """State while the rows are read from top to bottom."""

    facts: Facts
    today: dt.date
    names: dict[str, list[str]] = field(default_factory=dict)  # name key of a present commune → codes
    by_name: dict[tuple[str, str], VillageFact] = field(default_factory=dict)
    by_code: dict[str, VillageFact] = field(default_factory=dict)
    lines: dict[tuple[str, str], int] = field(default_factory=dict)
    ended: dict[int, int] = field(default_factory=dict)  # area id → line that ends it
    touched: dict[int, int] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)


def decide(rows: Sequence[Row], facts: Facts, *, today: dt.date) -> Plan:
    """Plan the import. Total: every row is an addition, a change, unchanged, or an error with its line and column."""
    reading = _Reading(facts, today)
    for code, commune in facts.communes.items():
        for key in {name_key(commune.full_name), name_key(commune.name)}:
            reading.names.setdefault(key, []).append(code)
    for village in facts.villages:
        reading.by_name[village.commune, name_key(village.name)] = village
        reading.by_code[village.code] = village
    adds: list[Add] = []
    changes: list[Change] = []
    errors: list[Problem] = []
    unchanged = 0
    for row in rows:
        try:
            wanted = _row(row, reading)
        except Bad as bad:
            faults = {each.column: each.text for each in (*_faults(row, reading), bad)}
            errors += [Problem(row.line, column, row[column][:60], text) for column, text in faults.items()]
            continue
        if isinstance(wanted, Add):
            adds.append(wanted)
        elif wanted is not None:
            changes.append(wanted)
        else:
            unchanged += 1
    errors += _clashes(reading)
    return Plan(tuple(adds), tuple(changes), unchanged, tuple(errors), tuple(reading.warnings))


def _faults(row: Row, reading: _Reading) -> list[Bad]:
    unknown = row["ma"] and row["ma"] not in reading.by_code
    return [*([Bad("ma", _NO_SUCH_CODE)] if unknown else []), *faults_of(row)]


def _clashes(reading: _Reading) -> list[Problem]:
    return [
        Problem(
            line,
            "nhap_tu",
            "",
            Said(N_("Thôn bị nhập hoặc đóng ở dòng này lại được ghi ở dòng {n}."), n=reading.touched[area]),
        )
        for area, line in reading.ended.items()
        if reading.touched.get(area, line) != line
    ]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A parsed line. `kind_said`: the line has the kind itself, else the commune's usual kind applies."""

    line: int
    kind: str
    kind_said: bool
    name: str
    since: dt.date | None
    until: dt.date | None
    aliases: tuple[str, ...]
    point: tuple[float, float] | None
    absorbs: tuple[int, ...]


def _row(row: Row, reading: _Reading) -> Add | Change | None:
    commune = _commune(row, reading)
    kind, name = _kind_and_name(row, commune)
    known = _known(row, commune, name, reading)
    key = (commune.code, name_key(name))
    if key in reading.lines:
        raise Bad("ten", Said(N_("Trùng với dòng {n}."), n=reading.lines[key]))
    reading.lines[key] = row.line
    said = bool(row["loai"] or PREFIX.match(row["ten"]))
    since, until = day_of(row, "tu_ngay"), day_of(row, "den_ngay")
    absorbs = _absorbs(row, commune, known, reading)
    wanted = _Wanted(row.line, kind, said, name, since, until, aliases_of(row, name), point_of(row), absorbs)
    if since is not None and since < commune.since:
        raise Bad(
            "tu_ngay",
            Said(N_("{full_name} chỉ có từ {day}."), full_name=commune.full_name, day=f"{commune.since:%d/%m/%Y}"),
        )
    return _change(wanted, known, reading) if known else _add(wanted, commune, reading)


def _add(wanted: _Wanted, commune: CommuneFact, reading: _Reading) -> Add:
    if wanted.until is not None:
        raise Bad("den_ngay", N_("Thôn này chưa có trong hệ thống nên không đóng được."))
    first = wanted.since or (reading.today if wanted.absorbs else commune.since)
    return Add(wanted.line, commune.code, wanted.kind, wanted.name, first, wanted.aliases, wanted.point, wanted.absorbs)


def _change(wanted: _Wanted, known: VillageFact, reading: _Reading) -> Change | None:
    kind = wanted.kind if wanted.kind_said else known.type
    renamed = (wanted.name, kind) != (known.name, known.type)
    fresh = tuple(alias for alias in wanted.aliases if fold(alias) not in known.aliases)
    moved = wanted.point if wanted.point is not None and wanted.point != known.point else None
    until, absorbs = wanted.until, wanted.absorbs
    if not (renamed or fresh or moved or absorbs or until or known.demo):
        return None
    day = wanted.since or reading.today
    if (renamed or absorbs) and known.since is not None and day <= known.since:
        raise Bad("tu_ngay", Said(N_("Ngày thay đổi phải sau {day}."), day=f"{known.since:%d/%m/%Y}"))
    if until is not None and known.since is not None and until <= known.since:
        raise Bad("den_ngay", Said(N_("Ngày đóng phải sau {day}."), day=f"{known.since:%d/%m/%Y}"))
    if until is not None and (renamed or absorbs):
        raise Bad("den_ngay", N_("Một dòng chỉ đóng, hoặc chỉ đổi tên, nhập thôn."))
    reading.touched.setdefault(known.area_id, wanted.line)
    if until is not None:
        reading.ended[known.area_id] = wanted.line
    return Change(wanted.line, known.area_id, kind, wanted.name, day, renamed, fresh, moved, absorbs, until)


def _commune(row: Row, reading: _Reading) -> CommuneFact:
    said = row["xa"]
    if not said:
        raise Bad("xa", N_("Thiếu xã, phường."))
    communes = reading.facts.communes
    if said.isascii() and said.isdigit():
        if said.zfill(5) not in communes:
            raise Bad("xa", N_("Không có xã, phường nào mang mã này hiện nay."))
        return communes[said.zfill(5)]
    key = name_key(written_out(said))
    codes = reading.names.get(key, [])
    if len(codes) == 1:
        return communes[codes[0]]
    old = reading.facts.old_names.get(key, frozenset())
    if len(old) == 1:
        commune = communes[next(iter(old))]
        reading.warnings.append(
            Problem(
                row.line,
                "xa",
                said,
                Said(N_("«{said}» nay thuộc {full_name}."), said=said, full_name=commune.full_name),
            )
        )
        return commune
    if len(old) > 1:
        names = ", ".join(sorted(communes[code].full_name for code in old))
        raise Bad("xa", Said(N_("«{said}» đã chia về {names}. Ghi tên xã, phường hiện nay."), said=said, names=names))
    raise Bad("xa", N_("Không có xã, phường nào tên này."))


def _kind_and_name(row: Row, commune: CommuneFact) -> tuple[str, str]:
    said = row["ten"]
    prefix = PREFIX.match(said)
    name = said[prefix.end() :] if prefix else said
    if not name:
        raise Bad("ten", N_("Thiếu tên thôn."))
    if len(name) > LONGEST_NAME:
        raise Bad("ten", Said(N_("Tên dài hơn {n} chữ."), n=LONGEST_NAME))
    if not any(char.isalnum() for char in name):
        raise Bad("ten", N_("Tên phải có chữ hoặc số."))
    return kind_of(row) or ("thon" if commune.type == "xa" else "to_dan_pho"), name


def _known(row: Row, commune: CommuneFact, name: str, reading: _Reading) -> VillageFact | None:
    same_name = reading.by_name.get((commune.code, name_key(name)))
    if not row["ma"]:
        return same_name
    village = reading.by_code.get(row["ma"])
    if village is None:
        raise Bad("ma", _NO_SUCH_CODE)
    if village.commune != commune.code:
        raise Bad(
            "ma",
            Said(
                N_("Mã này là của {name}, không thuộc {full_name}."),
                name=full_name(village.type, village.name),
                full_name=commune.full_name,
            ),
        )
    if same_name is not None and same_name is not village:
        raise Bad("ten", Said(N_("Tên này đã là của thôn mang mã {code}."), code=same_name.code))
    return village


def _absorbs(row: Row, commune: CommuneFact, known: VillageFact | None, reading: _Reading) -> tuple[int, ...]:
    found: list[int] = []
    for said in parts_of(row["nhap_tu"]):
        prefix = PREFIX.match(said)
        bare = said[prefix.end() :] if prefix else said
        village = reading.by_code.get(said) or reading.by_name.get((commune.code, name_key(bare)))
        if village is None:
            raise Bad(
                "nhap_tu", Said(N_("Không có thôn «{said}» trong {full_name}."), said=said, full_name=commune.full_name)
            )
        if known is not None and village.area_id == known.area_id:
            continue
        if village.area_id in reading.ended:
            raise Bad(
                "nhap_tu",
                Said(N_("Thôn «{said}» đã được nhập ở dòng {n}."), said=said, n=reading.ended[village.area_id]),
            )
        day = day_of(row, "tu_ngay") or reading.today
        if village.since is not None and day <= village.since:
            raise Bad("tu_ngay", Said(N_("Thôn «{said}» chỉ có từ {day}."), said=said, day=f"{village.since:%d/%m/%Y}"))
        reading.ended[village.area_id] = row.line
        found.append(village.area_id)
    return tuple(found)
