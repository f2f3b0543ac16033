"""Locale middleware: Vietnamese, or English by choice (docs/decisions/0017-two-languages.md).

The browser's language header is ignored. `?lang=en` on any page stores the choice in a cookie of two letters and
redirects to the same page; `?lang=vi` deletes it. A form that is being filled in is sent there instead (`SWITCH`) and
comes back in the other language with its text. The page that promises to leave no trace keeps the choice in its URL
alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.encoding import escape_uri_path
from django.utils.http import escape_leading_slashes

NAMES = dict(settings.LANGUAGES)
LANGUAGE_PARAMETER = "lang"
SWITCH_BUTTON = "switch"  # the button's name: return the form unchanged, without processing it
COOKIE_SECONDS = 365 * 86400  # seconds
TRACELESS_PATHS = frozenset({"/bao-kin"})  # no cookie is ever set here
_SOURCE_LANGUAGE = settings.LANGUAGE_CODE
_HTML_TYPE = "text/html"


@dataclass(frozen=True, slots=True)
class PageLanguage:
    """The language of a page and the other one.

    `code` of this page; `keep`: the query of its form URLs («?lang=en», mostly empty); the other language by code and
    own
    name, and the URL of this page in it.
    """

    code: str
    keep: str
    other: str
    other_name: str
    other_url: str


def language_middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Set the language of the response. A Vietnamese page costs one cookie lookup; threads return to Vietnamese."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        requested = _get_requested_language(request)
        if requested and request.path not in TRACELESS_PATHS and request.method in {"GET", "HEAD"}:
            return _redirect_with_cookie(request, requested)
        code = choose_language(request)
        if code == _SOURCE_LANGUAGE:
            response = get_response(request)
        else:
            translation.activate(code)
            try:
                response = get_response(request)
            finally:
                translation.deactivate()
        if requested and request.path not in TRACELESS_PATHS:
            _set_language_cookie(response, code)
        if response.headers.get("Content-Type", "").startswith(_HTML_TYPE):
            response.headers["Content-Language"] = code
            patch_vary_headers(response, ("Cookie",))
        return response

    return respond


def choose_language(request: HttpRequest) -> str:
    """Return the language of the response: of the URL on a traceless page or a form that sets it, else of the cookie.

    The default is Vietnamese.
    """
    requested = _get_requested_language(request) if request.path in TRACELESS_PATHS or request.method == "POST" else ""
    code = requested or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return code if code in NAMES else _SOURCE_LANGUAGE


def get_page_language(request: HttpRequest) -> PageLanguage:
    """Return the current language and the other one, for templates."""
    code = translation.get_language() or _SOURCE_LANGUAGE
    other_code = next(name for name in NAMES if name != code)
    requested = _get_requested_language(request)
    kept_query = f"?{LANGUAGE_PARAMETER}={requested}" if requested else ""
    if not request.GET:
        return PageLanguage(code, kept_query, other_code, NAMES[other_code], f"?{LANGUAGE_PARAMETER}={other_code}")
    query = request.GET.copy()
    query[LANGUAGE_PARAMETER] = other_code
    return PageLanguage(code, kept_query, other_code, NAMES[other_code], f"?{query.urlencode()}")


def _get_requested_language(request: HttpRequest) -> str:
    if LANGUAGE_PARAMETER not in request.META.get("QUERY_STRING", ""):
        return ""
    code = request.GET.get(LANGUAGE_PARAMETER, "")
    return code if code in NAMES else ""


def _redirect_with_cookie(request: HttpRequest, code: str) -> HttpResponse:
    """Redirect to the same page without the parameter. The target is always this very path on this host."""
    query = request.GET.copy()
    del query[LANGUAGE_PARAMETER]
    path = escape_leading_slashes(escape_uri_path(request.path))
    response = HttpResponse(status=303, headers={"Location": f"{path}?{query.urlencode()}" if query else path})
    _set_language_cookie(response, code)
    return response


def _set_language_cookie(response: HttpResponseBase, code: str) -> None:
    if code == _SOURCE_LANGUAGE:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    else:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=COOKIE_SECONDS,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
