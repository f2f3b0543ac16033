"""Parser of the `message` object of a send, the same for people and groups."""

import unicodedata

from emulator import events, media
from emulator.core import Emulator
from emulator.errors import ZaloError, invalid_field_error
from emulator.openapi.gate import get_text
from emulator.talk import BubbleContent
from emulator.world import UPLOAD_MS, Json, StoredUpload

MAX_TEXT_LENGTH = 2000
MEDIA_TYPES = ("image", "gif", "sticker")
MAX_BUTTONS = 5
BUTTON_TYPES = ("oa.query.show", "oa.query.hide")


def parse_content(emu: Emulator, message: Json, *, group: bool = False) -> BubbleContent:
    """Return the checked content; errors -201, -210, -233, -100. Lengths count characters after NFC."""
    text = unicodedata.normalize("NFC", get_text(message, "text", allow_empty=True))
    if len(text) > MAX_TEXT_LENGTH:
        raise ZaloError(-210)
    quote = get_text(message, "quote_message_id", allow_empty=True)
    if quote and quote not in emu.world.messages:
        raise invalid_field_error("quote_message_id")
    attachment = message.get("attachment")
    if attachment is None:
        if not text:
            raise invalid_field_error("text")
        return BubbleContent("text", text, quote)
    if not isinstance(attachment, dict) or not isinstance(payload := attachment.get("payload"), dict):
        raise invalid_field_error("attachment")
    kind, attachments = _parse_attachment(emu, attachment.get("type"), payload, group)
    return BubbleContent(kind, text, quote, attachments)


def _parse_attachment(emu: Emulator, kind: object, payload: Json, group: bool) -> tuple[str, list[Json]]:
    if kind == "file":
        return "file", [_parse_file(emu, payload)]
    template = payload.get("template_type")
    if kind == "template" and template is None and "buttons" in payload and not group and emu.world.switches.buttons:
        return "template", [_parse_buttons(payload["buttons"])]
    if kind == "template" and template == "media":
        return _parse_media(emu, _get_single_element(payload))
    if kind == "template" and template == "request_user_info" and not group:
        return "template", [_parse_request_info(_get_single_element(payload))]
    raise ZaloError(-233)


def _parse_buttons(value: object) -> Json:
    """Return a checked list of at most five buttons; only those that send a text are offered here."""
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_BUTTONS:
        raise invalid_field_error("buttons")
    rows = []
    for item in value:
        if not isinstance(item, dict) or item.get("type") not in BUTTON_TYPES:
            raise invalid_field_error("buttons")
        title = get_text(item, "title", max_length=100)
        rows.append({"title": title, "type": item["type"], "payload": get_text(item, "payload", max_length=1000)})
    return {"type": "template", "payload": {"buttons": rows}}


def _get_single_element(payload: Json) -> Json:
    elements = payload.get("elements")
    if not isinstance(elements, list) or len(elements) != 1 or not isinstance(elements[0], dict):
        raise invalid_field_error("elements")
    return elements[0]


def _parse_media(emu: Emulator, element: Json) -> tuple[str, list[Json]]:
    kind = element.get("media_type")
    if not isinstance(kind, str) or kind not in MEDIA_TYPES:
        raise invalid_field_error("media_type")
    if kind == "gif" and not (element.get("width") and element.get("height")):
        raise invalid_field_error("width")
    attachment_id = get_text(element, "attachment_id", allow_empty=True)
    if kind == "sticker":
        if not attachment_id:
            raise invalid_field_error("attachment_id")
        return kind, [events.build_sticker(attachment_id, emu.url(f"/sticker/{attachment_id}.svg"))]
    if attachment_id:
        stored = emu.world.media[get_valid_upload(emu, attachment_id, (kind,), "attachment_id").media_id]
        return kind, [media.build_attachment(emu, kind, stored)]
    address = get_text(element, "url", allow_empty=True)
    if not address.startswith(("http://", "https://")):
        raise invalid_field_error("url")
    return kind, [events.build_image(address, address, kind)]


def _parse_file(emu: Emulator, payload: Json) -> Json:
    upload = get_valid_upload(emu, get_text(payload, "token"), ("file",), "token")
    return media.build_attachment(emu, "file", emu.world.media[upload.media_id])


def _parse_request_info(element: Json) -> Json:
    row = {
        "title": get_text(element, "title", max_length=100),
        "subtitle": get_text(element, "subtitle", max_length=500),
        "image_url": get_text(element, "image_url"),
    }
    return {"type": "template", "payload": {"template_type": "request_user_info", "elements": [row]}}


def get_valid_upload(emu: Emulator, upload_id: str, kinds: tuple[str, ...], field: str) -> StoredUpload:
    """Return an upload not older than 7 days; unknown → -201, expired → -100."""
    upload = emu.world.uploads.get(upload_id)
    if upload is None or upload.kind not in kinds:
        raise invalid_field_error(field)
    if upload.created_ms + UPLOAD_MS <= emu.now():
        raise ZaloError(-100)
    return upload
