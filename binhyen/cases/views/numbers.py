"""The numbers beside the navigation and what rings, again: for pages that stay open."""

from django.http import HttpResponse
from django.shortcuts import render

from binhyen.cases.views.screen import WORKS_WITH_CASES
from binhyen.people.gate import OfficerRequest, officers
from binhyen.people.rules import May


@officers(*WORKS_WITH_CASES, May.HANDLE_CONDUCT)
def numbers(request: OfficerRequest) -> HttpResponse:
    """The fragment of the frame, which is counted for whoever asks as on every page."""
    return render(request, "ui/_numbers.html")
