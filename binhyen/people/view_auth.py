"""Authentication and authorisation decorators for the officers' screens. `access` decides which rows are visible.

`@step_up()` under `@officers(…)` asks for the second factor again before a dangerous action.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from binhyen.kit import clock
from binhyen.people.access import may
from binhyen.people.auth_policy import by_passkey, is_confirmed, terms
from binhyen.people.middleware import renews_itself, running_sign_in
from binhyen.people.models import Officer, SignIn
from binhyen.people.roles import May
from binhyen.people.services import spend_confirmation

P = ParamSpec("P")
CONFIRM_URL = "/bao-mat/xac-nhan"


class OfficerRequest(HttpRequest):
    """Request of a signed-in officer."""

    user: Officer
    sign_in: SignIn
    htmx: HtmxDetails


View = Callable[Concatenate[OfficerRequest, P], HttpResponse]


def officers(
    *abilities: May, methods: tuple[str, ...] = ("GET", "HEAD")
) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Require one of the permissions. Without a session: redirect to sign-in and back; another role: 403."""
    return _gate(lambda officer: any(may(officer, ability) for ability in abilities), methods)


def signed_in(*, methods: tuple[str, ...] = ("GET", "HEAD")) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Require a session only: pages of the own account. An unknown role has none."""
    return _gate(lambda officer: bool(terms(officer.role).factors), methods)


def _gate(
    lets_in: Callable[[Officer], bool], methods: tuple[str, ...]
) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @require_http_methods(list(methods))
        @wraps(view)
        def gate(request: OfficerRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            found = running_sign_in(request)
            if found is None:
                return to_sign_in(request)
            if not lets_in(found.officer):
                raise PermissionDenied
            request.sign_in = found
            request.user = found.officer  # the row itself, not Django's lazy wrapper, which costs time at every access
            return view(request, *args, **kwargs)

        return gate

    return decorate


def step_up(*, passkey: bool = False, once: bool = False) -> Callable[[View[P]], View[P]]:
    """Require a recent second factor (auth_policy.py has the time limit); otherwise ask for it again.

    `passkey`: a code is not enough. `once`: each use asks anew. Goes below the access decorator.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def ask(request: OfficerRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            fresh = confirmed(request, passkey=passkey)
            if not fresh or (once and not spend_confirmation(sign_in=request.sign_in)):
                return _to(request, CONFIRM_URL, ({"khoa": "1"} if passkey else {}) | _undone(request))
            return view(request, *args, **kwargs)

        return ask

    return decorate


def confirmed(request: OfficerRequest, *, passkey: bool = False) -> bool:
    """Tell whether the second factor is recent, so that a page can warn before the officer types, not after."""
    row = request.sign_in
    return is_confirmed(row.confirmed_at, request.user.role, clock.now(), how=row.how, passkey=passkey)


def confirm_url(back: str) -> str:
    """Return the address that asks for the second factor again, then leads to `back`, a page of ours."""
    return f"{CONFIRM_URL}?{urlencode({'next': back}, safe='/')}"


def has_passkey(request: OfficerRequest) -> bool:
    """Tell whether this session was proved by passkey."""
    return by_passkey(request.sign_in.how, demo=settings.DEMO)


def to_passkey(request: OfficerRequest) -> HttpResponse:
    """Redirect to the passkey prompt and back."""
    return _to(request, CONFIRM_URL, {"khoa": "1"})


def to_sign_in(request: OfficerRequest) -> HttpResponse:
    """Redirect to sign-in and back. A self-refreshing fragment only locks the screen, because an alarm
    may be ringing.
    """
    if request.htmx and renews_itself(request):
        return HttpResponse(status=204, headers={"HX-Trigger": "screen-locked"})
    return _to(request, settings.LOGIN_URL, {})


def _to(request: OfficerRequest, url: str, more: dict[str, str]) -> HttpResponse:
    """Redirect, also from a fragment (htmx needs HX-Redirect). After a POST the target returns to the form."""
    back = came_from(request)
    query = urlencode(more | ({"next": back} if back else {}), safe="/")
    target = f"{url}?{query}" if query else url
    if request.htmx:
        return HttpResponse(status=200, headers={"HX-Redirect": target})
    return HttpResponse(status=303 if request.method == "POST" else 302, headers={"Location": target})


def _undone(request: OfficerRequest) -> dict[str, str]:
    """Return the warning parameter for a form that comes back folded and empty and would look finished.

    A POST-only address warns by itself (`redirect_to_retry`).
    """
    back = urlsplit(came_from(request)).path
    return {"lai": "1"} if request.method == "POST" and back not in ("", request.path) else {}


def came_from(request: OfficerRequest) -> str:
    """Return the page to come back to: this one, or our page with the form; "" where unknown."""
    if request.htmx:
        return request.htmx.current_url_abs_path or ""
    if request.method != "POST":
        return request.get_full_path()
    told = urlsplit(request.headers.get("Referer", ""))
    return f"{told.path}?{told.query}".rstrip("?") if told.netloc == request.get_host() else ""


def press_again(request: HttpRequest, page: str) -> HttpResponse:
    """Redirect to the page with the button, for a GET (as after a confirmation) of a POST-only address."""
    not_done(request)
    return see_other(page)


def not_done(request: HttpRequest) -> None:
    """Add a warning for the next page."""
    messages.warning(request, _("Việc vừa rồi chưa làm. Bạn bấm lại trên trang này."))


def see_other(url: str) -> HttpResponse:
    """Return 303 after a POST: the next page is safe to load again."""
    return HttpResponse(status=303, headers={"Location": url})
