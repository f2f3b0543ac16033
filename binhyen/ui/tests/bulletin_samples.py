"""Contexts of the screens of bulletins."""

# One record per line reads better than one value per line.
# fmt: off

from typing import Any

from binhyen.bulletins.rules import AreaFigures, split_blocks
from binhyen.people.factors.totp import build_qr_code
from binhyen.ui.context import PageFrame
from binhyen.ui.tests.samples import NOW, OFFICER, make_options, make_past_time

TEXT = "Có người gọi điện giả danh điện lực, đòi chuyển tiền để khỏi bị cắt điện.\n- Không bấm đường dẫn lạ.\n- Không đọc mã OTP cho ai.\nGọi 113 khi nghi ngờ."
FORM = {"title": "Giả danh điện lực để lừa tiền", "text": TEXT, "scheduled": "", "expires": "2026-12-24T18:00", "topics": make_options("Lừa đảo qua mạng", "An ninh trật tự"), "grounds": make_options("Không khẩn cấp", "Trẻ em mất tích"), "max_title": 120, "max_text": 1500}
ROW = {"title": FORM["title"], "url": "/ban-tin/K7M2-9QXD", "topic": "Lừa đảo qua mạng", "urgent": False, "is_correction": False, "unit": "Công an xã Lộc Hà", "state": {"label": "Đang soạn", "tone": "quiet"}, "unreviewed": False, "at": make_past_time(hours=2), "groups": None}
ROWS = [
    ROW,
    {**ROW, "title": "Tìm cháu bé đi lạc ở chợ Lộc Hà", "topic": "Tìm người", "urgent": True, "state": {"label": "Đã phát", "tone": "good"}, "unreviewed": True, "groups": 29},
    {**ROW, "is_correction": True, "state": {"label": "Chờ duyệt", "tone": "warn"}},
    {**ROW, "title": "Mưa lớn, đề phòng lũ quét ở vùng thượng nguồn sông Ngàn Phố", "topic": "Thời tiết, thiên tai", "unit": "Công an tỉnh Hà Tĩnh", "state": {"label": "Đã rút", "tone": "bad"}, "groups": 2119},
]
PLACES = [{"label": "Hiện nay", "options": [{"value": "1", "label": "Xã Lộc Hà"}]}, {"label": "Xã, phường trước khi sáp nhập", "options": [{"value": "2", "label": "Thị trấn Lộc Hà"}]}]
AUDIENCE = {"included": [{"id": "1", "name": "Xã Lộc Hà"}], "excluded": [{"id": "2", "name": "Thôn Nam Sơn"}], "level": "Nhóm xã, phường và nhóm thôn", "edit_url": "/x", "groups": 29, "heads": 3120, "communes": make_options("Xã Lộc Hà", "Phường Thành Sen"), "commune_url": "/x", "parts": PLACES, "levels": make_options("Nhóm xã, phường và nhóm thôn", "Nhóm thôn, tổ dân phố")}
PREVIEW = {
    "segments": [{"text": f"LỪA ĐẢO QUA MẠNG. {FORM['title']}\n\n{TEXT}\nGọi ", "why": ""}, {"text": "0912 345 678", "why": "số điện thoại, hộp thư"}, {"text": "\n\nCông an xã Lộc Hà", "why": ""}],
    "findings": [{"label": "số điện thoại, hộp thư", "blocks": False}, {"label": "số tài khoản", "blocks": True}],
    "sms": f"{FORM['title']}. {TEXT}", "sms_parts": [{"plain": False, "n": 4, "characters": 210}, {"plain": True, "n": 2, "characters": 210}], "script": "Công an xã Lộc Hà xin thông báo.\nGiả danh điện lực để lừa tiền.\nKhông đọc mã ô tê pê cho ai. Gọi một một ba khi nghi ngờ.",
}
FIGURES = AreaFigures(delivered=27, failed=1, waiting=1)
SECTION = {"label": "Bản tin tới các nhóm", "total": FIGURES, "count": 29, "people": 2980, "rows": [{"unit": "Công an xã Lộc Hà", "people": 2980, "figures": FIGURES}]}
PROGRESS = {"sections": [SECTION], "refresh_url": "/x", "failures": [{"name": "Bình yên Phú Mậu", "url": "/nhom/3", "reason": "Zalo không trả lời", "stopped": False}], "retry_url": "/x"}
PEOPLE = [{"label": "Soạn", "text": "Nguyễn Thị Hằng, 19:20, 25/11/2026"}, {"label": "Duyệt", "text": "Trần Văn Minh, 19:25, 25/11/2026"}]
PUBLIC_ROW = {"title": FORM["title"], "topic": "Lừa đảo qua mạng", "urgent": True, "is_correction": True, "blocks": split_blocks(TEXT), "unit": "Công an xã Lộc Hà", "at": make_past_time(hours=2), "until": "18:00, 24/12/2026", "url": "/thong-bao/K7M2-9QXD"}


def build_bulletin_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    officer = {"shell": OFFICER, "now": NOW}
    public = {"shell": PageFrame(), "now": NOW}
    tabs = [{"label": "Tất cả", "url": "?", "current": True}, {"label": "Chờ bạn xem", "url": "?xem=cho-duyet"}]
    page = {**officer, "row": ROW, "code": "K7M2-9QXD", "people": PEOPLE, "preview": PREVIEW, "poster_url": "/x"}
    draft = {**page, "form": FORM, "save_url": "/x", "draft_key": "k", "audience": AUDIENCE, "submit_url": "/x", "urgent_url": "/x", "returned_note": "Ghi rõ số trực ban."}
    released = {**page, "row": ROWS[1], "public_url": "/x", "audience": {**AUDIENCE, "edit_url": ""}, **PROGRESS, "withdraw_url": "/x", "correct_url": "/x", "review_url": "/x"}
    waiting = {**page, "row": ROWS[2], "original_url": "/x", "approve_url": "/x", "return_url": "/x"}
    manual_group = {"id": "1", "name": "Bình yên thôn Nam Sơn (Hằng)", "members": 312, "area": "Thôn Nam Sơn, Xã Lộc Hà", "keeper": "Trần Văn Minh", "is_own": False, "last_at": make_past_time(hours=30), "owed": 2, "owed_since": make_past_time(hours=3)}
    task = {"title": FORM["title"], "url": "/x", "kind": "POST", "urgent": True, "topic": "Lừa đảo qua mạng", "unit": "Công an tỉnh Hà Tĩnh", "at": make_past_time(hours=2), "groups": 5, "own": 2}
    manual_section = {"kind": "POST", "label": "Đăng bản tin này", "text": f"LỪA ĐẢO QUA MẠNG. {FORM['title']}\n\n{TEXT}", "groups": [{"id": "1", "name": "Bình yên thôn Nam Sơn (Hằng)", "members": 312, "is_own": True}, {"id": "2", "name": "Hội phụ nữ Lộc Hà", "members": 89, "is_own": False}]}
    manual_unit = {"name": "Công an xã Lộc Hà", "groups": 29, "members": 3120, "owed": 4, "silent": 1, "last_at": make_past_time(hours=2)}
    return {
        "manual-desk": ("bulletins/manual_desk.html", {**officer, "tasks": [{**task, "is_withdrawal": True}, {**task, "is_correction": True}, task], "groups": [manual_group, {**manual_group, "id": "2", "is_own": True, "owed": 0, "last_at": None}, {**manual_group, "id": "3", "keeper": ""}], "units": [manual_unit, {**manual_unit, "name": "Công an phường Thành Sen", "last_at": None}], "form_url": "/x", "areas": [{"value": "1", "label": "Xã Lộc Hà"}], "max_name": 60}),
        "manual-desk-empty": ("bulletins/manual_desk.html", {**officer, "form_url": "/x", "areas": [], "max_name": 60}),
        "manual-posting": ("bulletins/manual_posting.html", {**officer, "title": FORM["title"], "back_url": "/x", "desk_url": "/x", "action_url": "/x", "released": True, "sections": [manual_section], "late": [{"id": "3", "name": "Phố Nghèn"}], "done": [{"name": "Phố Nghèn", "kind": "Bản tin", "at": make_past_time(hours=1), "who": "Trần Văn Minh"}]}),
        "manual-posting-draft": ("bulletins/manual_posting.html", {**officer, "title": FORM["title"], "back_url": "/x", "desk_url": "/x", "action_url": "/x", "released": False}),
        "station": ("bulletins/station.html", {**officer, "back_url": "/x", "action_url": "/x", "page_url": "/x", "unit": "Công an xã Lộc Hà", "phone": "02393846113", "address": "Tổ dân phố Phú Mậu", "error": "Số điện thoại chưa đúng."}),
        "subscription": ("bulletins/subscription.html", {**public, **{f"{name}_url": "/x" for name in ("worker", "scope", "on", "off")}, "key": "BElw", "areas": [{"value": "18568", "label": "Xã Lộc Hà", "chosen": True}], "topics": [{"value": "FIRE", "label": "Cháy nổ"}, {"value": "MISSING", "label": "Tìm người"}]}),
        "area-list": ("bulletins/area_list.html", {**public, "areas": [{"url": "/x", "name": "Xã Lộc Hà"}, {"url": "/x", "name": "Phường Thành Sen"}]}),
        "area": ("bulletins/area.html", {**public, "name": "Xã Lộc Hà", "code": "18568", "unit": "Công an xã Lộc Hà", "station": {"phone": "0239 384 6113", "call_url": "tel:02393846113", "address": "Tổ dân phố Phú Mậu"}, "alerts": [PUBLIC_ROW], "rows": [{**PUBLIC_ROW, "urgent": False}], "feed_url": "/x", "manifest_url": "/x", "subscribe_url": "/x", "made": "2026-12-01T03:00:00+00:00", "made_text": "10:00, 01/12/2026"}),
        "area-empty": ("bulletins/area.html", {**public, "name": "Xã Lộc Hà", "code": "18568", "unit": "Công an xã Lộc Hà", "feed_url": "/x", "manifest_url": "/x", "made": "2026-12-01T03:00:00+00:00", "made_text": "10:00, 01/12/2026"}),
        "cap-receive": ("bulletins/cap_receive.html", {**officer, "action_url": "/x", "back_url": "/x", "error": "Bản tin CAP có lỗi.", "problems": [{"label": "hình đa giác sai", "path": "/alert/info[0]/area[0]/polygon[0]"}]}),
        "bulletins": ("bulletins/list.html", {**officer, "tabs": tabs, "rows": ROWS, "compose_url": "/x", "pager": {"next_url": "?sau=x"}}),
        "bulletins-empty": ("bulletins/list.html", {**officer, "tabs": tabs, "rows": [], "compose_url": "/x"}),
        "bulletin-compose": ("bulletins/compose.html", {**officer, "form": FORM, "error": "Tiêu đề dài từ 5 đến 120 ký tự.", "save_url": "/x", "draft_key": "k"}),
        "bulletin-draft": ("bulletins/bulletin.html", draft),
        "bulletin-waiting": ("bulletins/bulletin.html", waiting),
        "bulletin-released": ("bulletins/bulletin.html", released),
        "bulletin-withdrawn": ("bulletins/bulletin.html", {**page, "row": ROWS[3], "reason": "Tin chưa đúng.", "erased": True, "preview": None, "manual_rows": [{"unit": "Công an xã Lộc Hà", "posted": 3, "owed": 1, "cancelled": 1, "people": 820}], "manual": {"posted": 3, "total": 5, "people": 820, "owed": 1}, "manual_url": "/x", "sections": [SECTION, {**SECTION, "label": "Lời rút tin tới các nhóm đã nhận"}]}),
        "bulletin-poster": ("bulletins/poster.html", {**officer, "back_url": "/x", "topic": "Lừa đảo qua mạng", "title": FORM["title"], "blocks": split_blocks(TEXT), "unit": "Công an xã Lộc Hà", "link": "https://binhyen.hatinh.example/thong-bao/K7M2-9QXD", "qr": build_qr_code("https://binhyen.hatinh.example/thong-bao/K7M2-9QXD")}),
        "public-bulletins": ("bulletins/public_list.html", {**public, "communes": make_options("Xã Lộc Hà"), "feed_url": "/thong-bao.atom", "rows": [PUBLIC_ROW, {**PUBLIC_ROW, "urgent": False, "is_correction": False}]}),
        "public-bulletin": ("bulletins/public_bulletin.html", {**public, "list_url": "/thong-bao", "row": PUBLIC_ROW, "unit": "Công an xã Lộc Hà"}),
        "public-bulletin-withdrawn": ("bulletins/public_bulletin.html", {**public, "list_url": "/thong-bao", "row": None, "withdrawn": True, "reason": "Tin chưa đúng.", "unit": "Công an xã Lộc Hà"}),
        "public-bulletin-corrected": ("bulletins/public_bulletin.html", {**public, "list_url": "/thong-bao", "row": None, "correction_url": "/x", "unit": "Công an xã Lộc Hà"}),
    }
