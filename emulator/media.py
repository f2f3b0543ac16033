"""Media sent by citizens or uploaded by the OA, served again under /media/."""

import hashlib
import io
import re
import unicodedata
from urllib.parse import urlsplit

from PIL import Image, ImageDraw, UnidentifiedImageError
from PIL.ExifTags import IFD

from emulator import events
from emulator.core import Emulator
from emulator.http import Request, Response
from emulator.signing import new_hex_id
from emulator.world import Json, Media

EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "audio/amr": "amr",
    "video/mp4": "mp4",
    "application/pdf": "pdf",
}
MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"#!AMR", "audio/amr"),
)
THUMB = 240


def sniff(data: bytes, fallback: str) -> str:
    """Return the MIME type by the first bytes, else `fallback`."""
    for magic, mime in MAGIC:
        if data.startswith(magic):
            return mime
    return "video/mp4" if data[4:8] == b"ftyp" else fallback


def keep(emu: Emulator, data: bytes, mime: str, name: str = "") -> Media:
    """Store the bytes unchanged, without stripping or re-encoding."""
    media = Media(new_hex_id(), mime, name, len(data))
    emu.world.media[media.media_id] = media
    emu.world.blobs[media.media_id] = data
    emu.store.touched()
    return media


def url(emu: Emulator, media: Media) -> str:
    extension = EXTENSIONS.get(media.mime) or (media.name.rsplit(".", 1)[-1] if "." in media.name else "bin")
    name = f"{media.media_id}.{re.sub(r'[^a-z0-9]', '', extension.lower()) or 'bin'}"
    return _host(emu) + f"/media/{name}"


def thumb_url(emu: Emulator, media: Media) -> str:
    return _host(emu) + f"/media/{media.media_id}/thumb.jpg"


def _host(emu: Emulator) -> str:
    """Zalo's files lie on other hosts than its API; here on another name of this process, where the switch says so."""
    return emu.world.switches.media_url.rstrip("/") or emu.url("")


def attachment(emu: Emulator, kind: str, media: Media, text: str = "") -> Json:
    """Return the webhook attachment for stored bytes; `kind`: image, gif, audio, video, file."""
    address = url(emu, media)
    if kind == "audio":
        return events.audio(address)
    if kind == "video":
        return events.video(address, text, thumb_url(emu, media))
    if kind == "file":
        data = emu.world.blobs[media.media_id]
        # nosemgrep: weak-hash  Zalo's own field; protects nothing
        checksum = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return events.file(address, media.name or "tep.bin", media.size, checksum)
    return events.image(address, thumb_url(emu, media), kind)


def serve(emu: Emulator, request: Request) -> Response:
    """GET /media/<id>.<ext> and /media/<id>/thumb.jpg."""
    elsewhere = emu.world.switches.media_redirect.rstrip("/")
    if elsewhere and urlsplit(elsewhere).netloc != request.headers.get("host", ""):
        return Response(302, b"", "text/plain", {"location": elsewhere + request.path})
    rest = request.path.removeprefix("/media/")
    media_id = rest.split("/")[0].split(".")[0]
    media = emu.world.media.get(media_id)
    data = emu.world.blobs.get(media_id)
    if media is None or data is None:
        return Response(404, b"not found", "text/plain")
    if rest.endswith("/thumb.jpg"):
        return Response(200, thumbnail(data), "image/jpeg")
    return Response(200, data, media.mime, {"x-content-type-options": "nosniff"})


def thumbnail(data: bytes) -> bytes:
    """Return a small JPEG; a grey tile for bytes that are not a picture."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            small = picture.convert("RGB")
            small.thumbnail((THUMB, THUMB))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        small = Image.new("RGB", (THUMB, THUMB), "#c8d0d8")
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80)
    return out.getvalue()


def sample_photo(latitude: float | None, longitude: float | None, label: str) -> bytes:
    """Return a drawn street scene as JPEG, with camera and, if given, GPS position in its EXIF block."""
    picture = Image.new("RGB", (1280, 960), "#b9d6ee")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 560, 1280, 960), fill="#6f7379")
    draw.polygon([(600, 960), (680, 960), (650, 560), (630, 560)], fill="#f4efe0")
    for left, top, colour in ((60, 300, "#d98e5f"), (330, 360, "#e6cf9c"), (860, 280, "#9c6b52")):
        draw.rectangle((left, top, left + 240, 580), fill=colour)
        draw.polygon([(left - 20, top), (left + 260, top), (left + 120, top - 90)], fill="#8a3d34")
    # Pillow's font has no Vietnamese letters.
    plain = unicodedata.normalize("NFD", label.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode()
    draw.text((40, 900), plain, fill="white", font_size=36)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0132] = "Binh Yen", "Emulator", "2026:11:25 08:00:00"
    if latitude is not None and longitude is not None:
        gps = exif.get_ifd(IFD.GPSInfo)
        gps[1], gps[2] = ("N" if latitude >= 0 else "S"), _degrees(latitude)
        gps[3], gps[4] = ("E" if longitude >= 0 else "W"), _degrees(longitude)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85, exif=exif)
    return out.getvalue()


def _degrees(value: float) -> tuple[float, float, float]:
    minutes = (abs(value) % 1) * 60
    return float(int(abs(value))), float(int(minutes)), round((minutes % 1) * 60, 4)
