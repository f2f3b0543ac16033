"""The page of a request that failed: «later» where the machine is to blame, «an error» where we are; and of one that
was refused. None repeats what was asked for, but for a tip, of which no browser keeps a copy."""

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
    """Django's handler500; called while the exception is being handled. Asks the database nothing."""
    problem = sys.exc_info()[1]
    later = isinstance(problem, NoRoom) or of_machine(problem)
    status, headers = (503, {"Retry-After": str(RETRY_SECONDS)}) if later else (500, {})
    if request.path.startswith(FOR_MACHINES):
        return as_json(status, *(LATER if later else BROKEN), headers=headers)
    name, context = f"{status}.html", {}
    if (
        request.resolver_match and request.resolver_match.view_name == "tips"
    ):  # no browser keeps what is written there: it goes back with the answer
        name, context = "tips/later.html", {"sent": request.POST.items(), "words": request.POST.get("text", "")}
    return HttpResponse(loader.get_template(name).render(context), status=status, headers=headers)


def odd(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return _refused(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return _refused(request, 403)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return _refused(request, 404)


def as_json(status: int, error: str, message: str, *, headers: dict[str, str] | None = None) -> HttpResponse:
    """What a machine is told. `message`: Vietnamese, for people."""
    said = as_problem(status, error, message)
    return JsonResponse(said, status=status, content_type=PROBLEM, headers=headers)


def _refused(request: HttpRequest, status: int) -> HttpResponse:
    if request.path.startswith(FOR_MACHINES):
        return as_json(status, _CODES[status], "Máy không hiểu yêu cầu này.")
    request.GET = QueryDict()  # the frame's link to the other language carries on what it finds here
    return HttpResponse(loader.get_template(f"{status}.html").render({}, request), status=status)
