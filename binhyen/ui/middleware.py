"""Headers of every page, and whose form it is where a page tells nobody its address."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware

from binhyen.kit.headers import HEADERS
from binhyen.ui.errors import odd

_ALL = tuple(HEADERS.items())
_REFERRER = "Referrer-Policy"


def page_headers(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Adds the headers unless the view chose its own, so a file download may be stricter.

    The address of a page travels nowhere; within our own site it does for whoever is signed in.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        headers = response.headers
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            headers.setdefault(_REFERRER, "same-origin")
        for name, value in _ALL:
            headers.setdefault(name, value)
        return response

    return answer


class OwnForms(CsrfViewMiddleware):
    """Django's check, for pages with `Referrer-Policy: no-referrer`: browsers send `Origin: null` with their forms.

    Such a form is ours if the browser says so itself (`Sec-Fetch-Site`, which no page can set). An old browser says
    nothing: there the secret of form and cookie decides alone, and only for somebody who is not signed in, whose
    browser has nothing that a foreign page could use. And who lets no page keep a cookie tells all the same: where the
    browser has none to send and says itself that the form is ours, nothing is left to be held against it.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.get_host()  # a foreign name is refused on every page, not only where an address is made from it
        super().process_request(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponseForbidden | None:
        said = request.headers.get("Sec-Fetch-Site") == "same-origin" and "HTTP_ORIGIN" in request.META
        if said and not request.COOKIES and self._origin_verified(request):
            return None
        return super().process_view(request, *view)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """What no text can hold, a NUL in an address or a field, was asked wrongly, whichever page looks it up."""
        if isinstance(problem, DataError) and "NUL" in str(problem):
            return odd(request, problem)
        return None

    def _origin_verified(self, request: HttpRequest) -> bool:
        if request.META["HTTP_ORIGIN"] != "null":
            return bool(super()._origin_verified(request))  # type: ignore[misc]  # the stubs do not know it
        site = request.headers.get("Sec-Fetch-Site")
        return site == "same-origin" or (site is None and settings.SESSION_COOKIE_NAME not in request.COOKIES)


def foreign(request: HttpRequest) -> bool:
    """Does the browser say that a page of others sends this? For pages whose forms have no cookie to be held against.

    What no page can forge is `Origin`, and `Sec-Fetch-Site` where the origin is withheld. A browser too old for either
    says nothing, and is let in here: the form's own ticket decides.
    """
    if "HTTP_ORIGIN" in request.META:
        return not _FORMS._origin_verified(request)
    return request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"


_FORMS = OwnForms(lambda _: HttpResponse())
