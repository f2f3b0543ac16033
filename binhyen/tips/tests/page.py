"""Test helper that walks through «Báo tin kín» like a person without script, cookie or account."""

import io
import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from binhyen.tips.models import Tip
from binhyen.tips.receipt_sessions import create_ticket
from binhyen.vault import process_keys
from binhyen.vault.envelopes import KeyPair
from binhyen.vault.models import WrappedKey
from binhyen.vault.queries import format_lock_context

TEXT = "Nhà ông Tư Lé ở xã Lộc Hà bán ma túy cho học sinh, tối nào cũng có xe máy lạ ra vào"
CODE = re.compile(r"receipt-long\">([\d ]{24})<")
FIELD = re.compile(r'name="(visit|task|key)" value="([^"]+)"')
TAG = b"GPS 18.3 105.9"


def read_page(answer: Any) -> str:
    return str(answer.content.decode())


def read_hidden_fields(answer: Any) -> dict[str, str]:
    """Return the hidden fields of a page."""
    return dict(FIELD.findall(read_page(answer)))


def submit_tip(client: Client, text: str = TEXT, **more: Any) -> Any:
    key = read_hidden_fields(client.get("/bao-kin"))["key"]
    return client.post("/bao-kin", {"step": "send", "key": key, "text": text, **more})


def read_receipt(answer: Any) -> str:
    match = CODE.search(read_page(answer))
    assert match, read_page(answer)[:2000]
    return match[1]


def enter_code(client: Client, code: str, **more: str) -> Any:
    return client.post("/bao-kin", {"step": "open", "key": create_ticket(), "code": code, **more})


def submit_step(client: Client, opened: Any, step: str = "more", **more: Any) -> Any:
    """Submit a form of an opened tip's page."""
    return client.post("/bao-kin", {"step": step, **read_hidden_fields(opened), **more})


def make_picture(name: str = "nha-toi.jpg") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "JPEG", comment=TAG)
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def get_handler_key_pair(tip: Tip) -> KeyPair:
    """Return the key pair of a tip handler, through the founding key."""
    copy = WrappedKey.objects.get(lock_id=tip.lock_id)
    return KeyPair.of(
        process_keys.open_with_process_key("TIPS", copy.ciphertext, context=format_lock_context(copy.lock_id))
    )
