"""Contexts of the screens of weapons handed in."""

# One record per line reads better than one value per line.
# fmt: off

from typing import Any

from binhyen.ui.context import PageFrame
from binhyen.ui.tests.samples import NOW, OFFICER, URLS, make_past_time

PUBLIC = PageFrame()
DAY = NOW.date()
KINDS = [{"value": "FIREARM", "label": "Súng quân dụng, súng tự chế", "chosen": True}, {"value": "ORDNANCE", "label": "Bom, mìn, lựu đạn, đạn pháo", "chosen": False}, {"value": "UNKNOWN", "label": "Chưa rõ là gì", "chosen": False}]
MODES = [{"value": "BRING", "label": "Tôi mang đến trụ sở", "chosen": False}, {"value": "COLLECT", "label": "Xin công an đến nhận", "chosen": True}]
PARTS = [{"value": "MORNING", "label": "buổi sáng", "chosen": True}, {"value": "AFTERNOON", "label": "buổi chiều", "chosen": False}]
MEASURES = [{"value": "PIECE", "label": "cái", "chosen": True}, {"value": "ROUND", "label": "viên", "chosen": False}]
TOTALS = ["Súng săn, súng kíp, súng hơi: 12 cái", "Đạn các loại: 340 viên"]
CASE = {"code": "LH7K-3MQX", "url": "/vu-viec/LH7K-3MQX"}
APPOINTMENT = {"case": CASE, "title": "Giao nộp vũ khí · thôn Phú Mậu", "kind": "Súng săn, súng kíp, súng hơi", "mode": "Người dân mang đến", "day": DAY, "part": {"value": "MORNING", "label": "buổi sáng"}, "is_answered": False, "answer_url": "/vu-khi/hen/1", "parts": PARTS}
AGREED = {**APPOINTMENT, "is_answered": True, "mode": "Công an đến nhận"}
ROW = {"url": "/vu-khi/1", "code": "K7M2-9QXD", "weapons": ["1 cái · Súng kíp tự chế", "30 viên · Đạn 7,62 mm"], "origin": "Người dân giao nộp", "at": make_past_time(hours=3), "unit": "Công an xã Lộc Hà", "state": {"label": "Chưa ký nhận", "tone": "warn"}}
WAITING = {**ROW, "weapons": ["2 cái · Lựu đạn gỉ"], "state": {"label": "Chờ công binh", "tone": "bad"}}
STEP = {"number": 1, "step": "Tiếp nhận", "facts": [{"label": "Bên giao", "value": "Trần Thị Mận"}, {"label": "Bên nhận", "value": "Công an xã Lộc Hà"}, {"label": "Nơi giữ", "value": "kho số 1, tủ sắt"}, {"label": "Niêm phong", "value": "NP 01"}], "who": "Nguyễn Thị Hằng", "at": make_past_time(hours=2)}
WEAPON = {"id": "1", "kind": "Súng săn, súng kíp, súng hơi", "description": "Súng kíp tự chế", "serial": "AK 1O2-345", "quantity": "1 cái", "condition": "gỉ, thiếu báng", "step": "Tiếp nhận", "custody": [STEP], "broken": None, "next_number": 2, "next_steps": [{"value": "STORED", "label": "Nhập kho"}, {"value": "DESTROYED", "label": "Tiêu hủy"}]}
RECEIPT = {"giver": "Trần Thị Mận", "is_unnamed": False, "place": "kho số 1, tủ sắt", "seal": "NP 01", "paper": "", "witness": "", "signed_at": None, "url": "/vu-khi/1/bien-nhan"}
ACTIONS = {name: f"/vu-khi/1/{name}" for name in ("them", "bien_nhan_moi", "ky", "buoc", "ket_thuc")}


def build_weapon_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    officer = {"shell": OFFICER, "urls": URLS, "now": NOW, "filters": {"hidden": [], "q": ""}}
    fields = {"kind": None, "is_explosive": False, "kinds": KINDS, "measures": MEASURES, "draft": {}}
    report = {"shell": PUBLIC, "now": NOW, "action_url": "/giao-nop-vu-khi", "key": "k", "error": "", "elsewhere": (), "kinds": KINDS, "modes": MODES, "parts": PARTS, "first_day": "2026-11-25", "last_day": "2027-01-24", "draft": {}, "campaigns": []}
    register = {**officer, "rows": [ROW, WAITING], "next_url": "/vu-khi?sau=x", "search": "", "new_url": "/vu-khi/ghi", "campaigns_url": "/vu-khi/dot-van-dong", "appointments": [APPOINTMENT, AGREED]}
    entry = {**officer, **fields, "list_url": "/vu-khi", "form_url": "/vu-khi/ghi", "case": {"code": "LH7K-3MQX", "title": "Giao nộp vũ khí"}, "appointments": [APPOINTMENT], "origins": [{"value": "HANDED_IN", "label": "Người dân giao nộp"}, {"value": "SEIZED", "label": "Công an thu giữ"}]}
    record = {**officer, **fields, "list_url": "/vu-khi", "url": "/vu-khi/1", "row": ROW, "case": CASE, "outcome": "", "who": "Nguyễn Thị Hằng", "weapons": [{**WEAPON, "custody": [], "next_steps": [], "step": "Chưa ký nhận"}], "is_keeper": True, "is_open": True, "is_seizure": False, "has_explosive": True, "receipt": RECEIPT, "can_add": True, "can_sign": True, "can_close": False, "action_urls": ACTIONS}
    return {
        "weapon-report": ("weapons/report.html", {**report, "campaigns": [{"name": "Đợt vận động giao nộp vũ khí năm 2026", "ends_on": DAY, "totals": TOTALS}]}),
        "weapon-report-error": ("weapons/report.html", {**report, "error": "Bạn ghi vật đó đang ở đâu, thôn, xã nào.", "draft": {"description": "súng kíp cũ"}}),
        "weapon-register": ("weapons/register.html", register),
        "weapon-register-empty": ("weapons/register.html", {**register, "rows": [], "next_url": "", "appointments": []}),
        "weapon-entry": ("weapons/entry.html", entry),
        "weapon-entry-explosive": ("weapons/entry.html", {**entry, "case": None, "appointments": [], "kind": {"value": "ORDNANCE", "label": "Bom, mìn, lựu đạn, đạn pháo"}, "is_explosive": True, "draft": {"serial": "AK 1O2"}}),
        "weapon-record": ("weapons/record.html", {**record, "kind": {"value": "KNIFE", "label": "Dao có tính sát thương cao"}}),
        "weapon-record-signed": ("weapons/record.html", {**record, "weapons": [{**WEAPON, "broken": 1}], "outcome": "Đã nhận giao nộp", "receipt": {**RECEIPT, "is_unnamed": True, "giver": "Không nêu tên", "witness": "Lê Văn Bình", "paper": "BN 5", "signed_at": NOW}, "can_add": False, "can_sign": False, "can_close": True}),
        "weapon-record-locked": ("weapons/record.html", {**record, "is_keeper": False, "receipt": None, "can_add": False, "can_sign": False, "action_urls": {}}),
        "weapon-record-seized": ("weapons/record.html", {**record, "is_seizure": True, "can_add": False, "receipt": RECEIPT}),
        "weapon-receipt": ("weapons/receipt.html", {**officer, "back_url": "/vu-khi/1", "unit": "Công an xã Lộc Hà", "code": "K7M2-9QXD", "is_seizure": False, "weapons": [{"kind": "Súng săn, súng kíp, súng hơi", "description": "Súng kíp tự chế", "serial": "AK 1O2-345", "quantity": "1 cái", "condition": "gỉ"}], "giver": "Trần Thị Mận", "witness": "", "seal": "NP 01", "officer": "Nguyễn Thị Hằng", "day": DAY, "signed_at": NOW, "paper": ""}),
        "weapon-campaigns": ("weapons/campaigns.html", {**officer, "list_url": "/vu-khi", "form_url": "/vu-khi/dot-van-dong", "can_start": True, "today": "2026-11-25", "rows": [{"name": "Đợt vận động giao nộp vũ khí năm 2026", "unit": "Công an tỉnh Hà Tĩnh", "starts_on": DAY, "ends_on": DAY, "cases": 11, "totals": TOTALS}], "draft": {}}),
        "weapon-campaigns-empty": ("weapons/campaigns.html", {**officer, "list_url": "", "form_url": "/vu-khi/dot-van-dong", "can_start": False, "today": "2026-11-25", "rows": [], "draft": {}}),
    }
