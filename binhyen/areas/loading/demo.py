"""Fictitious villages for a demo, marked as such: about 28 a commune, as in Hà Tĩnh.

Names are GeoNames hamlets if available, else two plausible syllables; names of present or former communes are never
used, so that a demo does not make real place names ambiguous.
"""

import csv
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from binhyen.areas.loading.units import TWO_LEVELS_SINCE
from binhyen.areas.loading.write import Row, copy, new_ids
from binhyen.areas.models import Alias, Area, AreaVersion, Level
from binhyen.kit.ids import uuid7
from binhyen.kit.text import fold, name_key

PER_COMMUNE = 28
_FIRST = (
    "Tân", "Xuân", "Phú", "Hòa", "Vĩnh", "Đông", "Trung", "Bắc", "Nam", "Tây", "Yên", "Liên", "Hồng", "Thanh",
    "Quang", "Hưng", "Long", "Mỹ",
)  # fmt: skip
_SECOND = (
    "Thượng", "Hạ", "Tiến", "Phong", "Thịnh", "Lợi", "Hải", "Giang", "Sơn", "Thành", "Hòa", "Trung", "Mỹ", "Quý",
    "Thắng", "Đình",
)  # fmt: skip
_NUMBERS = ("Một", "Hai", "Ba", "Bốn", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười")


@dataclass(frozen=True, slots=True)
class Known:
    """A village of the demo story with its everyday names. `old`: code of its commune until 2025-07-01."""

    commune: str
    old: str
    type: str
    name: str
    aliases: tuple[str, ...] = ()


KNOWN = (
    Known("18568", "18568", "to_dan_pho", "Phú Mậu", ("TDP Phú Mậu",)),
    Known("18652", "18643", "thon", "Nam Thượng"),
)
_PREFIX = {"thon": "Thôn", "to_dan_pho": "Tổ dân phố"}


@dataclass(frozen=True, slots=True)
class _Village:
    key: str
    type: str
    name: str
    commune: int
    old_commune: int
    old_from: dt.date | None
    point: tuple[float, float] | None
    aliases: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        return f"{_PREFIX[self.type]} {self.name}"


def write_demo_villages(old_parts: Mapping[str, Sequence[str]], folder: Path) -> int:
    """Add villages to communes without any, real or fictitious; return the number added."""
    communes = dict(
        AreaVersion.objects.filter(code__in=old_parts, current=True, area__level=Level.COMMUNE).values_list(
            "code", "area_id"
        )
    )
    settled = set(
        AreaVersion.objects.filter(parent_id__in=communes.values(), area__level=Level.VILLAGE).values_list(
            "parent_id", flat=True
        )
    )
    before = _communes_before()
    taken = _unit_names() | {fold(known.name) for known in KNOWN}
    hamlets = _hamlets(folder, taken)
    villages = [
        village
        for code, area in sorted(communes.items())
        if area not in settled
        for village in _of_commune(
            code,
            area,
            [before[part] for part in old_parts[code]],
            before=before,
            hamlets=hamlets.get(code, ()),
            taken=taken,
        )
    ]
    if villages:
        _write(villages)
    return len(villages)


def _communes_before() -> dict[str, tuple[int, dt.date | None, str]]:
    """Return code → (area, its first day, type) of the communes on the last day of the old order."""
    last = AreaVersion.objects.filter(area__level=Level.COMMUNE, valid_to=TWO_LEVELS_SINCE)
    starts: dict[int, list[dt.date | None]] = {version.area_id: [] for version in last}
    for area, start in AreaVersion.objects.filter(area_id__in=starts).values_list("area_id", "valid_from"):
        starts[area].append(start)
    first = {area: min((s for s in found if s), default=None) if None not in found else None
             for area, found in starts.items()}  # fmt: skip
    return {version.code: (version.area_id, first[version.area_id], version.type) for version in last}


def _unit_names() -> set[str]:
    return {
        fold(name) for name in AreaVersion.objects.exclude(area__level=Level.VILLAGE).values_list("name", flat=True)
    }


def _hamlets(folder: Path, taken: set[str]) -> dict[str, list[tuple[str, tuple[float, float]]]]:
    found: dict[str, list[tuple[str, tuple[float, float]]]] = {}
    with (folder / "hatinh_places_geonames.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            words = row["name"].split()
            usable = len(words) == 2 and words[0] not in {"Xóm", "Thôn", "Làng"} and words[1] not in _NUMBERS
            names = found.setdefault(row["commune_code"], [])
            if usable and fold(row["name"]) not in taken and all(row["name"] != name for name, _ in names):
                names.append((row["name"], (float(row["lat"]), float(row["lon"]))))
    return found


def _made_up(seed: str, taken: set[str]) -> Iterator[str]:
    """Generate plausible names: a different sequence for each commune, the same at every run."""
    start = int(seed)
    for step in range(len(_FIRST) * len(_SECOND)):
        place = (start * 7 + step * 127) % (len(_FIRST) * len(_SECOND))
        first, second = _FIRST[place % len(_FIRST)], _SECOND[place // len(_FIRST)]
        if first != second and fold(f"{first} {second}") not in taken:
            yield f"{first} {second}"


def _of_commune(
    code: str,
    area: int,
    parts: Sequence[tuple[int, dt.date | None, str]],
    *,
    before: Mapping[str, tuple[int, dt.date | None, str]],
    hamlets: Sequence[tuple[str, tuple[float, float]]],
    taken: set[str],
) -> Iterator[_Village]:
    """Generate a commune's villages. `parts`: former communes in its area; villages are assigned to them in turn."""
    known = [k for k in KNOWN if k.commune == code]
    names: dict[str, tuple[float, float] | None] = dict(hamlets[: PER_COMMUNE - len(known)])
    for name in _made_up(code, taken):
        if len(names) + len(known) >= PER_COMMUNE:
            break
        names.setdefault(name, None)
    for number, k in enumerate(known, 1):
        old = before[k.old]
        yield _Village(f"thon-{code}-{number:03d}", k.type, k.name, area, old[0], old[1], None, k.aliases)
    for number, ((name, point), old) in enumerate(zip(names.items(), cycle(parts), strict=False), len(known) + 1):
        kind = "thon" if old[2] == "xa" else "to_dan_pho"
        yield _Village(f"thon-{code}-{number:03d}", kind, name, area, old[0], old[1], point)


def _write(villages: Sequence[_Village]) -> None:
    ids = new_ids(Area, len(villages))
    copy(
        Area,
        ("id", "public_id", "key", "level", "latitude", "longitude", "demo"),
        (
            (number, uuid7(), v.key, 4, *(v.point or (None, None)), True)
            for number, v in zip(ids, villages, strict=True)
        ),
    )
    columns = (
        "area_id", "code", "type", "name", "full_name", "name_key", "folded", "parent_id", "valid_from", "valid_to",
        "legal_basis", "date_quality",
    )  # fmt: skip
    rows: list[Row] = []
    for number, v in zip(ids, villages, strict=True):
        start = (number, v.key.removeprefix("thon-"), v.type, v.name, v.full_name, name_key(v.name), fold(v.full_name))
        rows.append((*start, v.old_commune, v.old_from, TWO_LEVELS_SINCE, "", "demo"))
        rows.append((*start, v.commune, TWO_LEVELS_SINCE, None, "", "demo"))
    copy(AreaVersion, columns, rows)
    Alias.objects.bulk_create(
        Alias(area_id=number, name=alias, folded=fold(alias))
        for number, v in zip(ids, villages, strict=True)
        for alias in v.aliases
    )
