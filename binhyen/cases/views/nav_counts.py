"""Counts of the navigation and ringing alarms, refreshed on pages that stay open."""

from django.http import HttpResponse
from django.shortcuts import render

from binhyen.cases.views.decorators import WORKS_WITH_CASES
from binhyen.people.roles import May
from binhyen.people.view_auth import OfficerRequest, officers


@officers(*WORKS_WITH_CASES, May.HANDLE_CONDUCT)
def numbers(request: OfficerRequest) -> HttpResponse:
    """Render the fragment; the counts are those of the signed-in officer as on every page."""
    return render(request, "ui/_numbers.html")
