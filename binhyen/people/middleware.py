"""Session authentication: one statement loads the sign-in with its officer and unit. Ended sign-ins stop at once."""

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from binhyen.kit import clock, rls_scope
from binhyen.kit.ids import token_hash
from binhyen.people.models import Officer, SignIn
from binhyen.people.queries import sign_in_of
from binhyen.people.services import stay_awake

_ASKED = "_binhyen_sign_in"
# Fragments of a page that refresh themselves on events (htmx names the element): no sign that a person is at the
# screen.
_BY_THEMSELVES = frozenset({"queue", "nhac", "so-viec"})


class SignedInMiddleware(AuthenticationMiddleware):
    """Replacement of Django's middleware: its session and user take two statements and ignore ended sign-ins."""

    def process_request(self, request: HttpRequest) -> None:
        rls_scope.nobody()
        request.user = SimpleLazyObject(lambda: who_asks(request))  # type: ignore[assignment]


def who_asks(request: HttpRequest) -> Officer | AnonymousUser:
    """Return the officer of the session's active sign-in, or an anonymous user; queried once a request."""
    found = running_sign_in(request)
    return found.officer if found else AnonymousUser()


def running_sign_in(request: HttpRequest) -> SignIn | None:
    """Return the active sign-in. A page request extends its idle time, a self-refreshing fragment does not."""
    if not hasattr(request, _ASKED):
        key, now = request.COOKIES.get(settings.SESSION_COOKIE_NAME, ""), clock.now()
        found = sign_in_of(token_hash(key), now) if key else None
        if found and not renews_itself(request):
            stay_awake(found, now=now)
        setattr(request, _ASKED, found)
    known: SignIn | None = getattr(request, _ASKED)
    return known


def renews_itself(request: HttpRequest) -> bool:
    return request.method == "GET" and request.headers.get("HX-Trigger") in _BY_THEMSELVES
