"""Messages of people and the OA: from content to a stored message, the chat page's item and the webhook event."""

from dataclasses import dataclass, field

from emulator import events, group_events
from emulator.core import Emulator
from emulator.errors import Refused
from emulator.signing import new_hex_id
from emulator.world import Citizen, Group, Json, Message

ANONYMOUS_KINDS = ("text", "image", "file", "sticker")


@dataclass(frozen=True, slots=True)
class Content:
    """The content of one bubble. `kind` is the last word of the event name."""

    kind: str
    text: str = ""
    quote: str = ""
    attachments: list[Json] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Said:
    message: Message
    deliveries: list[int]


def user_says(emu: Emulator, citizen: Citizen, content: Content) -> Said:
    """Send a message of a citizen (or anonymous visitor) to the OA; restarts the interaction window."""
    if citizen.conversation_id and content.kind not in ANONYMOUS_KINDS:
        raise Refused(f"an anonymous visitor can send {', '.join(ANONYMOUS_KINDS)}")
    message = _keep(emu, f"u:{citizen.user_id}", 1, citizen.user_id, content)
    body = events.message_body(message.message_id, content.text, content.quote, content.attachments)
    if citizen.conversation_id:
        body["conversation_id"] = citizen.conversation_id
        event = events.anonymous_send(emu.ids, content.kind, citizen.user_id, body, ts=message.time)
    else:
        by_app = citizen.user_id_by_app
        event = events.user_send(emu.ids, content.kind, citizen.user_id, by_app, body, ts=message.time)
    citizen.last_interaction_ms = message.time
    return Said(message, emu.emit(event, citizen.user_id))


def user_says_in_group(emu: Emulator, citizen: Citizen, group: Group, content: Content) -> Said:
    """Send a member's group message.

    Rejected for non-members, in locked or disabled groups, and for a location by default.
    """
    if citizen.user_id not in group.members:
        raise Refused(f"{citizen.name} is not in {group.name}", 409)
    if not emu.world.group_enabled(group, emu.now()):
        raise Refused(f"{group.name} is disabled", 409)
    if group.lock_send_msg and citizen.user_id not in group.admins:
        raise Refused(f"only administrators may write in {group.name}", 409)
    if content.kind == "location" and not emu.world.switches.group_location:
        raise Refused("locations in groups are off (switch group_location)", 409)
    message = _keep(emu, f"g:{group.group_id}", 1, citizen.user_id, content)
    body = events.message_body(message.message_id, content.text, content.quote, content.attachments)
    gid = group.group_id
    event = group_events.user_send_group(emu.ids, content.kind, citizen.user_id, gid, body, ts=message.time)
    return Said(message, emu.emit(event, citizen.user_id))


def oa_says(emu: Emulator, citizen: Citizen, content: Content, request: Json) -> Message:
    """Send a message of the OA to one person: stored, echoed as oa_send_*, with receipts as switched on."""
    message = _keep(emu, f"u:{citizen.user_id}", 0, emu.ids.oa_id, content, request=request)
    body = events.message_body(message.message_id, content.text, content.quote, content.attachments)
    if citizen.conversation_id:
        body["conversation_id"] = citizen.conversation_id
        echo = events.oa_send_anonymous(emu.ids, content.kind, citizen.user_id, body, ts=message.time)
        emu.emit(echo, citizen.user_id)
        return message
    by_app = citizen.user_id_by_app
    echo = events.oa_send(emu.ids, content.kind, citizen.user_id, by_app, body, ts=message.time)
    emu.emit(echo, citizen.user_id)
    if emu.world.switches.auto_received:
        emu.emit(events.received(emu.ids, citizen.user_id, message.message_id, ts=emu.now()), citizen.user_id)
    if emu.world.switches.auto_seen:
        see(emu, citizen)
    return message


def oa_says_in_group(emu: Emulator, group: Group, content: Content, request: Json) -> Message:
    message = _keep(emu, f"g:{group.group_id}", 0, emu.ids.oa_id, content, request=request)
    body = events.message_body(message.message_id, content.text, content.quote, content.attachments)
    echo = group_events.oa_send_group(emu.ids, content.kind, group.group_id, body, ts=message.time)
    emu.emit(echo, group.group_id)
    return message


def see(emu: Emulator, citizen: Citizen) -> list[str]:
    """Mark every unread message of the OA as seen, as when the citizen opens the chat. Return their ids."""
    fresh = [m for m in emu.world.chat_messages(f"u:{citizen.user_id}") if m.src == 0 and not m.seen]
    for message in fresh:
        message.seen = True
    ids = [message.message_id for message in fresh]
    if ids and not citizen.conversation_id:
        emu.emit(events.seen(emu.ids, citizen.user_id, ids, ts=emu.now()), citizen.user_id)
    return ids


def _keep(
    emu: Emulator, chat: str, src: int, from_id: str, content: Content, *, request: Json | None = None
) -> Message:
    message = Message(
        seq=emu.world.next_seq(),
        message_id=new_hex_id(),
        chat=chat,
        src=src,
        from_id=from_id,
        time=emu.now(),
        type=content.kind,
        text=content.text,
        quote=content.quote,
        attachments=content.attachments,
        request=request or {},
    )
    emu.world.keep(message)
    emu.feed.put("message", bubble(emu, message))
    emu.store.touched()
    if src == 0:
        emu.sent_pulse.fire()
    return message


def bubble(emu: Emulator, message: Message) -> Json:
    """Return a message for the chat page."""
    sender = emu.world.citizens.get(message.from_id)
    return {
        "seq": message.seq,
        "id": message.message_id,
        "chat": message.chat,
        "src": message.src,
        "from": message.from_id,
        "name": sender.name if sender else emu.world.account.name,
        "time": message.time,
        "type": message.type,
        "text": message.text,
        "quote": message.quote,
        "attachments": message.attachments,
        "reactions": message.reactions,
    }
