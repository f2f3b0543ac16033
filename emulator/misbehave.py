"""Playback of API faults on the wire. Some need the connection itself, the object behind uvicorn's `send`."""

import asyncio
from typing import Any

from emulator.errors import ZaloError
from emulator.faults import FaultRule
from emulator.http import HttpResponse, Send, build_start_message, send_response, to_json_response

PLAIN_CODES = {"rate_limit": -32, "token_expired": -220}


async def play_fault(fault: FaultRule, path: str, response: HttpResponse, send: Send) -> None:
    """Send the faulty response; `response` is the regular one (an empty success before the call took effect)."""
    if fault.kind in ("timeout", "reset"):
        await asyncio.sleep(fault.seconds)
        await abort_connection(send)
    elif fault.kind == "slow_drip":
        await _send_slowly(fault, response, send)
    elif fault.kind == "half_close":
        await _send_half(fault, response, send)
    else:
        await send_response(send, build_fault_response(fault, path))


def build_fault_response(fault: FaultRule, path: str) -> HttpResponse:
    """Return the response of faults that only replace the response."""
    if fault.kind == "http_429":
        return HttpResponse(429, b"<html><body>429 Too Many Requests</body></html>", "text/html", {"retry-after": "1"})
    if fault.kind == "http_5xx":
        return HttpResponse(fault.status, b"<html><body>upstream error</body></html>", "text/html")
    if fault.kind == "wrong_json":
        return HttpResponse(200, b'{"data":{"message_id":"63ecf43f0d', "application/json")
    if fault.kind == "empty":
        return HttpResponse(200, b"", "application/json")
    code = PLAIN_CODES.get(fault.kind, fault.code)
    if fault.kind == "token_revoked":
        if path.startswith("/oauth/"):
            return to_json_response({"error": -14014, "error_name": "Invalid refresh token.", "message": ""})
        code = -216
    return to_json_response({"error": code, "message": ZaloError(code).text})


async def _send_slowly(fault: FaultRule, response: HttpResponse, send: Send) -> None:
    await send(build_start_message(response))
    pieces = [response.body[offset : offset + 1] for offset in range(len(response.body))] or [b""]
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(fault.seconds / len(pieces))
    await send({"type": "http.response.body", "body": b""})


async def _send_half(fault: FaultRule, response: HttpResponse, send: Send) -> None:
    await send(build_start_message(response, len(response.body) + 100))
    await send({"type": "http.response.body", "body": response.body[: len(response.body) // 2], "more_body": True})
    transport = _get_transport(send)
    if transport is not None and transport.can_write_eof():
        transport.write_eof()
    await asyncio.sleep(fault.seconds)
    await abort_connection(send)


async def abort_connection(send: Send) -> None:
    """Abort the connection without another byte; the pause lets the server notice before we return."""
    transport = _get_transport(send)
    if transport is not None:
        transport.abort()
        await asyncio.sleep(0.01)


def _get_transport(send: Send) -> Any:
    return getattr(getattr(send, "__self__", None), "transport", None)
