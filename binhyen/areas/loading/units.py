"""Police units of the communes in force: one for the province, one a commune. Closed together with their commune."""

import datetime as dt

from binhyen.areas.models import AreaVersion, Level, Unit

TWO_LEVELS_SINCE = dt.date(2025, 7, 1)


def write_units(*, province_code: str, day: dt.date) -> int:
    """Create, rename and close units; return the number changed. `day`: the closing day of ended units."""
    province = AreaVersion.objects.filter(code=province_code, current=True, area__level=1).first()
    if province is None:
        return 0
    root, made = Unit.objects.get_or_create(
        area_id=province.area_id,
        level=Unit.Level.PROVINCE,
        valid_to=None,
        defaults={
            "code": f"CAT-{province_code}",
            "name": f"Công an {_lower(province.full_name)}",
            "valid_from": TWO_LEVELS_SINCE,
        },
    )
    communes = {
        version.area_id: version
        for version in AreaVersion.objects.filter(parent_id=province.area_id, current=True, area__level=Level.COMMUNE)
    }
    there = {unit.area_id: unit for unit in Unit.objects.filter(level=Unit.Level.COMMUNE, valid_to=None)}
    closed = _close([unit for area, unit in there.items() if area not in communes], day)
    renamed = _rename({there[area]: version for area, version in communes.items() if area in there})
    return int(made) + closed + renamed + _open([v for a, v in communes.items() if a not in there], root)


def _lower(full_name: str) -> str:
    """Lower the first letter for use inside a sentence: «Xã Lộc Hà»."""
    return full_name[:1].lower() + full_name[1:]


def _close(units: list[Unit], day: dt.date) -> int:
    for unit in units:
        unit.valid_to = day
    return Unit.objects.bulk_update(units, ["valid_to"]) if units else 0


def _rename(units: dict[Unit, AreaVersion]) -> int:
    changed = []
    for unit, version in units.items():
        name = f"Công an {_lower(version.full_name)}"
        if unit.name != name:
            unit.name = name
            changed.append(unit)
    return Unit.objects.bulk_update(changed, ["name"]) if changed else 0


def _open(versions: list[AreaVersion], root: Unit) -> int:
    taken = set(Unit.objects.values_list("code", flat=True))
    made = [
        Unit(
            code=_free_code(version, taken),
            name=f"Công an {_lower(version.full_name)}",
            level=Unit.Level.COMMUNE,
            parent=root,
            area_id=version.area_id,
            valid_from=max(version.valid_from or TWO_LEVELS_SINCE, TWO_LEVELS_SINCE),
        )
        for version in sorted(versions, key=lambda version: version.code)
    ]
    Unit.objects.bulk_create(made)
    return len(made)


def _free_code(version: AreaVersion, taken: set[str]) -> str:
    """Return an unused unit code: a commune's code may have belonged to another area, a unit code never does."""
    code = f"CAX-{version.code}"
    return code if code not in taken or version.valid_from is None else f"{code}-{version.valid_from:%Y%m%d}"
