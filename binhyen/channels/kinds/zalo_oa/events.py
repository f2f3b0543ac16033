"""Conversion of webhook events to channel types. Pure: tables of names, and one parser a shape."""

import datetime as dt
import hashlib
import math
import re
from collections.abc import Callable
from typing import Any

import orjson

from binhyen.channels.kinds.zalo_oa.payloads import EventAttachment, ZaloEvent
from binhyen.channels.kinds.zalo_oa.protocol import format_visitor_address, strip_mentions
from binhyen.channels.types import ChannelEvent, EventType, Incoming, IncomingMessage, Media, UnknownEvent
from binhyen.kit.text import collapse_spaces, to_nfc

MAX_MEDIA = 30
MAX_LINK_TEXT = 500  # characters of a link's description
VISITOR_EVENT_PREFIX = "anonymous_send_"  # sent from the chat window on a web page
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MESSAGE_EVENTS = frozenset(
    f"user_send_{place}{kind}"
    for place in ("", "group_")
    for kind in ["text", "image", "gif", "link", "audio", "video", "sticker", "location", "file", "business_card"]
) | {f"{VISITOR_EVENT_PREFIX}{kind}" for kind in ("text", "image", "file", "sticker")}
_ECHO_EVENTS = frozenset(
    [f"oa_send_{kind}" for kind in ["text", "image", "gif", "list", "file", "sticker", "template"]]
    + [
        f"oa_send_group_{kind}"
        for kind in ["text", "image", "link", "audio", "location", "video", "business_card", "sticker", "gif", "file"]
    ]
)
_GROUP_EVENTS = {
    "create_group": EventType.GROUP_CREATED,
    "update_group_info": EventType.GROUP_CHANGED,
    "delete_group": EventType.GROUP_GONE,
    "disperse_group": EventType.GROUP_GONE,
    "user_join_group": EventType.JOINED,
    "accept_request_join_group": EventType.JOINED,
    "react_request_join_group": EventType.JOINED,
    "react_request_join_group_accept": EventType.JOINED,
    "user_out_group": EventType.LEFT,
    "user_leave_group": EventType.LEFT,
    "user_request_join_group": EventType.ASKED_TO_JOIN,
    "reject_request_join_group": EventType.JOIN_REFUSED,
    "react_request_join_group_reject": EventType.JOIN_REFUSED,
    "add_group_admin": EventType.ADMINS_CHANGED,
    "remove_group_admin": EventType.ADMINS_CHANGED,
}
_PRIVATE_EVENTS = {
    "follow": EventType.FOLLOWED,
    "unfollow": EventType.UNFOLLOWED,
    "user_click_chatnow": EventType.INTERACTED,
    "user_click_link": EventType.INTERACTED,
    "user_call_oa": EventType.INTERACTED,
    "widget_interaction_accepted": EventType.INTERACTED,
    "user_withdraw": EventType.ERASE_ME,
}
_IGNORED_EVENTS = frozenset(
    [f"oa_send_anonymous_{kind}" for kind in ("text", "image", "file", "sticker")]
    + [
        "user_reacted_message",
        "oa_reacted_message",
        "add_user_to_tag",
        "remove_user_from_tag",
        "remove_tag",
        "update_user_info",
        "extension_purchased",
        "shop_has_order",
        "oa_send_consent",
        "oa_call_user",
        "change_template_status",
        "change_oa_daily_quota",
        "change_template_quality",
        "change_oa_template_tags",
        "user_feedback",
        "event_journey_time_out",
        "event_journey_acknowledged",
    ]
)
_MEDIA_KINDS = {
    "image": "image",
    "gif": "image",
    "file": "file",
    "audio": "audio",
    "video": "video",
    "sticker": "sticker",
}
_PLAIN_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


def get_event_id(event: ZaloEvent) -> str:
    """Return the idempotency key, the same on a repeated delivery: the message id of a message, else a hash."""
    if event.event_name in _MESSAGE_EVENTS and _PLAIN_ID.fullmatch(event.message.msg_id):
        return event.message.msg_id
    return hash_event(event)


def hash_event(event: ZaloEvent) -> str:
    """Return 64 hex digits over name, group, time and people.

    Echoes and receipts share their message's id, so it is included.
    """
    member_ids = sorted(party.id for party in event.users)
    ids = sorted([*event.message.msg_ids, event.message.msg_id or event.msg_id])
    party_ids = [event.sender.id, event.recipient.id, event.follower.id, event.user_id, event.group_id]
    hashed_fields = [event.event_name, event.timestamp, party_ids, member_ids, ids]
    return hashlib.sha256(repr(hashed_fields).encode("utf-8", "surrogatepass")).hexdigest()


def parse_event(event: ZaloEvent, name: str) -> Incoming:
    """Return one event in channel types. Raises ValueError where a known event has a wrong shape."""
    if name in _MESSAGE_EVENTS:
        return _parse_message(event, name)
    if name in _GROUP_EVENTS:
        return _parse_group_event(event, _GROUP_EVENTS[name], name)
    if name in _ECHO_EVENTS:
        return _parse_echo(event, name)
    if name in _PRIVATE_EVENTS:
        user_id = event.user_id or event.follower.id or event.sender.id
        return ChannelEvent(_PRIVATE_EVENTS[name], parse_timestamp(event), (_require_id(user_id, "person"),))
    if name in _SPECIAL_PARSERS:
        return _SPECIAL_PARSERS[name](event)
    return ChannelEvent(EventType.NOTED, parse_timestamp(event)) if name in _IGNORED_EVENTS else UnknownEvent(name)


def parse_timestamp(event: ZaloEvent) -> dt.datetime:
    """Return the timestamp, text of epoch milliseconds, as aware UTC.

    Raises ValueError where it is no possible date.
    """
    text = event.timestamp
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise ValueError("timestamp is not a number of milliseconds")
    try:
        return _EPOCH + dt.timedelta(milliseconds=int(text))
    except OverflowError as error:
        raise ValueError("timestamp is out of range") from error


def _require_id(value: str, id_name: str) -> str:
    if not _PLAIN_ID.fullmatch(value):
        raise ValueError(f"the id of the {id_name} is missing or malformed")
    return value


def _parse_message(event: ZaloEvent, name: str) -> IncomingMessage:
    message = event.message
    text = to_nfc(
        strip_mentions(to_nfc(message.text))
    ).strip()  # removing a mention may join a letter and its diacritic
    if name.endswith("business_card"):
        card_phone = _parse_card_phone(message.attachments)
        extra_lines = [f"Danh thiếp: {card_phone}"] if card_phone else []
    else:
        extra_lines = [
            line
            for attachment in message.attachments[:MAX_MEDIA]
            for line in _list_link_lines(attachment)
            if line not in text
        ]
    return IncomingMessage(
        external_id=_require_id(message.msg_id, "message"),
        sender=_get_sender_id(event, name),
        text="\n".join([text, *dict.fromkeys(extra_lines)]).strip(),
        sent_at=parse_timestamp(event),
        group=_require_id(event.recipient.id, "group") if name.startswith("user_send_group_") else None,
        media=tuple(_parse_media(message.attachments[:MAX_MEDIA])),
        location=next(
            (coordinates for attachment in message.attachments if (coordinates := _parse_location(attachment))), None
        ),
        quote_of=message.quote_msg_id if _PLAIN_ID.fullmatch(message.quote_msg_id) else None,
    )


def _get_sender_id(event: ZaloEvent, name: str) -> str:
    """Return the address for replies.

    A visitor has no account, only an id and the conversation in the window (sending.py).
    """
    user_id = _require_id(event.sender.id, "sender")
    return (
        _require_id(format_visitor_address(user_id, event.message.conversation_id), "visitor")
        if name.startswith(VISITOR_EVENT_PREFIX)
        else user_id
    )


def _list_link_lines(attachment: EventAttachment) -> list[str]:
    """Return description and address of a shared link as lines: a question about the link refers to them."""
    if attachment.type in _MEDIA_KINDS or attachment.type == "location":
        return []
    description, url = (attachment.payload.get(key) for key in ("description", "url"))
    lines = [collapse_spaces(to_nfc(part))[:MAX_LINK_TEXT] for part in (description, url) if isinstance(part, str)]
    return [to_nfc(strip_mentions(line)) for line in lines if line and not line.startswith("{")]


def _parse_media(attachments: list[EventAttachment]) -> list[Media]:
    media_files = []
    for attachment in attachments:
        kind = _MEDIA_KINDS.get(attachment.type, "")
        url = attachment.payload.get("url")
        url = url if isinstance(url, str) and url.startswith(("https://", "http://")) and len(url) < 4096 else ""
        title = attachment.payload.get("name")
        name = collapse_spaces(to_nfc(title))[:120] if isinstance(title, str) else ""
        if kind and (url or name):
            media_files.append(Media(kind, to_nfc(url), name))
    return media_files


def _parse_location(attachment: EventAttachment) -> tuple[float, float] | None:
    """Return latitude and longitude parsed from strings; None where they are outside the valid range."""
    if attachment.type != "location":
        return None
    coordinates = attachment.payload.get("coordinates")
    if not isinstance(coordinates, dict):
        return None
    latitude, longitude = (_parse_degrees(coordinates.get(key)) for key in ("latitude", "longitude"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return latitude, longitude


def _parse_degrees(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _parse_card_phone(attachments: list[EventAttachment]) -> str:
    """Return the phone of a business card: JSON inside `description`."""
    for attachment in attachments:
        try:
            card_fields = orjson.loads(attachment.payload.get("description", ""))
        except orjson.JSONDecodeError:
            continue
        phone = card_fields.get("phone") if isinstance(card_fields, dict) else None
        if isinstance(phone, str | int) and not isinstance(phone, bool):
            return to_nfc(str(phone))[:30]
    return ""


def _parse_echo(event: ZaloEvent, name: str) -> ChannelEvent:
    """Return an echo event. `contact_fields["by"]` is set where a person wrote the message in Zalo's own tool."""
    in_group = name.startswith("oa_send_group_")
    return ChannelEvent(
        EventType.ECHO,
        parse_timestamp(event),
        people=() if in_group else (_require_id(event.recipient.id, "person"),),
        group=_require_id(event.recipient.id, "group") if in_group else None,
        message_ids=(_require_id(event.message.msg_id, "message"),),
        facts={"by": "tool"} if event.sender.admin_id else {},
    )


def _parse_group_event(event: ZaloEvent, event_type: EventType, name: str) -> ChannelEvent:
    member_ids = tuple(dict.fromkeys(_require_id(party.id, "member") for party in event.users))
    facts = {"change": name.partition("_")[0]} if event_type is EventType.ADMINS_CHANGED else {}
    return ChannelEvent(
        event_type, parse_timestamp(event), member_ids, _require_id(event.group_id, "group"), facts=facts
    )


def _parse_seen(event: ZaloEvent) -> ChannelEvent:
    ids = tuple(_require_id(message_id, "message") for message_id in event.message.msg_ids or [event.message.msg_id])
    return ChannelEvent(
        EventType.SEEN, parse_timestamp(event), (_require_id(event.recipient.id, "person"),), message_ids=ids
    )


def _parse_received(event: ZaloEvent) -> ChannelEvent:
    if event.message.tracking_id:  # a template sent by phone number: the recipient is not an account
        return ChannelEvent(EventType.NOTED, parse_timestamp(event))
    ids = (_require_id(event.message.msg_id, "message"),)
    return ChannelEvent(
        EventType.DELIVERED, parse_timestamp(event), (_require_id(event.recipient.id, "person"),), message_ids=ids
    )


def _parse_contact(event: ZaloEvent) -> ChannelEvent:
    """Return name, phone (0…) and address of a person who pressed «share»; parses both shapes that Zalo sends."""
    info = event.info
    address_fields = info.get("full_address")
    parts = (
        [address_fields.get(part_name) for part_name in ("user_address", "user_ward", "user_city")]
        if isinstance(address_fields, dict)
        else [info.get(part_name) for part_name in ("address", "ward", "district", "city")]
    )
    contact_fields = {
        "name": _clean_field(info.get("name")),
        "phone": re.sub(r"^\+?84(?=\d{9,10}$)", "0", _clean_field(info.get("phone"))),
        "address": ", ".join(text for part in parts if (text := _clean_field(part))),
    }
    filled_fields = {key: value for key, value in contact_fields.items() if value}
    return ChannelEvent(
        EventType.CONTACT_GIVEN, parse_timestamp(event), (_require_id(event.sender.id, "person"),), facts=filled_fields
    )


def _clean_field(value: Any) -> str:
    return (
        collapse_spaces(to_nfc(str(value)))[:200]
        if isinstance(value, str | int) and not isinstance(value, bool)
        else ""
    )


def _parse_consent(event: ZaloEvent) -> ChannelEvent:
    """Return an interaction where the person allowed a call."""
    event_type = EventType.INTERACTED if event.user_consent == "ALLOW" else EventType.NOTED
    user_id = event.user_id or event.sender.id
    return ChannelEvent(
        event_type,
        parse_timestamp(event),
        (_require_id(user_id, "person"),) if event_type is EventType.INTERACTED else (),
    )


def _parse_press(event: ZaloEvent) -> ChannelEvent:
    """Return a pressed button with the text it says; an interaction where it says nothing.

    The documented event names only the message, others the person, whose text stands under one of several names.
    """
    message = event.message
    values = (message.data, message.payload, message.text, message.title)
    text = next((cleaned for value in values if (cleaned := _clean_field(value))), "")
    person = event.sender.id or event.user_id
    people = (_require_id(person, "person"),) if person else ()
    message_id = event.msg_id or message.msg_id
    at = parse_timestamp(event)
    if not text or not (people or message_id):
        return ChannelEvent(EventType.INTERACTED if people else EventType.NOTED, at, people)
    message_ids = (_require_id(message_id, "message"),) if message_id else ()
    facts = {"text": to_nfc(strip_mentions(text))}
    return ChannelEvent(
        EventType.PRESSED, at, people, message_ids=message_ids, facts=facts, external_id=hash_event(event)
    )


def _parse_revoked(event: ZaloEvent) -> ChannelEvent:
    return ChannelEvent(EventType.PERMISSION_REVOKED, parse_timestamp(event))


_SPECIAL_PARSERS: dict[str, Callable[[ZaloEvent], ChannelEvent]] = {
    "user_seen_message": _parse_seen,
    "user_received_message": _parse_received,
    "user_submit_info": _parse_contact,
    "user_reply_consent": _parse_consent,
    "user_click_response_button": _parse_press,
    "user_click_button": _parse_press,
    "user_click_chabot_menu": _parse_press,
    "permission_revoked": _parse_revoked,
}
