"""Police units for other packages."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from binhyen.areas.models import Unit
from binhyen.kit.text import to_sort_key


@dataclass(frozen=True, slots=True)
class UnitInfo:
    """A police unit. `level`: PROVINCE, COMMUNE or VILLAGE; closed units have `valid_to`."""

    id: int
    code: str
    name: str
    level: str
    area_id: int
    parent_id: int | None
    valid_to: dt.date | None

    @property
    def closed(self) -> bool:
        return self.valid_to is not None


def to_unit_info(unit: Unit) -> UnitInfo:
    return UnitInfo(unit.pk, unit.code, unit.name, unit.level, unit.area_id, unit.parent_id, unit.valid_to)


def find_unit_by_id(unit_id: int) -> UnitInfo | None:
    unit = Unit.objects.filter(pk=unit_id).first()
    return to_unit_info(unit) if unit else None


def find_unit_by_code(code: str) -> UnitInfo | None:
    unit = Unit.objects.filter(code=code).first()
    return to_unit_info(unit) if unit else None


def get_unit_ids(codes: Iterable[str]) -> dict[str, int]:
    """Return code → id of the existing units."""
    return dict(Unit.objects.filter(code__in=list(codes)).values_list("code", "id"))


def list_open_units() -> tuple[UnitInfo, ...]:
    """List the units open today, the province's first, then by name; `Directory` holds the same list."""
    return sort_open_units(Unit.objects.filter(valid_to=None).exclude(level=Unit.Level.VILLAGE))


def sort_open_units(units: Iterable[Unit]) -> tuple[UnitInfo, ...]:
    """Filter and sort open units, without village teams."""
    open_ones = (unit for unit in units if unit.valid_to is None and unit.level != Unit.Level.VILLAGE)
    ordered = sorted(open_ones, key=lambda unit: (unit.level != Unit.Level.PROVINCE, to_sort_key(unit.name)))
    return tuple(to_unit_info(unit) for unit in ordered)
