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
from emulator.http import HttpRequest, HttpResponse
from emulator.signing import generate_hex_id
from emulator.world import Json, MediaFile

EXTENSION_BY_MIME = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "audio/amr": "amr",
    "video/mp4": "mp4",
    "application/pdf": "pdf",
}
MAGIC_BYTES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"#!AMR", "audio/amr"),
)
THUMBNAIL_SIZE = 240


def sniff_mime(data: bytes, fallback: str) -> str:
    """Return the MIME type by the first bytes, else `fallback`."""
    for magic, mime in MAGIC_BYTES:
        if data.startswith(magic):
            return mime
    return "video/mp4" if data[4:8] == b"ftyp" else fallback


def store_media(emu: Emulator, data: bytes, mime: str, name: str = "") -> MediaFile:
    """Store the bytes unchanged, without stripping or re-encoding."""
    media = MediaFile(generate_hex_id(), mime, name, len(data))
    emu.world.media[media.media_id] = media
    emu.world.blobs[media.media_id] = data
    emu.store.mark_dirty()
    return media


def build_media_url(emu: Emulator, media: MediaFile) -> str:
    extension = EXTENSION_BY_MIME.get(media.mime) or (media.name.rsplit(".", 1)[-1] if "." in media.name else "bin")
    name = f"{media.media_id}.{re.sub(r'[^a-z0-9]', '', extension.lower()) or 'bin'}"
    return _host(emu) + f"/media/{name}"


def build_thumbnail_url(emu: Emulator, media: MediaFile) -> str:
    return _host(emu) + f"/media/{media.media_id}/thumb.jpg"


def _host(emu: Emulator) -> str:
    """Zalo's files lie on other hosts than its API; here on another name of this process, where the switch says so."""
    return emu.world.switches.media_url.rstrip("/") or emu.url("")


def build_attachment(emu: Emulator, kind: str, media: MediaFile, text: str = "") -> Json:
    """Return the webhook attachment for stored bytes; `kind`: image, gif, audio, video, file."""
    address = build_media_url(emu, media)
    if kind == "audio":
        return events.build_audio(address)
    if kind == "video":
        return events.build_video(address, text, build_thumbnail_url(emu, media))
    if kind == "file":
        data = emu.world.blobs[media.media_id]
        # nosemgrep: weak-hash  Zalo's own field; protects nothing
        checksum = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return events.build_file(address, media.name or "tep.bin", media.size, checksum)
    return events.build_image(address, build_thumbnail_url(emu, media), kind)


def serve_media(emu: Emulator, request: HttpRequest) -> HttpResponse:
    """GET /media/<id>.<ext> and /media/<id>/thumb.jpg."""
    elsewhere = emu.world.switches.media_redirect.rstrip("/")
    if elsewhere and urlsplit(elsewhere).netloc != request.headers.get("host", ""):
        return HttpResponse(302, b"", "text/plain", {"location": elsewhere + request.path})
    name = request.path.removeprefix("/media/")
    media_id = name.split("/")[0].split(".")[0]
    media = emu.world.media.get(media_id)
    data = emu.world.blobs.get(media_id)
    if media is None or data is None:
        return HttpResponse(404, b"not found", "text/plain")
    if name.endswith("/thumb.jpg"):
        return HttpResponse(200, make_thumbnail(data), "image/jpeg")
    return HttpResponse(200, data, media.mime, {"x-content-type-options": "nosniff"})


def make_thumbnail(data: bytes) -> bytes:
    """Return a small JPEG; a grey tile for bytes that are not a picture."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            thumbnail_image = picture.convert("RGB")
            thumbnail_image.thumbnail((THUMBNAIL_SIZE, THUMBNAIL_SIZE))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        thumbnail_image = Image.new("RGB", (THUMBNAIL_SIZE, THUMBNAIL_SIZE), "#c8d0d8")
    buffer = io.BytesIO()
    thumbnail_image.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def draw_sample_photo(latitude: float | None, longitude: float | None, label: str) -> bytes:
    """Return a drawn street scene as JPEG, with camera and, if given, GPS position in its EXIF block."""
    picture = Image.new("RGB", (1280, 960), "#b9d6ee")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 560, 1280, 960), fill="#6f7379")
    draw.polygon([(600, 960), (680, 960), (650, 560), (630, 560)], fill="#f4efe0")
    for left, top, colour in ((60, 300, "#d98e5f"), (330, 360, "#e6cf9c"), (860, 280, "#9c6b52")):
        draw.rectangle((left, top, left + 240, 580), fill=colour)
        draw.polygon([(left - 20, top), (left + 260, top), (left + 120, top - 90)], fill="#8a3d34")
    # Pillow's font has no Vietnamese letters.
    ascii_label = (
        unicodedata.normalize("NFD", label.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode()
    )
    draw.text((40, 900), ascii_label, fill="white", font_size=36)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0132] = "Binh Yen", "Emulator", "2026:11:25 08:00:00"
    if latitude is not None and longitude is not None:
        gps = exif.get_ifd(IFD.GPSInfo)
        gps[1], gps[2] = ("N" if latitude >= 0 else "S"), _to_degrees(latitude)
        gps[3], gps[4] = ("E" if longitude >= 0 else "W"), _to_degrees(longitude)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=85, exif=exif)
    return buffer.getvalue()


def _to_degrees(value: float) -> tuple[float, float, float]:
    minutes = (abs(value) % 1) * 60
    return float(int(abs(value))), float(int(minutes)), round((minutes % 1) * 60, 4)
