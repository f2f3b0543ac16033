"""The page of a request that failed: «later» where the machine is to blame, «an error» where we are; and of one that
was refused. What somebody typed into a form goes back with the page of a failure, to be sent again: not every browser
keeps it. No other page repeats what was asked for.
"""

import sys

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException
from django.template import loader

from binhyen.kit.db_errors import is_infrastructure_error
from binhyen.kit.file_storage import DiskFull
from binhyen.ui.static_pages import API_PREFIX, PROBLEM_CONTENT_TYPE, build_problem

RETRY_SECONDS = 30
TEMPORARY_ERROR = ("later", "Máy đang gặp trục trặc. Thử lại sau ít phút.")
INTERNAL_ERROR = ("broken", "Máy đang gặp lỗi. Lỗi đã được ghi lại.")
_CODES = {400: "bad_request", 403: "forbidden", 404: "not_found"}


# What people write. Everything else of a form goes back hidden, so that the same sending is known again; what opens
# something goes back never.
_WORDS = (
    "text",
    "words",
    "what",
    "answer",
    "evidence",
    "measures",
    "reason",
    "note",
    "value",
    "place",
    "name",
    "phone",
)
_SECRETS = frozenset(
    {"password", "passphrase", "again", "old", "new", "code", "activation", "credential", "proof", "word"}
)


def handle_server_error(request: HttpRequest) -> HttpResponse:
    """Handle a server error (Django's handler500), while the exception is being handled. Sends no query."""
    problem = sys.exc_info()[1]
    is_temporary = isinstance(problem, DiskFull) or is_infrastructure_error(problem)
    status, headers = (503, {"Retry-After": str(RETRY_SECONDS)}) if is_temporary else (500, {})
    if request.path.startswith(API_PREFIX):
        return problem_response(status, *(TEMPORARY_ERROR if is_temporary else INTERNAL_ERROR), headers=headers)
    return unsent(request, status, headers=headers)


def unsent(request: HttpRequest, status: int, *, headers: dict[str, str] | None = None) -> HttpResponse:
    """Render the error page with the fields of the form that was sent."""
    posted = _posted(request)
    name, context = f"{status}.html", {}
    if request.resolver_match and request.resolver_match.view_name == "tips":
        name, context = "tips/later.html", {"sent": posted, "words": dict(posted).get("text", "")}
    elif words := [(name, value) for name, value in posted if name in _WORDS and value.strip()]:
        is_whole = _SECRETS.isdisjoint(name for name, _ in posted)
        hidden = [pair for pair in posted if pair not in words] if is_whole else []
        words.sort(key=lambda pair: _WORDS.index(pair[0]))
        name, context = "unsent.html", {"action": request.get_full_path(), "words": words, "hidden": hidden}
    return HttpResponse(loader.get_template(name).render(context), status=status, headers=headers)


def _posted(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the fields of the form in order; none if it could not be read."""
    if request.method != "POST":
        return []
    try:
        return [(name, value) for name, values in request.POST.lists() for value in values]
    except (OSError, SuspiciousOperation, MultiPartParserError, RawPostDataException):
        return []


def handle_bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Handle a bad request (Django's handler400), or one with more text than any form takes."""
    if isinstance(exception, RequestDataTooBig) and not request.path.startswith(API_PREFIX):
        page = loader.get_template("400.html").render({"is_too_long": True}, request)
        return HttpResponse(page, status=413)
    return _render_refusal(request, 400)


def handle_forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Handle a forbidden request (Django's handler403)."""
    return _render_refusal(request, 403)


def handle_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Handle an unknown page (Django's handler404)."""
    return _render_refusal(request, 404)


def problem_response(status: int, error: str, message: str, *, headers: dict[str, str] | None = None) -> HttpResponse:
    """Return an error for an API client. `message`: Vietnamese, for people."""
    body = build_problem(status, error, message)
    return JsonResponse(body, status=status, content_type=PROBLEM_CONTENT_TYPE, headers=headers)


def _render_refusal(request: HttpRequest, status: int) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return problem_response(status, _CODES[status], "Máy không hiểu yêu cầu này.")
    request.GET = QueryDict()  # the frame's language link repeats the query parameters found here
    return HttpResponse(loader.get_template(f"{status}.html").render({}, request), status=status)
