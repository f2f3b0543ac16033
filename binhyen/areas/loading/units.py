"""Police units of the communes in force: one for the province, one a commune. Closed together with their commune."""

import datetime as dt

from binhyen.areas.models import AreaVersion, Level, Unit

TWO_LEVELS_SINCE = dt.date(2025, 7, 1)


def write_units(*, province_code: str, day: dt.date) -> int:
    """Create, rename and close units; return the number changed. `day`: the closing day of ended units."""
    province = AreaVersion.objects.filter(code=province_code, current=True, area__level=1).first()
    if province is None:
        return 0
    root, was_created = Unit.objects.get_or_create(
        area_id=province.area_id,
        level=Unit.Level.PROVINCE,
        valid_to=None,
        defaults={
            "code": f"CAT-{province_code}",
            "name": f"Công an {_lower_first(province.full_name)}",
            "valid_from": TWO_LEVELS_SINCE,
        },
    )
    communes = {
        version.area_id: version
        for version in AreaVersion.objects.filter(parent_id=province.area_id, current=True, area__level=Level.COMMUNE)
    }
    existing = {unit.area_id: unit for unit in Unit.objects.filter(level=Unit.Level.COMMUNE, valid_to=None)}
    closed = _close_units([unit for area, unit in existing.items() if area not in communes], day)
    renamed = _rename_units({existing[area]: version for area, version in communes.items() if area in existing})
    return (
        int(was_created)
        + closed
        + renamed
        + _create_units([area_version for area_id, area_version in communes.items() if area_id not in existing], root)
    )


def _lower_first(full_name: str) -> str:
    """Lower the first letter for use inside a sentence: «Xã Lộc Hà»."""
    return full_name[:1].lower() + full_name[1:]


def _close_units(units: list[Unit], day: dt.date) -> int:
    for unit in units:
        unit.valid_to = day
    return Unit.objects.bulk_update(units, ["valid_to"]) if units else 0


def _rename_units(units: dict[Unit, AreaVersion]) -> int:
    changed = []
    for unit, version in units.items():
        name = f"Công an {_lower_first(version.full_name)}"
        if unit.name != name:
            unit.name = name
            changed.append(unit)
    return Unit.objects.bulk_update(changed, ["name"]) if changed else 0


def _create_units(versions: list[AreaVersion], root: Unit) -> int:
    used_codes = set(Unit.objects.values_list("code", flat=True))
    new_units = [
        Unit(
            code=_choose_code(version, used_codes),
            name=f"Công an {_lower_first(version.full_name)}",
            level=Unit.Level.COMMUNE,
            parent=root,
            area_id=version.area_id,
            valid_from=max(version.valid_from or TWO_LEVELS_SINCE, TWO_LEVELS_SINCE),
        )
        for version in sorted(versions, key=lambda version: version.code)
    ]
    Unit.objects.bulk_create(new_units)
    return len(new_units)


def _choose_code(version: AreaVersion, used_codes: set[str]) -> str:
    """Return an unused unit code: a commune's code may have belonged to another area, a unit code never does."""
    code = f"CAX-{version.code}"
    return code if code not in used_codes or version.valid_from is None else f"{code}-{version.valid_from:%Y%m%d}"
