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
AUDIENCE = {"included": [{"id": "1", "name": "Xã Lộc Hà"}], "excluded": [{"id": "2", "name": "Thôn Nam Sơn"}], "level": "Nhóm xã, phường và nhóm thôn", "edit_url": "/x", "groups": 29, "heads": 3120, "communes": make_options("Xã Lộc Hà", "Phường Thành Sen"), "commune_url": "/x", "parts": PLACES, "levels": make_options("Nhóm xã, phường và nhóm thôn", "Nhóm thôn, tổ dân phố"), "map_url": "/x", "map_width": 340, "map_height": 300, "radii": make_options("Chỉ xã, phường ấy", "Bán kính 5 km"), "centers": make_options("Xã Lộc Hà")}
PREVIEW = {
    "topic": "Lừa đảo qua mạng", "title": "Giả danh điện lực", "blocks": split_blocks(TEXT), "unit": "Công an xã Lộc Hà", "qr": build_qr_code("https://binhyen.example/thong-bao/K7M2-9QXD"),
    "segments": [{"text": f"LỪA ĐẢO QUA MẠNG. {FORM['title']}\n\n{TEXT}\nGọi ", "why": ""}, {"text": "0912 345 678", "why": "số điện thoại, hộp thư"}, {"text": "\n\nCông an xã Lộc Hà", "why": ""}],
    "findings": [{"label": "số điện thoại, hộp thư", "blocks": False}, {"label": "số tài khoản", "blocks": True}],
    "private": f"{FORM['title']}\n\n{TEXT}", "push": {"title": FORM["title"], "body": "Có người gọi điện giả danh điện lực, đòi chuyển tiền."},
    "sms": f"{FORM['title']}. {TEXT}", "sms_parts": [{"plain": False, "n": 4, "characters": 210}, {"plain": True, "n": 2, "characters": 210}], "script": "Công an xã Lộc Hà xin thông báo.\nGiả danh điện lực để lừa tiền.\nKhông đọc mã ô tê pê cho ai. Gọi một một ba khi nghi ngờ.",
}
FIGURES = AreaFigures(delivered=27, failed=1, waiting=1)
SECTION = {"label": "Bản tin tới các nhóm", "total": FIGURES, "count": 29, "people": 2980, "rows": [{"unit": "Công an xã Lộc Hà", "people": 2980, "figures": FIGURES}]}
PICTURE = {"url": "/x", "id": "1", "width": 1280, "height": 720, "alt": "Áo khoác màu xanh"}
DOCUMENTS = [{"url": "/x", "id": "2", "name": "Mẫu đơn trình báo mất tài sản và giấy tờ tùy thân.pdf", "size": 1_250_000}, {"url": "/x", "id": "3", "name": "Hướng dẫn.docx", "size": 42_000}]
CAP_ALERTS = [{"id": "1", "headline": "Bão khẩn cấp trên vùng biển Hà Tĩnh, gió giật cấp 12", "source": "Trung tâm Dự báo khí tượng thủy văn quốc gia", "cancels": False, "at": make_past_time(minutes=4), "until": "18:00, 26/11/2026"}, {"id": "2", "headline": "Áp thấp nhiệt đới", "source": "Trung tâm Dự báo khí tượng thủy văn quốc gia", "cancels": True, "at": make_past_time(minutes=40), "until": ""}]
OUTCOMES = {"sent": 12, "failed": 2, "uncertain": 1, "waiting": 3, "total": 18, "codes": ["552 5.2.2: 2"]}
PROGRESS = {"private": {"release": {"total": 12, "delivered": 9}, "withdrawal": {"total": 9, "delivered": 8}}, "private_reasons": ["Zalo không trả lời: 3"], "devices": OUTCOMES, "letters": OUTCOMES, "minutes_left": 3, "sections": [SECTION], "refresh_url": "/x", "failures": [{"name": "Bình yên Phú Mậu", "url": "/nhom/3", "reason": "Zalo không trả lời", "stopped": False}], "retry_url": "/x"}
PEOPLE = [{"label": "Soạn", "text": "Nguyễn Thị Hằng, 19:20, 25/11/2026"}, {"label": "Duyệt", "text": "Trần Văn Minh, 19:25, 25/11/2026"}]
PUBLIC_ROW = {"title": FORM["title"], "topic": "Lừa đảo qua mạng", "urgent": True, "is_correction": True, "blocks": split_blocks(TEXT), "unit": "Công an xã Lộc Hà", "at": make_past_time(hours=2), "until": "18:00, 24/12/2026", "url": "/thong-bao/K7M2-9QXD"}


def build_bulletin_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    officer = {"shell": OFFICER, "now": NOW}
    public = {"shell": PageFrame(), "now": NOW}
    tabs = [{"label": "Tất cả", "url": "?", "current": True}, {"label": "Chờ bạn xem", "url": "?xem=cho-duyet"}]
    page = {**officer, "row": ROW, "code": "K7M2-9QXD", "people": PEOPLE, "preview": PREVIEW, "poster_url": "/x"}
    coverage_row = {"name": "Xã Lộc Hà", "url": "/x", "groups": 29, "members": 3120, "people": 12000, "members_percent": 26, "silent": 2, "villages": 28, "missing": 3}
    village_row = {**coverage_row, "name": "Thôn Nam Sơn", "url": "", "groups": 0, "members": 0, "people": 0, "members_percent": None}
    total = {"groups": 2119, "members": 201000, "silent": 31, "people": 1300000, "villages": 1900, "villages_without_group": 212}
    group_row = {"name": "Bình yên Lộc Hà", "url": "/x", "poster_url": "/x", "area": "Xã Lộc Hà", "unit": "Công an xã Lộc Hà", "state": "Đang hoạt động", "tone": "good", "is_manual": False, "keeper": "", "members": 812, "silent": False, "last_message_at": make_past_time(hours=2), "last_bulletin_at": make_past_time(hours=30)}
    measured = {"name": "Bình yên Lộc Hà", "area": "Xã Lộc Hà", "url": "/x", "members": 812, "state": "Đã gửi", "tone": "good", "at": make_past_time(hours=2)}
    chat_rows = [{"author": "Nguyễn An", "when": "10:32", "text": "Có đánh nhau ở chợ Lộc Hà", "category": "Bạo lực, đánh nhau", "urgent": True, "chosen": True, "known": False, "double_of": None}, {"author": "", "when": "", "text": "co danh nhau o cho", "category": "Bạo lực, đánh nhau", "urgent": False, "chosen": False, "known": True, "double_of": 1}]
    group_options = make_options("Bình yên thôn Nam Sơn (Hằng)", "Phố Nghèn")
    draft = {**page, "pictures": [PICTURE], "picture_url": "/x", "documents": DOCUMENTS, "document_url": "/x", "remove_url": "/x", "max_alt": 120, "max_pictures": 4, "max_documents": 2, "template_save_url": "/x", "form": FORM, "save_url": "/x", "draft_key": "k", "audience": AUDIENCE, "submit_url": "/x", "urgent_url": "/x", "returned_note": "Ghi rõ số trực ban."}
    released = {**page, "area_withdraw_url": "/x", "withdraw_areas": make_options("Xã Lộc Hà"), "row": ROWS[1], "public_url": "/x", "audience": {**AUDIENCE, "edit_url": ""}, **PROGRESS, "withdraw_url": "/x", "correct_url": "/x", "review_url": "/x", "measure_url": "/x", "acknowledge_url": "/x"}
    waiting = {**page, "row": ROWS[2], "original_url": "/x", "approve_url": "/x", "return_url": "/x"}
    manual_group = {"id": "1", "name": "Bình yên thôn Nam Sơn (Hằng)", "members": 312, "area": "Thôn Nam Sơn, Xã Lộc Hà", "keeper": "Trần Văn Minh", "keeper_left": True, "is_own": False, "last_at": make_past_time(hours=30), "owed": 2, "owed_since": make_past_time(hours=3)}
    task = {"title": FORM["title"], "url": "/x", "kind": "POST", "urgent": True, "topic": "Lừa đảo qua mạng", "unit": "Công an tỉnh Hà Tĩnh", "at": make_past_time(hours=2), "groups": 5, "own": 2}
    manual_section = {"kind": "POST", "label": "Đăng bản tin này", "text": f"LỪA ĐẢO QUA MẠNG. {FORM['title']}\n\n{TEXT}", "groups": [{"id": "1", "name": "Bình yên thôn Nam Sơn (Hằng)", "members": 312, "is_own": True}, {"id": "2", "name": "Hội phụ nữ Lộc Hà", "members": 89, "is_own": False}]}
    manual_unit = {"name": "Công an xã Lộc Hà", "groups": 29, "members": 3120, "owed": 4, "silent": 1, "last_at": make_past_time(hours=2)}
    return {
        "bulletin-templates": ("bulletins/templates.html", {**officer, "form_url": "/x", "rows": [{"id": "1", "title": "Cấm đường {tuyến đường}", "topic": "Giao thông", "source": "Công an xã Lộc Hà", "blocks": split_blocks(TEXT), "use_url": "/x"}]}),
        "bulletin-from-template": ("bulletins/compose.html", {**officer, "form": FORM, "save_url": "/x", "templates_url": "/x", "template_key": "chay", "variables": ["dịp", "nơi"], "open_variables": ["nơi"]}),
        "bulletin-measure": ("bulletins/measure.html", {**officer, "opt_outs": 3, "leavers": 12, "title": FORM["title"], "back_url": "/x", "action_url": "/x", "units": make_options("Công an xã Lộc Hà", "Công an phường Thành Sen"), "villages": 28, "missed": 3, "reach": [{"name": "Xã Lộc Hà", "villages": 28, "missed": 3, "url": "/x"}], "citizen_reads": 412, "acknowledgements": [{"name": "Công an xã Lộc Hà", "confirmed": 3, "officers": 5}], "confirmed": 3, "officers": 5, "unit": {"name": "Công an xã Lộc Hà", "groups": [measured, {**measured, "url": "", "state": "Chưa đăng", "tone": "warn", "at": None}], "missed": ["Thôn Nam Sơn"], "unconfirmed": ["Trần Văn Minh"]}}),
        "coverage": ("bulletins/coverage.html", {**officer, "rows": [coverage_row, {**coverage_row, "name": "Phường Thành Sen"}], "total": total, "map_url": "/x", "map_width": 340, "map_height": 300, "commune": {"code": "18568", "name": "Xã Lộc Hà"}, "villages": [village_row], "on_duty": 2, "can_edit": True, "lines": "", "form_url": "/x", "list_url": "/x", "cost": 158850000, "price": 75000, "free": 1, "full_cost": 147600000, "full_groups": 1969, "is_province": True}),
        "group-list": ("bulletins/group_list.html", {**officer, "tabs": tabs, "rows": [group_row, {**group_row, "is_manual": True, "keeper": "Trần Văn Minh", "silent": True, "poster_url": "", "last_message_at": None, "last_bulletin_at": None}], "count": 2, "members": 1624, "cost": 75000, "back_url": "/x", "pager": {"next_url": "?trang=2"}}),
        "group-rules": ("bulletins/group_rules.html", {**officer, "rows": [{"version": 2, "at": make_past_time(hours=2), "lines": ["Nội quy nhóm", "1. Không đăng số tài khoản."], "welcome": "Chào bà con mới vào nhóm.", "groups": 12, "joined": 3, "newest": True}, {"version": 1, "at": make_past_time(hours=30), "lines": ["Nội quy nhóm"], "groups": 0, "joined": 900, "newest": False}], "form_url": "/x", "text": "Nội quy nhóm", "welcome": "Chào bà con mới vào nhóm.", "error": "Nội quy và lời chào chưa thay đổi gì.", "max_text": 1500, "max_welcome": 500, "back_url": "/x"}),
        "group-move": ("bulletins/move.html", {**officer, "name": "Phố Nghèn", "members": 300, "back_url": "/x", "action_url": "/x", "options": group_options, "successor": {"name": "Bình yên Lộc Hà", "members": 120, "left": 180, "text": "Mời bà con vào nhóm mới", "qr": build_qr_code("https://zalo.me/g/abcxyz"), "poster_url": "/x"}}),
        "share-report": ("bulletins/share_report.html", {**officer, "fields": {"text": "Có người đổ rác xuống kênh", "photos": ["AAAA"], "naming": "known", "author": "Nguyễn An", "phone": "0912345678", "place": ""}, "groups": group_options, "error": "Số điện thoại chưa đúng.", "action_url": "/x", "back_url": "/x", "chat_url": "/x", "max_text": 5000, "link_url": "/x", "link": {"linked_at": make_past_time(hours=2)}}),
        "share-report-code": ("bulletins/share_report.html", {**officer, "fields": {"naming": "unknown", "link_code": "482913"}, "groups": group_options, "action_url": "/x", "back_url": "/x", "chat_url": "/x", "max_text": 5000, "link_url": "/x"}),
        "chat-paste": ("bulletins/chat_review.html", {**officer, "fields": {"text": ""}, "error": "Chưa có tin nhắn nào.", "rows": [], "groups": group_options, "action_url": "/x", "back_url": "/x", "max_text": 60000}),
        "chat-review": ("bulletins/chat_review.html", {**officer, "fields": {}, "rows": chat_rows, "groups": group_options, "action_url": "/x", "back_url": "/x", "max_text": 60000}),
        "bulletin-digest": ("bulletins/digest.html", {**officer, "title": "Điểm tin an ninh xã Lộc Hà, 16/11 đến 22/11/2026", "blocks": split_blocks(TEXT), "script": "Công an xã Lộc Hà xin thông báo.", "weeks": make_options("16/11 – 22/11/2026"), "communes": make_options("Xã Lộc Hà"), "action_url": "/x", "back_url": "/x", "week": "2026-11-16", "commune": "18568"}),
        "manual-desk": ("bulletins/manual_desk.html", {**officer, "tasks": [{**task, "is_withdrawal": True}, {**task, "is_correction": True}, task], "groups": [manual_group, {**manual_group, "id": "2", "is_own": True, "owed": 0, "last_at": None}, {**manual_group, "id": "3", "keeper": ""}], "units": [manual_unit, {**manual_unit, "name": "Công an phường Thành Sen", "last_at": None}], "form_url": "/x", "can_report": True, "areas": [{"value": "1", "label": "Xã Lộc Hà"}], "max_name": 60}),
        "manual-desk-empty": ("bulletins/manual_desk.html", {**officer, "form_url": "/x", "areas": [], "max_name": 60}),
        "manual-posting": ("bulletins/manual_posting.html", {**officer, "pictures": [PICTURE], "documents": DOCUMENTS, "title": FORM["title"], "back_url": "/x", "desk_url": "/x", "action_url": "/x", "released": True, "sections": [manual_section], "late": [{"id": "3", "name": "Phố Nghèn"}], "done": [{"name": "Phố Nghèn", "kind": "Bản tin", "at": make_past_time(hours=1), "who": "Trần Văn Minh"}]}),
        "manual-posting-draft": ("bulletins/manual_posting.html", {**officer, "title": FORM["title"], "back_url": "/x", "desk_url": "/x", "action_url": "/x", "released": False}),
        "station": ("bulletins/station.html", {**officer, "back_url": "/x", "action_url": "/x", "page_url": "/x", "unit": "Công an xã Lộc Hà", "phone": "02393846113", "address": "Tổ dân phố Phú Mậu", "error": "Số điện thoại chưa đúng."}),
        "subscription": ("bulletins/subscription.html", {**public, **{f"{name}_url": "/x" for name in ("worker", "scope", "on", "off")}, "key": "BElw", "mail_url": "/x", "address": "hoa@", "error": "Địa chỉ thư chưa đúng, ví dụ: ten@example.vn.", "is_asked": True, "areas": [{"value": "18568", "label": "Xã Lộc Hà", "chosen": True}], "topics": [{"value": "FIRE", "label": "Cháy nổ"}, {"value": "MISSING", "label": "Tìm người"}]}),
        "letters": ("bulletins/letters.html", {**public, "subscribe_url": "/x", "confirm_url": "/x", "end_url": "/x", "row": {"is_pending": True, "area": "Xã Lộc Hà", "topics": ["Cháy nổ", "Tìm người"]}}),
        "letters-on": ("bulletins/letters.html", {**public, "subscribe_url": "/x", "end_url": "/x", "row": {"is_pending": False, "area": "Cả tỉnh", "topics": []}}),
        "letters-ended": ("bulletins/letters.html", {**public, "subscribe_url": "/x", "is_ended": True, "row": None}),
        "letters-unknown": ("bulletins/letters.html", {**public, "subscribe_url": "/x", "row": None}),
        "area-list": ("bulletins/area_list.html", {**public, "areas": [{"url": "/x", "name": "Xã Lộc Hà"}, {"url": "/x", "name": "Phường Thành Sen"}]}),
        "area": ("bulletins/area.html", {**public, "name": "Xã Lộc Hà", "code": "18568", "unit": "Công an xã Lộc Hà", "station": {"phone": "0239 384 6113", "call_url": "tel:02393846113", "address": "Tổ dân phố Phú Mậu"}, "on_duty": 2, "alerts": [PUBLIC_ROW], "rows": [{**PUBLIC_ROW, "urgent": False}], "feed_url": "/x", "manifest_url": "/x", "subscribe_url": "/x", "made": "2026-12-01T03:00:00+00:00", "made_text": "10:00, 01/12/2026"}),
        "area-empty": ("bulletins/area.html", {**public, "name": "Xã Lộc Hà", "code": "18568", "unit": "Công an xã Lộc Hà", "feed_url": "/x", "manifest_url": "/x", "made": "2026-12-01T03:00:00+00:00", "made_text": "10:00, 01/12/2026"}),
        "cap-receive": ("bulletins/cap_receive.html", {**officer, "action_url": "/x", "back_url": "/x", "error": "Bản tin CAP có lỗi.", "problems": [{"label": "hình đa giác sai", "path": "/alert/info[0]/area[0]/polygon[0]"}], "alerts": CAP_ALERTS, "may_dismiss": True, "feeds": 1, "failures": [{"host": "canh-bao.example", "reason": "HTTP 503", "since": NOW}]}),
        "bulletins": ("bulletins/list.html", {**officer, "cap_count": 2, "cap_url": "/x", "tabs": tabs, "rows": ROWS, "compose_url": "/x", "pager": {"next_url": "?sau=x"}}),
        "bulletins-empty": ("bulletins/list.html", {**officer, "tabs": tabs, "rows": [], "compose_url": "/x"}),
        "bulletin-compose": ("bulletins/compose.html", {**officer, "form": FORM, "error": "Tiêu đề dài từ 5 đến 120 ký tự.", "save_url": "/x", "draft_key": "k"}),
        "bulletin-draft": ("bulletins/bulletin.html", draft),
        "bulletin-waiting": ("bulletins/bulletin.html", waiting),
        "bulletin-released": ("bulletins/bulletin.html", released),
        "bulletin-withdrawn": ("bulletins/bulletin.html", {**page, "row": ROWS[3], "reason": "Tin chưa đúng.", "erased": True, "preview": None, "manual_rows": [{"unit": "Công an xã Lộc Hà", "posted": 3, "owed": 1, "cancelled": 1, "people": 820}], "manual": {"posted": 3, "total": 5, "people": 820, "owed": 1}, "manual_url": "/x", "sections": [SECTION, {**SECTION, "label": "Lời rút tin tới các nhóm đã nhận"}]}),
        "bulletin-poster": ("bulletins/poster.html", {**officer, "back_url": "/x", "topic": "Lừa đảo qua mạng", "title": FORM["title"], "blocks": split_blocks(TEXT), "unit": "Công an xã Lộc Hà", "link": "https://binhyen.hatinh.example/thong-bao/K7M2-9QXD", "qr": build_qr_code("https://binhyen.hatinh.example/thong-bao/K7M2-9QXD")}),
        "public-bulletins": ("bulletins/public_list.html", {**public, "communes": make_options("Xã Lộc Hà"), "feed_url": "/thong-bao.atom", "rows": [PUBLIC_ROW, {**PUBLIC_ROW, "urgent": False, "is_correction": False}]}),
        "public-bulletin": ("bulletins/public_bulletin.html", {**public, "list_url": "/thong-bao", "row": PUBLIC_ROW, "documents": DOCUMENTS, "confirm_url": "/x", "unit": "Công an xã Lộc Hà"}),
        "public-bulletin-withdrawn": ("bulletins/public_bulletin.html", {**public, "list_url": "/thong-bao", "row": None, "withdrawn": True, "reason": "Tin chưa đúng.", "unit": "Công an xã Lộc Hà"}),
        "public-bulletin-corrected": ("bulletins/public_bulletin.html", {**public, "list_url": "/thong-bao", "row": None, "correction_url": "/x", "unit": "Công an xã Lộc Hà"}),
    }
