"""For operators: areas, successions and units to look at. Changes come by files, whole and audited."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from binhyen.areas.models import Alias, AreaVersion, Succession, Unit


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Nobody adds, changes or deletes here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AreaVersion)
class AreaVersionAdmin(ReadOnly):
    list_display = ("full_name", "code", "type", "valid_from", "valid_to", "legal_basis")
    list_filter = ("type", "current")
    search_fields = ("folded", "code")


@admin.register(Succession)
class SuccessionAdmin(ReadOnly):
    list_display = ("old_id", "new_id", "event_date", "share", "legal_basis")
    list_filter = ("share", "event_date")


@admin.register(Unit)
class UnitAdmin(ReadOnly):
    list_display = ("code", "name", "level", "valid_from", "valid_to")
    list_filter = ("level",)
    search_fields = ("code", "name")


@admin.register(Alias)
class AliasAdmin(ReadOnly):
    list_display = ("name", "kind", "area_id")
    search_fields = ("folded",)
