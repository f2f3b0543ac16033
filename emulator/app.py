"""The ASGI application: routing, API faults, and conversion of rejections to responses."""

import inspect
from typing import Any

from emulator import media, misbehave
from emulator.chat import pages
from emulator.core import Emulator
from emulator.errors import Refused
from emulator.faults import Fault
from emulator.http import Receive, Request, Response, Scope, Send, answer, json_response, read_request
from emulator.openapi import gate
from emulator.routes import CONTROL, OAUTH, OPENAPI

NOT_FOUND = json_response({"error": -1, "message": "not found"}, 404)


class App:
    def __init__(self, emu: Emulator) -> None:
        self.emu = emu

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.emu.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.emu.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = await read_request(scope, receive)
            if request.path == pages.STREAM:
                await pages.stream(self.emu, request, receive, send)
            elif request.path.startswith(("/oauth/", "/openapi/")):
                await self._platform(request, send)
            else:
                await answer(send, await self._own(request))
        except Refused as refused:
            await answer(send, json_response({"error": str(refused)}, refused.status))
        except ConnectionError:
            return

    async def _platform(self, request: Request, send: Send) -> None:
        """Serve Zalo's own addresses, to which faults apply."""
        fault = self.emu.faults.take("api", request.path)
        if fault is None:
            await answer(send, self._zalo(request))
            return
        response = self._zalo(request) if _has_effect(fault) else gate.success({})
        await misbehave.play(fault, request.path, response, send)

    def _zalo(self, request: Request) -> Response:
        if request.path.startswith("/oauth/"):
            page = OAUTH.get((request.method, request.path.removeprefix("/oauth")))
            return NOT_FOUND if page is None else page(self.emu, request)
        handler = OPENAPI.get((request.method, request.path.removeprefix("/openapi")))
        return NOT_FOUND if handler is None else gate.answer(self.emu, request, handler)

    async def _own(self, request: Request) -> Response:
        """Serve the control API, media and the chat page."""
        if request.path.startswith("/_control/"):
            handler = CONTROL.get((request.method, request.path.removeprefix("/_control")))
            if handler is None:
                return NOT_FOUND
            value: Any = handler(self.emu, request)
            return json_response(await value if inspect.isawaitable(value) else value)
        if request.path.startswith("/media/"):
            return media.serve(self.emu, request)
        return pages.serve(self.emu, request) or NOT_FOUND


def _has_effect(fault: Fault) -> bool:
    """Return whether the call takes effect. A slow response is still the right one, so its call always does."""
    return fault.when == "after" or fault.kind == "slow_drip"
