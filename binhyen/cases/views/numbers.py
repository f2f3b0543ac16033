"""Counts of the navigation and ringing alarms, refreshed on pages that stay open."""

from django.http import HttpResponse
from django.shortcuts import render

from binhyen.cases.views.screen import WORKS_WITH_CASES
from binhyen.people.gate import OfficerRequest, officers
from binhyen.people.rules import May


@officers(*WORKS_WITH_CASES, May.HANDLE_CONDUCT)
def numbers(request: OfficerRequest) -> HttpResponse:
    """Render the fragment; the counts are those of the signed-in officer as on every page."""
    return render(request, "ui/_numbers.html")
