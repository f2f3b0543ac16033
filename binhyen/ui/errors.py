"""Error pages: «later» for infrastructure failures, «error» for our own faults, and refusals.

None repeats the input, except for a tip, of which no browser keeps a copy.
"""

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.template import loader

from binhyen.kit.files import NoRoom
from binhyen.kit.trouble import of_machine
from binhyen.ui.bare import FOR_MACHINES, PROBLEM, as_problem

RETRY_SECONDS = 30
LATER = ("later", "Máy đang gặp trục trặc. Thử lại sau ít phút.")
BROKEN = ("broken", "Máy đang gặp lỗi. Lỗi đã được ghi lại.")
_CODES = {400: "bad_request", 403: "forbidden", 404: "not_found"}


def failed(request: HttpRequest) -> HttpResponse:
    """Handle a server error (Django's handler500), while the exception is being handled. Sends no query."""
    problem = sys.exc_info()[1]
    later = isinstance(problem, NoRoom) or of_machine(problem)
    status, headers = (503, {"Retry-After": str(RETRY_SECONDS)}) if later else (500, {})
    if request.path.startswith(FOR_MACHINES):
        return as_json(status, *(LATER if later else BROKEN), headers=headers)
    name, context = f"{status}.html", {}
    if (
        request.resolver_match and request.resolver_match.view_name == "tips"
    ):  # no browser keeps the text of a tip: return it with the page
        name, context = "tips/later.html", {"sent": request.POST.items(), "words": request.POST.get("text", "")}
    return HttpResponse(loader.get_template(name).render(context), status=status, headers=headers)


def odd(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Handle a bad request (Django's handler400)."""
    return _refused(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Handle a forbidden request (Django's handler403)."""
    return _refused(request, 403)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Handle an unknown page (Django's handler404)."""
    return _refused(request, 404)


def as_json(status: int, error: str, message: str, *, headers: dict[str, str] | None = None) -> HttpResponse:
    """Return an error for an API client. `message`: Vietnamese, for people."""
    said = as_problem(status, error, message)
    return JsonResponse(said, status=status, content_type=PROBLEM, headers=headers)


def _refused(request: HttpRequest, status: int) -> HttpResponse:
    if request.path.startswith(FOR_MACHINES):
        return as_json(status, _CODES[status], "Máy không hiểu yêu cầu này.")
    request.GET = QueryDict()  # the frame's language link repeats the query parameters found here
    return HttpResponse(loader.get_template(f"{status}.html").render({}, request), status=status)
