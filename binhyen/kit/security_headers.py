"""Security headers of every response: strict content security policy, no framing, no caching, no referrer.

Pages get them from `ui/middleware.py`; the gateway adds the missing ones to each response, so that files, errors and
its own pages have them too, and compresses our static text files. Imports no Django.
"""

import gzip
import struct
import zlib
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

from binhyen import settings

Send = Callable[[dict[str, Any]], Awaitable[None]]

# Photos chosen for upload are shown from blob: addresses; everything else is same-origin.
CSP = "; ".join(
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
NO_PERMISSIONS = (
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), fullscreen=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
)
GEOLOCATION_PERMISSION = NO_PERMISSIONS.replace("geolocation=()", "geolocation=(self)")  # the report page alone
# files that people sent
SANDBOX_CSP = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
HEADERS = {
    "Content-Security-Policy": CSP,
    "Permissions-Policy": NO_PERMISSIONS,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
HSTS = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
RAW_HEADERS = [
    (name.lower().encode(), value.encode())
    for name, value in (HEADERS | ({"Strict-Transport-Security": HSTS} if settings.HTTPS else {})).items()
]

_TEXT_TYPES = (b"text/css", b"text/javascript", b"application/javascript", b"image/svg+xml")


def with_security_headers(send: Send) -> Send:
    """Wrap an ASGI `send` so that it adds missing security headers. Header names are lower-case, as in ASGI."""

    async def send_with_headers(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            present_headers = message["headers"]
            there = {name for name, _ in present_headers}
            message = {
                **message,
                "headers": [*present_headers, *(pair for pair in RAW_HEADERS if pair[0] not in there)],
            }
        await send(message)

    return send_with_headers


def with_gzip(scope: dict[str, Any], send: Send) -> Send:
    """Wrap an ASGI `send` with gzip for styles, scripts and drawings, much of the wait on slow village networks.

    Never pages: where text of strangers stands beside secrets, the compressed length leaks them (BREACH).
    """
    accepts_gzip = b"gzip" in dict(scope["headers"]).get(b"accept-encoding", b"")
    if not (accepts_gzip and scope["method"] == "GET" and scope["path"].startswith("/static/")):
        return send
    start: dict[str, Any] = {}
    buffer = bytearray()

    async def send_compressed(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200 and _is_text(message["headers"]):
            start.update(message)
        elif not start:
            await send(message)
        else:
            buffer.extend(message.get("body", b""))
            if not message.get("more_body"):
                body = _compress(bytes(buffer))
                headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
                headers += [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
                await send({**start, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
                await send({"type": "http.response.body", "body": body})

    return send_compressed


def _is_text(headers: list[tuple[bytes, bytes]]) -> bool:
    return dict(headers).get(b"content-type", b"").partition(b";")[0] in _TEXT_TYPES


@lru_cache(maxsize=64)
def _compress(body: bytes) -> bytes:
    """Compress a body; cached, so each file is compressed once."""
    return gzip.compress(body, mtime=0)


_GZIP_HEADER = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
_LAST_BLOCK = b"\x03\x00"  # empty
_MAX_STORED = 0xFFFF


def gzip_constant(before: bytes, constant: bytes, after: bytes) -> bytes:
    """Return the three parts as one gzip body that compresses `constant` alone.

    The rest is in stored blocks, so that the length says nothing about secrets in a page (BREACH).
    """
    body = before + constant + after
    footer = struct.pack("<LL", zlib.crc32(body), len(body))
    return b"".join((_GZIP_HEADER, _store(before), _deflate(constant), _store(after), _LAST_BLOCK, footer))


def _store(text: bytes) -> bytes:
    """Return stored blocks of deflate (RFC 1951 §3.2.4)."""
    chunks = (text[start : start + _MAX_STORED] for start in range(0, len(text), _MAX_STORED))
    return b"".join(struct.pack("<BHH", 0, len(chunk), len(chunk) ^ _MAX_STORED) + chunk for chunk in chunks)


@lru_cache(maxsize=4)
def _deflate(constant: bytes) -> bytes:
    """Return blocks of deflate that end at a byte."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(constant) + compressor.flush(zlib.Z_FULL_FLUSH)
