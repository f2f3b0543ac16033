"""Contexts of the screens for citizens, groups, operators and statistics."""

# One record per line reads better than one value per line.
# fmt: off

import datetime as dt
from typing import Any

from django import forms

from binhyen.ui.context import PageFrame
from binhyen.ui.tests.account_samples import build_account_pages
from binhyen.ui.tests.aid_samples import build_aid_pages
from binhyen.ui.tests.bulletin_samples import build_bulletin_pages
from binhyen.ui.tests.conduct_samples import build_conduct_pages
from binhyen.ui.tests.custody_samples import build_custody_pages
from binhyen.ui.tests.deed_samples import build_deed_pages
from binhyen.ui.tests.found_samples import build_found_pages
from binhyen.ui.tests.guide_samples import build_guide_pages
from binhyen.ui.tests.missing_samples import build_missing_pages
from binhyen.ui.tests.privacy_samples import build_privacy_pages
from binhyen.ui.tests.procedure_samples import build_procedure_pages
from binhyen.ui.tests.samples import EVENTS, NOW, OFFICER, THREAD, URLS, make_options, make_past_time
from binhyen.ui.tests.scam_samples import build_scam_pages
from binhyen.ui.tests.stats_samples import build_stats_pages
from binhyen.ui.tests.tip_samples import build_tip_pages
from binhyen.ui.tests.weapon_samples import build_weapon_pages

PUBLIC = PageFrame()
LONG_URL = "https://binhyen.hatinh.example/t/3vQ8mZ1kY7wP5rT2xJ9dB4nC6sF0hLgA"


class GroupForm(forms.Form):
    area = forms.ChoiceField(label="Địa bàn", choices=[("1", "Xã Lộc Hà"), ("2", "Thôn Nam Sơn, xã Lộc Hà")])
    name = forms.CharField(label="Tên nhóm", max_length=30, help_text="Tối đa 30 chữ")


class SignInForm(forms.Form):
    username = forms.CharField()
    password = forms.CharField()

    def clean(self) -> None:
        raise forms.ValidationError("Sai tên đăng nhập hoặc mật khẩu.")


def _make_message(number: int, text: str, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number), "who": f"Thành viên Cò-{100 + number}", "channel": "Zalo", "group": "Bình yên Lộc Hà",
        "at": make_past_time(minutes=7 * number), "text": text, "photos": [], "category": "Khác", "urgency": 0, "sensitive": False,
        "keep_text": "Tự xóa sau 30 ngày", "promote_url": "/p", "attach_url": "/a", **more,
    }


MESSAGES = [
    _make_message(1, "Cảm ơn các chú công an đã tìm được xe cho nhà em ạ", category="Cảm ơn"),
    _make_message(2, "Đoạn cầu Hộ Độ tối qua có mấy xe tải đậu choán hết đường", category="Giao thông", urgency=2, suggested=[{"code": "LH-7K2P", "title": "Trộm xe máy"}]),
    _make_message(3, "con chị H xóm trên chơi số đề, chủ thầu là ông T", category="Ma túy, cờ bạc", sensitive=True, group=""),
    _make_message(4, "Chào buổi sáng cả nhà ☀️"),
]
GROUPS = [
    {"name": "Bình yên xã Lộc Hà", "url": "/nhom/1", "level": "Nhóm xã, phường", "area": "Xã Lộc Hà", "members": 1240,
     "state": {"label": "Đang hoạt động", "tone": "good"}, "last_at": make_past_time(minutes=12), "dormant": False, "reason": "", "look": 3, "asset": "suất 100 người, đến 20/12/2026", "asset_tone": "warn"},
    {"name": "Bình yên Nam Sơn", "url": "/nhom/2", "level": "Nhóm thôn, tổ dân phố", "area": "Thôn Nam Sơn", "members": 312,
     "state": {"label": "Đang hoạt động", "tone": "good"}, "last_at": make_past_time(days=41), "dormant": True, "reason": ""},
    {"name": "Bình yên Phú Mậu", "url": "/nhom/3", "level": "Nhóm thôn, tổ dân phố", "area": "TDP Phú Mậu", "members": 0,
     "state": {"label": "Mở không thành", "tone": "bad"}, "last_at": None, "dormant": False, "reason": "Gói Zalo OA đã hết số nhóm được tạo"},
]
PLACING = {"url": "/nhom/1/dia-ban", "first": True, "says_rules": True, "parts": [{"label": "Xã, phường", "options": [{"value": 1, "label": "Xã Lộc Hà", "chosen": False}, {"value": 2, "label": "Phường Thành Sen", "chosen": False}]}]}
ASKING = {"url": "/nhom/1/xin-vao", "rows": [{"name": "Người dân KK84-FB78", "value": "KK84FB78", "at": make_past_time(minutes=3)}, {"name": "Người dân QA58-EN92", "value": "QA58EN92", "at": make_past_time(hours=5)}]}
GROUP = {
    **GROUPS[0], "unit": "Công an xã Lộc Hà", "rules_version": 3, "link": "https://zalo.me/g/abcxyz123", "reason": "",
    "rules": "1. Nhóm để công an và bà con báo tin cho nhau, không đăng quảng cáo.\n2. Tin tố giác: nhắn riêng cho tài khoản Công an, đừng đăng ở đây.\n3. Không đăng số căn cước, số tài khoản.",
    "facts": [{"label": "Vào tháng này", "value": "38"}, {"label": "Mở từ", "value": "03/07/2025"}],
}
OUTBOX = [
    {"to": "Người báo Sếu-417", "channel": "Zalo OA", "case": {"code": "LH-7K3M", "url": "/c"}, "purpose": "Trả lời", "attempts": 3,
     "text": "Công an xã đang tới. Bạn vào nhà an toàn giúp.", "state": {"label": "Chờ gửi", "tone": "warn"}, "created_at": make_past_time(minutes=5),
     "reason": "Zalo không trả lời", "code": "timeout", "delivery_unknown": True, "next_text": "19:22 (sau 2 phút)", "retry_url": "/r", "give_up_url": "/g"},
    {"to": "Người báo Cò-88", "channel": "Zalo OA", "case": {"code": "LH-7JX4", "url": "/c"}, "purpose": "Báo kết quả", "attempts": 1,
     "text": "Công an xã đã nhắc hộ dân tắt loa sau 22 giờ. Cảm ơn bạn.", "state": {"label": "Không gửi được", "tone": "bad"}, "created_at": make_past_time(hours=20),
     "reason": "Quá 7 ngày người này chưa nhắn lại, Zalo không cho gửi", "code": "-230", "delivery_unknown": False, "next_text": "Không thử nữa", "retry_url": "", "give_up_url": "/g"},
]
_ENTRIES: list[dict[str, Any]] = [
    {"hour": "19:20", "iso": "2026-11-25T12:20:00+00:00", "who": "Nguyễn Thị Hằng", "what": "Xem vụ việc", "about": "Vụ LH7K-3MQX", "unit": "Công an xã Lộc Hà", "more": "", "outcome": "", "verb": "case.read"},
    {"hour": "19:18", "iso": "2026-11-25T12:18:00+00:00", "who": "Người chưa đăng nhập", "what": "Đăng nhập không được", "about": "Nguyễn Thị Hằng", "unit": "", "more": "lần thứ 3", "outcome": "Bị từ chối", "verb": "sign_in_failed"},
    {"hour": "19:10", "iso": "2026-11-25T12:10:00+00:00", "who": "Nguyễn Thị Hằng", "what": "Tìm kiếm", "about": "", "unit": "Công an xã Lộc Hà", "more": "12 mục", "outcome": "", "verb": "search.asked"},
]
TRACES = [{"day": "25/11/2026", "groups": [*({**row, "rows": [row], "since": row["hour"]} for row in _ENTRIES[:2]), {**_ENTRIES[2], "rows": [_ENTRIES[2]] * 3, "since": "19:02"}]}]
LEDGER = [
    {"title": "Nhóm và thành viên", "rows": [
        {"label": "Nhóm xã, phường", "value": 69, "previous": 69, "url": "/k", "trend": [69] * 12, "trend_text": "12 tháng: giữ 69"},
        {"label": "Nhóm thôn, tổ dân phố", "value": 1912, "previous": 1900, "url": "/k", "trend": [0, 300, 700, 1100, 1500, 1800, 1900, 1912], "trend_text": "tăng tới 1.912"},
        {"label": "Thành viên", "value": 204311, "previous": 200120, "url": "", "trend": [3, 6, 8, 9, 10, 11], "trend_text": "tăng"}]},
    {"title": "Người dân và công an", "rows": [
        {"label": "Tin có giá trị", "hint": "Được đánh giá khi kết thúc vụ việc", "value": 1560, "previous": 1311, "url": "/k", "trend": [90, 120, 140, 110, 160, 150, 180, 130, 170, 120, 90, 100], "trend_text": "mỗi tháng 90 tới 180 tin"},
        {"label": "Bài tuyên truyền, cảnh báo", "value": 44700, "previous": 41022, "url": "/k", "trend": [3, 4, 4, 5], "trend_text": "tăng"},
        {"label": "Đồ, giấy tờ trả lại người mất", "value": 312, "previous": 280, "url": "/k", "trend": [20, 31, 25, 28, 40], "trend_text": "20 tới 40 mỗi tháng"},
        {"label": "Người mất tích, trẻ lạc tìm được", "value": 43, "previous": 38, "url": "/k", "trend": [3, 0, 4, 5, 2], "trend_text": "0 tới 5"},
        {"label": "Vụ lừa đảo ngăn được", "value": 0, "previous": None, "url": "", "trend": [], "trend_text": ""},
        {"label": "Đơn, phản ánh, kiến nghị", "value": 40, "previous": 37, "url": "/k", "trend": [4, 3, 5, 2], "trend_text": "2 tới 5"},
        {"label": "Vũ khí, vật liệu nổ giao nộp", "value": 5, "previous": 3, "url": "/k", "trend": [0, 1, 0, 2, 2], "trend_text": "0 tới 2"}]},
]


def build_more_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return screen name → (template, context)."""
    officer = {"shell": OFFICER, "urls": {**URLS, "groups": "/nhom", "ledger": "/ket-qua"}, "now": NOW, "filters": {"hidden": [], "q": ""}}
    citizen_thread = [{**m, "detach_url": "", "each": [], "who": "Bạn" if m["side"] == "citizen" else "Công an xã Lộc Hà", "channel": "", "delivery": None} for m in THREAD if m["side"] != "note"]
    report = {"code": "LH-7K3M", "state": "Công an đang xử lý", "tone": "warn", "meaning": "Công an xã Lộc Hà đã nhận tin của bạn lúc 19:07 và đang giải quyết.", "next": "Bạn sẽ được trả lời trước 19:36.", "question": True,
              "road": [{"label": label, "stage": stage} for label, stage in (("Đã gửi", "done"), ("Đã nhận", "done"), ("Đang xử lý", "now"), ("Xong", ""))]}
    refused = SignInForm({"username": "hang.loc-ha", "password": "x"})
    refused.is_valid()
    tabs = [{"label": "Tất cả", "url": "?", "count": 41, "current": True}, {"label": "Trong nhóm", "url": "?n", "count": 33}, {"label": "Nhắn riêng", "url": "?r", "count": 8}]
    return {
        "home": ("public/home.html", {"shell": PUBLIC}),
        "track": ("public/track.html", {"shell": PUBLIC, "code": "LH-7", "error": "Không tìm thấy mã này. Bạn xem lại giúp."}),
        "sent": ("public/sent.html", {"shell": PUBLIC, "receipt": {"code": "LH-7K3M", "status_url": LONG_URL, "path": "/theo-doi/" + "a" * 43, "danger": True, "steps": ["Bàn trực Công an xã Lộc Hà đang đọc tin của bạn.", "Có gì cần hỏi, cán bộ viết vào trang theo dõi.", "Xong việc, kết quả hiện ở trang ấy."]}}),
        "status": ("public/status.html", {"shell": PUBLIC, "now": NOW, "report": report, "thread": citizen_thread, "write_url": "/x", "key": "k", "draft": {"text": "", "kept": "tin-1"}, "feedback": {}, "answers": [{"label": d, "text": d} for d in ("Hôm nay", "Tối qua", "Hôm qua", "Hôm kia hoặc trước nữa")]}),
        "status-put-away": ("public/status.html", {"shell": PUBLIC, "now": NOW, "report": report, "thread": [], "put_away": True, "write_url": "/x", "key": "k", "draft": {"text": "", "kept": "tin-2"}, "feedback": {}}),
        "status-done": ("public/status.html", {"shell": PUBLIC, "now": NOW, "report": {**report, "state": "Đã giải quyết xong", "tone": "good", "question": False, "meaning": "Công an đã tới nơi, giải tán nhóm người và giữ hai con dao.", "next": ""}, "thread": citizen_thread, "feedback": {"url": "/f"}, "opened": [{"at": NOW, "why": "bảo vệ người báo tin", "until": NOW}], "carried": [{"at": NOW, "why": "bảo vệ người báo tin", "file": False}]}),
        "sign-in": ("account/sign_in.html", {"shell": PUBLIC, "form": SignInForm(), "demo_password": "binh-yen-2026", "demo_accounts": [{"username": "hang.loc-ha", "role": "Cán bộ trực", "unit": "Công an xã Lộc Hà"}, {"username": "truc.tinh", "role": "Trực ban", "unit": "Công an tỉnh Hà Tĩnh"}]}),
        "sign-in-error": ("account/sign_in.html", {"shell": PUBLIC, "form": refused, "oidc_url": "/dang-nhap/dinh-danh", "oidc_name": "Tài khoản Bộ Công an"}),
        "messages": ("desk/messages.html", {**officer, "rows": MESSAGES, "newest": [{"code": "LH-7K3M", "title": "Đánh nhau có dao · TDP Phú Mậu"}], "tabs": tabs, "keep_days": 30, "chosen_url": "/tin-nhan/chon"}),
        "groups": ("desk/groups.html", {**officer, "rows": GROUPS, "area": "Xã Lộc Hà", "totals": {"groups": 3, "members": 1552}, "create_url": "/nhom", "form": GroupForm(), "key": "k", "costs": {"accounts": [{"name": "Công an tỉnh", "used": 12, "free": 3, "lapsed": 1, "fee": 825000, "until": dt.date(2026, 12, 20), "tone": "warn"}], "more": 0, "fee": 75000, "communes": 69, "villages": 1900, "province_fee": 147800000}}),
        "group": ("desk/group.html", {**officer, "group": GROUP, "cases": [], "members": [{"name": "Cò-101", "text": "quản trị"}], "timeline": EVENTS, "timeline_open": True}),
        "group-strange": ("desk/group.html", {**officer, "group": {**GROUP, "no_area": True, "area": "", "unit": "Công an tỉnh Hà Tĩnh"}, "cases": [], "members": [], "timeline": EVENTS, "timeline_open": True, "placing": PLACING, "asking": ASKING}),
        "outbox": ("ops/outbox.html", {**officer, "rows": OUTBOX, "read_again_url": "/x", "tabs": tabs, "channels": [{"name": "Zalo OA", "problem": "đang tạm dừng", "reason": "Zalo yêu cầu gọi chậm lại", "hint": "Máy tự gửi tiếp lúc 00:05.", "waiting": "12 tin đang chờ kênh này.", "tone": "warn", "resume_url": "/x"}, {"name": "Zalo OA 2", "problem": "mất quyền gửi", "hint": "Người vận hành phải cấp quyền lại.", "command": "./dev binhyen connect_zalo", "tone": "bad"}],
                   "figures": [{"label": "Chờ gửi", "value": 128, "url": "?"}, {"label": "Không gửi được", "value": 3, "url": "?", "tone": "bad"}, {"label": "Gửi hôm nay", "value": 4102, "url": "?"}]}),
        "ledger": ("stats/ledger.html", {**officer, "area": "Tỉnh Hà Tĩnh", "period": "01/01/2026 – 25/11/2026", "counted_text": "19:20, 25/11/2026", "groups": LEDGER, "note": "Xã, phường sáp nhập: số cũ tính vào đơn vị mới.",
                   "place_note": "Xã Ích Hậu nay thuộc Xã Đông Kinh. Số dưới đây là của cả Xã Đông Kinh.", "places": [{"url": "?xa=1", "name": "Thôn Đông, Xã Lộc Hà", "now_in": ""}, {"url": "?xa=2", "name": "Xã Đông", "now_in": "Xã Đông Kinh"}],
                   "picks": [{"name": "dia-ban", "label": "Địa bàn", "options": make_options("Tỉnh Hà Tĩnh", "Xã Lộc Hà")}, {"name": "tim", "label": "Tìm thôn, tên xã cũ", "type": "search", "value": ""}, {"name": "ky", "label": "Kỳ", "options": make_options("Năm nay", "Tháng này", "Tự chọn")}, {"name": "tu", "label": "Từ ngày", "value": "2026-01-01"}, {"name": "den", "label": "Đến ngày", "value": "2026-11-25"}]}),
        "behind": ("stats/cases_behind.html", {**officer, "metric": "Tin có giá trị", "area": "Xã Lộc Hà", "period": "Tháng 11/2026", "total": 12, "pager": {"next_url": "?x"}, "rows": [{"title": "Đánh nhau có dao ở TDP Phú Mậu", "code": "LH-7K3M", "url": "/c", "place": "TDP Phú Mậu", "outcome": "Đã xử lý tại chỗ", "unit": "Công an xã Lộc Hà", "day": "25/11/2026"}]}),
        "import": ("areas/import.html", {**officer, "result": {"saved": False, "error_count": 2, "errors": [{"line": 3, "column": "ma_xa", "value": "99999", "text": "Không có xã, phường nào mang mã này"}, {"line": 17, "column": "ten", "value": "", "text": "Thiếu tên thôn"}], "more": 0},
                   "columns": [{"name": "ma_xa", "required": True, "meaning": "Mã xã, phường (5 số)"}, {"name": "ten", "required": True, "meaning": "Tên thôn, tổ dân phố"}], "sample_url": "/mau.csv"}),
        "learnt": ("areas/learnt.html", {**officer, "act_url": "/x", "rows": [{"name": "quán bà Hoa", "search_text": "quan ba hoa", "where": [{"name": "Xã Lộc Hà", "share": 1.0}], "cases": 3, "sure": True}, {"name": "cầu Cừ", "search_text": "cau cu", "where": [{"name": "Xã Lộc Hà", "share": 0.5}, {"name": "Xã Thạch Hà", "share": 0.5}], "cases": 2, "sure": False}],
                   "off": [{"name": "quán Ruby", "search_text": "quan ruby", "where": [], "cases": 1, "sure": False}]}),
        "book": ("audit/book.html", {**officer, "days": TRACES, "tasks": [{"text": "Sự cố dữ liệu sắp hoặc đã quá 72 giờ: 1. Báo cơ quan chuyên trách.", "url": "/su-co-du-lieu", "urgent": True}, {"text": "Một ngày qua có 3 việc bị từ chối: xem ai, vì sao.", "url": "/nhat-ky", "urgent": False}], "pager": {"next_url": "?sau=x"}, "urls": {"book": "/nhat-ky", "points": "/p", "export": "/c"},
                 "filters": {"active": 1, "clear_url": "/nhat-ky", "fields": [{"name": "ai", "label": "Cán bộ", "value": "Hằng", "type": "text"}, {"name": "viec", "label": "Việc", "options": make_options("Tất cả", "Xem dữ liệu")}, {"name": "tu", "label": "Từ ngày", "value": "2026-11-25", "type": "date"}]},
                 "state": {"signed_at": make_past_time(minutes=12), "given": [{"to": "Máy làm chứng", "at_text": "19:20, 25/11/2026"}], "checked_at": make_past_time(hours=9), "faults": []}}),
        "book-broken": ("audit/book.html", {**officer, "days": [], "tasks": [], "filters": {"fields": []}, "state": {"signed_at": None, "given": [], "checked_at": make_past_time(hours=1), "faults": ["dòng 1204: dòng bị sửa, hoặc không nối với dòng trước"]}}),
        "points": ("audit/points.html", {**officer, "rows": [{"at_text": "19:20, 25/11/2026", "size": 1204, "url": "/p/1204", "given": "Máy làm chứng, Bản in"}, {"at_text": "19:20, 25/11/2026", "size": 204, "url": "/p/204", "given": ""}], "pager": {"next_url": "?truoc=204"}}),
        "point": ("audit/point.html", {**officer, "urls": {"points": "/p"}, "point": {"at_text": "19:20, 25/11/2026", "size": 1204, "origin": "binhyen.hatinh.example/42/3f2a9c1b", "root": ["5dc9 da79 a706 59a9", "ad55 9cb7 01de d9a2", "ab9d 823a ad2f 4960", "cfe3 70ef f460 4328"], "key": "c74f20a3",
                  "note": "binhyen.hatinh.example/42/3f2a9c1b\n1204\nXcnaeacGWamtVZy3Ad7Zoqudgjqt...\n", "qr": {"size": 5, "path": "M1 1h1v1h-1zM3 2h1v1h-1z"}, "given": [{"to": "Máy làm chứng", "at_text": "19:20, 25/11/2026"}], "received_url": "/p/1204/da-nhan"}}),
        "traces": ("audit/traces.html", {**officer, "days": TRACES, "pager": {}}),
        "system-status": ("ops/status.html", {**officer, "bad": 1, "warn": 1, "lines": [{"name": "Sao lưu", "tone": "bad", "value": "chưa có", "advice": "Sao lưu mỗi đêm, cất ở máy khác.", "command": "./dev backup binhyen.age"}, {"name": "Hàng đợi", "tone": "warn", "value": "dưới 100 việc chờ chạy, 0 tin đến chưa đọc, 2 tin chưa gửi được", "advice": "Mở trang Tin chờ gửi, xem vì sao và gửi lại.", "url": "/hop-thu-di"}, {"name": "Ổ đĩa", "tone": "good", "value": "còn trống 120 GB, 62 %"}], "accounts": [{"name": "Công an tỉnh", "unit": "Toàn tỉnh", "package": "Tăng trưởng", "until": dt.date(2026, 12, 20), "groups": "12 đang dùng, 3 trống", "messages": "50/1.000", "fee": 825000, "code": "", "code_url": "/hop-thu-di/kenh/1/ten-mien"}, {"name": "Xã Lộc Hà", "unit": "Công an xã Lộc Hà", "package": "", "until": None, "groups": "", "messages": "", "fee": None, "code": "abc", "code_url": "/hop-thu-di/kenh/2/ten-mien"}]}),
        "system-status-good": ("ops/status.html", {**officer, "bad": 0, "warn": 0, "lines": [{"name": "Ổ đĩa", "tone": "good", "value": "còn trống 120 GB, 62 %"}]}),
        "callback": ("desk/callback.html", {**officer, "case": {"code": "LH7K-3MQX", "title": "Gây ồn ào", "url": "/v"}, "name": "Người báo AB12-CD34", "number": "0912 345 678", "call_url": "tel:0912345678", "seen": [{"at": make_past_time(hours=3), "who": "Lê Quang Dũng"}]}),
        "reply-templates": ("desk/reply_templates.html", {**officer, "unit": "Công an xã Lộc Hà", "action_url": "/mau-tra-loi", "rows": [{"id": "1", "label": "Mời gặp", "text": "Mời bạn đến trụ sở sáng mai."}], "built_in": [{"label": "Đang tới", "text": "Công an xã đang tới nơi."}], "longest": 600, "longest_label": 30, "draft": {"label": "Mời", "text": "Mời bạn"}, "error": "Đơn vị đã có mẫu tên này."}),
        "keys": ("help/keys.html", officer),
        **build_account_pages(),
        **build_stats_pages(),
        **build_custody_pages(),
        **build_conduct_pages(),
        **build_tip_pages(),
        **build_scam_pages(),
        **build_procedure_pages(),
        **build_guide_pages(),
        **build_bulletin_pages(),
        **build_privacy_pages(),
        **build_found_pages(),
        **build_missing_pages(),
        **build_weapon_pages(),
        **build_deed_pages(),
        **build_aid_pages(),
        "unsent": ("unsent.html", {"action": "/bao-tin", "words": [("text", "Có nhóm thanh niên cầm dao đánh nhau"), ("place", "TDP Phú Mậu")], "hidden": [("key", "k")]}),
        "unsent-copy": ("unsent.html", {"action": "/giu-kin/xin", "words": [("reason", "xác minh vụ việc")], "hidden": []}),
        "404": ("404.html", {}), "500": ("500.html", {}), "403": ("403.html", {"shell": OFFICER}), "400": ("400.html", {}), "503": ("503.html", {}), "429": ("429.html", {}), "403-csrf": ("403_csrf.html", {}),
    }
