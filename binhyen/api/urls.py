"""REST API /api/v1 and its URLs; every failure, also an unknown address, is a JSON problem."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from binhyen.api import routes
from binhyen.api.errors import NotJson, add_handlers
from binhyen.ui.errors import problem_response
from binhyen.ui.static_pages import PROBLEM_CONTENT_TYPE


class OrjsonRenderer(BaseRenderer):
    """Renderer based on orjson: UTF-8, ISO 8601."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, default=str)


class JsonParser(Parser):
    """JSON parser that requires the content type application/json or none."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type not in ("", "application/json"):
            raise NotJson
        return super().parse_body(request)


class Api(NinjaAPI):
    """API whose description gives error responses their media type, and operations the names of their functions."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return the operationId, from which generated clients name their methods: no module is in it."""
        return operation.view_func.__name__

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, response in operation["responses"].items():
                    if int(status) >= 400:
                        response["content"] = {PROBLEM_CONTENT_TYPE: response["content"].pop("application/json")}
        return schema


api = Api(
    title="Bình Yên",
    version="1",
    description=(
        "Cases of the register for other systems. A bearer token acts as one officer, with the same visibility. "
        "Failures are application/problem+json with a code `error`; a write with an Idempotency-Key is done once."
    ),
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
    renderer=OrjsonRenderer(),
    parser=JsonParser(),
)
for router in (routes.router, routes.write_router, routes.ledger_router, routes.places_router):
    api.add_router("", router)
add_handlers(api)


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
