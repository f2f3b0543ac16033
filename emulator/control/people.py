"""Actions of citizens: write, follow, read, react, share their details, request erasure."""

from emulator import demo, events, talk
from emulator.control import contents
from emulator.core import Emulator
from emulator.errors import RequestRejected
from emulator.http import HttpRequest
from emulator.signing import generate_hex_id
from emulator.world import ChatBubble, Citizen, Json


def handle_say(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /_control/say, one object or `{"many": [objects]}`; returns the messages and their deliveries."""
    values = request.parse_json()
    if "many" in values:
        return {"said": [row for item in values["many"] for row in _send_contents(emu, item)]}
    rows = _send_contents(emu, values)
    return {"said": rows, "msg_id": rows[0]["msg_id"]}


def _send_contents(emu: Emulator, values: Json) -> list[Json]:
    citizen = _find_or_create_citizen(emu, values)
    group = emu.world.find_group(str(values["group"])) if values.get("group") else None
    rows = []
    for content in contents.parse_bubbles(emu, values):
        if group is None:
            sent = talk.send_as_user(emu, citizen, content)
        else:
            sent = talk.send_as_member(emu, citizen, group, content)
        rows.append({"msg_id": sent.message.message_id, "type": content.kind, "deliveries": sent.deliveries})
    return rows


def _find_or_create_citizen(emu: Emulator, values: Json) -> Citizen:
    citizen_query = str(values.get("citizen") or "")
    if not citizen_query:
        raise RequestRejected("citizen is missing")
    try:
        return emu.world.find_citizen(citizen_query)
    except RequestRejected:
        if not values.get("create"):
            raise
        return _add_citizen(emu, citizen_query, follower=True, anonymous=False)


def handle_create_citizen(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /_control/citizens `{"name","follower"?,"oa_admin"?,"anonymous"?}`; following emits the event."""
    values = request.parse_json()
    name = str(values.get("name") or "").strip()
    if not name:
        raise RequestRejected("name is missing")
    citizen = _add_citizen(
        emu, name, follower=bool(values.get("follower", True)), anonymous=bool(values.get("anonymous"))
    )
    citizen.oa_admin = bool(values.get("oa_admin"))
    return citizen_to_json(emu, citizen)


def _add_citizen(emu: Emulator, name: str, *, follower: bool, anonymous: bool) -> Citizen:
    citizen = demo.create_citizen(name)
    emu.world.citizens[citizen.user_id] = citizen
    if anonymous:
        citizen.conversation_id = generate_hex_id()
    elif follower:
        set_following(emu, citizen, True, "oa_profile")
    emu.changed()
    return citizen


def citizen_to_json(emu: Emulator, citizen: Citizen) -> Json:
    return {
        "user_id": citizen.user_id,
        "user_id_by_app": citizen.user_id_by_app,
        "name": citizen.name,
        "avatar": emu.build_avatar_url(citizen),
        "follower": citizen.follower,
        "oa_admin": citizen.oa_admin,
        "blocked": citizen.blocked,
        "banned": citizen.banned,
        "conversation_id": citizen.conversation_id,
        "last_interaction": citizen.last_interaction_ms,
        "groups": [
            group.group_id
            for group in emu.world.groups.values()
            if citizen.user_id in group.members and not group.deleted
        ],
        "pending": [
            group.group_id
            for group in emu.world.groups.values()
            if citizen.user_id in group.pending and not group.deleted
        ],
    }


def handle_list_citizens(emu: Emulator, request: HttpRequest) -> Json:
    return {"citizens": [citizen_to_json(emu, citizen) for citizen in emu.world.citizens.values()]}


def set_following(emu: Emulator, citizen: Citizen, following: bool, source: str) -> None:
    """Set the follow state. Following is an interaction; unfollowing is not."""
    if citizen.conversation_id:
        raise RequestRejected("an anonymous visitor cannot follow", 409)
    citizen.follower = following
    if following:
        citizen.last_interaction_ms = emu.now()
    build_event = events.build_follow if following else events.build_unfollow
    emu.emit_event(
        build_event(emu.ids, citizen.user_id, citizen.user_id_by_app, ts=emu.now(), source=source), citizen.user_id
    )
    emu.changed()


def handle_follow(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /_control/follow `{"citizen","follow": true|false,"source"?}`."""
    values = request.parse_json()
    citizen = emu.world.find_citizen(str(values.get("citizen")))
    set_following(emu, citizen, bool(values.get("follow", True)), str(values.get("source", "oa_profile")))
    return citizen_to_json(emu, citizen)


def handle_change_citizen(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /_control/citizen `{"citizen", "blocked"?, "banned"?, "oa_admin"?, "last_interaction"?}`."""
    values = request.parse_json()
    citizen = emu.world.find_citizen(str(values.get("citizen")))
    for name in ("blocked", "banned", "oa_admin"):
        if name in values:
            setattr(citizen, name, bool(values[name]))
    if "last_interaction" in values:
        citizen.last_interaction_ms = int(values["last_interaction"])
    emu.changed()
    return citizen_to_json(emu, citizen)


def handle_seen(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /_control/seen `{"citizen"}`: mark every message of the OA as read."""
    return {"msg_ids": talk.mark_seen(emu, emu.world.find_citizen(str(request.parse_json().get("citizen"))))}


def handle_react(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /_control/react `{"citizen","msg_id","icon"}`."""
    values = request.parse_json()
    citizen = emu.world.find_citizen(str(values.get("citizen")))
    message = emu.world.messages.get(str(values.get("msg_id")))
    if message is None:
        raise RequestRejected("no such message", 404)
    icon = str(values.get("icon") or "/-heart")
    message.reactions[citizen.user_id] = icon
    by_app = citizen.user_id_by_app
    event = events.build_user_reacted(emu.ids, citizen.user_id, by_app, message.message_id, icon, ts=emu.now())
    emu.emit_event(event, citizen.user_id)
    emu.changed()
    return {"reactions": message.reactions}


def handle_submit_info(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /_control/submit_info `{"citizen","info":{name,phone,user_dob,gender,full_address}}`.

    It is an interaction.
    """
    values = request.parse_json()
    citizen = emu.world.find_citizen(str(values.get("citizen")))
    info = values.get("info")
    if not isinstance(info, dict):
        raise RequestRejected("info is an object")
    citizen.shared = info
    citizen.last_interaction_ms = emu.now()
    delivery_numbers = emu.emit_event(
        events.build_submit_info(emu.ids, citizen.user_id, info, ts=emu.now()), citizen.user_id
    )
    emu.changed()
    return {"deliveries": delivery_numbers}


def handle_click(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /_control/click `{"citizen"}`: opens the chat. The event is emitted once per person."""
    citizen = emu.world.find_citizen(str(request.parse_json().get("citizen")))
    citizen.last_interaction_ms = emu.now()
    delivery_numbers: list[int] = []
    if not citizen.clicked_chat:
        citizen.clicked_chat = True
        event = events.build_click_chat(emu.ids, citizen.user_id, citizen.user_id_by_app, ts=emu.now())
        delivery_numbers = emu.emit_event(event, citizen.user_id)
    return {"deliveries": delivery_numbers}


def handle_press(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /_control/press `{"citizen","title","msg_id"?}`: press a button of that, or the last, message.

    The switch `click_event` says how the OA learns of it; a pressed `oa.query.hide` shows no bubble.
    """
    values = request.parse_json()
    citizen = emu.world.find_citizen(str(values.get("citizen")))
    message, button = _find_button(emu, citizen, str(values.get("msg_id") or ""), str(values.get("title")))
    citizen.last_interaction_ms = emu.now()
    how, text = emu.world.switches.click_event, str(button["payload"])
    if how == "user_send_text":
        sent = talk.send_as_user(emu, citizen, talk.BubbleContent("text", text))
        return {"msg_id": sent.message.message_id, "deliveries": sent.deliveries}
    user_ids = (citizen.user_id, citizen.user_id_by_app)
    event = events.build_button_event(emu.ids, how, user_ids, message.message_id, text, ts=emu.now())
    return {"deliveries": emu.emit_event(event, citizen.user_id)}


def _find_button(emu: Emulator, citizen: Citizen, message_id: str, title: str) -> tuple[ChatBubble, Json]:
    for message in reversed(emu.world.list_chat_messages(f"u:{citizen.user_id}")):
        for attachment in message.attachments if message_id in ("", message.message_id) else []:
            for button in attachment["payload"].get("buttons", []):
                if button["title"] == title:
                    return message, button
    raise RequestRejected(f"no button {title}", 404)


def handle_withdraw(emu: Emulator, request: HttpRequest) -> Json:
    """Handle POST /_control/withdraw `{"citizen"}`: the citizen requests erasure."""
    citizen = emu.world.find_citizen(str(request.parse_json().get("citizen")))
    event = events.build_withdraw(emu.ids, citizen.user_id, citizen.user_id_by_app, ts=emu.now())
    return {"deliveries": emu.emit_event(event, citizen.user_id)}
