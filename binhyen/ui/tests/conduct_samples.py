"""Screens of complaints about police with sample values: of handlers, of editors of relationships, of the person."""

from dataclasses import replace
from typing import Any

from binhyen.intake.forms import ReportForm
from binhyen.ui.context import PageFrame
from binhyen.ui.tests.samples import DESK, NOW, OFFICER, make_past_time

_ROW = {
    "url": "/x",
    "title": "Cán bộ công an xã, Trưởng, phó công an xã",
    "place": "Đang ở: tiếp nhận của tỉnh",
    "urgency": 3,
    "state": "Mới, quá hạn",
    "at": make_past_time(minutes=4),
    "waiting": True,
    "rings": True,
}
_WORDS = [
    {
        "at": make_past_time(days=2),
        "who": "",
        "text": "Anh công an xã thái độ hách dịch, đòi tiền khi tôi làm giấy tờ.\nNơi xảy ra: trụ sở xã",
    },
    {"at": make_past_time(days=1), "who": "officer:x", "text": "Chúng tôi đã nhận và đang làm rõ."},
]
_CHOICES = (("UNKNOWN", "Chưa rõ về ai"), ("DIRECTOR", "Giám đốc, phó giám đốc, văn phòng Giám đốc"))
_DEEDS = [
    {"label": "Tôi đã biết, tắt chuông", "icon": "check-circle", "url": "/x", "fields": []},
    {
        "label": "Phản ánh về ai",
        "icon": "user",
        "url": "/x",
        "open": True,
        "note": "Chỉ thêm, không bớt: ai đã bị ngăn thì vẫn bị ngăn. Phản ánh có thể chuyển lên cấp trên.",
        "fields": [
            {
                "name": "rank",
                "id": "ve-ai-rank",
                "label": "Chức vụ",
                "choices": _CHOICES,
                "required": True,
                "value": "UNKNOWN",
            },
            {"name": "who", "id": "ve-ai-who", "label": "Họ tên, nếu có", "required": False, "value": ""},
        ],
    },
    {
        "label": "Rút lên giải quyết",
        "icon": "forward",
        "url": "/x",
        "note": "Khi cấp dưới vi phạm nghiêm trọng hoặc để chậm.",
        "fields": [
            {"name": "reason", "id": "rut-len-reason", "label": "Lý do", "long": True, "required": True, "value": ""}
        ],
    },
]
_TALK = {
    "shell": OFFICER,
    "now": NOW,
    "desk": "Phản ánh cán bộ: tiếp nhận của tỉnh",
    "talk": _ROW,
    "words": _WORDS,
    "quick": _DEEDS[:1],
    "deeds": _DEEDS[1:],
    "photos": [{"url": "/x.jpg", "alt": "Ảnh 1 người báo gửi", "at": NOW}],
    "originals": [{"name": "Ảnh 1", "original_url": "/x"}, {"name": "Ảnh 2", "original_url": "/x"}],
    "whys": [{"value": "INQUIRY", "label": "xác minh, điều tra vụ việc"}],
    "shortest": 20,
    "longest_reason": 1000,
    "looks": [
        {"who": "Phan Văn Vận", "times": 3, "last": make_past_time(days=1)},
        {"who": "Lê Thị Thảo", "times": 1, "last": make_past_time(days=2)},
    ],
    "longest": 4000,
    "list_url": "/x",
    "reply_url": "/x",
    "hand_on_url": "/x",
    "draft": {},
}
_WHO = {"name": "Trần Văn Bình", "unit": "Công an xã Lộc Hà", "role": "Trưởng công an xã"}
_TIES = {
    "shell": OFFICER,
    "now": NOW,
    "draft": {},
    "kinds": (("RELATIVE", "Người thân"), ("OTHER", "Quan hệ khác")),
    "rows": [
        {
            "one": _WHO,
            "other": {**_WHO, "name": "Nguyễn Thị Hạnh", "role": "Thanh tra", "unit": "Công an tỉnh Hà Tĩnh"},
            "kind": "Người thân",
            "at": make_past_time(days=3),
            "by": "Phan Văn Vận",
            "alone": True,
            "end_url": "/x",
        }
    ],
    "hint": "Quan hệ của chính bạn chỉ ngăn bạn, chưa ngăn người kia, đến khi có người khác cùng khai.",
    "acting": [{"name": "Lê Thị Thảo", "unit": "Công an phường Thành Sen", "since": make_past_time(days=9)}],
    "declare_url": "/x",
    "appoint_url": "/x",
    "units": [{"code": "CA-1", "name": "Công an xã Lộc Hà"}],
}
ELSEWHERE = (
    "Chưa lưu gì của bạn.",
    "Phản ánh về lãnh đạo công an tỉnh do Bộ Công an giải quyết, không phải công an tỉnh.",
    "Bộ Công an: nơi tiếp dân do tỉnh ghi.",
    "Nếu vẫn gửi, lời bạn viết được niêm phong, chỉ thanh tra công an tỉnh mở được.",
)


def build_conduct_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return screen name → (template, context)."""
    locked = {"label": "Phản ánh cán bộ: văn phòng Giám đốc", "rows": [], "passkey_url": "/bao-mat/xac-nhan?khoa=1"}
    complaint_form = ReportForm(
        {"text": "Phó giám đốc công an tỉnh đòi tiền dân.", "place": "", "phone": "", "name": ""}
    )
    complaint_form.is_valid()
    called = {"shell": replace(OFFICER, summons=True)}
    return {
        "complaints": (
            "custody/talks.html",
            {
                "shell": OFFICER,
                "now": NOW,
                "desks": [
                    {
                        "label": "Phản ánh cán bộ: tiếp nhận của tỉnh",
                        "notice": "Có phản ánh mà mọi người được giải quyết ở cấp trên đều có liên quan.",
                        "rows": [_ROW],
                    },
                    locked,
                ],
            },
        ),
        "complaint": ("custody/talk.html", _TALK),
        "complaint-above": (
            "custody/talk.html",
            {
                **_TALK,
                "reply_url": "",
                "hand_on_url": "",
                "quick": [],
                "deeds": _DEEDS[2:],
                "photos": [],
                "originals": [],
            },
        ),
        "ties": ("people/ties.html", _TIES),
        "ties-empty": (
            "people/ties.html",
            {
                **_TIES,
                "rows": [],
                "acting": [],
                "error": "Không có cán bộ nào tên như vậy.",
                "draft": {"first": "Bình"},
            },
        ),
        "ties-chief": ("people/ties.html", {**_TIES, "appoint_url": ""}),
        "desk-called": ("desk/desk.html", {**DESK, **called}),
        "report-elsewhere": (
            "public/report.html",
            {"form": complaint_form, "key": "k", "shell": PageFrame(), "elsewhere": ELSEWHERE},
        ),
    }
