"""The door's own pages, for when the pages cannot answer or must not be troubled. Imports no Django.

Vietnamese, and English for whoever cannot read it: the door does not know which a person chose. Style sheets come from
the pages; without them it is plain and still fits a phone. Whoever is in danger can call from here.
"""

import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]
Words = tuple[str, str]
FOR_MACHINES = "/api/"  # whoever asks below it is one
PROBLEM = "application/problem+json"
STARTING: Words = (
    "Trang đang khởi động. Xin đợi ít giây, trang tự mở lại.",
    "The page is starting. Wait a few seconds, it opens again by itself.",
)
STARTING_SENT: Words = (
    "Trang đang khởi động, điều bạn gửi chưa tới. Xin đợi ít giây rồi tải lại trang để gửi lần nữa.",
    "The page is starting, and what you sent has not arrived. Wait a few seconds and reload it to send it again.",
)
TOO_LONG: Words = (
    "Nội dung gửi lên lớn quá (tối đa 26 MB). Bạn quay lại, bớt ảnh rồi gửi lần nữa.",
    "This is too large (the most is 26 MB). Go back, take out some photos and send it again.",
)
TOO_MANY_PHOTOS: Words = (
    "Đang có quá nhiều ảnh gửi đến. Bạn quay lại, bỏ ảnh và gửi chữ trước; ảnh gửi sau ít phút.",
    "Too many photos are arriving just now. Go back, send your words without photos, and the photos in a few minutes.",
)
_AGAIN = 3  # seconds until the browser asks again, with script off too
_HEAD = (
    '<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Bình Yên</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark">'
    + "".join(f'<link rel="stylesheet" href="/static/ui/css/{name}.css">' for name in ("tokens", "base", "components"))
    + '</head><body><main><div class="wrap narrow stack-l"><h1>Bình Yên</h1>'
)
_CALLS = " · ".join(f'<a href="tel:{number}">{number}</a>' for number in (113, 114, 115))
_TAIL = (
    f'<p>Đang nguy hiểm, gọi ngay <span lang="en">(in danger, call)</span> {_CALLS}</p>'
    '<p><a href="/">Về trang đầu</a> · <a href="/bao-tin">Báo tin</a></p></div></main></body></html>'
)


async def page(send: Send, status: int, words: Words, *, retry_after: int = 0, again: bool = False) -> None:
    """`again`: the browser asks for it anew, as it may for what was only looked at."""
    told = f'<p role="status">{words[0]}</p><p lang="en">{words[1]}</p>'
    body = f"{_HEAD}{told}{_TAIL}".encode()
    more = [(b"refresh", str(_AGAIN).encode())] if again else []
    await _send(send, status, b"text/html; charset=utf-8", body, retry_after, more)


async def problem(send: Send, status: int, words: Words, *, retry_after: int = 0, again: bool = False) -> None:
    """The same for a machine, which asks again by itself."""
    said = as_problem(status, "later" if status == 503 else "too_long", words[0])
    await _send(send, status, PROBLEM.encode(), json.dumps(said).encode(), retry_after, [])


def as_problem(status: int, error: str, message: str) -> dict[str, Any]:
    """A failure as RFC 9457 says it. `error`: our code, for machines; `message`: Vietnamese, for people, once more in
    `detail`, where the standard has it.
    """
    title = HTTPStatus(status).phrase
    return {"title": title, "status": status, "detail": message, "error": error, "message": message}


async def _send(
    send: Send, status: int, kind: bytes, body: bytes, retry_after: int, more: list[tuple[bytes, bytes]]
) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *more]
    headers += [(b"retry-after", str(retry_after).encode())] if retry_after else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
