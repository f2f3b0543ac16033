"""The one API: /api/v1. Its description for machines stands at /api/v1/openapi.json."""

from typing import Any

import orjson
from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.renderers import BaseRenderer

from binhyen.api.errors import add_handlers
from binhyen.api.routes import ledger, reading, writing


class OrjsonRenderer(BaseRenderer):
    """Answers as orjson writes them: UTF-8, ISO 8601."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, default=str)


api = NinjaAPI(
    title="Bình Yên",
    version="1",
    description=(
        "Cases of the register for other systems. A bearer token acts as one officer and sees what that officer sees. "
        "Failures are {error, message}; a write with an Idempotency-Key happens once."
    ),
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
    renderer=OrjsonRenderer(),
)
for router in (reading.router, writing.router, ledger.router):
    api.add_router("", router)
add_handlers(api)
