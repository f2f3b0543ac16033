"""Aliases of areas and landmarks: makes everyday names searchable."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.areas.models import Alias, Area
from binhyen.areas.queries.directory import mark_areas_changed
from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit.text import collapse_spaces, fold_text, to_nfc

ALIAS, LANDMARK = "ALIAS", "LANDMARK"
_MAX_NAME_LENGTH = 80


class InvalidName(ValueError):
    """Invalid name; the text is Vietnamese and goes on the screen."""


@transaction.atomic
def add_alias(*, area_id: int, name: str, kind: str = ALIAS, actor: str, now: dt.datetime) -> bool:
    """Add an alias; tell whether it was new. Raises `BadName` for an empty, too long or one-letter name,
    Area.DoesNotExist.
    """
    clean_name = collapse_spaces(to_nfc(name))
    if kind not in {ALIAS, LANDMARK} or len(fold_text(clean_name)) < 2 or len(clean_name) > _MAX_NAME_LENGTH:
        raise InvalidName(_("Tên phải dài từ 2 đến 80 chữ."))
    area = Area.objects.get(pk=area_id)
    defaults = {"name": clean_name, "kind": kind}
    was_created: bool = Alias.objects.get_or_create(area=area, folded=fold_text(clean_name), defaults=defaults)[1]
    if was_created:
        mark_areas_changed()
        record_actions([AuditAction(actor, "area_name_added", f"area:{area.public_id}", None, {"kind": kind})], now=now)
    return was_created


@transaction.atomic
def remove_alias(*, area_id: int, name: str, actor: str, now: dt.datetime) -> bool:
    """Remove an alias; tell whether it existed."""
    removed = Alias.objects.filter(area_id=area_id, folded=fold_text(collapse_spaces(to_nfc(name)))).delete()[0]
    if removed:
        mark_areas_changed()
        record_actions([AuditAction(actor, "area_name_removed", f"area:{area_id}")], now=now)
    return bool(removed)
