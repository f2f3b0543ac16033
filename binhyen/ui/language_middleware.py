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
PARAMETER = "lang"
SWITCH = "switch"  # the button's name: return the form unchanged, without processing it
REMEMBERED = 365 * 86400  # seconds
TRACELESS = frozenset({"/bao-kin"})  # no cookie is ever set here
_OWN = settings.LANGUAGE_CODE
_PAGE = "text/html"


@dataclass(frozen=True, slots=True)
class Language:
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


def speaks(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Set the language of the response. A Vietnamese page costs one cookie lookup; threads return to Vietnamese."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        asked = _asked(request)
        if asked and request.path not in TRACELESS and request.method in {"GET", "HEAD"}:
            return _remembered(request, asked)
        code = chosen(request)
        if code == _OWN:
            response = get_response(request)
        else:
            translation.activate(code)
            try:
                response = get_response(request)
            finally:
                translation.deactivate()
        if asked and request.path not in TRACELESS:
            _remember(response, code)
        if response.headers.get("Content-Type", "").startswith(_PAGE):
            response.headers["Content-Language"] = code
            patch_vary_headers(response, ("Cookie",))
        return response

    return answer


def chosen(request: HttpRequest) -> str:
    """Return the language of the response: of the URL on a traceless page or a form that sets it, else of the cookie.

    The default is Vietnamese.
    """
    asked = _asked(request) if request.path in TRACELESS or request.method == "POST" else ""
    code = asked or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return code if code in NAMES else _OWN


def language(request: HttpRequest) -> Language:
    """Return the current language and the other one, for templates."""
    code = translation.get_language() or _OWN
    other = next(name for name in NAMES if name != code)
    asked = _asked(request)
    kept = f"?{PARAMETER}={asked}" if asked else ""
    if not request.GET:
        return Language(code, kept, other, NAMES[other], f"?{PARAMETER}={other}")
    query = request.GET.copy()
    query[PARAMETER] = other
    return Language(code, kept, other, NAMES[other], f"?{query.urlencode()}")


def _asked(request: HttpRequest) -> str:
    if PARAMETER not in request.META.get("QUERY_STRING", ""):
        return ""
    code = request.GET.get(PARAMETER, "")
    return code if code in NAMES else ""


def _remembered(request: HttpRequest, code: str) -> HttpResponse:
    """Redirect to the same page without the parameter. The target is always this very path on this host."""
    query = request.GET.copy()
    del query[PARAMETER]
    path = escape_leading_slashes(escape_uri_path(request.path))
    answer = HttpResponse(status=303, headers={"Location": f"{path}?{query.urlencode()}" if query else path})
    _remember(answer, code)
    return answer


def _remember(answer: HttpResponseBase, code: str) -> None:
    if code == _OWN:
        answer.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    else:
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, code, max_age=REMEMBERED,
            secure=settings.LANGUAGE_COOKIE_SECURE, httponly=True, samesite="Lax",
        )  # fmt: skip
