"""Who asks: one statement finds the running sign-in with its officer and unit. An ended sign-in is nobody at once."""

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from binhyen.kit import clock, scope
from binhyen.kit.ids import token_hash
from binhyen.people.models import Officer
from binhyen.people.queries import officer_of_sign_in

_ASKED = "_binhyen_who_asks"


class SignedInMiddleware(AuthenticationMiddleware):
    """In place of Django's: its session and its user take two statements, and it knows nothing of ended sign-ins."""

    def process_request(self, request: HttpRequest) -> None:
        scope.nobody()
        request.user = SimpleLazyObject(lambda: who_asks(request))  # type: ignore[assignment]


def who_asks(request: HttpRequest) -> Officer | AnonymousUser:
    """The officer of the session's running sign-in, or nobody; asked once a request."""
    known: Officer | AnonymousUser | None = getattr(request, _ASKED, None)
    if known is None:
        key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        known = (officer_of_sign_in(token_hash(key), clock.now()) if key else None) or AnonymousUser()
        setattr(request, _ASKED, known)
    return known
