"""Load the units that come with the program. Idempotent; one bad row rejects everything."""

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from binhyen.areas.models import Area, AreaVersion, Level, Reorganisation, Succession, Unit
from binhyen.areas.queries.directory import mark_areas_changed
from binhyen.areas.rules.history import Edge, RowRejected, Version, check_history, check_overlaps, find_identities
from binhyen.kit.bulk_insert import copy_rows, reserve_ids
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import generate_uuid7
from binhyen.kit.locks import AdvisoryLock, acquire_xact_lock
from binhyen.kit.text import collapse_spaces, fold_text, to_name_key, to_nfc

# Parser of the unit files: versions, edges and points. Rejects a bad cell with its file and line.

DATA = Path(__file__).resolve().parents[1] / "data" / "units"
_VERSIONS = ("hatinh_units_history.csv", "units.csv")
_EDGES = ("hatinh_successors_history.csv", "unit_successors.csv")


@dataclass(frozen=True, slots=True)
class UnitFiles:
    """Parsed content of the folder. `points`: code of a commune in force → (latitude, longitude)."""

    versions: tuple[Version, ...]
    edges: tuple[Edge, ...]
    points: dict[str, tuple[float, float]]
    old_parts: dict[str, tuple[str, ...]]  # present commune → codes it was formed from


def read_unit_files(folder: Path = DATA) -> UnitFiles:
    """Parse the folder; the province's own history has priority over the national file for the same row."""
    versions: dict[str, Version] = {}
    for name in _VERSIONS:
        file_versions = list(_parse_versions(folder / name))
        uids = {version.uid for version in file_versions}
        if len(uids) != len(file_versions):
            _reject_duplicates(file_versions)
        versions.update({version.uid: version for version in file_versions if version.uid not in versions})
    edges: dict[tuple[str, str, dt.date], Edge] = {}
    for name in _EDGES:
        for edge in _parse_edges(folder / name):
            edges.setdefault((edge.old, edge.new, edge.day), edge)
    communes = list(_iter_rows(folder / "hatinh_communes.csv"))
    points = {row["code"]: (float(row["lat"]), float(row["lon"])) for _, row in communes}
    parts = {row["code"]: tuple(row["formed_from_codes"].split()) for _, row in communes}
    return UnitFiles(tuple(versions.values()), tuple(edges.values()), points, parts)


def _reject_duplicates(versions: list[Version]) -> None:
    uids: set[str] = set()
    for version in versions:
        if version.uid in uids:
            raise RowRejected(version.where, f"uid {version.uid} stands twice")
        uids.add(version.uid)


def _iter_rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        for row in reader:
            yield f"{path.name}:{reader.line_num}", row


def _parse_versions(path: Path) -> Iterator[Version]:
    for where, row in _iter_rows(path):
        yield Version(
            uid=row["uid"],
            code=row["code"],
            level=int(row["level"]),
            type=row["type"],
            name=collapse_spaces(to_nfc(row["name"])),
            full_name=collapse_spaces(to_nfc(row["full_name"])),
            parent_uid=row["parent_uid"],
            valid_from=_parse_day(row["valid_from"], where),
            valid_to=_parse_day(row["valid_to"], where),
            legal_basis=row["legal_from"],
            date_quality=row["date_quality"],
            where=where,
        )


def _parse_edges(path: Path) -> Iterator[Edge]:
    for where, row in _iter_rows(path):
        day = _parse_day(row["event_date"], where)
        if day is None or row["share"] not in {"whole", "part"}:
            raise RowRejected(where, "needs event_date and share (whole or part)")
        yield Edge(row["old_uid"], row["new_uid"], day, row["share"] == "whole", row["legal_basis"], row["note"], where)


def _parse_day(text: str, where: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise RowRejected(where, f"«{text}» is not a day (YYYY-MM-DD)") from None


# Police units of the communes in force: one for the province, one a commune. Closed together with their commune.

TWO_LEVELS_SINCE = dt.date(2025, 7, 1)


def write_units(*, province_code: str, day: dt.date) -> int:
    """Create, rename and close units; return the number changed. `day`: the closing day of ended units."""
    province = AreaVersion.objects.filter(code=province_code, current=True, area__level=1).first()
    if province is None:
        return 0
    root, was_created = Unit.objects.get_or_create(
        area_id=province.area_id,
        level=Unit.Level.PROVINCE,
        valid_to=None,
        defaults={
            "code": f"CAT-{province_code}",
            "name": f"Công an {_lower_first(province.full_name)}",
            "valid_from": TWO_LEVELS_SINCE,
        },
    )
    communes = {
        version.area_id: version
        for version in AreaVersion.objects.filter(parent_id=province.area_id, current=True, area__level=Level.COMMUNE)
    }
    existing = {unit.area_id: unit for unit in Unit.objects.filter(level=Unit.Level.COMMUNE, valid_to=None)}
    closed = _close_units([unit for area, unit in existing.items() if area not in communes], day)
    renamed = _rename_units({existing[area]: version for area, version in communes.items() if area in existing})
    return (
        int(was_created)
        + closed
        + renamed
        + _create_units([area_version for area_id, area_version in communes.items() if area_id not in existing], root)
    )


def _lower_first(full_name: str) -> str:
    """Lower the first letter for use inside a sentence: «Xã Lộc Hà»."""
    return full_name[:1].lower() + full_name[1:]


def _close_units(units: list[Unit], day: dt.date) -> int:
    for unit in units:
        unit.valid_to = day
    return Unit.objects.bulk_update(units, ["valid_to"]) if units else 0


def _rename_units(units: dict[Unit, AreaVersion]) -> int:
    changed = []
    for unit, version in units.items():
        name = f"Công an {_lower_first(version.full_name)}"
        if unit.name != name:
            unit.name = name
            changed.append(unit)
    return Unit.objects.bulk_update(changed, ["name"]) if changed else 0


def _create_units(versions: list[AreaVersion], root: Unit) -> int:
    used_codes = set(Unit.objects.values_list("code", flat=True))
    new_units = [
        Unit(
            code=_choose_code(version, used_codes),
            name=f"Công an {_lower_first(version.full_name)}",
            level=Unit.Level.COMMUNE,
            parent=root,
            area_id=version.area_id,
            valid_from=max(version.valid_from or TWO_LEVELS_SINCE, TWO_LEVELS_SINCE),
        )
        for version in sorted(versions, key=lambda version: version.code)
    ]
    Unit.objects.bulk_create(new_units)
    return len(new_units)


def _choose_code(version: AreaVersion, used_codes: set[str]) -> str:
    """Return an unused unit code: a commune's code may have belonged to another area, a unit code never does."""
    code = f"CAX-{version.code}"
    return code if code not in used_codes or version.valid_from is None else f"{code}-{version.valid_from:%Y%m%d}"


# Sync of the tables with the files: add, correct, never delete. COPY, because 14,000 inserts take 20 s.

_VERSION_COLUMNS = (
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
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class WriteResult:
    """Number of rows added or corrected."""

    areas: int = 0
    versions: int = 0
    corrected: int = 0
    successions: int = 0

    @property
    def has_changes(self) -> bool:
        return bool(self.areas or self.versions or self.corrected or self.successions)


def write_areas(files: UnitFiles) -> WriteResult:
    """Write areas, versions and successions. Raises `Refused` before any write where versions would overlap."""
    first_uids = find_identities(files.versions, files.edges)
    areas_added, ids = _add_areas(files, first_uids)
    versions, corrected = _sync_versions(files, first_uids, ids)
    successions = _add_successions(files, first_uids, ids)
    return WriteResult(areas_added, versions, corrected + _sync_points(files, ids, first_uids), successions)


def _add_areas(files: UnitFiles, first_uids: Mapping[str, str]) -> tuple[int, dict[str, int]]:
    """Add missing areas; return their number and key → id of every area in the files."""
    levels = {version.uid: version.level for version in files.versions}
    ids = dict(Area.objects.exclude(level=Level.VILLAGE).values_list("key", "id"))
    missing = [key for key in dict.fromkeys(first_uids.values()) if key not in ids]
    new_area_ids = dict(zip(missing, reserve_ids(Area, len(missing)), strict=True))
    copy_rows(
        Area,
        ("id", "public_id", "key", "level", "demo"),
        ((area_id, generate_uuid7(), key, levels[key], False) for key, area_id in new_area_ids.items()),
    )
    return len(missing), ids | new_area_ids


def _sync_versions(files: UnitFiles, first_uids: Mapping[str, str], ids: Mapping[str, int]) -> tuple[int, int]:
    area = {uid: ids[key] for uid, key in first_uids.items()}
    ended = _list_ended_areas()
    target_rows = {
        (area[version.uid], version.valid_from): _to_row(
            version, area[version.uid], area.get(version.parent_uid), ended.get(area[version.uid])
        )
        for version in files.versions
    }
    stored = AreaVersion.objects.exclude(area__level=Level.VILLAGE)
    existing: dict[tuple[int, dt.date | None], tuple[int, Row]] = {
        (row[1], row[9]): (row[0], tuple(row[1:])) for row in stored.values_list("id", *_VERSION_COLUMNS)
    }
    entered = [row for key, (_, row) in existing.items() if key not in target_rows]
    _check_overlaps(files.versions, area, ended, entered)
    corrected = [
        AreaVersion(id=existing[key][0], **dict(zip(_VERSION_COLUMNS, row, strict=True)))
        for key, row in target_rows.items()
        if key in existing and existing[key][1] != row
    ]
    # Update ends first: a version may only begin after the previous one was closed.
    AreaVersion.objects.bulk_update(corrected, _VERSION_COLUMNS[1:], batch_size=500)
    new_rows = [row for key, row in target_rows.items() if key not in existing]
    copy_rows(AreaVersion, _VERSION_COLUMNS, new_rows)
    return len(new_rows), len(corrected)


def _list_ended_areas() -> dict[int, dt.date]:
    """Return the communes whose version this installation ended first, with the day: the files do not know of it."""
    applied = Reorganisation.objects.filter(state=Reorganisation.State.APPLIED).exclude(kind=Reorganisation.Kind.SPLIT)
    return {area: day for areas, day in applied.order_by("-day").values_list("old_areas", "day") for area in areas}


def _to_row(version: Version, area: int, parent: int | None, ended_on: dt.date | None) -> Row:
    """Return the row of a version; one that the files have in force ends on `ended_on`."""
    return (
        area,
        version.code,
        version.type,
        version.name,
        version.full_name,
        to_name_key(version.name),
        fold_text(version.full_name),
        parent,
        version.valid_from,
        version.valid_to or ended_on,
        version.legal_basis,
        version.date_quality,
    )


def _check_overlaps(
    versions: Iterable[Version], areas: Mapping[str, int], ended: Mapping[int, dt.date], other_rows: Iterable[Row]
) -> None:
    """Reject overlapping versions of one area, including those that this installation made."""
    entered = [
        Version(f"entered:{row[1]}", row[1], 0, row[2], row[3], row[4], "", row[8], row[9], legal_basis=str(row[0]))
        for row in other_rows
    ]
    shipped = [replace(version, valid_to=version.valid_to or ended.get(areas[version.uid])) for version in versions]
    check_overlaps(
        (*shipped, *entered),
        key=lambda version: str(areas[version.uid]) if version.uid in areas else version.legal_basis,
    )


def _sync_points(files: UnitFiles, ids: Mapping[str, int], first_uids: Mapping[str, str]) -> int:
    """Set the label points of the communes in force; return the number set or moved."""
    target_points = {
        ids[first_uids[version.uid]]: files.points[version.code]
        for version in files.versions
        if version.level == 3 and version.valid_to is None and version.code in files.points
    }
    areas = Area.objects.filter(pk__in=target_points)
    changed_areas = [area for area in areas if (area.latitude, area.longitude) != target_points[area.pk]]
    for area in changed_areas:
        area.latitude, area.longitude = target_points[area.pk]
    Area.objects.bulk_update(changed_areas, ["latitude", "longitude"])
    return len(changed_areas)


def _add_successions(files: UnitFiles, first_uids: Mapping[str, str], ids: Mapping[str, int]) -> int:
    """Write edges between areas; edges inside one area are its versions already."""
    target_rows: dict[tuple[int, int, dt.date], Row] = {}
    for edge in files.edges:
        old, new = ids[first_uids[edge.old]], ids[first_uids[edge.new]]
        if old != new:
            share = Succession.Share.WHOLE if edge.whole else Succession.Share.PART
            target_rows[old, new, edge.day] = (old, new, edge.day, share.value, edge.legal_basis, edge.note)
    existing = set(Succession.objects.values_list("old_id", "new_id", "event_date"))
    new_rows = [row for key, row in target_rows.items() if key not in existing]
    copy_rows(Succession, ("old_id", "new_id", "event_date", "share", "legal_basis", "note"), new_rows)
    return len(new_rows)


@dataclass(frozen=True, slots=True)
class LoadResult:
    """Number of rows that a run added or corrected."""

    written: WriteResult
    units: int
    villages: int

    @property
    def has_changes(self) -> bool:
        return bool(self.written.has_changes or self.units or self.villages)


@transaction.atomic
def load_areas(*, now: dt.datetime, folder: Path = DATA, demo: bool = False) -> LoadResult:
    """Load all areas and units. Raises `rules.history.Refused` with «file:line» for a bad row; nothing is written
    then.
    """
    files = read_unit_files(folder)
    check_history(files.versions, files.edges)
    acquire_xact_lock(AdvisoryLock.AREAS)
    area_rows = write_areas(files)
    units = write_units(province_code=settings.PROVINCE_CODE, day=to_vietnam_day(now))
    villages = 0
    if demo:
        from binhyen.areas.demo_villages import write_demo_villages

        villages = write_demo_villages(files.old_parts, folder)
    result = LoadResult(area_rows, units, villages)
    if result.has_changes:
        mark_areas_changed()
    return result
