"""Who asks: one statement finds the running sign-in with its officer and unit. An ended sign-in is nobody at once."""

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from binhyen.kit import clock, scope
from binhyen.kit.ids import token_hash
from binhyen.people.models import Officer, SignIn
from binhyen.people.queries import sign_in_of
from binhyen.people.services import stay_awake

_ASKED = "_binhyen_sign_in"
# Parts of a page that renew themselves when something happens (htmx names the element): nobody need be at the screen.
_BY_THEMSELVES = frozenset({"queue", "nhac", "so-viec"})


class SignedInMiddleware(AuthenticationMiddleware):
    """In place of Django's: its session and its user take two statements, and it knows nothing of ended sign-ins."""

    def process_request(self, request: HttpRequest) -> None:
        scope.nobody()
        request.user = SimpleLazyObject(lambda: who_asks(request))  # type: ignore[assignment]


def who_asks(request: HttpRequest) -> Officer | AnonymousUser:
    """The officer of the session's running sign-in, or nobody; asked once a request."""
    found = running_sign_in(request)
    return found.officer if found else AnonymousUser()


def running_sign_in(request: HttpRequest) -> SignIn | None:
    """The sign-in itself. Asking for a page keeps it awake, a page that renews itself does not."""
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
