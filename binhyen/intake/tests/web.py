"""Helpers for tests of the citizen pages."""

import io
import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

FIGHT = "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu"
NOISE = "Nhà bên hát karaoke ầm ĩ suốt đêm ở xã Lộc Hà, mấy hôm nay không ai ngủ được"
MESSY = "\u202eng\u200biờ\u0300 🚨\x00 a\u0301o"


def parse_form_key(html: str) -> str:
    match = re.search(r'name="key" value="([^"]+)"', html)
    assert match
    return match[1]


def make_picture(size: tuple[int, int] = (40, 30)) -> SimpleUploadedFile:
    """Return a JPEG with GPS coordinates in its metadata."""
    image = Image.new("RGB", size, "navy")
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (18.0, 22.0, 30.0)}
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return SimpleUploadedFile("IMG_0001.jpg", out.getvalue(), "image/jpeg")


def make_fake_picture() -> SimpleUploadedFile:
    return SimpleUploadedFile("anh.jpg", b"<!doctype html><script>alert(1)</script>", "image/jpeg")


def submit_report(client: Client, text: str = FIGHT, **fields: Any) -> Any:
    """Open and submit the form; return the response."""
    fields.setdefault("key", parse_form_key(client.get("/bao-tin").content.decode()))
    return client.post("/bao-tin", {"text": text, **fields})


def parse_status_token(answer: Any) -> str:
    """Return the status link's token of an accepted report."""
    assert answer.status_code == 303, answer.content.decode()[:2000]
    return str(answer.headers["Location"].removeprefix("/da-gui/"))
