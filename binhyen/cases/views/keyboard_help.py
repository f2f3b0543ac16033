"""Page of the keyboard shortcuts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def show_keyboard_help(request: HttpRequest) -> HttpResponse:
    return render(request, "help/keys.html")
