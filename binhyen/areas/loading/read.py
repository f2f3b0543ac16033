"""Parser of the unit files: versions, edges and points. Rejects a bad cell with its file and line."""

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from binhyen.areas.rules.history import Edge, RowRejected, Version
from binhyen.kit.text import collapse_spaces, to_nfc

DATA = Path(__file__).resolve().parents[2] / "data" / "units"
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
