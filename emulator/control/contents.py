"""Parser of the content that a test or the chat page lets a citizen send."""

import base64
import binascii
from typing import Any

from emulator import events, media
from emulator.core import Emulator
from emulator.errors import Refused
from emulator.talk import Content
from emulator.world import Json, Media


def read(emu: Emulator, wanted: Json) -> list[Content]:
    """Return one bubble, or two for a text beside an item without caption. Rejects empty content.

    Keys: text, quote, image|gif|audio|video (base64, image may be a data: URL), photo ({lat,lon} or true: a drawn
    picture with EXIF), file ({name,data}), sticker (id), location ([lat,lon]), link ({url,description,thumbnail}), card
    ({phone,name}).
    """
    text, quote = _text(wanted, "text"), _text(wanted, "quote")
    things = [bubble for key, make in MAKERS.items() if wanted.get(key) for bubble in [make(emu, wanted[key], text)]]
    contents = [Content(c.kind, text if c.kind in ("image", "gif") else "", quote, c.attachments) for c in things]
    captioned = any(content.text for content in contents)
    if text and not captioned:
        contents.insert(0, Content("text", text, quote))
    if not contents:
        raise Refused("no content: send text, image, photo, gif, audio, video, file, sticker, location, link, card")
    return contents


def _text(wanted: Json, name: str) -> str:
    value = wanted.get(name) or ""
    if not isinstance(value, str):
        raise Refused(f"{name} is a text")
    return value


def decode(value: Any) -> bytes:
    """Decode base64, with or without a `data:` prefix."""
    if not isinstance(value, str):
        raise Refused("bytes come as base64")
    try:
        return base64.b64decode(value.rpartition(",")[2] if value.startswith("data:") else value, validate=True)
    except binascii.Error as error:
        raise Refused(f"bad base64: {error}") from error


def _bytes(kind: str, mime: str) -> Any:
    def make(emu: Emulator, value: Any, text: str) -> Content:
        data = decode(value)
        kept = media.keep(emu, data, media.sniff(data, mime))
        return Content(kind, "", "", [media.attachment(emu, kind, kept, text)])

    return make


def _photo(emu: Emulator, value: Any, text: str) -> Content:
    place = value if isinstance(value, dict) else {}
    data = media.sample_photo(place.get("lat"), place.get("lon"), place.get("label", "Ảnh thử"))
    return Content("image", "", "", [media.attachment(emu, "image", media.keep(emu, data, "image/jpeg"))])


def _file(emu: Emulator, value: Any, text: str) -> Content:
    if not isinstance(value, dict) or not value.get("name"):
        raise Refused("file is {name, data}")
    data = decode(value.get("data", ""))
    kept: Media = media.keep(emu, data, media.sniff(data, "application/octet-stream"), str(value["name"]))
    return Content("file", "", "", [media.attachment(emu, "file", kept)])


def _sticker(emu: Emulator, value: Any, text: str) -> Content:
    return Content("sticker", "", "", [events.sticker(str(value), emu.url(f"/sticker/{value}.svg"))])


def _location(emu: Emulator, value: Any, text: str) -> Content:
    try:
        latitude, longitude = (float(number) for number in value)
    except (TypeError, ValueError) as error:
        raise Refused("location is [lat, lon]") from error
    return Content("location", "", "", [events.location(latitude, longitude)])


def _link(emu: Emulator, value: Any, text: str) -> Content:
    if not isinstance(value, dict) or not value.get("url"):
        raise Refused("link is {url, description, thumbnail}")
    row = events.link(str(value["url"]), str(value.get("description", "")), str(value.get("thumbnail", "")))
    return Content("link", "", "", [row])


def _card(emu: Emulator, value: Any, text: str) -> Content:
    if not isinstance(value, dict) or not value.get("phone"):
        raise Refused("card is {phone, name}")
    picture = emu.url("/sticker/card.svg")
    row = events.business_card(str(value["phone"]), picture, picture, "https://zalo.me/" + str(value["phone"]))
    return Content("business_card", "", "", [row])


MAKERS: dict[str, Any] = {
    "image": _bytes("image", "image/jpeg"),
    "gif": _bytes("gif", "image/gif"),
    "photo": _photo,
    "audio": _bytes("audio", "audio/amr"),
    "video": _bytes("video", "video/mp4"),
    "file": _file,
    "sticker": _sticker,
    "location": _location,
    "link": _link,
    "card": _card,
}
