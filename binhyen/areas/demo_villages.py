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

from binhyen.areas.loading import TWO_LEVELS_SINCE, Row
from binhyen.areas.models import Alias, Area, AreaVersion, Level
from binhyen.kit.bulk_insert import copy_rows, reserve_ids
from binhyen.kit.ids import generate_uuid7
from binhyen.kit.text import fold_text, to_name_key

VILLAGES_PER_COMMUNE = 28
_FIRST = (
    "Tân",
    "Xuân",
    "Phú",
    "Hòa",
    "Vĩnh",
    "Đông",
    "Trung",
    "Bắc",
    "Nam",
    "Tây",
    "Yên",
    "Liên",
    "Hồng",
    "Thanh",
    "Quang",
    "Hưng",
    "Long",
    "Mỹ",
)
_SECOND = (
    "Thượng",
    "Hạ",
    "Tiến",
    "Phong",
    "Thịnh",
    "Lợi",
    "Hải",
    "Giang",
    "Sơn",
    "Thành",
    "Hòa",
    "Trung",
    "Mỹ",
    "Quý",
    "Thắng",
    "Đình",
)
_NUMBERS = ("Một", "Hai", "Ba", "Bốn", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười")


@dataclass(frozen=True, slots=True)
class StoryVillage:
    """A village of the demo story with its everyday names. `old`: code of its commune until 2025-07-01."""

    commune: str
    old: str
    type: str
    name: str
    aliases: tuple[str, ...] = ()


STORY_VILLAGES = (
    StoryVillage("18568", "18568", "to_dan_pho", "Phú Mậu", ("TDP Phú Mậu",)),
    StoryVillage("18652", "18643", "thon", "Nam Thượng"),
)
_PREFIX = {"thon": "Thôn", "to_dan_pho": "Tổ dân phố"}


@dataclass(frozen=True, slots=True)
class _DemoVillage:
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
    communes_with_villages = set(
        AreaVersion.objects.filter(parent_id__in=communes.values(), area__level=Level.VILLAGE).values_list(
            "parent_id", flat=True
        )
    )
    former_communes = _load_former_communes()
    used_names = _load_unit_names() | {fold_text(story_village.name) for story_village in STORY_VILLAGES}
    hamlets = _load_hamlets(folder, used_names)
    villages = [
        village
        for code, area in sorted(communes.items())
        if area not in communes_with_villages
        for village in _generate_villages(
            code,
            area,
            [former_communes[part] for part in old_parts[code]],
            former_communes=former_communes,
            hamlets=hamlets.get(code, ()),
            used_names=used_names,
        )
    ]
    if villages:
        _write_villages(villages)
    return len(villages)


def _load_former_communes() -> dict[str, tuple[int, dt.date | None, str]]:
    """Return code → (area, its first day, type) of the communes on the last day of the old order."""
    last_versions = AreaVersion.objects.filter(area__level=Level.COMMUNE, valid_to=TWO_LEVELS_SINCE)
    starts: dict[int, list[dt.date | None]] = {version.area_id: [] for version in last_versions}
    for area, start in AreaVersion.objects.filter(area_id__in=starts).values_list("area_id", "valid_from"):
        starts[area].append(start)
    first_days = {
        area: min((day for day in days if day), default=None) if None not in days else None
        for area, days in starts.items()
    }
    return {version.code: (version.area_id, first_days[version.area_id], version.type) for version in last_versions}


def _load_unit_names() -> set[str]:
    return {
        fold_text(name)
        for name in AreaVersion.objects.exclude(area__level=Level.VILLAGE).values_list("name", flat=True)
    }


def _load_hamlets(folder: Path, used_names: set[str]) -> dict[str, list[tuple[str, tuple[float, float]]]]:
    names_by_commune: dict[str, list[tuple[str, tuple[float, float]]]] = {}
    with (folder / "hatinh_places_geonames.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            words = row["name"].split()
            is_usable = len(words) == 2 and words[0] not in {"Xóm", "Thôn", "Làng"} and words[1] not in _NUMBERS
            names = names_by_commune.setdefault(row["commune_code"], [])
            if is_usable and fold_text(row["name"]) not in used_names and all(row["name"] != name for name, _ in names):
                names.append((row["name"], (float(row["lat"]), float(row["lon"]))))
    return names_by_commune


def _generate_names(seed: str, used_names: set[str]) -> Iterator[str]:
    """Generate plausible names: a different sequence for each commune, the same at every run."""
    start = int(seed)
    for step in range(len(_FIRST) * len(_SECOND)):
        index = (start * 7 + step * 127) % (len(_FIRST) * len(_SECOND))
        first_syllable, second_syllable = _FIRST[index % len(_FIRST)], _SECOND[index // len(_FIRST)]
        if first_syllable != second_syllable and fold_text(f"{first_syllable} {second_syllable}") not in used_names:
            yield f"{first_syllable} {second_syllable}"


def _generate_villages(
    code: str,
    area: int,
    parts: Sequence[tuple[int, dt.date | None, str]],
    *,
    former_communes: Mapping[str, tuple[int, dt.date | None, str]],
    hamlets: Sequence[tuple[str, tuple[float, float]]],
    used_names: set[str],
) -> Iterator[_DemoVillage]:
    """Generate a commune's villages. `parts`: former communes in its area; villages are assigned to them in turn."""
    story_villages = [village for village in STORY_VILLAGES if village.commune == code]
    names: dict[str, tuple[float, float] | None] = dict(hamlets[: VILLAGES_PER_COMMUNE - len(story_villages)])
    for name in _generate_names(code, used_names):
        if len(names) + len(story_villages) >= VILLAGES_PER_COMMUNE:
            break
        names.setdefault(name, None)
    for number, village in enumerate(story_villages, 1):
        former = former_communes[village.old]
        yield _DemoVillage(
            f"thon-{code}-{number:03d}", village.type, village.name, area, former[0], former[1], None, village.aliases
        )
    for number, ((name, point), former) in enumerate(
        zip(names.items(), cycle(parts), strict=False), len(story_villages) + 1
    ):
        kind = "thon" if former[2] == "xa" else "to_dan_pho"
        yield _DemoVillage(f"thon-{code}-{number:03d}", kind, name, area, former[0], former[1], point)


def _write_villages(villages: Sequence[_DemoVillage]) -> None:
    ids = reserve_ids(Area, len(villages))
    copy_rows(
        Area,
        ("id", "public_id", "key", "level", "latitude", "longitude", "demo"),
        (
            (number, generate_uuid7(), village.key, 4, *(village.point or (None, None)), True)
            for number, village in zip(ids, villages, strict=True)
        ),
    )
    columns = (
        "area_id",
        "code",
        "type",
        "name",
        "full_name",
        "name_key",
        "search_text",
        "parent_id",
        "valid_from",
        "valid_to",
        "legal_basis",
        "date_quality",
    )
    rows: list[Row] = []
    for number, village in zip(ids, villages, strict=True):
        common = (
            number,
            village.key.removeprefix("thon-"),
            village.type,
            village.name,
            village.full_name,
            to_name_key(village.name),
            fold_text(village.full_name),
        )
        rows.append((*common, village.old_commune, village.old_from, TWO_LEVELS_SINCE, "", "demo"))
        rows.append((*common, village.commune, TWO_LEVELS_SINCE, None, "", "demo"))
    copy_rows(AreaVersion, columns, rows)
    Alias.objects.bulk_create(
        Alias(area_id=number, name=alias, search_text=fold_text(alias))
        for number, village in zip(ids, villages, strict=True)
        for alias in village.aliases
    )
