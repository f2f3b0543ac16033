"""Which communes lie beside a commune: from the shipped list; one made since has none until the list is renewed."""

import csv
from collections.abc import Mapping
from functools import lru_cache

from binhyen.areas.loading.read import DATA
from binhyen.areas.queries.directory import directory


def beside(area_id: int) -> tuple[int, ...]:
    """Areas of the communes in force whose border touches that of a commune."""
    known = directory()
    code = known.commune_code_of_area(area_id) or ""
    return tuple(known.communes[c].area_id for c in _codes().get(code, ()) if c in known.communes)


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, tuple[str, ...]]:
    with (DATA / "hatinh_communes.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: tuple(row["neighbour_codes"].split()) for row in csv.DictReader(file)}
