"""Conversion of webhook events to channel types. Pure: tables of names, and one parser a shape."""

import datetime as dt
import hashlib
import math
import re
from collections.abc import Callable
from typing import Any

import orjson

from binhyen.channels.kinds.zalo_oa.payloads import Attachment, Event
from binhyen.channels.kinds.zalo_oa.protocol import strip_mentions, visitor
from binhyen.channels.types import Doing, Happening, Incoming, IncomingMessage, Media, Unknown
from binhyen.kit.text import nfc, squeeze

MOST_MEDIA = 30
MOST_LINKED = 500  # characters of a link's description
VISITOR_SENDS = "anonymous_send_"  # sent from the chat window on a web page
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_WRITES = frozenset(
    f"user_send_{place}{kind}"
    for place in ("", "group_")
    for kind in ["text", "image", "gif", "link", "audio", "video", "sticker", "location", "file", "business_card"]
) | {f"{VISITOR_SENDS}{kind}" for kind in ("text", "image", "file", "sticker")}
_ECHOES = frozenset(
    [f"oa_send_{kind}" for kind in ["text", "image", "gif", "list", "file", "sticker", "template"]]
    + [
        f"oa_send_group_{kind}"
        for kind in ["text", "image", "link", "audio", "location", "video", "business_card", "sticker", "gif", "file"]
    ]
)
_LIFE = {
    "create_group": Doing.GROUP_CREATED,
    "update_group_info": Doing.GROUP_CHANGED,
    "delete_group": Doing.GROUP_GONE,
    "disperse_group": Doing.GROUP_GONE,
    "user_join_group": Doing.JOINED,
    "accept_request_join_group": Doing.JOINED,
    "react_request_join_group": Doing.JOINED,
    "react_request_join_group_accept": Doing.JOINED,
    "user_out_group": Doing.LEFT,
    "user_leave_group": Doing.LEFT,
    "user_request_join_group": Doing.ASKED_TO_JOIN,
    "reject_request_join_group": Doing.JOIN_REFUSED,
    "react_request_join_group_reject": Doing.JOIN_REFUSED,
    "add_group_admin": Doing.ADMINS_CHANGED,
    "remove_group_admin": Doing.ADMINS_CHANGED,
}
_PERSONAL = {
    "follow": Doing.FOLLOWED,
    "unfollow": Doing.UNFOLLOWED,
    "user_click_chatnow": Doing.INTERACTED,
    "user_call_oa": Doing.INTERACTED,
    "widget_interaction_accepted": Doing.INTERACTED,
    "user_withdraw": Doing.ERASE_ME,
}
_NOTED = frozenset(
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
_MEDIA = {"image": "image", "gif": "image", "file": "file", "audio": "audio", "video": "video", "sticker": "sticker"}
_PLAIN_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


def outside_id(event: Event) -> str:
    """Return the idempotency key, the same on a repeated delivery: the message id of a message, else a hash."""
    if event.event_name in _WRITES and _PLAIN_ID.fullmatch(event.message.msg_id):
        return event.message.msg_id
    return fingerprint(event)


def fingerprint(event: Event) -> str:
    """Return 64 hex digits over name, group, time and people.

    Echoes and receipts share their message's id, so it is included.
    """
    people = sorted(party.id for party in event.users)
    ids = sorted([*event.message.msg_ids, event.message.msg_id])
    who = [event.sender.id, event.recipient.id, event.follower.id, event.user_id, event.group_id]
    facts = [event.event_name, event.timestamp, who, people, ids]
    return hashlib.sha256(repr(facts).encode("utf-8", "surrogatepass")).hexdigest()


def read(event: Event, name: str) -> Incoming:
    """Return one event in channel types. Raises ValueError where a known event has a wrong shape."""
    if name in _WRITES:
        return _written(event, name)
    if name in _LIFE:
        return _life(event, _LIFE[name], name)
    if name in _ECHOES:
        return _echo(event, name)
    if name in _PERSONAL:
        who = event.user_id or event.follower.id or event.sender.id
        return Happening(_PERSONAL[name], moment(event), (_needed(who, "person"),))
    if name in _SPECIAL:
        return _SPECIAL[name](event)
    return Happening(Doing.NOTED, moment(event)) if name in _NOTED else Unknown(name)


def moment(event: Event) -> dt.datetime:
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


def _needed(value: str, what: str) -> str:
    if not _PLAIN_ID.fullmatch(value):
        raise ValueError(f"the id of the {what} is missing or malformed")
    return value


def _written(event: Event, name: str) -> IncomingMessage:
    message = event.message
    text = nfc(strip_mentions(nfc(message.text))).strip()  # removing a mention may join a letter and its diacritic
    if name.endswith("business_card"):
        card = _card_phone(message.attachments)
        more = [f"Danh thiếp: {card}"] if card else []
    else:
        more = [line for a in message.attachments[:MOST_MEDIA] for line in _linked(a) if line not in text]
    return IncomingMessage(
        outside_id=_needed(message.msg_id, "message"),
        sender=_sender(event, name),
        text="\n".join([text, *dict.fromkeys(more)]).strip(),
        sent_at=moment(event),
        group=_needed(event.recipient.id, "group") if name.startswith("user_send_group_") else None,
        media=tuple(_media(message.attachments[:MOST_MEDIA])),
        location=next((place for a in message.attachments if (place := _location(a))), None),
        quote_of=message.quote_msg_id if _PLAIN_ID.fullmatch(message.quote_msg_id) else None,
    )


def _sender(event: Event, name: str) -> str:
    """Return the address for replies.

    A visitor has no account, only an id and the conversation in the window (sending.py).
    """
    who = _needed(event.sender.id, "sender")
    return _needed(visitor(who, event.message.conversation_id), "visitor") if name.startswith(VISITOR_SENDS) else who


def _linked(attachment: Attachment) -> list[str]:
    """Return description and address of a shared link as lines: a question about the link refers to them."""
    if attachment.type in _MEDIA or attachment.type == "location":
        return []
    about, url = (attachment.payload.get(key) for key in ("description", "url"))
    lines = [squeeze(nfc(one))[:MOST_LINKED] for one in (about, url) if isinstance(one, str)]
    return [nfc(strip_mentions(line)) for line in lines if line and not line.startswith("{")]


def _media(attachments: list[Attachment]) -> list[Media]:
    found = []
    for attachment in attachments:
        kind = _MEDIA.get(attachment.type, "")
        url = attachment.payload.get("url")
        url = url if isinstance(url, str) and url.startswith(("https://", "http://")) and len(url) < 4096 else ""
        title = attachment.payload.get("name")
        name = squeeze(nfc(title))[:120] if isinstance(title, str) else ""
        if kind and (url or name):
            found.append(Media(kind, nfc(url), name))
    return found


def _location(attachment: Attachment) -> tuple[float, float] | None:
    """Return latitude and longitude parsed from strings; None where they are outside the valid range."""
    if attachment.type != "location":
        return None
    coordinates = attachment.payload.get("coordinates")
    if not isinstance(coordinates, dict):
        return None
    latitude, longitude = (_degrees(coordinates.get(key)) for key in ("latitude", "longitude"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return latitude, longitude


def _degrees(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _card_phone(attachments: list[Attachment]) -> str:
    """Return the phone of a business card: JSON inside `description`."""
    for attachment in attachments:
        try:
            facts = orjson.loads(attachment.payload.get("description", ""))
        except orjson.JSONDecodeError:
            continue
        phone = facts.get("phone") if isinstance(facts, dict) else None
        if isinstance(phone, str | int) and not isinstance(phone, bool):
            return nfc(str(phone))[:30]
    return ""


def _echo(event: Event, name: str) -> Happening:
    """Return an echo event. `contact_fields["by"]` is set where a person wrote the message in Zalo's own tool."""
    in_group = name.startswith("oa_send_group_")
    return Happening(
        Doing.ECHO,
        moment(event),
        people=() if in_group else (_needed(event.recipient.id, "person"),),
        group=_needed(event.recipient.id, "group") if in_group else None,
        message_ids=(_needed(event.message.msg_id, "message"),),
        facts={"by": "tool"} if event.sender.admin_id else {},
    )


def _life(event: Event, doing: Doing, name: str) -> Happening:
    people = tuple(dict.fromkeys(_needed(party.id, "member") for party in event.users))
    facts = {"change": name.partition("_")[0]} if doing is Doing.ADMINS_CHANGED else {}
    return Happening(doing, moment(event), people, _needed(event.group_id, "group"), facts=facts)


def _seen(event: Event) -> Happening:
    ids = tuple(_needed(one, "message") for one in event.message.msg_ids or [event.message.msg_id])
    return Happening(Doing.SEEN, moment(event), (_needed(event.recipient.id, "person"),), message_ids=ids)


def _received(event: Event) -> Happening:
    if event.message.tracking_id:  # a template sent by phone number: the recipient is not an account
        return Happening(Doing.NOTED, moment(event))
    ids = (_needed(event.message.msg_id, "message"),)
    return Happening(Doing.DELIVERED, moment(event), (_needed(event.recipient.id, "person"),), message_ids=ids)


def _contact(event: Event) -> Happening:
    """Return name, phone (0…) and address of a person who pressed «share»; parses both shapes that Zalo sends."""
    info = event.info
    full = info.get("full_address")
    parts = [full.get(k) for k in ("user_address", "user_ward", "user_city")] if isinstance(full, dict) else [
        info.get(k) for k in ("address", "ward", "district", "city")
    ]  # fmt: skip
    facts = {
        "name": _fact(info.get("name")),
        "phone": re.sub(r"^\+?84(?=\d{9,10}$)", "0", _fact(info.get("phone"))),
        "address": ", ".join(text for part in parts if (text := _fact(part))),
    }
    given = {key: value for key, value in facts.items() if value}
    return Happening(Doing.CONTACT_GIVEN, moment(event), (_needed(event.sender.id, "person"),), facts=given)


def _fact(value: Any) -> str:
    return squeeze(nfc(str(value)))[:200] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _consent(event: Event) -> Happening:
    """Return an interaction where the person allowed a call."""
    doing = Doing.INTERACTED if event.user_consent == "ALLOW" else Doing.NOTED
    who = event.user_id or event.sender.id
    return Happening(doing, moment(event), (_needed(who, "person"),) if doing is Doing.INTERACTED else ())


def _revoked(event: Event) -> Happening:
    return Happening(Doing.PERMISSION_REVOKED, moment(event))


_SPECIAL: dict[str, Callable[[Event], Happening]] = {
    "user_seen_message": _seen,
    "user_received_message": _received,
    "user_submit_info": _contact,
    "user_reply_consent": _consent,
    "permission_revoked": _revoked,
}
