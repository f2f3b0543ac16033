"""Contexts of the screens about personal data."""

# One record per line reads better than one value per line.
# fmt: off

from dataclasses import replace
from typing import Any

from binhyen.ui import formatting
from binhyen.ui.context import Alert, PageFrame
from binhyen.ui.tests.samples import NOW, OFFICER, URLS, make_past_time

PUBLIC = PageFrame()
ALERTS = (
    Alert("Yêu cầu về dữ liệu cá nhân sắp hoặc đã quá hạn, chưa ai trả lời: 2.", "/yeu-cau-du-lieu"),
    Alert("Sự cố dữ liệu sắp hoặc đã quá 72 giờ mà chưa báo cơ quan chuyên trách: 1.", "", "Nhắc người vận hành, thanh tra báo ngay."),
)
CLASSES = [
    {"label": "Phản ánh, kiến nghị, đánh rơi, nhặt được, việc khác", "times": ["13 tháng từ ngày xong"], "then": "xóa lời, ảnh, địa điểm, ghi chú; còn số vụ và con số thống kê"},
    {"label": "Danh tính người báo: tên, số điện thoại, mã trên kênh", "times": ["7 ngày từ ngày báo kết quả", "180 ngày từ lời cuối, khi chưa có kết quả"], "then": "hủy khóa, xóa; bản sao lưu giữ không quá 35 ngày"},
]
ASKED = [
    {"code": "K7M2-9QXD", "kind": "Xóa", "state": "Chờ trả lời", "tone": "info", "at": make_past_time(hours=3), "due": make_past_time(hours=-40), "answer": ""},
    {"code": "P4T8-WZ2C", "kind": "Xem, nhận bản sao", "state": "Đã làm xong", "tone": "good", "at": make_past_time(days=2), "due": None, "answer": "Bản sao dữ liệu đã giao cho bạn."},
]
STATE = {"label": "Chờ trả lời", "tone": "warn"}
ROW = {"url": "/y/1", "code": "K7M2-9QXD", "kind": "Xóa", "who": "Người dân SEU4-17XQ", "via": "trang theo dõi", "at": make_past_time(hours=3), "state": STATE, "late": False,
       "due": formatting.build_due(make_past_time(hours=-8), NOW, soon=make_past_time(hours=0) - make_past_time(hours=12))}
DONE = {**ROW, "kind": "Sửa", "state": {"label": "Đã làm xong", "tone": "good"}, "late": True, "due": formatting.build_due(make_past_time(hours=2), NOW, soon=NOW - make_past_time(hours=12), is_met=True)}
KEPT = [
    {**CLASSES[0], "kept": "12.480", "oldest": "20/10/2025", "next": "19/11/2026", "removed": "37", "tone": "", "problem": ""},
    {**CLASSES[1], "kept": "3.204", "oldest": "28/05/2026", "next": "26/11/2026", "removed": "112", "tone": "bad", "problem": "3 đã quá hạn"},
    {"label": "Phản ánh về cán bộ, khiếu nại, tố cáo", "times": ["5.479 ngày từ ngày xong"], "then": "hủy khóa; xóa lời, tệp, ai báo, về ai; còn số vụ", "kept": "", "oldest": "", "next": "", "removed": "", "tone": ""},
]
CONSENT = {"code": "M8Q2-XN4T", "label": "Đăng thông tin của trẻ em", "by": "Cha mẹ, người giám hộ", "age": 8, "agreed": True, "proof": "giấy ký tại trụ sở", "at": make_past_time(hours=5),
           "until": NOW.date(), "version": 1, "withdrawn": None, "who": "Nguyễn Thị Hằng"}
BREACH = {"url": "/s/1", "code": "B3XK-7M2Q", "what": "Máy tính xách tay của đơn vị bị mất, trong máy có bản in danh sách vụ việc tháng 11", "found_at": make_past_time(hours=20),
          "due": formatting.build_due(make_past_time(hours=-52), NOW, soon=NOW - make_past_time(hours=12)), "late": False, "state": {"label": "Chưa báo", "tone": "bad"}}


def build_privacy_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    officer = {"shell": OFFICER, "urls": URLS, "now": NOW, "filters": {"hidden": [], "q": ""}}
    own_values = {"shell": PUBLIC, "now": NOW, "back_url": "/t", "url": "/u", "code": "LH7K-3MQX", "cases": ["LH7K-3MQX", "K7M2-9QXD"], "words": 3, "facts": [{"label": "số điện thoại", "at": make_past_time(days=1)}], "duties": [],
           "requests": ASKED, "said": "", "error": "", "draft": "", "contact": "Công an tỉnh, bộ phận bảo vệ dữ liệu cá nhân"}
    return {
        "notice": ("public/notice.html", {"shell": PUBLIC, "contact": "Công an tỉnh, bộ phận bảo vệ dữ liệu cá nhân", "classes": CLASSES,
                   "promises": [{"way": "Nhóm Zalo", "holds": "Mọi người trong nhóm đều đọc được.", "but": "Tin cần kín xin nhắn riêng."}],
                   "falls": [{"who": "Kẻ lấy được bản sao dữ liệu", "reads": "đọc được tin thường", "not": "không đọc được tên"}]}),
        "own-data": ("public/own_data.html", own_values),
        "own-data-kept": ("public/own_data.html", {**own_values, "requests": [], "error": "Bạn đánh dấu «Tôi chắc chắn» rồi bấm lại.", "facts": [], "duties": ["Tin của bạn là tin báo về tội phạm. Luật buộc công an giữ đến khi giải quyết và bàn giao xong (Bộ luật Tố tụng hình sự, điều 145–147)."]}),
        "erased": ("public/erased.html", {"shell": PUBLIC, "now": NOW, "requests": ASKED[1:]}),
        "data-requests": ("privacy/requests.html", {**officer, "waiting": [ROW], "answered": [DONE], "late": 1}),
        "data-requests-empty": ("privacy/requests.html", {**officer, "shell": replace(OFFICER, alerts=ALERTS), "waiting": [], "answered": [], "late": 0}),
        "data-request": ("privacy/request.html", {**officer, "row": ROW, "words": "Tôi đổi ý, xin xóa giúp", "answer": "", "answered_at": None, "by": "", "must_keep": "", "list_url": "/y", "reply_url": "/y/1/tra-loi", "yes": "Đồng ý, làm ngay", "hint": "Đồng ý: máy xóa lời, ảnh, hủy khóa danh tính. Không lấy lại được."}),
        "data-request-kept": ("privacy/request.html", {**officer, "row": ROW, "words": "", "answer": "", "answered_at": None, "by": "", "must_keep": "Có vụ việc phải lưu theo luật", "list_url": "/y", "reply_url": "/y/1/tra-loi", "yes": "Đồng ý, làm ngay", "hint": ""}),
        "data-request-done": ("privacy/request.html", {**officer, "row": DONE, "of": {"code": "LH7K-3MQX", "url": "/v"}, "words": "", "answer": "Đã sửa.", "answered_at": make_past_time(hours=1), "by": "Nguyễn Thị Hằng", "must_keep": "", "list_url": "/y", "reply_url": ""}),
        "kept": ("privacy/kept.html", {**officer, "rows": KEPT, "swept_at": make_past_time(hours=9), "stale": False, "hold_url": "/g", "holds": [{"code": "LH7K-3MQX", "reason": "Viện kiểm sát yêu cầu giữ", "until": NOW.date(), "who": "Nguyễn Thị Hằng", "url": "/g/1"}]}),
        "kept-new": ("privacy/kept.html", {**officer, "rows": KEPT, "swept_at": None, "stale": False, "holds": [], "hold_url": ""}),
        "consents": ("privacy/consents.html", {**officer, "case": {"code": "LH7K-3MQX", "title": "Trẻ lạc", "url": "/v"}, "rows": [CONSENT, {**CONSENT, "withdrawn": NOW, "age": None, "agreed": False}], "write_url": "/d/ghi", "withdraw_url": "/d/rut", "purposes": [{"value": "CHILD", "label": "Đăng thông tin của trẻ em", "words": "Tôi là cha, mẹ hoặc người giám hộ, đồng ý đăng tên, ảnh."}], "bys": [{"value": "SELF", "label": "Chính người đó"}, {"value": "REPRESENTATIVE", "label": "Cha mẹ, người giám hộ"}]}),
        "consents-find": ("privacy/consents.html", {**officer, "case": None}),
        "breaches": ("privacy/breaches.html", {**officer, "rows": [BREACH], "write_url": "/s/ghi", "today": "2026-11-25T19:20"}),
        "breach": ("privacy/breach.html", {**officer, "row": BREACH, "who": "người báo tin của một xã trong tháng 11", "people": 20, "measures": "Đã khóa tài khoản, đổi khóa", "by": "Phan Văn Vận", "at": make_past_time(hours=19), "notified_at": None, "reported_at": None, "list_url": "/s", "steps": [{"kind": "Đã làm thêm", "text": "Đổi khóa của cả đơn vị", "at": make_past_time(hours=3), "who": "Phan Văn Vận"}], "step_url": "/s/1/them", "kinds": [{"value": "REPORTED", "label": "Đã báo cơ quan chuyên trách"}]}),
    }
