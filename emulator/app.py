"""The ASGI application: routing, API faults, and conversion of rejections to responses."""

import inspect
from typing import Any

from emulator import media, misbehave
from emulator.chat import pages
from emulator.control.push import get_origin
from emulator.core import Emulator
from emulator.errors import RequestRejected
from emulator.faults import FaultRule
from emulator.http import (
    HttpRequest,
    HttpResponse,
    Receive,
    Scope,
    Send,
    read_http_request,
    send_response,
    to_json_response,
)
from emulator.openapi import gate
from emulator.push import SEND_PREFIX
from emulator.routes import CONTROL_ROUTES, OAUTH_ROUTES, OPENAPI_ROUTES

NOT_FOUND = to_json_response({"error": -1, "message": "not found"}, 404)
UNKNOWN_PATH = {"error": 404, "message": "Empty api"}  # of the OA API, with HTTP 200


class EmulatorApp:
    def __init__(self, emu: Emulator) -> None:
        self.emu = emu

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._handle_lifespan(receive, send)
        elif scope["type"] == "http":
            await self._handle_http(scope, receive, send)

    async def _handle_lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.emu.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.emu.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _handle_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = await read_http_request(scope, receive)
            if request.path == pages.STREAM_PATH:
                await pages.stream_events(self.emu, request, receive, send)
            elif request.path.startswith(("/oauth/", "/openapi/", SEND_PREFIX)):
                await self._serve_platform(request, send)
            else:
                await send_response(send, await self._serve_own(request))
        except RequestRejected as rejection:
            await send_response(send, to_json_response({"error": str(rejection)}, rejection.status))
        except ConnectionError:
            return

    async def _serve_platform(self, request: HttpRequest, send: Send) -> None:
        """Serve the addresses of Zalo and of the push service, to which faults apply."""
        fault = self.emu.faults.take("api", request.path)
        if fault is None:
            await send_response(send, self._call_handler(request))
            return
        response = self._call_handler(request) if _has_effect(fault) else gate.build_success({})
        await misbehave.play_fault(fault, request.path, response, send)

    def _call_handler(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(SEND_PREFIX):
            if request.method != "POST":
                return NOT_FOUND
            return self.emu.push.accept(request, origin=get_origin(self.emu, request), now_ms=self.emu.now())
        if request.path.startswith("/oauth/"):
            page = OAUTH_ROUTES.get((request.method, request.path.removeprefix("/oauth")))
            return NOT_FOUND if page is None else page(self.emu, request)
        handler = OPENAPI_ROUTES.get((request.method, request.path.removeprefix("/openapi")))
        return to_json_response(UNKNOWN_PATH) if handler is None else gate.handle_call(self.emu, request, handler)

    async def _serve_own(self, request: HttpRequest) -> HttpResponse:
        """Serve the control API, media and the chat page."""
        if request.path.startswith("/_control/"):
            handler = CONTROL_ROUTES.get((request.method, request.path.removeprefix("/_control")))
            if handler is None:
                return NOT_FOUND
            value: Any = handler(self.emu, request)
            return to_json_response(await value if inspect.isawaitable(value) else value)
        if request.path.startswith("/media/"):
            return media.serve_media(self.emu, request)
        return pages.serve_chat_page(self.emu, request) or NOT_FOUND


def _has_effect(fault: FaultRule) -> bool:
    """Return whether the call takes effect. A slow response is still the right one, so its call always does."""
    return fault.when == "after" or fault.kind == "slow_drip"
