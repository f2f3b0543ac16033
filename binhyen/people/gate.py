"""The gate of the officers' screens: signed in, and able to use the page. What of it they see is `access`'s matter."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from binhyen.people.access import may
from binhyen.people.middleware import who_asks
from binhyen.people.models import Officer
from binhyen.people.rules import May

P = ParamSpec("P")


class OfficerRequest(HttpRequest):
    """A request behind the gate."""

    user: Officer
    htmx: HtmxDetails


def officers(
    *abilities: May, methods: tuple[str, ...] = ("GET", "HEAD")
) -> Callable[[Callable[Concatenate[OfficerRequest, P], HttpResponse]], Callable[..., HttpResponseBase]]:
    """For whoever has one of the abilities. Nobody signed in: to the sign-in page and back; another role: 403."""

    def decorate(view: Callable[Concatenate[OfficerRequest, P], HttpResponse]) -> Callable[..., HttpResponseBase]:
        @require_http_methods(list(methods))
        @wraps(view)
        def gate(request: OfficerRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            officer = who_asks(request)  # the person itself, not Django's lazy wrapper, which costs at every look
            if not isinstance(officer, Officer) or not officer.is_active:
                return to_sign_in(request)
            if not any(may(officer, ability) for ability in abilities):
                raise PermissionDenied
            request.user = officer
            return view(request, *args, **kwargs)

        return gate

    return decorate


def to_sign_in(request: OfficerRequest) -> HttpResponse:
    """A fragment cannot show the sign-in page: htmx is told to go there. After a POST one starts at the desk."""
    if request.htmx:
        return HttpResponse(status=200, headers={"HX-Redirect": settings.LOGIN_URL})
    if request.method == "POST":
        return HttpResponse(status=303, headers={"Location": settings.LOGIN_URL})
    return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)


def see_other(url: str) -> HttpResponse:
    """303 after a POST: the page that follows is safe to load again."""
    return HttpResponse(status=303, headers={"Location": url})
