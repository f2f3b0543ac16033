"""What others may ask about areas and units."""

from binhyen.areas.geometry import commune_at
from binhyen.areas.queries.directory import (
    CommuneEntry,
    Directory,
    NotLoaded,
    directory,
    forget,
    gazetteer,
)
from binhyen.areas.queries.units import UnitInfo, open_units, unit_by_code, unit_by_id, unit_ids

__all__ = [
    "CommuneEntry",
    "Directory",
    "NotLoaded",
    "UnitInfo",
    "commune_at",
    "directory",
    "forget",
    "gazetteer",
    "open_units",
    "unit_by_code",
    "unit_by_id",
    "unit_ids",
]
