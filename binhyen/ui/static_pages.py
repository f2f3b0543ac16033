"""Static fallback pages of the gateway, for when the web process cannot answer or must not be disturbed. No Django.

Vietnamese with English below: the gateway does not know the chosen language. Self-contained, in our design: style
sheets, fonts and drawings come from the web process. A person in danger can call from here.
"""

import json
import re
from base64 import b64encode
from collections.abc import Awaitable, Callable
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]
TextPair = tuple[str, str]
API_PREFIX = "/api/"  # API clients use paths below it
PROBLEM_CONTENT_TYPE = "application/problem+json"
STARTING_TEXT: TextPair = (
    "Trang đang khởi động. Xin đợi ít giây, trang tự mở lại.",
    "The page is starting. Wait a few seconds, it opens again by itself.",
)
STARTING_UNSENT_TEXT: TextPair = (
    "Trang đang khởi động, điều bạn gửi chưa tới. Xin đợi ít giây rồi tải lại trang để gửi lần nữa.",
    "The page is starting, and what you sent has not arrived. Wait a few seconds and reload it to send it again.",
)
TOO_SLOW: TextPair = (
    "Trang mở quá lâu nên đã dừng. Bạn quay lại rồi thử lần nữa. Nội dung vừa gửi có thể chưa được ghi.",
    "This page took too long and was stopped. Go back and try again. What you just sent may not have been stored.",
)
TOO_LARGE_TEXT: TextPair = (
    "Nội dung gửi lên lớn quá (tối đa 26 MB). Bạn quay lại, bớt ảnh rồi gửi lần nữa.",
    "This is too large (the most is 26 MB). Go back, take out some photos and send it again.",
)
TOO_MANY_PHOTOS_TEXT: TextPair = (
    "Đang có quá nhiều ảnh gửi đến. Bạn quay lại, bỏ ảnh và gửi chữ trước; ảnh gửi sau ít phút.",
    "Too many photos are arriving just now. Go back, send your words without photos, and the photos in a few minutes.",
)
_RELOAD_SECONDS = 3  # seconds until the browser asks again, without script too
_STATIC_FOLDER = Path(__file__).parent / "static" / "ui"
_OWN_CSS = """
body{margin:0;background:var(--paper);color:var(--ink);font:var(--t-2)/1.55 var(--font);overflow-wrap:break-word}
header{background:var(--header);color:var(--on-header)}
header div,main{max-width:calc(var(--narrow) + 2*var(--s-4));margin-inline:auto;padding-inline:var(--s-4)}
*{box-sizing:border-box}
header div{display:flex;align-items:center;gap:var(--s-3);min-height:3.75rem;font-size:var(--t-3);font-weight:600}
header svg{width:2.25rem;height:2.25rem;flex:none;fill:none;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
main{padding-block:var(--s-6) var(--s-8)}
h1{margin:0;font-size:var(--t-5);line-height:1.3;letter-spacing:-.015em}
p,ul{margin:var(--s-4) 0 0;padding:0}
[lang=en]{color:var(--ink-soft)}
section{margin-top:var(--s-6);padding:var(--s-4)}
section{border:2px solid var(--red-fill);border-radius:var(--r-3);background:var(--red-soft)}
h2{margin:0;font-size:var(--t-3);color:var(--red)}
ul{display:flex;flex-wrap:wrap;gap:var(--s-2);list-style:none}
a{color:var(--jade)}
a:hover{color:var(--jade-strong)}
section a,nav a{display:inline-flex;align-items:center;min-height:var(--tap);padding:0 var(--s-4)}
section a,nav a{border-radius:var(--r-2);font-weight:600}
section a,section a:hover{background:var(--red-fill);color:var(--on-red);text-decoration:none}
nav{display:flex;flex-wrap:wrap;gap:0 var(--s-2);margin:var(--s-5) 0 0 calc(-1*var(--s-4))}
:focus-visible{outline:3px solid var(--focus-ink);outline-offset:2px;box-shadow:0 0 0 6px var(--focus)}
"""


def _build_style() -> str:
    """Return the design tokens of every page and a few own rules: the other style sheets are not available now."""
    tokens = (_STATIC_FOLDER / "css" / "tokens.css").read_text("utf-8")
    tokens = re.sub(r"/\*.*?\*/|@font-face\s*\{.*?\}", "", tokens, flags=re.S)  # fonts are served by pages too
    return re.sub(r"\s+", " ", tokens + _OWN_CSS).strip()


def _build_logo() -> str:
    match = re.search(r'<symbol id="mark"[^>]*>(.*?)</symbol>', (_STATIC_FOLDER / "icons.svg").read_text("utf-8"), re.S)
    return f'<svg viewBox="0 0 24 24" aria-hidden="true">{match[1] if match else ""}</svg>'


_STYLE = _build_style()
_HEAD = (
    '<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>Bình Yên</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">'
    f"<style>{_STYLE}</style></head><body><header><div>{_build_logo()}<span>Bình Yên</span></div></header><main>"
)
_CALLS = "".join(f'<li><a href="tel:{number}">{number}</a></li>' for number in (113, 114, 115))
_TAIL = (
    f'<section><h2>Đang nguy hiểm, gọi ngay <span lang="en">(in danger, call)</span></h2><ul>{_CALLS}</ul></section>'
    '<nav><a href="/">Về trang đầu&nbsp;<span lang="en">(home)</span></a>'
    '<a href="/bao-tin">Báo tin&nbsp;<span lang="en">(report)</span></a></nav></main></body></html>'
)
# Stricter than the pages' policy: this one style sheet, by its hash, and nothing else.
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


async def send_fallback_page(
    send: Send, status: int, text_pair: TextPair, *, retry_after: int = 0, reloads: bool = False
) -> None:
    """Send an error page. `reloads`: the browser reloads it by itself, allowed only for a GET."""
    first, _, remaining_text = text_pair[0].partition(". ")
    content = f'<div role="status"><h1>{first}</h1><p>{remaining_text}</p><p lang="en">{text_pair[1]}</p></div>'
    body = f"{_HEAD}{content}{_TAIL}".encode()
    extra_headers = [(b"content-security-policy", _POLICY.encode()), (b"x-robots-tag", b"noindex")]
    extra_headers += [(b"refresh", str(_RELOAD_SECONDS).encode())] if reloads else []
    await _send_response(send, status, b"text/html; charset=utf-8", body, retry_after, extra_headers)


async def send_problem(
    send: Send, status: int, text_pair: TextPair, *, retry_after: int = 0, reloads: bool = False
) -> None:
    """Send the same error to an API client, which retries by itself."""
    body = build_problem(status, "later" if status == 503 else "too_long", text_pair[0])
    await _send_response(send, status, PROBLEM_CONTENT_TYPE.encode(), json.dumps(body).encode(), retry_after, [])


def build_problem(status: int, error: str, message: str) -> dict[str, Any]:
    """Build an error body of RFC 9457.

    `error`: our code, for machines; `message`: Vietnamese, for people, repeated in the standard field `detail`.
    """
    title = HTTPStatus(status).phrase
    return {"title": title, "status": status, "detail": message, "error": error, "message": message}


async def _send_response(
    send: Send,
    status: int,
    content_type: bytes,
    body: bytes,
    retry_after: int,
    extra_headers: list[tuple[bytes, bytes]],
) -> None:
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode()), *extra_headers]
    headers += [(b"retry-after", str(retry_after).encode())] if retry_after else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
