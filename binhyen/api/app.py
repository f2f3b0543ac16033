"""REST API /api/v1. Its OpenAPI description is at /api/v1/openapi.json."""

from typing import Any

import orjson
from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from binhyen.api.errors import NotJson, add_handlers
from binhyen.api.routes import ledger, places, reading, writing
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
    """API whose description gives error responses their media type."""

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
for router in (reading.router, writing.router, ledger.router, places.router):
    api.add_router("", router)
add_handlers(api)
