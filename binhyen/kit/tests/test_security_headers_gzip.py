"""Our static text files, compressed by the gateway for clients that accept it."""

import asyncio
import gzip
from typing import Any

import pytest

from binhyen.kit.security_headers import with_gzip

STYLE = b"a { color: red }\n" * 500
READS = [(b"accept-encoding", b"gzip, deflate, br")]


def request_file(
    path: str = "/static/a.css", *, kind: bytes = b"text/css", status: int = 200, method: str = "GET", asks: Any = READS
) -> tuple[dict[bytes, bytes], bytes]:
    """Return the body received for a file sent in two pieces."""
    sent: list[dict[str, Any]] = []

    async def go() -> None:
        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        reply = with_gzip({"method": method, "path": path, "headers": asks}, send)
        headers = [(b"content-type", kind), (b"content-length", str(len(STYLE)).encode())]
        await reply({"type": "http.response.start", "status": status, "headers": headers})
        await reply({"type": "http.response.body", "body": STYLE[:100], "more_body": True})
        await reply({"type": "http.response.body", "body": STYLE[100:], "more_body": True})
        await reply({"type": "http.response.body", "body": b""})

    asyncio.run(go())
    return dict(sent[0]["headers"]), b"".join(line["body"] for line in sent[1:])


@pytest.mark.parametrize("kind", [b"text/css", b"text/javascript; charset=utf-8", b"image/svg+xml"])
def test_a_file_of_text_arrives_small_and_whole(kind: bytes) -> None:
    headers, body = request_file(kind=kind)
    assert headers[b"content-encoding"] == b"gzip" and headers[b"vary"] == b"Accept-Encoding"
    assert int(headers[b"content-length"]) == len(body) < len(STYLE) / 4
    assert gzip.decompress(body) == STYLE


@pytest.mark.parametrize(
    "other",
    [
        {"path": "/bao-tin"},
        {"path": "/theo-doi/static/"},
        {"kind": b"font/woff"},
        {"status": 206},
        {"status": 404},
        {"method": "HEAD"},
        {"asks": []},
        {"asks": [(b"accept-encoding", b"br")]},
    ],
)
def test_other_files_are_sent_unchanged(other: dict[str, Any]) -> None:
    headers, body = request_file(**other)
    assert b"content-encoding" not in headers and body == STYLE
