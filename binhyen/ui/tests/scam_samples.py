"""Screens of scam indicators with sample values."""

from typing import Any

from binhyen.ui.context import PageFrame
from binhyen.ui.tests.samples import NOW, OFFICER, URLS, make_past_time

_ROW = {
    "url": "/lua-dao/1",
    "kind": "Số điện thoại",
    "value": "0987654321",
    "state": {"label": "Chờ người thứ hai xác nhận", "tone": "warn"},
    "reporters": 37,
    "cases": 41,
    "communes": 12,
    "lost": "1.234.500.000 đ",
    "last_at": make_past_time(hours=2),
    "is_disputed": True,
}
_LONG = {
    **_ROW,
    "kind": "Đường dẫn",
    "value": "vietcombank-xac-thuc-tai-khoan-khach-hang-uu-tien-mien-phi-tron-doi.khuyenmai.icu",
    "state": {"label": "Công an đã xác nhận", "tone": "bad"},
    "lost": "",
    "is_disputed": False,
}
_VERIFIED = {
    "kind": "Số điện thoại",
    "value": "0987654321",
    "heading": "Lừa đảo: công an đã xác nhận",
    "tone": "bad",
    "icon": "alert",
    "people": 37,
    "last_at": make_past_time(hours=2),
    "is_disputed": True,
    "ref": "PHONE:+84987654321",
}
_UNKNOWN = {
    **_VERIFIED,
    "kind": "Đường dẫn",
    "value": _LONG["value"],
    "heading": "Chưa đủ thông tin. Không có nghĩa là an toàn",
    "tone": "info",
    "icon": "help",
    "ref": "",
}


def build_scam_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return screen name → (template, context)."""
    check = {"shell": PageFrame(), "now": NOW, "limit": 4000, "statement_limit": 1000}
    officer = {"shell": OFFICER, "urls": URLS, "now": NOW, "filters": {"hidden": [], "q": ""}}
    money = {"days": 30, "frauds": 118, "lost": "4.812.300.000 đ", "recovered": "220.000.000 đ"}
    indicator = {
        **officer,
        "list_url": "/lua-dao",
        "row": _LONG,
        "first_at": make_past_time(days=60),
        "weeks": [{"day": f"{day:02}/11", "count": day % 7} for day in range(1, 13)],
        "most": 6,
        "communes": [{"name": "Công an xã Lộc Hà", "count": 9}, {"name": "Công an phường Thành Sen", "count": 3}],
        "case_rows": [{"title": "Lừa đảo · Giả danh công an gọi điện", "code": "LH7K-3MQX", "url": "/v"}],
        "proposal": {"who": "Nguyễn Thị Hằng", "reason": "Ba người bị hại nhận ra"},
        "decided": {"who": "Trần Văn Nam", "reason": "Đã gọi thử, đúng kịch bản", "at": make_past_time(hours=5)},
        "disputes": [{"text": "Đây là số cửa hàng của tôi, bị đối thủ báo.", "at": make_past_time(hours=1)}],
        "letter_url": "/lua-dao/1/cong-van",
        "decisions": [
            {"label": "Bỏ, không cảnh báo", "url": "/lua-dao/1/bo"},
            {"label": "Giữ nguyên, trả lời phản đối", "url": "/lua-dao/1/giu"},
        ],
        "draft": "",
    }
    return {
        "scam-check": ("scams/check.html", {**check, "typed": "", "results": [], "is_checked": False}),
        "scam-check-found": (
            "scams/check.html",
            {
                **check,
                "typed": "Số 0987654321 này là ai",
                "results": [_VERIFIED, _UNKNOWN],
                "is_checked": True,
                "sent": True,
            },
        ),
        "scam-check-nothing": (
            "scams/check.html",
            {
                **check,
                "typed": "chào bạn",
                "results": [],
                "is_checked": True,
                "error": "Nội dung dài quá 4.000 chữ cái.",
            },
        ),
        "scam-indicators": ("scams/indicators.html", {**officer, **money, "rows": [_ROW, _LONG], "pager": {}}),
        "scam-indicators-empty": ("scams/indicators.html", {**officer, **money, "rows": [], "pager": {}}),
        "scam-details": (
            "scams/details.html",
            {
                **officer,
                "back_url": "/v",
                "case": {"code": "LH7K-3MQX", "title": "Lừa đảo · Giả danh công an gọi điện"},
                "limit": 4000,
                "picture_text": "chao ban",
                "problem": "Không thấy số điện thoại nào.",
                "photos": [{"url": "/tep/1", "alt": "Ảnh 1"}],
                "rows": [
                    {"name": "a", "who": "Người báo K7M2-9QXD", "value": "20.000.000", "error": ""},
                    {
                        "name": "b",
                        "who": "Người báo H4TR-2WPN",
                        "value": "nhiều",
                        "error": "Máy chưa hiểu số tiền này.",
                    },
                ],
            },
        ),
        "scam-indicator": ("scams/indicator.html", indicator),
        "scam-letter": (
            "scams/bank_letter.html",
            {
                **officer,
                "back_url": "/lua-dao/1",
                "unit_name": "Công an xã Lộc Hà",
                "today": NOW.date(),
                "account": "0123456789",
                "codes": ["LH7K-3MQX", "K7M2-9QXD"],
                "officer_name": "Nguyễn Thị Hằng",
            },
        ),
    }
