"""Parser of the `message` object of a send, the same for people and groups."""

import unicodedata

from emulator import events, media
from emulator.core import Emulator
from emulator.errors import ZaloError, invalid
from emulator.openapi.gate import text_of
from emulator.talk import Content
from emulator.world import UPLOAD_MS, Json, Upload

LONGEST_TEXT = 2000
MEDIA_TYPES = ("image", "gif", "sticker")


def read(emu: Emulator, message: Json, *, group: bool = False) -> Content:
    """Return the checked content; errors -201, -210, -233, -100. Lengths count characters after NFC."""
    text = unicodedata.normalize("NFC", text_of(message, "text", empty=True))
    if len(text) > LONGEST_TEXT:
        raise ZaloError(-210)
    quote = text_of(message, "quote_message_id", empty=True)
    if quote and quote not in emu.world.messages:
        raise invalid("quote_message_id")
    attachment = message.get("attachment")
    if attachment is None:
        if not text:
            raise invalid("text")
        return Content("text", text, quote)
    if not isinstance(attachment, dict) or not isinstance(payload := attachment.get("payload"), dict):
        raise invalid("attachment")
    kind, attachments = _attachment(emu, attachment.get("type"), payload, group)
    return Content(kind, text, quote, attachments)


def _attachment(emu: Emulator, kind: object, payload: Json, group: bool) -> tuple[str, list[Json]]:
    if kind == "file":
        return "file", [_file(emu, payload)]
    template = payload.get("template_type")
    if kind == "template" and template == "media":
        return _media(emu, _single(payload))
    if kind == "template" and template == "request_user_info" and not group:
        return "template", [_request_info(_single(payload))]
    raise ZaloError(-233)


def _single(payload: Json) -> Json:
    elements = payload.get("elements")
    if not isinstance(elements, list) or len(elements) != 1 or not isinstance(elements[0], dict):
        raise invalid("elements")
    return elements[0]


def _media(emu: Emulator, element: Json) -> tuple[str, list[Json]]:
    kind = element.get("media_type")
    if not isinstance(kind, str) or kind not in MEDIA_TYPES:
        raise invalid("media_type")
    if kind == "gif" and not (element.get("width") and element.get("height")):
        raise invalid("width")
    attachment_id = text_of(element, "attachment_id", empty=True)
    if kind == "sticker":
        if not attachment_id:
            raise invalid("attachment_id")
        return kind, [events.sticker(attachment_id, emu.url(f"/sticker/{attachment_id}.svg"))]
    if attachment_id:
        stored = emu.world.media[fresh_upload(emu, attachment_id, (kind,), "attachment_id").media_id]
        return kind, [media.attachment(emu, kind, stored)]
    address = text_of(element, "url", empty=True)
    if not address.startswith(("http://", "https://")):
        raise invalid("url")
    return kind, [events.image(address, address, kind)]


def _file(emu: Emulator, payload: Json) -> Json:
    upload = fresh_upload(emu, text_of(payload, "token"), ("file",), "token")
    return media.attachment(emu, "file", emu.world.media[upload.media_id])


def _request_info(element: Json) -> Json:
    row = {
        "title": text_of(element, "title", longest=100),
        "subtitle": text_of(element, "subtitle", longest=500),
        "image_url": text_of(element, "image_url"),
    }
    return {"type": "template", "payload": {"template_type": "request_user_info", "elements": [row]}}


def fresh_upload(emu: Emulator, upload_id: str, kinds: tuple[str, ...], field: str) -> Upload:
    """Return an upload not older than 7 days; unknown → -201, expired → -100."""
    upload = emu.world.uploads.get(upload_id)
    if upload is None or upload.kind not in kinds:
        raise invalid(field)
    if upload.created_ms + UPLOAD_MS <= emu.now():
        raise ZaloError(-100)
    return upload
