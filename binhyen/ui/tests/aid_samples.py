"""Contexts of the screens of help for people in hardship."""

from typing import Any

from binhyen.ui.context import PageFrame
from binhyen.ui.tests.samples import NOW, OFFICER, URLS, make_past_time

DAY = NOW.date()
NEED = {
    "url": "/giup-do/K7M2-9QXD",
    "code": "K7M2-9QXD",
    "kind": "Lương thực, đồ dùng",
    "summary": "Một cụ già sống một mình, mái nhà dột",
    "commune": "Xã Lộc Hà",
    "unit": "Công an xã Lộc Hà",
    "verified_on": DAY,
    "is_open": True,
    "needed": "20 suất quà",
    "delivered": "5 suất quà",
    "reserved": "7 suất quà",
    "left": "8 suất quà",
    "thanks": [{"name": "Trường THCS Bình Lộc", "units": "4 suất quà"}],
    "others": "1 suất quà",
}
HELPED = {**NEED, "is_open": False, "left": "", "reserved": "", "summary": "Ba anh em đến trường thiếu sách vở"}
COMMUNES = [{"value": "18568", "label": "Xã Lộc Hà", "chosen": True}]
DONORS = [
    {"value": "PERSON", "label": "Cá nhân"},
    {"value": "ORGANISATION", "label": "Tổ chức, doanh nghiệp"},
    {"value": "SCHOOL", "label": "Trường học"},
]
ROW = {
    "url": "/hoan-canh/1",
    "code": "K7M2-9QXD",
    "kind": "Lương thực, đồ dùng",
    "summary": NEED["summary"],
    "household": "Trần Thị Mận",
    "needed": "20 suất quà",
    "delivered": 5,
    "waiting": 1,
    "state": {"label": "Đang đăng", "tone": "info"},
}
NEW = {**ROW, "waiting": 0, "delivered": 0, "state": {"label": "Chờ xác minh", "tone": "warn"}}
PLEDGE = {
    "id": "1",
    "code": "P4T8-WZ2C",
    "state": {"label": "Đang giữ phần", "tone": "info"},
    "kind": "Trường học",
    "name": "Trường THCS Bình Lộc",
    "units": "12 suất quà",
    "delivered": "5 suất quà",
    "expires_at": NOW,
    "note": "Chiều thứ sáu nhà trường chở đến",
    "answer": "Mang đến trụ sở, gặp đồng chí Hằng",
    "at": make_past_time(hours=2),
    "who": "",
    "has_contact": True,
    "is_open": True,
}
DELIVERY = {
    "number": 1,
    "units": "5 suất quà",
    "receiver": "Trần Thị Mận",
    "minutes": "BB 07/2026",
    "note": "đủ, còn hạn dùng",
    "day": DAY,
    "pledge": "P4T8-WZ2C · Trường THCS Bình Lộc · 12 suất quà",
    "who": "Nguyễn Thị Hằng",
    "minutes_url": "/b",
    "thanks_url": "/c",
}
_ACTIONS = ("xac_minh", "dang", "loi_hua", "tra_loi", "huy", "trao", "ket_thuc", "xin_lien_he")
_CONSENT = "Tôi để lại tên, số điện thoại để công an báo kết quả."


def build_aid_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    officer = {"shell": OFFICER, "urls": URLS, "now": NOW, "list_url": "/hoan-canh"}
    public = {"shell": PageFrame(), "now": NOW, "board_url": "/giup-do"}
    board = {**public, "communes": COMMUNES, "search": "", "is_filtered": False, "next_url": "", "report_url": "/r"}
    form = {
        "need": NEED,
        "key": "k",
        "error": "",
        "donors": DONORS,
        "naming_text": "Tôi đồng ý nêu tên và việc làm tốt của mình.",
        "contact_text": _CONSENT,
        "name_limit": 80,
        "note_limit": 300,
        "draft": {},
    }
    pledge = {
        **public,
        "error": "",
        "need": NEED,
        "code": "P4T8-WZ2C",
        "units": "12 suất quà",
        "delivered": "",
        "status": "Phần của bạn đang được giữ. Cảm ơn bạn.",
        "tone": "info",
        "expires_at": NOW,
        "answer": "Mang đến trụ sở sáng thứ hai",
        "donor_name": "Trường THCS Bình Lộc",
        "disclosures": [NOW],
        "can_withdraw": True,
    }
    need = {
        **officer,
        "row": ROW,
        "public_url": "/giup-do/K7M2-9QXD",
        "case": {"code": "LH7K-3MQX", "url": "/v"},
        "private": {"household": "Trần Thị Mận", "place": "Thôn Yên Bình", "reason": "Cụ ốm nặng, con ở xa"},
        "entered": {"who": "Lê Văn Tám", "at": make_past_time(hours=9), "by_team": True},
        "verified": {"who": "Nguyễn Thị Hằng", "at": make_past_time(hours=5), "note": "Đến nhà sáng nay"},
        "is_public": True,
        "balance": {**{name: NEED[name] for name in ("needed", "delivered", "reserved", "left")}, "is_complete": False},
        "same": {"rows": [], "elsewhere": 0},
        "pledges": [PLEDGE, {**PLEDGE, "is_open": False, "state": {"label": "Hết hạn giữ", "tone": "warn"}}],
        "open_pledges": [{"id": "1", "label": DELIVERY["pledge"]}],
        "deliveries": [DELIVERY],
        "next_number": 2,
        "donors": DONORS,
        "limits": {"name": 80, "note": 300},
        "contact": {"hours": (4, 24, 72), "shortest": 20},
        "today": "2026-11-25",
        "can_verify": False,
        "action_urls": {name: f"/hoan-canh/1/{name}" for name in _ACTIONS},
        "draft": {},
    }
    fresh = {"verified": None, "pledges": [], "deliveries": [], "open_pledges": [], "row": NEW, "next_number": 1}
    entry = {
        **officer,
        "form_url": "/hoan-canh/ghi",
        "case": None,
        "kinds": [{"value": "FOOD", "label": "Lương thực, đồ dùng"}],
        "limits": {"summary": 120, "unit_name": 30, "reason": 600},
        "needs_second": False,
        "draft": {},
    }
    paper = {
        **officer,
        "back_url": "/hoan-canh/1",
        "unit": "Công an xã Lộc Hà",
        "code": "K7M2-9QXD",
        "summary": NEED["summary"],
        "units": "5 suất quà",
        "day": DAY,
        "officer": "Nguyễn Thị Hằng",
    }
    return {
        "aid-board": ("aid/board.html", {**board, "rows": [NEED, {**NEED, "left": ""}], "helped": [HELPED]}),
        "aid-board-empty": ("aid/board.html", {**board, "rows": [], "helped": []}),
        "aid-public": ("aid/public_need.html", {**public, **form}),
        "aid-public-error": (
            "aid/public_need.html",
            {**public, **form, "error": "Chỉ còn cần 8 suất quà.", "draft": {"donor_name": "A", "phone": "0"}},
        ),
        "aid-public-helped": ("aid/public_need.html", {**public, **form, "need": HELPED}),
        "aid-pledge": ("aid/pledge.html", pledge),
        "aid-pledge-done": (
            "aid/pledge.html",
            {**pledge, "tone": "good", "expires_at": None, "can_withdraw": False, "delivered": "12 suất quà"},
        ),
        "aid-register": (
            "aid/register.html",
            {**officer, "rows": [ROW, NEW], "next_url": "/x", "search": "", "new_url": "/n", "board_url": "/giup-do"},
        ),
        "aid-register-empty": (
            "aid/register.html",
            {**officer, "rows": [], "next_url": "", "search": "", "new_url": "/n", "board_url": "/giup-do"},
        ),
        "aid-entry": ("aid/entry.html", entry),
        "aid-entry-team": (
            "aid/entry.html",
            {**entry, "needs_second": True, "case": {"code": "LH7K-3MQX", "title": "Cứu giúp, hỗ trợ"}},
        ),
        "aid-need": ("aid/need.html", need),
        "aid-need-new": (
            "aid/need.html",
            {**need, **fresh, "can_verify": True, "same": {"rows": [ROW], "elsewhere": 1}},
        ),
        "aid-need-waiting": ("aid/need.html", {**need, **fresh, "action_urls": {}}),
        "aid-need-done": (
            "aid/need.html",
            {**need, "row": {**ROW, "state": {"label": "Đã giúp", "tone": "good"}}, "action_urls": {}},
        ),
        "aid-minutes": (
            "aid/minutes.html",
            {
                **paper,
                "household": "Trần Thị Mận",
                "place": "Thôn Yên Bình",
                "receiver": "Trần Thị Mận",
                "minutes": "BB 07/2026",
                "note": "đủ, còn hạn dùng",
            },
        ),
        "aid-thanks": ("aid/thanks.html", {**paper, "donor": "Trường THCS Bình Lộc"}),
    }
