"""Minimal HTTP on bare ASGI: requests, responses, JSON, form and multipart bodies."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

from emulator.errors import RequestRejected
from emulator.world import Json

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BODY = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class MultipartPart:
    """One part of a multipart body."""

    name: str
    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class HttpRequest:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def parse_json(self) -> Json:
        """Return the body as a JSON object; rejects other bodies with 400."""
        try:
            value = orjson.loads(self.body or b"{}")
        except orjson.JSONDecodeError as error:
            raise RequestRejected(f"not JSON: {error}") from error
        if not isinstance(value, dict):
            raise RequestRejected("the body must be a JSON object")
        return value

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def number(self, name: str, default: int) -> int:
        try:
            return int(self.query.get(name, default))
        except ValueError as error:
            raise RequestRejected(f"{name} is a number") from error


@dataclass(slots=True)
class HttpResponse:
    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


def to_json_response(value: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(status, orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS))


async def read_http_request(scope: Scope, receive: Receive) -> HttpRequest:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("client went away")
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MAX_BODY:
            raise RequestRejected("body too large", 413)
        if not message.get("more_body"):
            break
    return HttpRequest(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        body=b"".join(chunks),
    )


def build_start_message(response: HttpResponse, length: int | None = None) -> MutableMapping[str, Any]:
    """Return the ASGI start message; `length` overrides the true one (a fault)."""
    rows = [
        (b"content-type", response.content_type.encode()),
        (b"content-length", str(len(response.body) if length is None else length).encode()),
    ]
    rows += [(name.lower().encode(), value.encode()) for name, value in response.headers.items()]
    return {"type": "http.response.start", "status": response.status, "headers": rows}


async def send_response(send: Send, response: HttpResponse) -> None:
    await send(build_start_message(response))
    await send({"type": "http.response.body", "body": response.body})


def parse_multipart(content_type: str, body: bytes) -> list[MultipartPart]:
    """Return the parts of a multipart/form-data body; empty when there is no boundary."""
    _, _, boundary = content_type.partition("boundary=")
    boundary = boundary.split(";")[0].strip().strip('"')
    if not boundary:
        return []
    parts = []
    for chunk in body.split(b"--" + boundary.encode())[1:]:
        if chunk.startswith(b"--"):
            break
        header, separator, data = chunk.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if separator:
            parts.append(_parse_part(header.decode("utf-8", "replace"), data.removesuffix(b"\r\n")))
    return parts


def _parse_part(header: str, data: bytes) -> MultipartPart:
    lines = dict(line.split(":", 1) for line in header.lower().split("\r\n") if ":" in line)
    original = header.split("\r\n")
    disposition = next((line for line in original if line.lower().startswith("content-disposition")), "")
    values = {}
    for parameter in disposition.split(";")[1:]:
        key, _, value = parameter.strip().partition("=")
        values[key.lower()] = value.strip('"')
    return MultipartPart(
        name=values.get("name", ""),
        filename=values.get("filename", ""),
        content_type=lines.get("content-type", "").strip(),
        data=data,
    )
