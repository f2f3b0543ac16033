"""Screens of «Báo tin kín» with sample values."""

from types import SimpleNamespace
from typing import Any

from binhyen.tips.views import TipForm
from binhyen.ui.context import PageFrame
from binhyen.ui.tests.samples import NOW


def build_tip_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return screen name → (template, context)."""
    base = {"shell": PageFrame(), "now": NOW, "key": "k", "accept": "image/*", "again": False}
    refused = TipForm({"text": "", "place": "Chợ Lộc Hà", "plain": "yes"})
    refused.is_valid()
    task = {"token": "t", "nonce": "0a", "task": SimpleNamespace(bits=14, seconds=5)}
    words = [
        {"ours": False, "text": "Nhà cuối xóm có người lạ ra vào lúc nửa đêm.\nTôi sợ lắm.", "at": NOW},
        {"ours": True, "text": "Cảm ơn bạn. Bạn thấy từ hôm nào?", "at": NOW},
    ]
    photos = [{"id": "a", "at": NOW}, {"id": "b", "at": NOW}, {"id": "c", "at": NOW, "label": "ghi âm"}]
    talk = {
        "words": words,
        "photos": photos,
        "state": "Công an đang xử lý",
        "result": "",
        "ends_at": NOW,
        "opened": [{"at": NOW, "why": "xác minh, điều tra vụ việc", "until": NOW}],
        "carried": [{"at": NOW, "why": "xác minh, điều tra vụ việc", "file": True}],
    }
    shown = {"picture": "data:image/jpeg;base64,/9j/", "look": "b", "draft": "Từ thứ Hai"}
    return {
        "tip": ("tips/start.html", {**base, "form": TipForm(), "error": "", "task": None}),
        "tip-refused": ("tips/start.html", {**base, "again": True, "form": refused, "error": "", "task": None}),
        "tip-later": (
            "tips/later.html",
            {"words": "Nhà cuối xóm có người lạ", "sent": [("step", "send"), ("key", "k")]},
        ),
        "tip-wrong": (
            "tips/start.html",
            {
                **base,
                "form": TipForm(),
                "error": "Mã này không mở được tin nào.",
                "typed": "1234",
                "task": task,
                "draft": "Từ thứ Hai",
            },
        ),
        "tip-receipt": ("tips/receipt.html", {**base, "code": "1234 5678 9012 3456 7890", "danger": True}),
        "tip-talk": ("tips/talk.html", {**base, "talk": talk, "visit": "v", "sent": True, **shown}),
        "tip-over": (
            "tips/talk.html",
            {
                **base,
                "talk": {**talk, "photos": [], "result": "Đã xử lý."},
                "visit": "v",
                "over": True,
                "error": "Bạn chưa viết gì.",
            },
        ),
        "tip-withdrawn": ("tips/withdrawn.html", base),
        "tip-foreign": ("tips/foreign.html", base),
    }
