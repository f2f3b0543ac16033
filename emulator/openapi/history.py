"""Conversation history and recent chats, of people and of groups. Newest first."""

from emulator.core import Emulator
from emulator.http import HttpRequest
from emulator.openapi.gate import get_citizen, get_open_group, parse_data_query, parse_whole_number
from emulator.world import ChatBubble, Json

MAX_ROWS = 10
MAX_GROUP_ROWS = 50
TYPE_NAMES = {"image": "photo", "gif": "GIF", "audio": "voice", "business_card": "link", "template": "links"}


def handle_conversation(emu: Emulator, request: HttpRequest) -> list[Json]:
    """Handle GET /v2.0/oa/conversation?data={user_id,offset,count}, at most 10 rows."""
    params = parse_data_query(request)
    citizen = get_citizen(emu, params.get("user_id"))
    rows = emu.world.list_chat_messages(f"u:{citizen.user_id}")[::-1]
    return [_message_to_json(emu, message) for message in _slice_page(params, rows, MAX_ROWS)]


def handle_recent_chats(emu: Emulator, request: HttpRequest) -> list[Json]:
    """Handle GET /v2.0/oa/listrecentchat?data={offset,count}: the last message with each person."""
    last_messages = [
        emu.world.messages[ids[-1]] for chat, ids in emu.world.chats.items() if chat.startswith("u:") and ids
    ]
    last_messages.sort(key=lambda message: message.seq, reverse=True)
    return [
        _message_to_json(emu, message) for message in _slice_page(parse_data_query(request), last_messages, MAX_ROWS)
    ]


def handle_group_conversation(emu: Emulator, request: HttpRequest) -> list[Json]:
    """Handle GET /v3.0/oa/group/conversation?group_id=&offset=&count=."""
    group = get_open_group(emu, request.query.get("group_id"))
    rows = emu.world.list_chat_messages(f"g:{group.group_id}")[::-1]
    return [_message_to_json(emu, message) for message in _slice_page(dict(request.query), rows, MAX_GROUP_ROWS)]


def handle_recent_group_chats(emu: Emulator, request: HttpRequest) -> list[Json]:
    """Handle GET /v3.0/oa/group/listrecentchat?offset=&count=: the latest messages of all groups."""
    rows = [message for message in emu.world.messages.values() if message.chat.startswith("g:")][::-1]
    return [_message_to_json(emu, message) for message in _slice_page(dict(request.query), rows, MAX_GROUP_ROWS)]


def _slice_page(params: Json, rows: list[ChatBubble], max_rows: int) -> list[ChatBubble]:
    offset = parse_whole_number(params.get("offset", 0), "offset", 0, 10**9)
    count = parse_whole_number(params.get("count", 5), "count", 1, max_rows)
    return rows[offset : offset + count]


def _message_to_json(emu: Emulator, message: ChatBubble) -> Json:
    kind, _, target = message.chat.partition(":")
    row: Json = {
        "src": message.src,
        "time": message.time,
        "type": TYPE_NAMES.get(message.type, message.type),
        "message": message.text,
        "message_id": message.message_id,
        "from_id": message.from_id,
    }
    row |= _get_display_fields(emu, "from", message.from_id)
    if kind == "g":
        row["group_id"] = target
    else:
        recipient_id = target if message.src == 0 else emu.ids.oa_id
        row |= {"to_id": recipient_id} | _get_display_fields(emu, "to", recipient_id)
    return row | _get_attachment_fields(message)


def _get_display_fields(emu: Emulator, side: str, some_id: str) -> Json:
    citizen = emu.world.citizens.get(some_id)
    name = citizen.name if citizen else emu.world.account.name
    return {f"{side}_display_name": name, f"{side}_avatar": emu.url(f"/avatar/{some_id}.svg")}


def _get_attachment_fields(message: ChatBubble) -> Json:
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
