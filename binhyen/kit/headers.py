"""Headers of every answer, ours or Django's: a strict content policy, no framing, no storing, nothing to other sites.

Pages get them from `ui/middleware.py`; the door adds to each answer what is still missing, so that files, errors and
its own words have them too, and sends our own files of text compressed. Imports no Django. reference: security guide,
part B.5.
"""

import gzip
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

from binhyen import settings

Send = Callable[[dict[str, Any]], Awaitable[None]]

# Photos being chosen are shown from blob: addresses; everything else is ours.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
NOTHING_ALLOWED = (
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), fullscreen=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
)
WHERE_ALLOWED = NOTHING_ALLOWED.replace("geolocation=()", "geolocation=(self)")  # the report page alone
SANDBOX = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"  # people's files
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": NOTHING_ALLOWED,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
HSTS = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
RAW = [
    (name.lower().encode(), value.encode())
    for name, value in (HEADERS | ({"Strict-Transport-Security": HSTS} if settings.HTTPS else {})).items()
]

_TEXT = (b"text/css", b"text/javascript", b"application/javascript", b"image/svg+xml")


def stamped(send: Send) -> Send:
    """ASGI: adds to an answer each header that it has not got. Names of its headers are lower-case, as ASGI wants."""

    async def stamping(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            given = message["headers"]
            there = {name for name, _ in given}
            message = {**message, "headers": [*given, *(pair for pair in RAW if pair[0] not in there)]}
        await send(message)

    return stamping


def packed(scope: dict[str, Any], send: Send) -> Send:
    """ASGI: our own style, scripts and drawings compressed, for who reads that: on a village's network they are much
    of the wait. Never pages: where strangers' words stand beside secrets, the length tells (BREACH).
    """
    reads = b"gzip" in dict(scope["headers"]).get(b"accept-encoding", b"")
    if not (reads and scope["method"] == "GET" and scope["path"].startswith("/static/")):
        return send
    start: dict[str, Any] = {}
    held = bytearray()

    async def packing(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200 and _of_text(message["headers"]):
            start.update(message)
        elif not start:
            await send(message)
        else:
            held.extend(message.get("body", b""))
            if not message.get("more_body"):
                body = _pressed(bytes(held))
                told = [pair for pair in start["headers"] if pair[0] != b"content-length"]
                told += [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
                await send({**start, "headers": [*told, (b"content-length", str(len(body)).encode())]})
                await send({"type": "http.response.body", "body": body})

    return packing


def _of_text(headers: list[tuple[bytes, bytes]]) -> bool:
    return dict(headers).get(b"content-type", b"").partition(b";")[0] in _TEXT


@lru_cache(maxsize=64)
def _pressed(body: bytes) -> bytes:
    """Once for each file."""
    return gzip.compress(body, mtime=0)
