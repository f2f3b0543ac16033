"""Neighbouring communes from the shipped list; a commune formed later has none until the list is renewed."""

from binhyen.areas.queries.directory import directory, gazetteer


def beside(area_id: int) -> tuple[int, ...]:
    """Return areas of the communes in force that share a border with a commune."""
    known = directory()
    commune = gazetteer().communes.get(known.commune_code_of_area(area_id) or "")
    near = sorted(commune.neighbours) if commune else ()
    return tuple(known.communes[code].area_id for code in near if code in known.communes)
