"""For operators: officers and sign-ins to look at. Changes go through the services, which end sessions and audit."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from binhyen.people.models import DutyShift, Officer


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Nobody adds, changes or deletes here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Officer)
class OfficerAdmin(ReadOnly):
    list_display = ("username", "name", "unit", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("username", "name")
    list_select_related = ("unit",)
    exclude = ("password",)


@admin.register(DutyShift)
class DutyShiftAdmin(ReadOnly):
    list_display = ("unit", "officer", "starts_at", "ends_at")
    list_select_related = ("unit", "officer")
