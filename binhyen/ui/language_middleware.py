"""Language switch: Vietnamese, or English by choice (docs/decisions/0017-two-languages.md).

Django's LocaleMiddleware reads the cookie; the browser's language header is removed before. `?lang=en` on any page
stores the choice in a cookie of two letters and redirects to the same page; `?lang=vi` deletes it. A form that is being
filled in is sent there instead (`SWITCH_BUTTON`) and comes back in the other language with its text. The page that
promises to leave no trace keeps the choice in its URL alone.
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
TRACELESS_PATHS = frozenset({"/bao-kin"})  # no cookie is ever set here


@dataclass(frozen=True, slots=True)
class PageLanguage:
    """The language of a page and the other one.

    `code` of this page; `keep`: the query of its form URLs («?lang=en», mostly empty); the other language by code and
    own name, and the URL of this page in it.
    """

    code: str
    keep: str
    other: str
    other_name: str
    other_url: str


def language_choice_middleware(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Store the choice of a link, and give Django's LocaleMiddleware, which comes next, the URL's choice or none.

    Django's view `set_language` does not fit: it takes only POST, needs a CSRF token or a Referer that citizens' pages
    do not send, and stores Vietnamese as well. Threads return to Vietnamese.
    """

    def respond(request: HttpRequest) -> HttpResponseBase:
        requested = _get_requested_language(request)
        stores_choice = bool(requested) and request.path not in TRACELESS_PATHS
        if stores_choice and request.method in {"GET", "HEAD"}:
            response: HttpResponseBase = _redirect_without_parameter(request)
        else:
            request.META["HTTP_ACCEPT_LANGUAGE"] = requested
            # Only a cookie that was sent is replaced: the CSRF check treats browsers without cookies differently.
            if requested and settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
                request.COOKIES[settings.LANGUAGE_COOKIE_NAME] = requested
            try:
                response = get_response(request)
            finally:
                translation.deactivate()
        if stores_choice:
            _set_language_cookie(response, requested)
        patch_vary_headers(response, ("Cookie",))
        return response

    return respond


def get_page_language(request: HttpRequest) -> PageLanguage:
    """Return the current language and the other one, for templates."""
    code = translation.get_language() or settings.LANGUAGE_CODE
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


def _redirect_without_parameter(request: HttpRequest) -> HttpResponse:
    """Redirect to the same page without the parameter. The target is always this very path on this host."""
    query = request.GET.copy()
    del query[LANGUAGE_PARAMETER]
    path = escape_leading_slashes(escape_uri_path(request.path))
    return HttpResponse(status=303, headers={"Location": f"{path}?{query.urlencode()}" if query else path})


def _set_language_cookie(response: HttpResponseBase, code: str) -> None:
    name = settings.LANGUAGE_COOKIE_NAME
    if code == settings.LANGUAGE_CODE:
        response.delete_cookie(name, samesite="Lax")
    else:
        age, is_secure = settings.LANGUAGE_COOKIE_AGE, settings.LANGUAGE_COOKIE_SECURE
        response.set_cookie(name, code, max_age=age, secure=is_secure, httponly=True, samesite="Lax")
