"""Parser of the content that a test or the chat page lets a citizen send."""

import base64
import binascii
from typing import Any

from emulator import events, media
from emulator.core import Emulator
from emulator.errors import RequestRejected
from emulator.talk import BubbleContent
from emulator.world import Json, MediaFile


def parse_bubbles(emu: Emulator, values: Json) -> list[BubbleContent]:
    """Return one bubble, or two for a text beside an item without caption. Rejects empty content.

    Keys: text, quote, image|gif|audio|video (base64, image may be a data: URL), photo ({lat,lon} or true: a drawn
    picture with EXIF), file ({name,data}), sticker (id), location ([lat,lon]), link ({url,description,thumbnail}), card
    ({phone,name}).
    """
    text, quote = _get_text(values, "text"), _get_text(values, "quote")
    bubbles = [
        bubble for key, maker in CONTENT_MAKERS.items() if values.get(key) for bubble in [maker(emu, values[key], text)]
    ]
    contents = [
        BubbleContent(
            bubble_content.kind,
            text if bubble_content.kind in ("image", "gif") else "",
            quote,
            bubble_content.attachments,
        )
        for bubble_content in bubbles
    ]
    captioned = any(content.text for content in contents)
    if text and not captioned:
        contents.insert(0, BubbleContent("text", text, quote))
    if not contents:
        raise RequestRejected(
            "no content: send text, image, photo, gif, audio, video, file, sticker, location, link, card"
        )
    return contents


def _get_text(values: Json, name: str) -> str:
    value = values.get(name) or ""
    if not isinstance(value, str):
        raise RequestRejected(f"{name} is a text")
    return value


def decode_base64(value: Any) -> bytes:
    """Decode base64, with or without a `data:` prefix."""
    if not isinstance(value, str):
        raise RequestRejected("bytes come as base64")
    try:
        return base64.b64decode(value.rpartition(",")[2] if value.startswith("data:") else value, validate=True)
    except binascii.Error as error:
        raise RequestRejected(f"bad base64: {error}") from error


def _make_bytes_maker(kind: str, mime: str) -> Any:
    def make(emu: Emulator, value: Any, text: str) -> BubbleContent:
        data = decode_base64(value)
        stored = media.store_media(emu, data, media.sniff_mime(data, mime))
        return BubbleContent(kind, "", "", [media.build_attachment(emu, kind, stored, text)])

    return make


def _make_photo(emu: Emulator, value: Any, text: str) -> BubbleContent:
    photo_options = value if isinstance(value, dict) else {}
    data = media.draw_sample_photo(
        photo_options.get("lat"), photo_options.get("lon"), photo_options.get("label", "Ảnh thử")
    )
    return BubbleContent(
        "image", "", "", [media.build_attachment(emu, "image", media.store_media(emu, data, "image/jpeg"))]
    )


def _make_file(emu: Emulator, value: Any, text: str) -> BubbleContent:
    if not isinstance(value, dict) or not value.get("name"):
        raise RequestRejected("file is {name, data}")
    data = decode_base64(value.get("data", ""))
    stored: MediaFile = media.store_media(
        emu, data, media.sniff_mime(data, "application/octet-stream"), str(value["name"])
    )
    return BubbleContent("file", "", "", [media.build_attachment(emu, "file", stored)])


def _make_sticker(emu: Emulator, value: Any, text: str) -> BubbleContent:
    return BubbleContent("sticker", "", "", [events.build_sticker(str(value), emu.url(f"/sticker/{value}.svg"))])


def _make_location(emu: Emulator, value: Any, text: str) -> BubbleContent:
    try:
        latitude, longitude = (float(number) for number in value)
    except (TypeError, ValueError) as error:
        raise RequestRejected("location is [lat, lon]") from error
    return BubbleContent("location", "", "", [events.build_location(latitude, longitude)])


def _make_link(emu: Emulator, value: Any, text: str) -> BubbleContent:
    if not isinstance(value, dict) or not value.get("url"):
        raise RequestRejected("link is {url, description, thumbnail}")
    row = events.build_link(str(value["url"]), str(value.get("description", "")), str(value.get("thumbnail", "")))
    return BubbleContent("link", "", "", [row])


def _make_card(emu: Emulator, value: Any, text: str) -> BubbleContent:
    if not isinstance(value, dict) or not value.get("phone"):
        raise RequestRejected("card is {phone, name}")
    picture = emu.url("/sticker/card.svg")
    row = events.build_business_card(str(value["phone"]), picture, picture, "https://zalo.me/" + str(value["phone"]))
    return BubbleContent("business_card", "", "", [row])


CONTENT_MAKERS: dict[str, Any] = {
    "image": _make_bytes_maker("image", "image/jpeg"),
    "gif": _make_bytes_maker("gif", "image/gif"),
    "photo": _make_photo,
    "audio": _make_bytes_maker("audio", "audio/amr"),
    "video": _make_bytes_maker("video", "video/mp4"),
    "file": _make_file,
    "sticker": _make_sticker,
    "location": _make_location,
    "link": _make_link,
    "card": _make_card,
}
