"""Counts of the navigation and ringing alarms, refreshed on pages that stay open."""

from django.http import HttpResponse
from django.shortcuts import render

from binhyen.cases.views.decorators import CASE_PERMISSIONS
from binhyen.people.roles import Permission
from binhyen.people.view_auth import OfficerRequest, require_any_permission


@require_any_permission(*CASE_PERMISSIONS, Permission.HANDLE_CONDUCT)
def show_nav_counts(request: OfficerRequest) -> HttpResponse:
    """Render the fragment; the counts are those of the signed-in officer as on every page."""
    return render(request, "ui/_numbers.html")
