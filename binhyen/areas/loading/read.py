"""Parser of the unit files: versions, edges and points. Rejects a bad cell with its file and line."""

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from binhyen.areas.rules.history import Edge, Refused, Version
from binhyen.kit.text import nfc, squeeze

DATA = Path(__file__).resolve().parents[2] / "data" / "units"
_VERSIONS = ("hatinh_units_history.csv", "units.csv")
_EDGES = ("hatinh_successors_history.csv", "unit_successors.csv")


@dataclass(frozen=True, slots=True)
class Files:
    """Parsed content of the folder. `points`: code of a commune in force → (latitude, longitude)."""

    versions: tuple[Version, ...]
    edges: tuple[Edge, ...]
    points: dict[str, tuple[float, float]]
    old_parts: dict[str, tuple[str, ...]]  # present commune → codes it was formed from


def read(folder: Path = DATA) -> Files:
    """Parse the folder; the province's own history has priority over the national file for the same row."""
    versions: dict[str, Version] = {}
    for name in _VERSIONS:
        found = list(_versions(folder / name))
        own = {version.uid for version in found}
        if len(own) != len(found):
            _refuse_double(found)
        versions.update({version.uid: version for version in found if version.uid not in versions})
    edges: dict[tuple[str, str, dt.date], Edge] = {}
    for name in _EDGES:
        for edge in _edges(folder / name):
            edges.setdefault((edge.old, edge.new, edge.day), edge)
    communes = list(_rows(folder / "hatinh_communes.csv"))
    points = {row["code"]: (float(row["lat"]), float(row["lon"])) for _, row in communes}
    parts = {row["code"]: tuple(row["formed_from_codes"].split()) for _, row in communes}
    return Files(tuple(versions.values()), tuple(edges.values()), points, parts)


def _refuse_double(versions: list[Version]) -> None:
    seen: set[str] = set()
    for version in versions:
        if version.uid in seen:
            raise Refused(version.where, f"uid {version.uid} stands twice")
        seen.add(version.uid)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        for row in reader:
            yield f"{path.name}:{reader.line_num}", row


def _versions(path: Path) -> Iterator[Version]:
    for where, row in _rows(path):
        yield Version(
            uid=row["uid"],
            code=row["code"],
            level=int(row["level"]),
            type=row["type"],
            name=squeeze(nfc(row["name"])),
            full_name=squeeze(nfc(row["full_name"])),
            parent_uid=row["parent_uid"],
            valid_from=_day(row["valid_from"], where),
            valid_to=_day(row["valid_to"], where),
            legal_basis=row["legal_from"],
            date_quality=row["date_quality"],
            where=where,
        )


def _edges(path: Path) -> Iterator[Edge]:
    for where, row in _rows(path):
        day = _day(row["event_date"], where)
        if day is None or row["share"] not in {"whole", "part"}:
            raise Refused(where, "needs event_date and share (whole or part)")
        yield Edge(row["old_uid"], row["new_uid"], day, row["share"] == "whole", row["legal_basis"], row["note"], where)


def _day(text: str, where: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused(where, f"«{text}» is not a day (YYYY-MM-DD)") from None
