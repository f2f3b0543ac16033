"""One-to-one webhook events and attachment shapes, as pure functions (reference: OA webhooks, one-to-one).

`ts` is epoch milliseconds; on the wire every id and timestamp is a string.
"""

from dataclasses import dataclass

import orjson

from emulator.world import Json


@dataclass(frozen=True, slots=True)
class AccountIds:
    app_id: str
    oa_id: str


def build_image(url: str, thumbnail: str, kind: str = "image") -> Json:
    return {"type": kind, "payload": {"thumbnail": thumbnail, "url": url}}


def build_link(url: str, description: str, thumbnail: str) -> Json:
    return {"type": "link", "payload": {"thumbnail": thumbnail, "description": description, "url": url}}


def build_audio(url: str) -> Json:
    return {"type": "audio", "payload": {"url": url}}


def build_video(url: str, description: str, thumbnail: str) -> Json:
    return {"type": "video", "payload": {"thumbnail": thumbnail, "description": description, "url": url}}


def build_sticker(sticker_id: str, url: str) -> Json:
    return {"type": "sticker", "payload": {"id": sticker_id, "url": url}}


def build_location(latitude: float, longitude: float) -> Json:
    """Return a location attachment; coordinates are strings on the wire."""
    return {"type": "location", "payload": {"coordinates": {"latitude": str(latitude), "longitude": str(longitude)}}}


def build_file(url: str, name: str, size: int, checksum: str) -> Json:
    """Return a file attachment. `size` is a string on the wire; `type` the extension; `checksum` MD5 hex."""
    extension = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    payload = {"url": url, "name": name, "size": str(size), "type": extension, "checksum": checksum}
    return {"type": "file", "payload": payload}


def build_business_card(phone: str, qr_url: str, thumbnail: str, url: str) -> Json:
    """Return a business card. Zalo stores its fields as JSON text in `description`."""
    description = orjson.dumps({"phone": phone, "qrCodeUrl": qr_url}).decode()
    return {"type": "link", "payload": {"thumbnail": thumbnail, "description": description, "url": url}}


def build_message_body(message_id: str, text: str, quote: str, attachments: list[Json]) -> Json:
    body: Json = {"text": text} if text else {}
    body["msg_id"] = message_id
    if quote:
        body["quote_msg_id"] = quote
    if attachments:
        body["attachments"] = attachments
    return body


def build_user_send(ids: AccountIds, kind: str, user_id: str, by_app: str, message: Json, *, ts: int) -> Json:
    """Return a message event. `kind`: text, image, gif, link, audio, video, sticker, location, file, business_card."""
    return {
        "app_id": ids.app_id,
        "sender": {"id": user_id},
        "user_id_by_app": by_app,
        "recipient": {"id": ids.oa_id},
        "event_name": f"user_send_{kind}",
        "message": message,
        "timestamp": str(ts),
    }


def build_oa_send(ids: AccountIds, kind: str, user_id: str, by_app: str, message: Json, *, ts: int) -> Json:
    """Return the echo of an OA message; `kind`: text, image, gif, list, file, sticker, template."""
    return {
        "app_id": ids.app_id,
        "sender": {"id": ids.oa_id},
        "user_id_by_app": by_app,
        "recipient": {"id": user_id},
        "event_name": f"oa_send_{kind}",
        "message": message,
        "timestamp": str(ts),
    }


def build_anonymous_send(ids: AccountIds, kind: str, anonymous_id: str, message: Json, *, ts: int) -> Json:
    """Return a message event of a web visitor without account.

    `message` carries `conversation_id`; `kind`: text, image, file, sticker.
    """
    return {
        "app_id": ids.app_id,
        "sender": {"id": anonymous_id},
        "recipient": {"id": ids.oa_id},
        "event_name": f"anonymous_send_{kind}",
        "message": message,
        "timestamp": str(ts),
    }


def build_oa_send_anonymous(ids: AccountIds, kind: str, anonymous_id: str, message: Json, *, ts: int) -> Json:
    return {
        "app_id": ids.app_id,
        "sender": {"id": ids.oa_id},
        "recipient": {"id": anonymous_id},
        "event_name": f"oa_send_anonymous_{kind}",
        "message": message,
        "timestamp": str(ts),
    }


def build_follow(ids: AccountIds, user_id: str, by_app: str, *, ts: int, source: str = "oa_profile") -> Json:
    """Return a follow event; `source`: oa_profile, message_invite, social_plugin."""
    return {
        "oa_id": ids.oa_id,
        "follower": {"id": user_id},
        "user_id_by_app": by_app,
        "event_name": "follow",
        "source": source,
        "app_id": ids.app_id,
        "timestamp": str(ts),
    }


def build_unfollow(ids: AccountIds, user_id: str, by_app: str, *, ts: int, source: str = "oa_profile") -> Json:
    return build_follow(ids, user_id, by_app, ts=ts, source=source) | {"event_name": "unfollow"}


def build_submit_info(ids: AccountIds, user_id: str, info: Json, *, ts: int) -> Json:
    """Return an event of shared details.

    `info`: name, phone (84…), user_dob (dd/mm/yyyy), gender, full_address{user_city, user_ward, user_address}.
    """
    return {
        "sender": {"id": user_id},
        "recipient": {"id": ids.oa_id},
        "event_name": "user_submit_info",
        "app_id": ids.app_id,
        "timestamp": str(ts),
        "info": info,
    }


def build_seen(ids: AccountIds, user_id: str, message_ids: list[str], *, ts: int) -> Json:
    """Return a read receipt; as with Zalo, the OA is the sender and the reader the recipient."""
    return _build_oa_to_user(ids, user_id, "user_seen_message", {"msg_ids": message_ids}, ts=ts)


def build_received(ids: AccountIds, user_id: str, message_id: str, *, ts: int) -> Json:
    return _build_oa_to_user(ids, user_id, "user_received_message", {"msg_id": message_id}, ts=ts)


def _build_oa_to_user(ids: AccountIds, user_id: str, event_name: str, message: Json, *, ts: int) -> Json:
    return {
        "app_id": ids.app_id,
        "sender": {"id": ids.oa_id},
        "recipient": {"id": user_id},
        "event_name": event_name,
        "message": message,
        "timestamp": str(ts),
    }


def build_user_reacted(ids: AccountIds, user_id: str, by_app: str, message_id: str, icon: str, *, ts: int) -> Json:
    return {
        "app_id": ids.app_id,
        "sender": {"id": user_id},
        "user_id_by_app": by_app,
        "recipient": {"id": ids.oa_id},
        "event_name": "user_reacted_message",
        "message": {"msg_id": message_id, "react_icon": icon},
        "timestamp": str(ts),
    }


def build_oa_reacted(ids: AccountIds, user_id: str, message_id: str, icon: str, *, ts: int) -> Json:
    return _build_oa_to_user(ids, user_id, "oa_reacted_message", {"msg_id": message_id, "react_icon": icon}, ts=ts)


def build_click_chat(ids: AccountIds, user_id: str, by_app: str, *, ts: int) -> Json:
    return _build_about_user(ids, "user_click_chatnow", user_id, by_app, ts=ts)


def build_button_event(
    ids: AccountIds, name: str, user_ids: tuple[str, str], message_id: str, text: str, *, ts: int
) -> Json:
    """Return the event of a pressed button. `user_click_response_button` (documented for templates) names no person,
    only the message; the fields of `user_click_button` are our assumption.
    """
    if name == "user_click_response_button":
        return {
            "event_name": name,
            "app_id": ids.app_id,
            "oa_id": ids.oa_id,
            "msg_id": message_id,
            "message": {"submit_time": str(ts), "button_type": "response", "data": text, "tracking_id": ""},
            "timestamp": str(ts),
        }
    return {
        "event_name": name,
        "app_id": ids.app_id,
        "sender": {"id": user_ids[0]},
        "user_id_by_app": user_ids[1],
        "recipient": {"id": ids.oa_id},
        "message": {"msg_id": message_id, "payload": text},
        "timestamp": str(ts),
    }


def build_withdraw(ids: AccountIds, user_id: str, by_app: str, *, ts: int) -> Json:
    """Return the event of an erasure request by a data subject."""
    return _build_about_user(ids, "user_withdraw", user_id, by_app, ts=ts)


def _build_about_user(ids: AccountIds, event_name: str, user_id: str, by_app: str, *, ts: int) -> Json:
    return {
        "app_id": ids.app_id,
        "oa_id": ids.oa_id,
        "user_id": user_id,
        "user_id_by_app": by_app,
        "event_name": event_name,
        "timestamp": str(ts),
    }


def build_tag_event(ids: AccountIds, event_name: str, tag: str, user_ids: list[str], by_app: str, *, ts: int) -> Json:
    """Return a tag event; `event_name`: add_user_to_tag, remove_user_from_tag, remove_tag."""
    return {
        "app_id": ids.app_id,
        "oa_id": ids.oa_id,
        "user_id_by_app": by_app,
        "event_name": event_name,
        "tag": {"user_ids": user_ids, "name": tag},
        "timestamp": str(ts),
    }


def build_permission_revoked(ids: AccountIds, *, ts: int) -> Json:
    return {"app_id": ids.app_id, "oa_id": ids.oa_id, "event_name": "permission_revoked", "timestamp": str(ts)}


def build_user_info_updated(ids: AccountIds, user_id: str, by_app: str, *, ts: int) -> Json:
    return _build_about_user(ids, "update_user_info", user_id, by_app, ts=ts)
