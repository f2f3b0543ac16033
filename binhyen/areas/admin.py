"""Admin pages for operators: read-only areas, successions and units. Changes come as audited imports of whole files."""

from django.contrib import admin

from binhyen.areas.models import Alias, AreaVersion, Succession, Unit


@admin.register(AreaVersion)
class AreaVersionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("full_name", "code", "valid_from", "valid_to", "legal_basis")
    list_filter = ("current",)
    search_fields = ("search_text", "code")


@admin.register(Succession)
class SuccessionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("old_id", "new_id", "event_date", "share", "legal_basis")
    list_filter = ("share", "event_date")


@admin.register(Unit)
class UnitAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("code", "name", "level", "valid_from", "valid_to")
    list_filter = ("level",)
    search_fields = ("code", "name")


@admin.register(Alias)
class AliasAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "kind", "area_id")
    search_fields = ("search_text",)
