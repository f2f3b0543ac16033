"""Public queries on areas and units."""

from binhyen.areas.geometry import commune_at
from binhyen.areas.queries.directory import (
    CommuneEntry,
    Directory,
    NotLoaded,
    beside,
    directory,
    forget,
    gazetteer,
    learnt_names,
)
from binhyen.areas.queries.places import (
    Named,
    commune_of,
    communes_of,
    counts,
    labels,
    named,
    responsible,
    types,
    villages_of,
)
from binhyen.areas.queries.search import Found, find, search
from binhyen.areas.queries.units import UnitInfo, open_units, unit_by_code, unit_by_id, unit_ids
from binhyen.areas.rules.landmarks import Learnt

__all__ = [
    "CommuneEntry",
    "Directory",
    "Found",
    "Learnt",
    "Named",
    "NotLoaded",
    "UnitInfo",
    "beside",
    "commune_at",
    "commune_of",
    "communes_of",
    "counts",
    "directory",
    "find",
    "forget",
    "gazetteer",
    "labels",
    "learnt_names",
    "named",
    "open_units",
    "responsible",
    "search",
    "types",
    "unit_by_code",
    "unit_by_id",
    "unit_ids",
    "villages_of",
]
