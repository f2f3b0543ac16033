"""Token lookup, and resolution of public ids."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from binhyen.api.models import Token
from binhyen.api.response_schemas import Named, UnitOut
from binhyen.areas import queries as areas
from binhyen.areas.models import Area, Unit
from binhyen.kit import clock
from binhyen.kit.ids import token_hash
from binhyen.people import access
from binhyen.people.models import Officer


class Unknown(Exception):
    """A public id of an area or unit that does not exist."""


@dataclass(frozen=True, slots=True)
class Where:
    """Keys of a commune and a unit given by public id; None: not given."""

    commune: int | None = None
    unit: int | None = None


def token_of(value: str, *, now: dt.datetime) -> Token | None:
    """Return the active token of an Authorization header, with its officer.

    None if unknown, expired, revoked or locked, and after any change of the officer's unit, role, password or factors:
    earlier grants are void.
    """
    found = Token.objects.select_related("officer", "officer__unit").filter(
        hash=token_hash(value),
        revoked_at=None,
        expires_at__gt=now,
        officer__is_active=True,
        created_at__gt=F("officer__rights_since"),
    )
    return found.first()


def where(commune: UUID | None, unit: UUID | None) -> Where:
    """Resolve public ids. Areas and units are public; visibility is decided with the cases. Raises Unknown."""
    return Where(
        _area(commune) if commune else None,
        _key(Unit.objects.filter(public_id=unit).values_list("pk", flat=True)[:1]) if unit else None,
    )


def units_seen(officer: Officer) -> list[UnitOut]:
    """List present units with visible cases, the province's first, then by name."""
    seen, known = access.sight(officer), areas.directory()
    mine = [unit for unit in known.open_units if seen.province or unit.id == seen.unit_id]
    communes = [entry for entry in known.communes.values() if entry.unit_id in {unit.id for unit in mine}]
    units = dict(Unit.objects.filter(pk__in=[unit.id for unit in mine]).values_list("pk", "public_id"))
    grounds = dict(Area.objects.filter(pk__in=[c.area_id for c in communes]).values_list("pk", "public_id"))
    return [
        UnitOut(
            id=units[unit.id], name=unit.name, level=unit.level,
            communes=[Named(id=grounds[c.area_id], name=c.full_name) for c in communes if c.unit_id == unit.id],
        )
        for unit in mine
    ]  # fmt: skip


def villages_seen(officer: Officer, commune: UUID) -> list[Named]:
    """List the present villages of a commune in a visible unit. Raises Unknown."""
    if commune not in {one.id for unit in units_seen(officer) for one in unit.communes}:
        raise Unknown
    found = areas.villages_of(_area(commune), clock.vietnam_day(clock.now()))
    return [Named(id=village.public_id, name=village.full_name) for village in found]


def _area(public_id: UUID) -> int:
    return _key(Area.objects.filter(public_id=public_id).values_list("pk", flat=True)[:1])


def _key(found: Iterable[int]) -> int:
    for key in found:
        return key
    raise Unknown
