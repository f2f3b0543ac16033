"""The chat page, its data, and its live stream."""

import asyncio
import html
from collections.abc import Callable
from pathlib import Path

from emulator.control.people import citizen_to_json as show_citizen
from emulator.core import Emulator
from emulator.errors import RequestRejected
from emulator.http import HttpRequest, HttpResponse, Receive, Send, to_json_response
from emulator.rooms import group_to_json as show_group
from emulator.talk import to_bubble
from emulator.world import Json

STREAM_PATH = "/_chat/stream"
HERE = Path(__file__).parent
PAGE_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/chat.css": ("chat.css", "text/css; charset=utf-8"),
    "/chat.js": ("chat.js", "text/javascript; charset=utf-8"),
    "/draw.js": ("draw.js", "text/javascript; charset=utf-8"),
    "/state.js": ("state.js", "text/javascript; charset=utf-8"),
    "/wire.js": ("wire.js", "text/javascript; charset=utf-8"),
}
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src * data: blob:; media-src *; frame-ancestors 'none'; base-uri 'none'"
)
HEARTBEAT_SECONDS = 15.0
MAX_THREAD_MESSAGES = 200
COLOURS = ("#0068ff", "#0f8a5f", "#c2410c", "#7c3aed", "#be185d", "#0e7490", "#a16207", "#4d7c0f")


def serve_chat_page(emu: Emulator, request: HttpRequest) -> HttpResponse | None:
    """Serve the page, its files, pictures and JSON; None for an unknown address."""
    if request.method != "GET":
        return None
    if request.path in PAGE_FILES:
        name, mime = PAGE_FILES[request.path]
        headers = {"content-security-policy": CONTENT_SECURITY_POLICY, "cache-control": "no-cache"}
        return HttpResponse(200, (HERE / name).read_bytes(), mime, headers)
    for prefix, draw in PICTURES.items():
        if request.path.startswith(prefix):
            return _to_svg_response(draw(emu, request.path.removeprefix(prefix).removesuffix(".svg")))
    if request.path == "/_chat/state":
        return to_json_response(build_page_state(emu))
    if request.path == "/_chat/thread":
        return to_json_response(list_latest_bubbles(emu, request.query.get("chat", "")))
    return None


def build_page_state(emu: Emulator) -> Json:
    """Return people, groups, settings and the number of the last feed item they include."""
    world, now = emu.world, emu.now()
    return {
        "last": emu.feed.last,
        "now": now,
        "oa": {"id": emu.ids.oa_id, "name": world.account.name, "description": world.account.description},
        "citizens": [show_citizen(emu, citizen) for citizen in world.citizens.values()],
        "groups": [show_group(emu, group) for group in world.groups.values() if not group.deleted],
        "previews": {chat: _build_preview(emu, ids[-1]) for chat, ids in world.chats.items() if ids},
        "webhook": {"url": world.subscription.url, "enabled": world.subscription.enabled},
        "faults": emu.faults.list_rules(),
        "group_location": world.switches.group_location,
    }


def _build_preview(emu: Emulator, message_id: str) -> Json:
    message = emu.world.messages[message_id]
    is_unread = message.src == 0 and not message.seen
    return {"text": message.text, "type": message.type, "time": message.time, "src": message.src, "unread": is_unread}


def list_latest_bubbles(emu: Emulator, chat: str) -> Json:
    """Return the latest bubbles of one chat, oldest first."""
    if not chat:
        raise RequestRejected("chat is missing")
    return {
        "messages": [to_bubble(emu, message) for message in emu.world.list_chat_messages(chat)[-MAX_THREAD_MESSAGES:]]
    }


async def stream_events(emu: Emulator, request: HttpRequest, receive: Receive, send: Send) -> None:
    """Stream server-sent events; resumes after `Last-Event-ID` (or `?after=`)."""
    last_id = int(request.headers.get("last-event-id") or request.number("after", emu.feed.last))
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    disconnected = asyncio.create_task(_wait_for_disconnect(receive))
    try:
        while not disconnected.done():
            start = last_id

            def list_new_items(start: int = start) -> list[tuple[int, str, bytes]]:
                return emu.feed.since(start)

            waiting = asyncio.create_task(emu.feed.pulse.until(list_new_items, HEARTBEAT_SECONDS))
            await asyncio.wait({waiting, disconnected}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                waiting.cancel()
                return
            items = waiting.result()
            last_id = items[-1][0] if items else last_id
            body = b"".join(
                b"id: %d\nevent: %s\ndata: %s\n\n" % (number, kind.encode(), data) for number, kind, data in items
            )
            await send({"type": "http.response.body", "body": body or b": beat\n\n", "more_body": True})
    finally:
        disconnected.cancel()


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


def _to_svg_response(text: str) -> HttpResponse:
    return HttpResponse(200, text.encode(), "image/svg+xml", {"cache-control": "max-age=3600"})


def draw_avatar(emu: Emulator, user_id: str) -> str:
    """Return a coloured disc with the first letter of the given name (the last word of a Vietnamese name)."""
    if user_id == emu.ids.oa_id:
        return DRAWINGS["oa"]
    citizen = emu.world.citizens.get(user_id)
    name = citizen.name if citizen else emu.world.account.name
    letter = html.escape((name.split() or ["?"])[-1][:1].upper())
    colour = COLOURS[sum(user_id.encode()) % len(COLOURS)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 80">'
        f'<circle cx="40" cy="40" r="40" fill="{colour}"/>'
        f'<text x="40" y="53" font-family="sans-serif" font-size="36" text-anchor="middle" fill="#fff">{letter}</text>'
        "</svg>"
    )


def draw_sticker(emu: Emulator, sticker_id: str) -> str:
    """Return a face whose colour follows the id; `group`, `card` and `icon` have their own drawings."""
    if sticker_id in DRAWINGS:
        return DRAWINGS[sticker_id]
    colour = COLOURS[sum(sticker_id.encode()) % len(COLOURS)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120">'
        f'<circle cx="60" cy="60" r="52" fill="#ffd54a" stroke="{colour}" stroke-width="6"/>'
        '<circle cx="42" cy="50" r="7"/><circle cx="78" cy="50" r="7"/>'
        '<path d="M36 72q24 26 48 0" fill="none" stroke="#222" stroke-width="6" stroke-linecap="round"/></svg>'
    )


_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 80 80">'
_STAR = '<path d="M40 18l6 14 15 1-12 10 4 15-13-8-13 8 4-15-12-10 15-1z" fill="#ffd54a"/></svg>'
_LINES = 'fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round"'
DRAWINGS = {
    "oa": f'{_SVG}<circle cx="40" cy="40" r="40" fill="#0b5d3b"/>{_STAR}',
    "icon": f'{_SVG}<rect width="80" height="80" rx="20" fill="#0068ff"/>{_STAR}',
    "group": (
        f'{_SVG}<circle cx="40" cy="40" r="40" fill="#4f8bf7"/><g {_LINES}><circle cx="32" cy="32" r="9"/>'
        '<path d="M15 60q0-14 17-14t17 14M50 24a9 9 0 010 16M55 46q11 2 11 14"/></g></svg>'
    ),
    "card": (
        f'{_SVG}<rect width="80" height="80" rx="14" fill="#0068ff"/><g {_LINES}><rect x="14" y="20" width="52" '
        'height="40" rx="6"/><circle cx="31" cy="36" r="5"/><path d="M22 50q9-8 18 0M48 36h10M48 46h10"/></g></svg>'
    ),
}
PICTURES: dict[str, Callable[[Emulator, str], str]] = {
    "/avatar/": draw_avatar,
    "/sticker/": draw_sticker,
    "/favicon.ico": lambda emu, rest: DRAWINGS["icon"],
}
