"""Sync of the tables with the files: add, correct, never delete. COPY, because 14,000 inserts take 20 s."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from binhyen.areas.loading.read import UnitFiles
from binhyen.areas.models import Area, AreaVersion, Level, Succession
from binhyen.areas.rules.history import Version, check_overlaps, find_identities
from binhyen.kit.ids import generate_uuid7
from binhyen.kit.text import fold_text, to_name_key

_VERSION_COLUMNS = (
    "area_id",
    "code",
    "type",
    "name",
    "full_name",
    "name_key",
    "folded",
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


def copy_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Append rows with COPY; columns by their database names. Only known table and column names may be passed."""
    names = ", ".join(f'"{column}"' for column in columns)
    # nosemgrep: sql-from-text  our models' names only
    with connection.cursor() as cursor, cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as stream:
        for row in rows:
            stream.write_row(row)


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Reserve ids from the table's own sequence, so that COPY can reference parents."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


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
    target_rows = {
        (area[version.uid], version.valid_from): _to_row(version, area[version.uid], area.get(version.parent_uid))
        for version in files.versions
    }
    stored = AreaVersion.objects.exclude(area__level=Level.VILLAGE)
    existing: dict[tuple[int, dt.date | None], tuple[int, Row]] = {
        (row[1], row[9]): (row[0], tuple(row[1:])) for row in stored.values_list("id", *_VERSION_COLUMNS)
    }
    _check_overlaps(files, first_uids, ids, [row for key, (_, row) in existing.items() if key not in target_rows])
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


def _to_row(version: Version, area: int, parent: int | None) -> Row:
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
        version.valid_to,
        version.legal_basis,
        version.date_quality,
    )


def _check_overlaps(
    files: UnitFiles, first_uids: Mapping[str, str], ids: Mapping[str, int], other_rows: Iterable[Row]
) -> None:
    """Reject overlapping versions of one area, including manually entered ones."""
    entered = [
        Version(f"entered:{row[1]}", row[1], 0, row[2], row[3], row[4], "", row[8], row[9], legal_basis=str(row[0]))
        for row in other_rows
    ]
    keys = {version.uid: str(ids[first_uids[version.uid]]) for version in files.versions}
    check_overlaps((*files.versions, *entered), key=lambda version: keys.get(version.uid, version.legal_basis))


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


__all__ = ["WriteResult", "copy_rows", "reserve_ids", "write_areas"]
