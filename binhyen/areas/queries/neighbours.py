"""Which communes lie beside a commune: from the shipped list; one made since has none until the list is renewed."""

from binhyen.areas.queries.directory import directory, gazetteer


def beside(area_id: int) -> tuple[int, ...]:
    """Areas of the communes in force whose border touches that of a commune."""
    known = directory()
    commune = gazetteer().communes.get(known.commune_code_of_area(area_id) or "")
    near = sorted(commune.neighbours) if commune else ()
    return tuple(known.communes[code].area_id for code in near if code in known.communes)
