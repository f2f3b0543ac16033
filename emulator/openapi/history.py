"""Conversation history and recent chats, of people and of groups. Newest first."""

from emulator.core import Emulator
from emulator.http import Request
from emulator.openapi.gate import data_query, known_citizen, own_group, whole_number
from emulator.world import Json, Message

MOST_ROWS = 10
MOST_GROUP_ROWS = 50
TYPES = {"image": "photo", "gif": "GIF", "audio": "voice", "business_card": "link", "template": "links"}


def conversation(emu: Emulator, request: Request) -> list[Json]:
    """Handle GET /v2.0/oa/conversation?data={user_id,offset,count}, at most 10 rows."""
    wanted = data_query(request)
    citizen = known_citizen(emu, wanted.get("user_id"))
    rows = emu.world.chat_messages(f"u:{citizen.user_id}")[::-1]
    return [_row(emu, message) for message in _page(wanted, rows, MOST_ROWS)]


def recent(emu: Emulator, request: Request) -> list[Json]:
    """Handle GET /v2.0/oa/listrecentchat?data={offset,count}: the last message with each person."""
    lasts = [emu.world.messages[ids[-1]] for chat, ids in emu.world.chats.items() if chat.startswith("u:") and ids]
    lasts.sort(key=lambda message: message.seq, reverse=True)
    return [_row(emu, message) for message in _page(data_query(request), lasts, MOST_ROWS)]


def group_conversation(emu: Emulator, request: Request) -> list[Json]:
    """Handle GET /v3.0/oa/group/conversation?group_id=&offset=&count=."""
    group = own_group(emu, request.query.get("group_id"))
    rows = emu.world.chat_messages(f"g:{group.group_id}")[::-1]
    return [_row(emu, message) for message in _page(dict(request.query), rows, MOST_GROUP_ROWS)]


def group_recent(emu: Emulator, request: Request) -> list[Json]:
    """Handle GET /v3.0/oa/group/listrecentchat?offset=&count=: the latest messages of all groups."""
    rows = [message for message in emu.world.messages.values() if message.chat.startswith("g:")][::-1]
    return [_row(emu, message) for message in _page(dict(request.query), rows, MOST_GROUP_ROWS)]


def _page(wanted: Json, rows: list[Message], most: int) -> list[Message]:
    offset = whole_number(wanted.get("offset", 0), "offset", 0, 10**9)
    count = whole_number(wanted.get("count", 5), "count", 1, most)
    return rows[offset : offset + count]


def _row(emu: Emulator, message: Message) -> Json:
    kind, _, target = message.chat.partition(":")
    row: Json = {
        "src": message.src,
        "time": message.time,
        "type": TYPES.get(message.type, message.type),
        "message": message.text,
        "message_id": message.message_id,
        "from_id": message.from_id,
    }
    row |= _face(emu, "from", message.from_id)
    if kind == "g":
        row["group_id"] = target
    else:
        other = target if message.src == 0 else emu.ids.oa_id
        row |= {"to_id": other} | _face(emu, "to", other)
    return row | _extras(message)


def _face(emu: Emulator, side: str, some_id: str) -> Json:
    citizen = emu.world.citizens.get(some_id)
    name = citizen.name if citizen else emu.world.account.name
    return {f"{side}_display_name": name, f"{side}_avatar": emu.url(f"/avatar/{some_id}.svg")}


def _extras(message: Message) -> Json:
    extras: Json = {}
    for attachment in message.attachments:
        payload = attachment["payload"]
        if "url" in payload:
            extras["url"] = payload["url"]
        if "thumbnail" in payload:
            extras["thumb"] = payload["thumbnail"]
        if "description" in payload:
            extras["description"] = payload["description"]
            extras["links"] = [payload]
        if "coordinates" in payload:
            extras["location"] = payload["coordinates"]
    return extras
