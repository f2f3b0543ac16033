"""Session authentication: one statement loads the sign-in with its officer and unit. Ended sign-ins stop at once."""

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from binhyen.kit import clock, rls_scope
from binhyen.kit.ids import hash_token
from binhyen.people.models import Officer, SignIn
from binhyen.people.queries import find_active_sign_in
from binhyen.people.services import extend_idle_time

_CACHE_ATTRIBUTE = "_binhyen_sign_in"
# Fragments of a page that refresh themselves on events (htmx names the element): no sign that a person is at the
# screen.
_SELF_REFRESHING = frozenset({"queue", "nhac", "so-viec", "so-lieu", "tien-do"})


class SignedInMiddleware(AuthenticationMiddleware):
    """Replacement of Django's middleware: its session and user take two statements and ignore ended sign-ins."""

    def process_request(self, request: HttpRequest) -> None:
        rls_scope.reset_rls_scope()
        request.user = SimpleLazyObject(lambda: get_request_user(request))  # type: ignore[assignment]


def get_request_user(request: HttpRequest) -> Officer | AnonymousUser:
    """Return the officer of the session's active sign-in, or an anonymous user; queried once a request."""
    active_sign_in = get_active_sign_in(request)
    return active_sign_in.officer if active_sign_in else AnonymousUser()


def get_active_sign_in(request: HttpRequest) -> SignIn | None:
    """Return the active sign-in. A page request extends its idle time, a self-refreshing fragment does not."""
    if not hasattr(request, _CACHE_ATTRIBUTE):
        key, now = request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""), clock.now()
        active = find_active_sign_in(hash_token(key), now) if key else None
        if active and not is_self_refreshing(request):
            extend_idle_time(active, now=now)
        setattr(request, _CACHE_ATTRIBUTE, active)
    cached: SignIn | None = getattr(request, _CACHE_ATTRIBUTE)
    return cached


def is_self_refreshing(request: HttpRequest) -> bool:
    return request.method == "GET" and request.headers.get("HX-Trigger") in _SELF_REFRESHING
