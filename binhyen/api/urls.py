"""URLs of /api/v1; every failure, also an unknown address, is a JSON problem."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt

from binhyen.api.app import api
from binhyen.ui.errors import problem_response


def with_json_405(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer an unsupported method with a JSON problem that lists the allowed ones."""

    @wraps(view)
    def answer(request: HttpRequest, /, **parts: str) -> HttpResponse:
        response = view(request, **parts)
        if response.status_code != 405:
            return response
        return problem_response(
            405, "method", "Địa chỉ này không nhận phương thức ấy.", headers={"Allow": response["Allow"]}
        )

    return answer


@csrf_exempt  # nosemgrep: csrf-switched-off  no cookie authentication; answers only «not found»
def answer_not_found(request: HttpRequest) -> HttpResponse:
    return problem_response(404, "not_found", "Không có địa chỉ này.")


_operations, _app, _namespace = api.urls
for operation in _operations:
    operation.callback = with_json_405(operation.callback)  # type: ignore[arg-type]  # a view, never None
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", answer_not_found),
    path("api/v1/", (_operations, _app, _namespace)),
    re_path(r"^api/", answer_not_found),
]
