"""Who asks, and what their public ids stand for."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from binhyen.api.models import Token
from binhyen.areas.models import Area, Unit
from binhyen.kit.ids import token_hash


class Unknown(Exception):
    """A public id of an area or unit that does not exist."""


@dataclass(frozen=True, slots=True)
class Where:
    """Keys of a commune and a unit asked for by public id; None: not asked for."""

    commune: int | None = None
    unit: int | None = None


def token_of(value: str, *, now: dt.datetime) -> Token | None:
    """The live token of an Authorization header, with its officer; None where unknown, over, revoked or locked,
    and after any change of the officer's unit, role, password or factors: what was given out before is over.
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
    """Areas and units are public; what of them the officer sees is decided with the cases. Raises Unknown."""
    return Where(
        _key(Area.objects.filter(public_id=commune).values_list("pk", flat=True)[:1]) if commune else None,
        _key(Unit.objects.filter(public_id=unit).values_list("pk", flat=True)[:1]) if unit else None,
    )


def _key(found: Iterable[int]) -> int:
    for key in found:
        return key
    raise Unknown
