"""Aliases of areas and landmarks: makes everyday names searchable."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.areas.models import Alias, Area
from binhyen.areas.queries.directory import changed
from binhyen.audit.services import Act, record
from binhyen.kit.text import fold, nfc, squeeze

ALIAS, LANDMARK = "ALIAS", "LANDMARK"
_LONGEST = 80


class BadName(ValueError):
    """Invalid name; the text is Vietnamese and goes on the screen."""


@transaction.atomic
def add_name(*, area_id: int, name: str, kind: str = ALIAS, actor: str, now: dt.datetime) -> bool:
    """Add an alias; tell whether it was new. Raises `BadName` for an empty, too long or one-letter name,
    Area.DoesNotExist.
    """
    shown = squeeze(nfc(name))
    if kind not in {ALIAS, LANDMARK} or len(fold(shown)) < 2 or len(shown) > _LONGEST:
        raise BadName(_("Tên phải dài từ 2 đến 80 chữ."))
    area = Area.objects.get(pk=area_id)
    known = {"name": shown, "kind": kind}
    made: bool = Alias.objects.get_or_create(area=area, folded=fold(shown), defaults=known)[1]
    if made:
        changed()
        record([Act(actor, "area_name_added", f"area:{area.public_id}", None, {"kind": kind})], now=now)
    return made


@transaction.atomic
def remove_name(*, area_id: int, name: str, actor: str, now: dt.datetime) -> bool:
    """Remove an alias; tell whether it existed."""
    removed = Alias.objects.filter(area_id=area_id, folded=fold(squeeze(nfc(name)))).delete()[0]
    if removed:
        changed()
        record([Act(actor, "area_name_removed", f"area:{area_id}")], now=now)
    return bool(removed)
