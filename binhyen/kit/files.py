"""Files that people send: stored under random names outside the web root; pictures are shown only re-encoded.

Re-encoding drops metadata (GPS, serial numbers) and whatever else was hidden in the file; what is not a picture by
its own bytes is kept for evidence and never served.
"""

import io
import os
import warnings
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

LIMIT = 20 * 1024 * 1024  # bytes of one file
_PIXELS = 50_000_000
_SIDE = 2048  # the shown copy's longer side
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


class NotAPicture(Exception):
    """The bytes are no picture we can show, whatever the name says. The text is Vietnamese, for the sender."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture re-encoded as JPEG without metadata."""

    data: bytes
    width: int
    height: int


def clean_picture(data: bytes) -> Picture:
    """Decode, turn upright, shrink to 2048 px, encode anew. Raises NotAPicture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
            if image.width * image.height > _PIXELS:
                raise NotAPicture("Ảnh quá lớn.")
            upright = ImageOps.exif_transpose(image).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombWarning) as error:
        raise NotAPicture("Tệp này không phải ảnh xem được.") from error
    upright.thumbnail((_SIDE, _SIDE))
    fresh = Image.new("RGB", upright.size)
    fresh.paste(upright)
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=85, optimize=True)
    return Picture(out.getvalue(), *fresh.size)


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def store(data: bytes, folder: str) -> str:
    """Write durably under a random name; the name relative to FILES_ROOT. A half-written file is never seen."""
    name = f"{folder}/{uuid4().hex}"
    target = Path(settings.FILES_ROOT) / name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return name


def read(name: str) -> bytes:
    return (Path(settings.FILES_ROOT) / name).read_bytes()


def remove(name: str) -> None:
    if name:
        (Path(settings.FILES_ROOT) / name).unlink(missing_ok=True)
