"""Messages of people and the OA: from content to a stored message, the chat page's item and the webhook event."""

from dataclasses import dataclass, field

from emulator import events, group_events
from emulator.core import Emulator
from emulator.errors import RequestRejected
from emulator.signing import generate_hex_id
from emulator.world import ChatBubble, ChatGroup, Citizen, Json

ANONYMOUS_KINDS = ("text", "image", "file", "sticker")


@dataclass(frozen=True, slots=True)
class BubbleContent:
    """The content of one bubble. `kind` is the last word of the event name."""

    kind: str
    text: str = ""
    quote: str = ""
    attachments: list[Json] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SentMessage:
    message: ChatBubble
    deliveries: list[int]


def send_as_user(emu: Emulator, citizen: Citizen, content: BubbleContent) -> SentMessage:
    """Send a message of a citizen (or anonymous visitor) to the OA; restarts the interaction window."""
    if citizen.conversation_id and content.kind not in ANONYMOUS_KINDS:
        raise RequestRejected(f"an anonymous visitor can send {', '.join(ANONYMOUS_KINDS)}")
    message = _store_message(emu, f"u:{citizen.user_id}", 1, citizen.user_id, content)
    body = events.build_message_body(message.message_id, content.text, content.quote, content.attachments)
    if citizen.conversation_id:
        body["conversation_id"] = citizen.conversation_id
        event = events.build_anonymous_send(emu.ids, content.kind, citizen.user_id, body, ts=message.time)
    else:
        by_app = citizen.user_id_by_app
        event = events.build_user_send(emu.ids, content.kind, citizen.user_id, by_app, body, ts=message.time)
    citizen.last_interaction_ms = message.time
    return SentMessage(message, emu.emit_event(event, citizen.user_id))


def send_as_member(emu: Emulator, citizen: Citizen, group: ChatGroup, content: BubbleContent) -> SentMessage:
    """Send a member's group message.

    Rejected for non-members, in locked or disabled groups, and for a location by default.
    """
    if citizen.user_id not in group.members:
        raise RequestRejected(f"{citizen.name} is not in {group.name}", 409)
    if not emu.world.is_group_enabled(group, emu.now()):
        raise RequestRejected(f"{group.name} is disabled", 409)
    if group.lock_send_msg and citizen.user_id not in group.admins:
        raise RequestRejected(f"only administrators may write in {group.name}", 409)
    if content.kind == "location" and not emu.world.switches.group_location:
        raise RequestRejected("locations in groups are off (switch group_location)", 409)
    message = _store_message(emu, f"g:{group.group_id}", 1, citizen.user_id, content)
    body = events.build_message_body(message.message_id, content.text, content.quote, content.attachments)
    gid = group.group_id
    event = group_events.build_user_send_group(emu.ids, content.kind, citizen.user_id, gid, body, ts=message.time)
    return SentMessage(message, emu.emit_event(event, citizen.user_id))


def send_as_oa(emu: Emulator, citizen: Citizen, content: BubbleContent, request: Json) -> ChatBubble:
    """Send a message of the OA to one person: stored, echoed as oa_send_*, with receipts as switched on."""
    message = _store_message(emu, f"u:{citizen.user_id}", 0, emu.ids.oa_id, content, request=request)
    body = events.build_message_body(message.message_id, content.text, content.quote, content.attachments)
    if citizen.conversation_id:
        body["conversation_id"] = citizen.conversation_id
        echo = events.build_oa_send_anonymous(emu.ids, content.kind, citizen.user_id, body, ts=message.time)
        emu.emit_event(echo, citizen.user_id)
        return message
    by_app = citizen.user_id_by_app
    echo = events.build_oa_send(emu.ids, content.kind, citizen.user_id, by_app, body, ts=message.time)
    emu.emit_event(echo, citizen.user_id)
    if emu.world.switches.auto_received:
        emu.emit_event(
            events.build_received(emu.ids, citizen.user_id, message.message_id, ts=emu.now()), citizen.user_id
        )
    if emu.world.switches.auto_seen:
        mark_seen(emu, citizen)
    return message


def send_as_oa_to_group(emu: Emulator, group: ChatGroup, content: BubbleContent, request: Json) -> ChatBubble:
    message = _store_message(emu, f"g:{group.group_id}", 0, emu.ids.oa_id, content, request=request)
    body = events.build_message_body(message.message_id, content.text, content.quote, content.attachments)
    echo = group_events.build_oa_send_group(emu.ids, content.kind, group.group_id, body, ts=message.time)
    emu.emit_event(echo, group.group_id)
    return message


def mark_seen(emu: Emulator, citizen: Citizen) -> list[str]:
    """Mark every unread message of the OA as seen, as when the citizen opens the chat. Return their ids."""
    unread = [item for item in emu.world.list_chat_messages(f"u:{citizen.user_id}") if item.src == 0 and not item.seen]
    for message in unread:
        message.seen = True
    ids = [message.message_id for message in unread]
    if ids and not citizen.conversation_id:
        emu.emit_event(events.build_seen(emu.ids, citizen.user_id, ids, ts=emu.now()), citizen.user_id)
    return ids


def _store_message(
    emu: Emulator, chat: str, src: int, from_id: str, content: BubbleContent, *, request: Json | None = None
) -> ChatBubble:
    message = ChatBubble(
        seq=emu.world.next_seq(),
        message_id=generate_hex_id(),
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
    emu.feed.publish("message", to_bubble(emu, message))
    emu.store.mark_dirty()
    if src == 0:
        emu.sent_pulse.notify_all()
    return message


def to_bubble(emu: Emulator, message: ChatBubble) -> Json:
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
