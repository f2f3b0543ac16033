"""Sync of the tables with the files: add, correct, never delete. COPY, because 14,000 inserts take 20 s."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from binhyen.areas.loading.read import Files
from binhyen.areas.models import Area, AreaVersion, Level, Succession
from binhyen.areas.rules.history import Version, identities, refuse_overlaps
from binhyen.kit.ids import uuid7
from binhyen.kit.text import fold, name_key

_VERSION_COLUMNS = (
    "area_id", "code", "type", "name", "full_name", "name_key", "folded", "parent_id", "valid_from", "valid_to",
    "legal_basis", "date_quality",
)  # fmt: skip
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """Number of rows added or corrected."""

    areas: int = 0
    versions: int = 0
    corrected: int = 0
    successions: int = 0

    @property
    def anything(self) -> bool:
        return bool(self.areas or self.versions or self.corrected or self.successions)


def copy(model: type[models.Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Append rows with COPY; columns by their database names. Only known table and column names may be passed."""
    names = ", ".join(f'"{column}"' for column in columns)
    # nosemgrep: sql-from-text  our models' names only
    with connection.cursor() as cursor, cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as out:
        for row in rows:
            out.write_row(row)


def new_ids(model: type[models.Model], count: int) -> list[int]:
    """Reserve ids from the table's own sequence, so that COPY can reference parents."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def write(files: Files) -> Written:
    """Write areas, versions and successions. Raises `Refused` before any write where versions would overlap."""
    first = identities(files.versions, files.edges)
    added, ids = _areas(files, first)
    versions, corrected = _versions(files, first, ids)
    successions = _successions(files, first, ids)
    return Written(added, versions, corrected + _points(files, ids, first), successions)


def _areas(files: Files, first: Mapping[str, str]) -> tuple[int, dict[str, int]]:
    """Add missing areas; return their number and key → id of every area in the files."""
    levels = {version.uid: version.level for version in files.versions}
    ids = dict(Area.objects.exclude(level=Level.VILLAGE).values_list("key", "id"))
    missing = [key for key in dict.fromkeys(first.values()) if key not in ids]
    fresh = dict(zip(missing, new_ids(Area, len(missing)), strict=True))
    copy(
        Area,
        ("id", "public_id", "key", "level", "demo"),
        ((number, uuid7(), key, levels[key], False) for key, number in fresh.items()),
    )
    return len(missing), ids | fresh


def _versions(files: Files, first: Mapping[str, str], ids: Mapping[str, int]) -> tuple[int, int]:
    area = {uid: ids[key] for uid, key in first.items()}
    wanted = {(area[v.uid], v.valid_from): _row(v, area[v.uid], area.get(v.parent_uid)) for v in files.versions}
    stored = AreaVersion.objects.exclude(area__level=Level.VILLAGE)
    there: dict[tuple[int, dt.date | None], tuple[int, Row]] = {
        (row[1], row[9]): (row[0], tuple(row[1:])) for row in stored.values_list("id", *_VERSION_COLUMNS)
    }
    _refuse_overlaps(files, first, ids, [row for key, (_, row) in there.items() if key not in wanted])
    changed = [
        AreaVersion(id=there[key][0], **dict(zip(_VERSION_COLUMNS, row, strict=True)))
        for key, row in wanted.items()
        if key in there and there[key][1] != row
    ]
    # Update ends first: a version may only begin after the previous one was closed.
    AreaVersion.objects.bulk_update(changed, _VERSION_COLUMNS[1:], batch_size=500)
    fresh = [row for key, row in wanted.items() if key not in there]
    copy(AreaVersion, _VERSION_COLUMNS, fresh)
    return len(fresh), len(changed)


def _row(v: Version, area: int, parent: int | None) -> Row:
    return (
        area, v.code, v.type, v.name, v.full_name, name_key(v.name), fold(v.full_name), parent, v.valid_from,
        v.valid_to, v.legal_basis, v.date_quality,
    )  # fmt: skip


def _refuse_overlaps(files: Files, first: Mapping[str, str], ids: Mapping[str, int], others: Iterable[Row]) -> None:
    """Reject overlapping versions of one area, including manually entered ones."""
    entered = [
        Version(f"entered:{row[1]}", row[1], 0, row[2], row[3], row[4], "", row[8], row[9], legal_basis=str(row[0]))
        for row in others
    ]
    keys = {version.uid: str(ids[first[version.uid]]) for version in files.versions}
    refuse_overlaps((*files.versions, *entered), key=lambda version: keys.get(version.uid, version.legal_basis))


def _points(files: Files, ids: Mapping[str, int], first: Mapping[str, str]) -> int:
    """Set the label points of the communes in force; return the number set or moved."""
    wanted = {
        ids[first[v.uid]]: files.points[v.code]
        for v in files.versions
        if v.level == 3 and v.valid_to is None and v.code in files.points
    }
    areas = Area.objects.filter(pk__in=wanted)
    moved = [area for area in areas if (area.latitude, area.longitude) != wanted[area.pk]]
    for area in moved:
        area.latitude, area.longitude = wanted[area.pk]
    Area.objects.bulk_update(moved, ["latitude", "longitude"])
    return len(moved)


def _successions(files: Files, first: Mapping[str, str], ids: Mapping[str, int]) -> int:
    """Write edges between areas; edges inside one area are its versions already."""
    wanted: dict[tuple[int, int, dt.date], Row] = {}
    for edge in files.edges:
        old, new = ids[first[edge.old]], ids[first[edge.new]]
        if old != new:
            share = Succession.Share.WHOLE if edge.whole else Succession.Share.PART
            wanted[old, new, edge.day] = (old, new, edge.day, share.value, edge.legal_basis, edge.note)
    there = set(Succession.objects.values_list("old_id", "new_id", "event_date"))
    fresh = [row for key, row in wanted.items() if key not in there]
    copy(Succession, ("old_id", "new_id", "event_date", "share", "legal_basis", "note"), fresh)
    return len(fresh)


__all__ = ["Written", "copy", "new_ids", "write"]
