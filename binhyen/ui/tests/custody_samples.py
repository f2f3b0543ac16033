"""Screens of the custody process with sample values."""

from typing import Any

from binhyen.ui.tests.samples import NOW, OFFICER

_ROW = {
    "url": "/x",
    "matter": "Vụ việc K7M2-9QXD",
    "pseudonym": "Người dân Q4N8-TR2C",
    "who": "Phan Văn Sơn",
    "at": NOW,
    "state": "Một người đã đồng ý, chờ người thứ hai",
    "tone": "warn",
}
_TALK = {
    "number": "3F2A",
    "url": "/x",
    "title": "Ma túy, cờ bạc",
    "place": "Xã Lộc Hà",
    "urgency": 2,
    "state": "Mới",
    "at": NOW,
    "waiting": True,
    "handed_on_at": NOW,
    "reads": "Người báo đọc khi mở tin bằng mã nhận tin.",
    "case_code": "K7M2-9QXD",
    "case_url": "/x",
}
_WORDS = [
    {"at": NOW, "who": "", "text": "Nhà cuối xóm có người lạ ra vào lúc nửa đêm.\nTôi sợ lắm."},
    {"at": NOW, "who": "officer:x", "text": "Bạn thấy từ hôm nào?"},
    {"at": NOW, "who": "officer:x", "text": "Đã hỏi tổ trưởng.", "note": True},
]
_ASKING = {
    "case": {"code": "K7M2-9QXD", "title": "Đánh nhau ở TDP Phú Mậu"},
    "ready": True,
    "has_key": True,
    "hours": (4, 24, 72),
    "people": [
        {
            "name": "Người báo Q4N8",
            "channel": "Zalo",
            "keeps": True,
            "requests": [{"url": "/x", "state": "Đang mở", "at": NOW}],
        },
        {"name": "Người báo TR2C", "channel": "Trang báo tin", "keeps": False, "requests": []},
    ],
    "choice": [{"id": "Q4N8TR2C", "name": "Người báo Q4N8", "channel": "Zalo"}],
    "shortest": 20,
    "longest": 1000,
    "originals": [
        {
            "id": "anh:1",
            "label": "Ảnh 1",
            "from": "Người báo Q4N8",
            "at": NOW,
            "kilobytes": 812,
            "requests": [{"url": "/x", "state": "Đang mở", "at": NOW}],
        }
    ],
    "whys": [{"value": "PROTECT", "label": "bảo vệ người báo tin"}],
    "typed": {"reason": "Cần gặp."},
    "error": "Viết rõ lý do, từ 20 đến 1000 ký tự.",
}


# fmt: off
def build_custody_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return screen name → (template, context)."""
    urls = dict.fromkeys(("make", "unlock", "lock", "rewrap", "grant", "approve", "refuse", "read", "list", "renew", "take_key", "openings", "carry"), "/x")
    base = {"shell": OFFICER, "now": NOW, "urls": urls, "minutes": 10, "demo_passphrase": "gió lào thổi", "mark": "3F2A 9C1B 77D0 11E4",
            "marks": [{"label": "người giữ danh tính, phần 1", "mark": "3F2A 9C1B 77D0 11E4"}]}
    opening = {**base, "opening": _ROW, "why": "bảo vệ người báo tin", "reason": "Người báo bị dọa.", "hours": 24,
               "requester": {"name": "Phan Văn Sơn", "role": "Trưởng công an xã", "unit": "Công an xã Lộc Hà", "mark": "3F2A 9C1B 77D0 11E4"}, "agreed": [{"at": NOW, "who": "Lê Thị Thảo"}],
               "needs_file": True, "waits_until": NOW}
    return {
        "custody-new": ("custody/home.html", {**base, "waiting": ["người giữ danh tính", "bàn tin kín"]}),
        "custody-locked": ("custody/home.html", {**base, "holder": {"seat": 1}, "locked": True, "needs_file": True, "error": "Cụm mật khẩu không đúng.", "next": "/giu-kin/tin"}),
        "custody-again": ("custody/home.html", {**base, "holder": {"seat": 1}, "locked": True, "confirm_url": "/x", "next": "/giu-kin/tin"}),
        "opening-again": ("custody/opening.html", {**opening, "facts": None, "confirm_url": "/x"}),
        "talks-keyless": ("custody/talks.html", {**base, "desks": [{"label": "Tin kín", "rows": [{**_TALK, "url": ""}, {**_TALK, "url": "", "number": "9B1C"}], "keyless": "Bạn chỉ thấy có tin, không mở được. Người giữ khóa: Trực ban công an tỉnh.", "pager": {}}]}),
        "custody-open": ("custody/home.html", {**base, "holder": {"seat": 2}, "groups": ["người giữ danh tính"], "left": True, "asked": 2, "renewable": [{"value": "IDENTITY", "label": "người giữ danh tính", "holders": ["Lê Thị Thảo (3F2A 9C1B 77D0 11E4)"]}], "envelopes": [{"field": "mark-3F2A9C1B77D0", "label": "Phong bì Văn phòng", "begins": "3F2A 9C1B 77D0"}], "newcomers": [{"id": "1", "name": "Hoàng Văn Tâm", "role": "Người giữ danh tính", "seat": 3, "at": NOW, "begins": "3F2A 9C1B 77D0"}], "placed": [{"mine": False, "name": "Hoàng Văn Tâm", "at": NOW}]}),
        "custody-elsewhere": ("custody/home.html", {**base, "holder": {"seat": 1}, "elsewhere": True, "placed": [{"mine": True, "name": "Phan Văn Sơn", "at": NOW}]}),
        "opening-sealed": ("custody/opening.html", {**opening, "facts": None, "reason": "", "open_url": "/x"}),
        "opening-elsewhere": ("custody/opening.html", {**opening, "facts": None, "elsewhere": True, "reason": ""}),
        "ask-identity": ("desk/identity.html", {**base, **_ASKING}),
        "ask-identity-bare": ("desk/identity.html", {**base, **_ASKING, "has_key": False, "error": ""}),
        "openings": ("custody/openings.html", {**base, "custodian": True, "answer_url": "/x", "rows": [_ROW]}),
        "opening": ("custody/opening.html", {**opening, "facts": None}),
        "opening-read": ("custody/opening.html", {**opening, "facts": [{"label": "mã tài khoản trên kênh chat", "value": "5301"}], "of_chat": True, "nameless": True, "ends_at": NOW, "refusal": {"at": NOW, "who": "Lê Thị Thảo", "text": "Chưa rõ."}, "problem": "Bạn đã đồng ý rồi."}),
        "opening-original": ("custody/opening.html", {**opening, "opening": _ROW | {"file": True}, "facts": None, "urls": {"list": "/x", "original": "/x"}}),
        "talks-away": ("custody/talks.html", {**base, "away": True, "desks": [{"label": "Bàn tin kín", "rows": [_TALK], "pager": {}}]}),
        "talk-away": ("custody/talk.html", {**base, "desk": "Bàn tin kín", "talk": _TALK, "words": [], "carry_url": "/x", "longest": 4000, "list_url": "/x", "reply_url": "/x", "draft": {}}),
        "openings-carried": ("custody/openings.html", {**base, "custodian": True, "answer_url": "/x", "rows": [_ROW | {"carried_at": NOW}]}),
        "opening-carried": ("custody/opening.html", {**opening, "opening": _ROW | {"carried_at": NOW}, "facts": None}),
        "talks": ("custody/talks.html", {**base, "all_url": "/x", "desks": [{"label": "Bàn tin kín", "rows": [_TALK], "tabs": [{"label": "Đang mở", "url": "/x", "current": True}, {"label": "Đã xong", "url": "/y", "current": False}], "pager": {"first_url": "/x", "next_url": "/y"}}, {"label": "Thanh tra", "rows": []}]}),
        "talk-asking": ("custody/talk.html", {**base, "desk": "Bàn tin kín", "talk": _TALK, "words": _WORDS, "photos": [], "longest": 4000, "list_url": "/x", "draft": {"reason": "Cần."}, "asking": {"rows": [*_ASKING["originals"], {"id": "2", "label": "Ảnh 2", "at": NOW, "note": "Không lưu bản gốc.", "requests": []}], "choice": _ASKING["originals"], "ready": True, "url": "/x", **{k: _ASKING[k] for k in ("whys", "hours", "shortest", "longest", "typed")}}}),
        "talk": ("custody/talk.html", {**base, "desk": "Bàn tin kín", "talk": _TALK, "words": _WORDS, "photos": [{"url": "/x.jpg", "alt": "Ảnh 1 người báo gửi", "at": NOW}], "longest": 4000, "list_url": "/x", "reply_url": "/x", "hand_on_url": "/x", "draft": {"hand_on": "Có người lạ.", "unsent": "1"}, "error": "Viết vài dòng."}),
    }
# fmt: on
