"""Public queries on areas and units."""

from binhyen.areas.geometry import find_commune_at
from binhyen.areas.queries.directory import (
    AreasNotLoadedError,
    CommuneEntry,
    Directory,
    expire_token,
    get_directory,
    get_gazetteer,
    list_learned_names,
    list_neighbours,
)
from binhyen.areas.queries.places import (
    NamedArea,
    build_labels,
    count_areas_by_level,
    count_areas_by_type,
    get_communes_by_area,
    get_responsible_unit,
    list_communes,
    list_named_areas,
    list_villages_of_commune,
)
from binhyen.areas.queries.search import PlaceMatch, find_areas, search_places
from binhyen.areas.queries.units import UnitInfo, find_unit_by_code, find_unit_by_id, get_unit_ids, list_open_units
from binhyen.areas.rules.landmarks import LearnedName

__all__ = [
    "AreasNotLoadedError",
    "CommuneEntry",
    "Directory",
    "LearnedName",
    "NamedArea",
    "PlaceMatch",
    "UnitInfo",
    "build_labels",
    "count_areas_by_level",
    "count_areas_by_type",
    "expire_token",
    "find_areas",
    "find_commune_at",
    "find_unit_by_code",
    "find_unit_by_id",
    "get_communes_by_area",
    "get_directory",
    "get_gazetteer",
    "get_responsible_unit",
    "get_unit_ids",
    "list_communes",
    "list_learned_names",
    "list_named_areas",
    "list_neighbours",
    "list_open_units",
    "list_villages_of_commune",
    "search_places",
]
