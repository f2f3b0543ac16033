"""Security headers of every response: strict content security policy, no framing, no caching, no referrer.

Pages get them from `ui/middleware.py`; the gateway adds the missing ones to each response, so that files, errors and
its own pages have them too, and compresses our static text files. Imports no Django. reference: security guide, part
B.5.
"""

import gzip
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

from binhyen import settings

Send = Callable[[dict[str, Any]], Awaitable[None]]

# Photos chosen for upload are shown from blob: addresses; everything else is same-origin.
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
# files that people sent
SANDBOX = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
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
    """Wrap an ASGI `send` so that it adds missing security headers. Header names are lower-case, as in ASGI."""

    async def stamping(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            given = message["headers"]
            there = {name for name, _ in given}
            message = {**message, "headers": [*given, *(pair for pair in RAW if pair[0] not in there)]}
        await send(message)

    return stamping


def packed(scope: dict[str, Any], send: Send) -> Send:
    """Wrap an ASGI `send` with gzip for styles, scripts and drawings, much of the wait on slow village networks.

    Never pages: where text of strangers stands beside secrets, the compressed length leaks them (BREACH).
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
    """Compress a body; cached, so each file is compressed once."""
    return gzip.compress(body, mtime=0)
