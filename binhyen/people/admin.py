"""Admin pages for operators: read-only officers and shifts (admin_site.py). Changes go through services that end
sessions.
"""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.people.models import DutyShift, Officer

admin.site.unregister(Group)  # Django's groups grant nothing here; roles do
admin.site.unregister(EmailAddress)  # not used: officers have no email addresses
for model in (Authenticator, ProcrastinateJob):  # secrets: nothing to show; jobs: shown below without inline styles
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


@admin.register(ProcrastinateJob)
class JobAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("pk", "task_name", "status", "queue_name", "scheduled_at", "attempts", "changed_at")
    list_filter = ("status", "queue_name", "task_name", "lock", "queueing_lock", "scheduled_at", "priority")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProcrastinateJob]:
        jobs: QuerySet[ProcrastinateJob] = super().get_queryset(request)
        return jobs.annotate(last_event=Max("procrastinateevent__at"))

    @admin.display(description=_("đổi lúc"))
    def changed_at(self, job: ProcrastinateJob) -> object:
        return job.last_event  # type: ignore[attr-defined]
