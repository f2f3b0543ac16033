"""Test helper that walks through «Báo tin kín» like a person without script, cookie or account."""

import io
import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from binhyen.tips.models import Tip
from binhyen.tips.receipt_sessions import ticket
from binhyen.vault import process_keys
from binhyen.vault.envelopes import Pair
from binhyen.vault.models import LockCopy
from binhyen.vault.queries import lock_context

TEXT = "Nhà ông Tư Lé ở xã Lộc Hà bán ma túy cho học sinh, tối nào cũng có xe máy lạ ra vào"
CODE = re.compile(r"receipt-long\">([\d ]{24})<")
FIELD = re.compile(r'name="(visit|task|key)" value="([^"]+)"')
TAG = b"GPS 18.3 105.9"


def page_of(answer: Any) -> str:
    return str(answer.content.decode())


def fields(answer: Any) -> dict[str, str]:
    """Return the hidden fields of a page."""
    return dict(FIELD.findall(page_of(answer)))


def tell(client: Client, text: str = TEXT, **more: Any) -> Any:
    key = fields(client.get("/bao-kin"))["key"]
    return client.post("/bao-kin", {"step": "send", "key": key, "text": text, **more})


def receipt(answer: Any) -> str:
    found = CODE.search(page_of(answer))
    assert found, page_of(answer)[:2000]
    return found[1]


def enter(client: Client, code: str, **more: str) -> Any:
    return client.post("/bao-kin", {"step": "open", "key": ticket(), "code": code, **more})


def act(client: Client, opened: Any, step: str = "more", **more: Any) -> Any:
    """Submit a form of an opened tip's page."""
    return client.post("/bao-kin", {"step": step, **fields(opened), **more})


def picture(name: str = "nha-toi.jpg") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "JPEG", comment=TAG)
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def handlers_pair(tip: Tip) -> Pair:
    """Return the key pair of a tip handler, through the founding key."""
    copy = LockCopy.objects.get(lock_id=tip.lock_id)
    return Pair.of(process_keys.open_("TIPS", copy.sealed, context=lock_context(copy.lock_id)))
