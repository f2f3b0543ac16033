"""Realistic contexts, one for each screen: the reference of their keys (CONTEXT.md has the rules)."""

# One record per line reads better than one value per line.
# fmt: off

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms

from binhyen.ui import formatting
from binhyen.ui.context import NavItem, PageFrame, SignedInOfficer

NOW = datetime(2026, 11, 25, 12, 20, tzinfo=UTC)
URLS = {"desk": "/ban-truc", "refresh": "/ban-truc?phan=hang"}


def make_past_time(**span: float) -> datetime:
    return NOW - timedelta(**span)


def make_due(label: str, soon: float = 60, **left: float) -> formatting.DueText:
    return formatting.build_due(NOW + timedelta(**left), NOW, soon=timedelta(minutes=soon), label=label)


OFFICER = PageFrame(
    nav=(
        NavItem("Bàn trực", "/ban-truc", "inbox", current=True, count=2, hot=True),
        NavItem("Tin nhắn", "/tin-nhan", "chat", count=41),
        NavItem("Nhóm", "/nhom", "users", count=0),
        NavItem("Kết quả", "/ket-qua", "chart"),
        NavItem("Tin chờ gửi", "/cho-gui", "outbox", count=3),
    ),
    unit_name="Công an xã Lộc Hà",
    person=SignedInOfficer("Nguyễn Thị Hằng", "Cán bộ trực", "/dang-xuat"),
    live_url="/live/ban-truc",
)


class ReportForm(forms.Form):
    text = forms.CharField(label="Chuyện gì đang xảy ra?", error_messages={"required": "Bạn viết giúp một câu: chuyện gì đang xảy ra?"})
    place = forms.CharField(required=False)
    phone = forms.CharField(required=False)
    name = forms.CharField(required=False)
    photos = forms.FileField(required=False)
    latitude = forms.CharField(required=False)
    longitude = forms.CharField(required=False)
    word = forms.CharField(required=False)
    topics = tuple(
        {"value": icon, "label": label, "icon": icon, "chosen": icon == "fire"}
        for icon, label in (("fight", "Đánh nhau"), ("thief", "Trộm cắp"), ("fire", "Cháy"), ("phone", "Lừa đảo"), ("search", "Mất, nhặt được đồ"), ("chat", "Việc khác"))
    )


def make_row(code: str, title: str, snippet: str, place: str, urgency: int, **more: Any) -> dict[str, Any]:
    minutes = more.pop("minutes", 90)
    received = make_past_time(minutes=minutes)
    return {
        "id": code, "code": code, "url": f"/vu-viec/{code}", "title": title, "snippet": snippet, "place": place,
        "urgency": urgency, "kind": "Tin báo", "state": "Mới", "state_tone": "info", "assignee": "",
        "alarming": False, "boxed": False, "due": None, "received_iso": received.isoformat(),
        "received_text": formatting.format_short_time(received, NOW), "take_url": f"/vu-viec/{code}/nhan-viec",
        "acknowledge_url": f"/vu-viec/{code}/da-nhan", "escalation": "", **more,
    }


ALARMS = [
    make_row("LH-7K3M", "Đánh nhau có dao ở TDP Phú Mậu", "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu, đông lắm, công an tới mau",
        "TDP Phú Mậu, xã Lộc Hà", 3, minutes=1, alarming=True, takes=True, escalation="Báo trưởng công an xã sau 1 phút", again=True),
    make_row("LH-7K3N", "Cháy nhà bếp gần chợ Huyện", "chay nha bep gan cho Huyen khoi den mu mit co nguoi trong nha",
        "Chợ Huyện, xã Lộc Hà", 3, minutes=3, alarming=True, escalation="Đã báo trưởng công an xã",
        assignee="Lê Quang Huy", is_unconfirmed=True,
        callees=[{"name": "Lê Quang Huy", "phone": "0912 345 678", "call_url": "tel:0912345678"}, {"name": "Trần Văn Đức", "phone": "", "call_url": ""}],
        version=1, near="LH-7K3K", near_url="/vu-viec/LH-7K3K", near_words="Hai nhóm đuổi nhau ở đầu xóm", merge_url="/vu-viec/LH-7K3N/gop",
        heap_url="/vu-viec/LH-7K3K#gop", more=[
            make_row("LH-7K3P", "", "Cháy to lắm gần chợ Huyện, xe cứu hoả mau lên", "", 3, minutes=3),
            make_row("LH-7K3Q", "", "chay o cho huyen cac chu oi", "", 3, minutes=2, assignee="Lê Quang Huy"),
            make_row("LH-7K3R", "", "Có cháy nhà gần chợ, nghe nói còn người già ở trong chưa ra được, hàng xóm đang phá cửa sau, khói đen cả xóm", "", 3, minutes=1),
        ]),
]
RINGING = sum(1 + len(alarm.get("more", ())) for alarm in ALARMS)
ROWS = [
    make_row("LH-7K2P", "Trộm vào nhà lấy xe Wave ở thôn Nam Sơn", "Sáng ra mất con xe Wave biển 38F1-234.56 dựng trong sân, cổng bị cạy",
        "Thôn Nam Sơn, xã Lộc Hà", 2, minutes=42, due=make_due("Chuyển tin", hours=21), news="Tin mới"),
    make_row("LH-7K2H", "Xe tải chở đất quá tải, rơi vãi trên tỉnh lộ 9", "Xe ben chạy suốt đêm, đất rơi đầy đường, bữa ni bụi không chịu nổi",
        "Tỉnh lộ 9, xã Lộc Hà", 2, minutes=130, state="Đang xử lý", state_tone="warn", assignee="Trần Văn Đức", due=make_due("Trả lời", minutes=35)),
    make_row("LH-7K1Q", "Nhặt được ví ở chợ Nghèn, có giấy tờ", "Em nhặt được cái ví da màu nâu trong có CCCD tên Hoàng Thị Lài với ít tiền",
        "Chợ Nghèn, xã Can Lộc", 1, minutes=260, kind="Nhặt được", state="Chờ người báo", state_tone="plain", assignee="Nguyễn Thị Hằng", due=make_due("Trả lời", days=2), likely=True),
    make_row("LH-7JZ8", "Gọi điện xưng công an, đòi chuyển tiền", "Có người gọi 0912 xxx xưng là cán bộ, bảo chuyển 50 triệu không là bắt",
        "", 2, minutes=1500, kind="Lừa đảo", state="Đang xử lý", state_tone="warn", assignee="Nguyễn Thị Hằng", due=make_due("Trả lời", hours=-5)),
    make_row("LH-7JX4", "Loa karaoke quá 22 giờ ở thôn Xuân Hải", "Tối mô cũng hát tới 12 giờ, con nít học bài không được, nhờ các chú nhắc giúp",
        "Thôn Xuân Hải, xã Lộc Hà", 1, minutes=1900, kind="Phản ánh", state="Đang xử lý", state_tone="warn", assignee="Lê Quang Huy", due=make_due("Trả lời", days=6)),
    make_row("LH-7JW2", "Hỏi thủ tục làm lại thẻ căn cước bị mất", "Cho cháu hỏi mất thẻ thì làm lại ở xã được không, cần giấy chi",
        "Xã Lộc Hà", 0, minutes=2900, kind="Phản ánh", state="Đã trả lời", state_tone="good", assignee="Nguyễn Thị Hằng", due=formatting.build_due(NOW, NOW, soon=timedelta(0), is_met=True)),
]


def make_options(*labels: str, chosen: int = 0) -> list[dict[str, Any]]:
    return [{"value": str(i), "label": label, "chosen": i == chosen} for i, label in enumerate(labels)]


DESK: dict[str, Any] = {
    "shell": OFFICER, "urls": URLS, "now": NOW, "alarms": ALARMS, "ringing": {"count": RINGING + 8, "free": RINGING + 5, "shown": RINGING + 5, "unconfirmed": 1, "updated": 2}, "unshown": {"count": 8, "shown": 8, "url": "/ban-truc?muc=3"}, "rings": True,
    "told": {"count": 2, "shown": 2, "url": "/ban-truc?han=nhac"}, "unhelped": {"count": 1, "shown": 1, "url": "/ban-truc?xem=chua-on"}, "left": {"count": 3, "shown": 3, "url": "/ban-truc?cua=da-roi"}, "exported": 10_000,
    "rows": ROWS, "found_text": "8 vụ việc",
    "tabs": [
        {"label": "Đang mở", "url": "?", "count": 38, "current": True},
        {"label": "Có tin mới", "url": "?xem=moi", "count": 4, "hot": True},
        {"label": "Của tôi", "url": "?cua=toi", "count": 7},
        {"label": "Chưa ai xử lý", "url": "?cua=khong", "count": 12, "hot": True},
        {"label": "Quá hạn", "url": "?han=qua", "count": 3, "hot": True},
        {"label": "Đã xong", "url": "?xong=1", "count": 1560},
        {"label": "Dân chưa hài lòng", "url": "?xem=chua-on", "count": 2, "hot": True},
    ],
    "filters": {
        "q": "", "active": 1, "clear_url": "/ban-truc", "hidden": [],
        "fields": [
            {"name": "trang-thai", "label": "Trạng thái", "options": make_options("Tất cả", "Mới", "Đang xử lý", "Chờ người báo")},
            {"name": "loai", "label": "Loại vụ việc", "options": make_options("Tất cả", "Tin báo", "Phản ánh", "Lừa đảo")},
            {"name": "linh-vuc", "label": "Nội dung", "options": make_options("Tất cả", "Bạo lực", "Trộm cắp", "Giao thông")},
            {"name": "muc", "label": "Mức", "options": make_options("Tất cả", "Khẩn cấp", "Trong ngày", "Thường", "Để biết")},
            {"name": "xa", "label": "Xã, phường", "options": make_options("Tất cả", "Xã Lộc Hà", "Xã Can Lộc", chosen=1)},
        ],
    },
    "handed": [{"code": "LH-9QXD", "title": "Trật tự · ngã ba Thạch Kim", "unit": "Công an phường Thành Sen", "at": make_past_time(minutes=6), "back_url": "/x"}],
    "pager": {"next_url": "?sau=LH-7JW2"},
}

CASE: dict[str, Any] = {
    "id": "0199-7k3m", "code": "LH-7K3M", "version": 4, "url": "/vu-viec/LH-7K3M", "write_key": "k1",
    "title": "Đánh nhau có dao ở TDP Phú Mậu", "kind": "Tin báo", "lane": "Tin báo về tội phạm", "urgency": 3,
    "state": {"label": "Đang xử lý", "tone": "warn"}, "sensitive": True, "alarming": False, "escalation": "",
    "assignee": "Nguyễn Thị Hằng", "unit": "Công an xã Lộc Hà", "received_at": make_past_time(minutes=14),
    "place": {"text": "TDP Phú Mậu, xã Lộc Hà", "written": "TDP Phú Mậu", "map_url": "https://ban-do.example/18.4,105.9", "geo_url": "geo:18.4,105.9?q=18.4,105.9", "pin": {"point": "18.40000, 105.90000", "image_url": "/dia-ban/nen.svg?xa=18568", "commune": "18568", "width": 256, "height": 240, "box": "105.8 18.3 106.0 18.5"}},
    "reporter": {"name": "Người báo Sếu-417", "text": "Nhắn qua Zalo · 2 tin trước đây"},
    "clocks": [
        {"due": make_due("Chuyển cơ quan điều tra", hours=23.7), "name": "pass_on", "prolong_url": ""},
        {"due": make_due("Giải quyết tin báo tội phạm", minutes=16), "name": "decide", "prolong_url": "/vu-viec/X/gia-han"},
    ],
    "reply_window": {"text": "Còn nhắn miễn phí qua Zalo được 47 giờ.", "state": "ok"},
    "answers": [{"label": "Đã tới nơi", "text": "Công an xã đã tới nơi. Cảm ơn bạn đã báo."}, {"label": "Hỏi chỗ", "text": "Bạn cho biết chính xác chỗ nào được không?"}],
    "next_states": make_options("Đang xử lý", "Chờ người báo"),
    "can_pass_on": True,
    "must_take": True,
    "outcomes": make_options("Đã can thiệp, giải tán", "Đã chuyển cơ quan điều tra", "Không đúng sự thật"),
    "grades": [{"value": "none", "label": "Không", "chosen": True}, {"value": "useful", "label": "Có giá trị", "hint": "Giúp ngăn chặn hoặc làm rõ vụ việc"}],
    "hand_to": [{"label": "Công an xã Lộc Hà", "options": make_options("Trần Văn Đức", "Lê Quang Huy (trực)")}, {"label": "Đơn vị khác", "options": make_options("Phòng Cảnh sát hình sự")}],
    "merged_into": None, "outcome": None, "acts": True,
    "urls": {n: f"/vu-viec/LH-7K3M/{n}" for n in ("take", "set_state", "hand_on", "close", "reply", "ask", "note", "merge", "relate", "evidence", "set_place", "set_pin", "heard_late", "consents", "identity", "originals")},
}
THREAD = [
    {"id": "1", "side": "citizen", "who": "Người báo Sếu-417", "channel": "Zalo", "at": make_past_time(minutes=14), "text": "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu", "photos": [], "detach_url": "/x", "split_url": "/x"},
    {"id": "2", "side": "ours", "who": "Tự động", "channel": "Zalo", "at": make_past_time(minutes=14), "text": "Đã nhận tin của bạn. Nếu đang nguy hiểm, gọi ngay 113. Tránh xa chỗ đánh nhau, đừng quay phim gần.\nSố tin: LH-7K3M", "delivery": {"text": "Đã tới máy", "tone": "good"}},
    {"id": "3", "side": "note", "who": "Nguyễn Thị Hằng", "at": make_past_time(minutes=12), "text": "Đã gọi tổ bảo vệ ANTT Phú Mậu, anh Đức đang trên đường."},
    {"id": "4", "side": "citizen", "who": "Người báo Sếu-417", "channel": "Zalo", "at": make_past_time(minutes=9), "text": "Chúng nó chạy về phía cầu rồi, 5 6 đứa đi 3 xe", "photos": [{"url": "/static/ui/logo.svg", "alt": "Ảnh 1"}], "detach_url": "/x", "location": {"url": "#", "text": "Vị trí người báo gửi"}},
    {"id": "5", "side": "ours", "who": "Nguyễn Thị Hằng", "channel": "Zalo", "at": make_past_time(minutes=5), "text": "Công an xã đang tới. Bạn vào nhà an toàn giúp.", "delivery": {"text": "Chưa gửi được, thử lại lúc 19:22", "tone": "bad"}},
    {"id": "6", "side": "ours", "who": "Nguyễn Thị Hằng", "channel": "Zalo", "at": make_past_time(minutes=4), "text": "Đã tới nơi. Cảm ơn mọi người.", "delivery": {"text": "tới 2 người: 1 đã đến máy, 1 đã gửi", "tone": "good"},
     "each": [{"to": "Người báo Sếu-417", "text": "Đã đến máy", "at": make_past_time(minutes=4)}, {"to": "Người báo Cò-102", "text": "Đã gửi", "at": make_past_time(minutes=3)}]},
]
EVENTS = [
    {"at": make_past_time(minutes=5), "who": "Nguyễn Thị Hằng", "title": "Trả lời người báo", "text": "", "tone": ""},
    {"at": make_past_time(minutes=13), "who": "Nguyễn Thị Hằng", "title": "Đã nhận, nhận việc về mình", "text": "", "tone": "good"},
    {"at": make_past_time(minutes=14), "who": "Hệ thống", "title": "Báo động bàn trực xã Lộc Hà", "text": "", "tone": "bad"},
    {"at": make_past_time(minutes=14), "who": "Hệ thống", "title": "Mở vụ việc từ tin nhắn Zalo", "text": "", "tone": ""},
]
UNDERSTANDING = {
    "category": "Bạo lực",
    "entities": [{"label": "Địa điểm", "text": "TDP Phú Mậu", "norm": "TDP Phú Mậu, xã Lộc Hà"}, {"label": "Vật", "text": "dao", "norm": ""}],
    "reasons": ["có «cầm dao»", "có «đánh nhau»", "đang xảy ra"], "correct_url": "/x", "urgencies": make_options("Khẩn cấp", "Trong ngày"), "lanes": make_options("Tố giác, tin báo tội phạm"), "categories": make_options("Bạo lực", "Trộm cắp", "Khác"),
}
CASE_PAGE: dict[str, Any] = {
    "shell": OFFICER, "urls": URLS, "now": NOW, "case": CASE, "thread": THREAD, "timeline": EVENTS, "timeline_open": True,
    "understanding": UNDERSTANDING, "errors": {}, "draft": {"text": ""}, "heard_as": {"label": "Bạo lực, đánh nhau", "category": "violence", "url": "/x"},
    "relations": [{"label": "Đã gộp vào đây", "code": "LH-7K3R", "title": "Đánh chắc ở cầu Phú Mậu", "url": "/x", "undo_url": "/y", "undo_label": "Tách ra", "version": 2}],
    "similar": [{"code": "LH-7K3S", "title": "Ồn ào, la hét gần cầu", "url": "/x", "reason": "cách 300 m, 6 phút", "words": "Nghe la hét gần cầu", "rings": True, "into": "LH-7K3S/1"}],
    "merges": 1,
    "matches": {"linked": [{"code": "TS-4M8Q", "url": "", "unit": "Công an phường Thành Sen", "category": "Nhặt được", "thing": "ví da, nâu", "open": True, "write_url": "/x"},
                           {"code": "LH-2B7C", "url": "/x", "unit": "Công an xã Lộc Hà", "category": "Nhặt được", "thing": "", "open": False, "write_url": ""}],
                "rows": [{"code": "LH-7K3T", "title": "Nhặt được · chợ Lộc Hà", "url": "/x", "reasons": ["cùng loại: ví", "cùng màu nâu"]}],
                "elsewhere": "2 tin nhặt được do đơn vị khác giữ có thể khớp. Trực ban tỉnh xem được và nối giúp."},
}


def build_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return screen name → (template, context)."""
    bad = ReportForm({"text": "", "phone": "09"})
    bad.is_valid()
    return {
        "report": ("public/report.html", {"form": ReportForm(), "key": "k", "shell": PageFrame()}),
        "report-error": ("public/report.html", {"form": bad, "key": "k", "shell": PageFrame()}),
        "desk": ("desk/desk.html", DESK),
        "desk-calm": ("desk/desk.html", {**DESK, "alarms": [], "rows": [], "filters": {**DESK["filters"], "active": 0}}),
        "case": ("desk/case.html", CASE_PAGE),
        "case-alarm": ("desk/case.html", {**CASE_PAGE, "timeline_open": False, "case": {**CASE, "alarming": "UNASSIGNED", "takes": True, "assignee": "", "escalation": "Báo trưởng công an xã sau 1 phút.",
                       "urls": {**CASE["urls"], "acknowledge": "/ack"}}}),
        "case-sealed": ("desk/case.html", {**CASE_PAGE, "understanding": {**UNDERSTANDING, "sealed": True}, "draft": {"words": "Người trong nhóm nói về trưởng công an xã."},
                        "errors": {"correct": "Nội dung tin báo đã niêm phong và không chuyển kèm. Hãy viết điều mà nơi tiếp nhận phản ánh cần biết."}}),
        "case-apart": ("desk/case.html", {**CASE_PAGE, "thread": [], "case": {**CASE, "sealed": {"url": "/giu-kin/tin"}, "reporter": {"name": "Người báo tin kín", "text": ""}}}),
        "case-closed": ("desk/case.html", {**CASE_PAGE, "case": {**CASE, "state": {"label": "Đã xong", "tone": "good"}, "outcome": {"label": "Đã xử lý tại chỗ", "text": "Giải tán nhóm người, giữ hai con dao.\nCăn cứ: biên bản 12/BB", "valuable": "Tin có giá trị", "evidence": []}, "urls": {"reopen": "/r", "grade": "/g", "note": "/n", "evidence": "/e"}}}),
        "conflict": ("desk/conflict.html", {"shell": OFFICER, "urls": URLS, "now": NOW, "case": CASE, "changes": EVENTS[:2], "attempt": {"label": "Kết thúc với kết quả", "url": "/x", "fields": [{"label": "Kết quả", "value": "Đã can thiệp, giải tán"}], "hidden": [{"name": "outcome", "value": "1"}]}}),
    }
