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
from binhyen.people.access import officer_may
from binhyen.people.auth_policy import get_session_policy, is_confirmed, is_proved_by_passkey
from binhyen.people.middleware import get_active_sign_in, is_self_refreshing
from binhyen.people.models import Officer, SignIn
from binhyen.people.roles import Permission
from binhyen.people.services import spend_confirmation

P = ParamSpec("P")
CONFIRM_URL = "/bao-mat/xac-nhan"


class OfficerRequest(HttpRequest):
    """Request of a signed-in officer."""

    user: Officer
    sign_in: SignIn
    htmx: HtmxDetails


View = Callable[Concatenate[OfficerRequest, P], HttpResponse]


def require_any_permission(
    *abilities: Permission, methods: tuple[str, ...] = ("GET", "HEAD")
) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Require one of the permissions. Without a session: redirect to sign-in and back; another role: 403."""
    return _guard(lambda officer: any(officer_may(officer, ability) for ability in abilities), methods)


def require_sign_in(
    *, methods: tuple[str, ...] = ("GET", "HEAD")
) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Require a session only: pages of the own account. An unknown role has none."""
    return _guard(lambda officer: bool(get_session_policy(officer.role).factors), methods)


def _guard(
    is_allowed: Callable[[Officer], bool], methods: tuple[str, ...]
) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @require_http_methods(list(methods))
        @wraps(view)
        def gate(request: OfficerRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            active_sign_in = get_active_sign_in(request)
            if active_sign_in is None:
                return redirect_to_sign_in(request)
            if not is_allowed(active_sign_in.officer):
                raise PermissionDenied
            request.sign_in = active_sign_in
            request.user = (
                active_sign_in.officer
            )  # the row itself, not Django's lazy wrapper, which costs time at every access
            return view(request, *args, **kwargs)

        return gate

    return decorate


def require_step_up(*, passkey: bool = False, once: bool = False) -> Callable[[View[P]], View[P]]:
    """Require a recent second factor (auth_policy.py has the time limit); otherwise ask for it again.

    `passkey`: a code is not enough. `once`: each use asks anew. Goes below the access decorator.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def ask(request: OfficerRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            is_fresh = is_recently_confirmed(request, passkey=passkey)
            if not is_fresh or (once and not spend_confirmation(sign_in=request.sign_in)):
                return _redirect_with_next(
                    request, CONFIRM_URL, ({"khoa": "1"} if passkey else {}) | _undone_parameter(request)
                )
            return view(request, *args, **kwargs)

        return ask

    return decorate


def is_recently_confirmed(request: OfficerRequest, *, passkey: bool = False) -> bool:
    """Tell whether the second factor is recent, so that a page can warn before the officer types, not after."""
    row = request.sign_in
    return is_confirmed(row.confirmed_at, request.user.role, clock.now(), how=row.factor, passkey=passkey)


def build_confirm_url(back: str) -> str:
    """Return the address that asks for the second factor again, then leads to `back`, a page of ours."""
    return f"{CONFIRM_URL}?{urlencode({'next': back}, safe='/')}"


def is_passkey_session(request: OfficerRequest) -> bool:
    """Tell whether this session was proved by passkey."""
    return is_proved_by_passkey(request.sign_in.factor, demo=settings.DEMO)


def redirect_to_passkey(request: OfficerRequest) -> HttpResponse:
    """Redirect to the passkey prompt and back."""
    return _redirect_with_next(request, CONFIRM_URL, {"khoa": "1"})


def redirect_to_sign_in(request: OfficerRequest) -> HttpResponse:
    """Redirect to sign-in and back. A self-refreshing fragment only locks the screen, because an alarm
    may be ringing.
    """
    if request.htmx and is_self_refreshing(request):
        return HttpResponse(status=204, headers={"HX-Trigger": "screen-locked"})
    return _redirect_with_next(request, settings.LOGIN_URL, {})


def _redirect_with_next(request: OfficerRequest, url: str, parameters: dict[str, str]) -> HttpResponse:
    """Redirect, also from a fragment (htmx needs HX-Redirect). After a POST the target returns to the form."""
    back = get_return_url(request)
    query = urlencode(parameters | ({"next": back} if back else {}), safe="/")
    target = f"{url}?{query}" if query else url
    if request.htmx:
        return HttpResponse(status=200, headers={"HX-Redirect": target})
    return HttpResponse(status=303 if request.method == "POST" else 302, headers={"Location": target})


def _undone_parameter(request: OfficerRequest) -> dict[str, str]:
    """Return the warning parameter for a form that comes back folded and empty and would look finished.

    A POST-only address warns by itself (`redirect_to_retry`).
    """
    back = urlsplit(get_return_url(request)).path
    return {"lai": "1"} if request.method == "POST" and back not in ("", request.path) else {}


def get_return_url(request: OfficerRequest) -> str:
    """Return the page to come back to: this one, or our page with the form; "" where unknown."""
    if request.htmx:
        return request.htmx.current_url_abs_path or ""
    if request.method != "POST":
        return request.get_full_path()
    referer = urlsplit(request.headers.get("Referer", ""))
    return f"{referer.path}?{referer.query}".rstrip("?") if referer.netloc == request.get_host() else ""


def redirect_to_retry(request: HttpRequest, page: str) -> HttpResponse:
    """Redirect to the page with the button, for a GET (as after a confirmation) of a POST-only address."""
    warn_not_done(request)
    return redirect_after_post(page)


def warn_not_done(request: HttpRequest) -> None:
    """Add a warning for the next page."""
    messages.warning(request, _("Việc vừa rồi chưa làm. Bạn bấm lại trên trang này."))


def redirect_after_post(url: str) -> HttpResponse:
    """Return 303 after a POST: the next page is safe to load again."""
    return HttpResponse(status=303, headers={"Location": url})
