"""Security headers of every page, the style sheet inside a first page, and CSRF protection without referrer."""

from base64 import b64encode
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import find
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware
from django.templatetags.static import static
from django.utils.cache import patch_vary_headers

from binhyen.kit.security_headers import CSP, HEADERS, gzip_constant
from binhyen.ui.errors import handle_bad_request
from binhyen.ui.static_finders import STYLE_SHEET

_HEADER_ITEMS = tuple(HEADERS.items())
_REFERRER_POLICY = "Referrer-Policy"
_POLICY = "Content-Security-Policy"


def page_headers(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Add the security headers unless the view set its own, so a file download may be stricter.

    No URL is sent to other sites; within our own site it is for signed-in users.
    """

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        headers = response.headers
        if isinstance(response, HttpResponse) and _is_first_page(request, response):
            _embed_style_sheet(response)
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            headers.setdefault(_REFERRER_POLICY, "same-origin")
        for name, value in _HEADER_ITEMS:
            headers.setdefault(name, value)
        return response

    return respond


def _is_first_page(request: HttpRequest, response: HttpResponse) -> bool:
    """Return whether a signed-out visitor comes from elsewhere, in a browser that says so."""
    asked, answered = request.headers, response.headers
    return (
        asked.get("Sec-Fetch-Site") in ("none", "cross-site")
        and request.method == "GET"
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and "gzip" in asked.get("Accept-Encoding", "")
        and answered.get("Content-Type", "").startswith("text/html")
        and _POLICY not in answered
    )


def _embed_style_sheet(response: HttpResponse) -> None:
    """Put the style sheet into the page: one round trip less before it is readable, 0.4 s on a slow line.

    The later pages find it in the cache: its file is loaded at the end of this one. The script of the colours may run
    a moment later, so that it delays nothing.
    """
    link, style, policy, theme_script = _build_embedded_style()
    before, link_found, after = response.content.partition(link)
    if not link_found:
        return
    end = link.replace(b" href", b' media="print" href') + b"</body>"
    after = after.replace(b"</body>", end, 1).replace(theme_script, theme_script.replace(b">", b" async>", 1), 1)
    response.content = gzip_constant(before, style, after)
    response.headers["Content-Encoding"], response.headers[_POLICY] = "gzip", policy
    response.headers["Content-Length"] = str(len(response.content))
    patch_vary_headers(response, ("Sec-Fetch-Site", "Accept-Encoding", "Cookie"))


@lru_cache(maxsize=1)
def _build_embedded_style() -> tuple[bytes, bytes, str, bytes]:
    """Return the link in the frame, the element in its place, the policy that allows it, and the first script."""
    url = static(STYLE_SHEET)
    css = Path(str(find(STYLE_SHEET))).read_text("utf-8").replace('url("../', f'url("{url.partition("css/")[0]}')
    digest = b64encode(sha256(css.encode()).digest()).decode()
    policy = CSP.replace("style-src 'self'", f"style-src 'self' 'sha256-{digest}'")
    script = f'<script src="{static("ui/js/theme.js")}"></script>'
    return f'<link rel="stylesheet" href="{url}">'.encode(), f"<style>{css}</style>".encode(), policy, script.encode()


class OwnFormCsrf(CsrfViewMiddleware):
    """CSRF check for pages with `Referrer-Policy: no-referrer`: browsers send `Origin: null` with their forms.

    Such a form is ours if the browser says so (`Sec-Fetch-Site`, which no page can set). Old browsers do not send it:
    then the secret of form and cookie decides alone, and only for signed-out users, whose browser has nothing that a
    foreign page could use. Citizens who block cookies can still report: if the browser has no cookie to send and says
    that the form is ours, no attack is possible.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.get_host()  # a foreign host is refused on every page, not only where a URL is built from it
        super().process_request(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponseForbidden | None:
        is_same_origin = request.headers.get("Sec-Fetch-Site") == "same-origin" and "HTTP_ORIGIN" in request.META
        if is_same_origin and not request.COOKIES and self._origin_verified(request):
            return None
        return super().process_view(request, *view)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """Treat a text that the database cannot store, a NUL in a URL or a field, as a bad request on every page."""
        if isinstance(problem, DataError) and "NUL" in str(problem):
            return handle_bad_request(request, problem)
        return None

    def _origin_verified(self, request: HttpRequest) -> bool:
        if request.META["HTTP_ORIGIN"] != "null":
            return bool(super()._origin_verified(request))  # type: ignore[misc]  # the stubs do not know it
        site = request.headers.get("Sec-Fetch-Site")
        return site == "same-origin" or (site is None and settings.SESSION_COOKIE_NAME not in request.COOKIES)


def is_cross_site(request: HttpRequest) -> bool:
    """Return whether a foreign page sent the request. For pages whose forms have no CSRF cookie.

    No page can forge `Origin`, nor `Sec-Fetch-Site` where the origin is withheld. A browser too old for either sends
    nothing and is accepted here: the form's own ticket decides.
    """
    if "HTTP_ORIGIN" in request.META:
        return not _CSRF._origin_verified(request)
    return request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"


_CSRF = OwnFormCsrf(lambda _: HttpResponse())
