"""Token lookup, and resolution of public ids."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from binhyen.api.models import Token
from binhyen.api.schemas import NamedReference, UnitOut
from binhyen.areas import queries as areas
from binhyen.areas.models import Area, Unit
from binhyen.kit import clock
from binhyen.kit.ids import hash_token
from binhyen.people import access
from binhyen.people.models import Officer


class UnknownPlace(Exception):
    """A public id of an area or unit that does not exist."""


@dataclass(frozen=True, slots=True)
class PlaceKeys:
    """Keys of a commune and a unit given by public id; None: not given."""

    commune: int | None = None
    unit: int | None = None


def find_active_token(value: str, *, now: dt.datetime) -> Token | None:
    """Return the active token of an Authorization header, with its officer.

    None if unknown, expired, revoked or locked, and after any change of the officer's unit, role, password or factors:
    earlier grants are void.
    """
    tokens = Token.objects.select_related("officer", "officer__unit").filter(
        hash=hash_token(value),
        revoked_at=None,
        expires_at__gt=now,
        officer__is_active=True,
        created_at__gt=F("officer__permissions_changed_at"),
    )
    return tokens.first()


def resolve_places(commune: UUID | None, unit: UUID | None) -> PlaceKeys:
    """Resolve public ids. Areas and units are public; visibility is decided with the cases. Raises Unknown."""
    return PlaceKeys(
        _resolve_area(commune) if commune else None,
        _first_or_raise(Unit.objects.filter(public_id=unit).values_list("pk", flat=True)[:1]) if unit else None,
    )


def list_visible_units(officer: Officer) -> list[UnitOut]:
    """List present units with visible cases, the province's first, then by name."""
    allowed, directory = access.visibility(officer), areas.get_directory()
    visible_units = [unit for unit in directory.open_units if allowed.province or unit.id == allowed.unit_id]
    communes = [entry for entry in directory.communes.values() if entry.unit_id in {unit.id for unit in visible_units}]
    units = dict(Unit.objects.filter(pk__in=[unit.id for unit in visible_units]).values_list("pk", "public_id"))
    area_ids = dict(
        Area.objects.filter(pk__in=[entry_of_unit.area_id for entry_of_unit in communes]).values_list("pk", "public_id")
    )
    return [
        UnitOut(
            id=units[unit.id],
            name=unit.name,
            level=unit.level,
            communes=[
                NamedReference(id=area_ids[entry_of_unit.area_id], name=entry_of_unit.full_name)
                for entry_of_unit in communes
                if entry_of_unit.unit_id == unit.id
            ],
        )
        for unit in visible_units
    ]


def list_visible_villages(officer: Officer, commune: UUID) -> list[NamedReference]:
    """List the present villages of a commune in a visible unit. Raises Unknown."""
    if commune not in {commune_out.id for unit in list_visible_units(officer) for commune_out in unit.communes}:
        raise UnknownPlace
    village_list = areas.list_villages_of_commune(_resolve_area(commune), clock.to_vietnam_day(clock.now()))
    return [NamedReference(id=village.public_id, name=village.full_name) for village in village_list]


def _resolve_area(public_id: UUID) -> int:
    return _first_or_raise(Area.objects.filter(public_id=public_id).values_list("pk", flat=True)[:1])


def _first_or_raise(keys: Iterable[int]) -> int:
    for key in keys:
        return key
    raise UnknownPlace
