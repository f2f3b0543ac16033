"""Admin pages for operators: read-only officers and shifts (admin_site.py). Changes go through services that end
sessions.
"""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group

from binhyen.people.models import DutyShift, Officer

admin.site.unregister(Group)  # Django's groups grant nothing here; roles do
admin.site.unregister(EmailAddress)  # not used: officers have no email addresses
for model in (Authenticator,):  # encrypted secrets and keys: nothing to show
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(Officer)
class OfficerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("username", "name", "unit", "role", "is_active", "last_login", "permissions_changed_at")
    list_filter = ("role", "is_active")
    search_fields = ("username", "name")
    list_select_related = ("unit",)
    exclude = ("password",)


@admin.register(DutyShift)
class DutyShiftAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("unit", "officer", "starts_at", "ends_at")
    list_select_related = ("unit", "officer")
