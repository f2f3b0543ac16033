"""Contexts of the screens of missing people."""

# One record per line reads better than one value per line.
# fmt: off

from typing import Any

from binhyen.missing.rules.sketch_map import build_sketch
from binhyen.people.factors.totp import build_qr_code
from binhyen.ui.context import PageFrame
from binhyen.ui.tests.samples import NOW, OFFICER, URLS, make_past_time

PUBLIC = PageFrame()
DAY = NOW.date()
COMMUNES = [{"value": "18568", "label": "Xã Lộc Hà", "chosen": True}, {"value": "18073", "label": "Phường Thành Sen", "chosen": False}]
APPEAL = {"url": "/tim-nguoi/K7M2-9QXD", "photo_url": "", "code": "K7M2-9QXD", "title": "Tìm Nguyễn Thị Đào, người hay quên, lú lẫn, nữ, 78 tuổi", "person": "Nguyễn Thị Đào, nữ, 78 tuổi", "place": "chợ Lộc Hà, Xã Lộc Hà",
          "clothes": "áo hoa tím, quần đen", "marks": "lưng còng, chống gậy tre", "seen_at": make_past_time(hours=5), "unit": "Công an xã Lộc Hà", "until": DAY, "is_missing": True}
UNKNOWN = {**APPEAL, "title": "Ai là người thân: trẻ em, nam, 4–5 tuổi", "clothes": "", "marks": "", "is_missing": False}
ROW = {"url": "/nguoi-lac/1", "code": "K7M2-9QXD", "name": "Nguyễn Thị Đào", "kind": "Người hay quên, lú lẫn", "details": "nữ, 78 tuổi", "side": "Đi lạc, mất liên lạc", "place": "chợ Lộc Hà", "seen_at": make_past_time(hours=5), "waiting": 1, "state": {"label": "Đang đăng", "tone": "info"}}
DONE = {**ROW, "name": "Chưa rõ tên", "side": "Tìm thấy, chưa rõ là ai", "waiting": 0, "state": {"label": "Tìm thấy, an toàn", "tone": "good"}}
SIGHTING = {"id": "1", "number": 1, "seen_at": make_past_time(hours=2), "place": "ngã ba Thạch Châu", "text": "đi về phía biển, cầm túi vải", "distance": "cách nơi thấy lần cuối 6 km", "at": make_past_time(hours=1), "by_desk": False, "has_contact": True, "photo_url": "", "verdict": {"label": "Chưa xem", "tone": "warn"}, "is_open": True}
MATCH = {"unit": "Công an xã Thạch Hà", "reasons": "tên giống nhau, cùng tuổi, quần áo giống", "url": "/nguoi-lac/2", "code": "P4T8-WZ2C", "id": "2", "name": "bà Đào, nữ, 75–80 tuổi"}
ELSEWHERE = {**MATCH, "url": "", "code": "", "id": "", "name": ""}
RELEASE = {"is_public": True, "ground": "Khẩn cấp: tính mạng, sức khỏe", "reason": "Người lú lẫn đi lạc, không tự về được", "until": DAY, "who": "Nguyễn Thị Hằng", "at": make_past_time(hours=4), "shows_photo": True, "reviewer": "", "reviewed_at": None, "waits": True, "can_review": True, "recalled_at": None}
RELEASE_FORM = {"is_minor": True, "grounds": [{"value": "EMERGENCY", "label": "Khẩn cấp: tính mạng, sức khỏe", "chosen": True}, {"value": "CONSENT", "label": "Cha mẹ, người giám hộ đồng ý", "chosen": False}], "reason": "Trẻ em đi lạc, có thể nguy hiểm đến tính mạng", "until": DAY.isoformat(), "first": DAY.isoformat(), "last": DAY.isoformat(), "has_photo": True}
RADIUS = {"km": "12,5", "communes": ["Xã Lộc Hà", "Xã Mai Phụ", "Xã Đông Kinh"], "more": 4, "steps": [{"at": NOW, "km": "15"}]}
ACTIONS = {name: f"/nguoi-lac/1/{name}" for name in ("dang", "soat", "go", "anh_moi", "thay", "xet", "da_tim", "khop", "ket_thuc")}
KINDS = [{"value": "CHILD", "label": "Trẻ em", "chosen": False}, {"value": "ELDER", "label": "Người già", "chosen": True}]
SEXES = [{"value": "FEMALE", "label": "Nữ", "chosen": True}, {"value": "MALE", "label": "Nam", "chosen": False}]


def build_missing_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    officer = {"shell": OFFICER, "urls": URLS, "now": NOW, "filters": {"hidden": [], "q": ""}}
    public = {"shell": PUBLIC, "now": NOW, "appeals_url": "/tim-nguoi"}
    tabs = [{"label": "Đang tìm", "url": "/nguoi-lac", "current": True}, {"label": "Đã xong", "url": "/nguoi-lac?xem=da-xong", "current": False}]
    register = {**officer, "name": "", "tabs": tabs, "rows": [ROW, DONE], "next_url": "/nguoi-lac?sau=x", "new_url": "/nguoi-lac/ghi", "public_url": "/tim-nguoi"}
    entry = {**officer, "list_url": "/nguoi-lac", "form_url": "/nguoi-lac/ghi", "case": None, "sides": [{"value": "MISSING", "label": "Đi lạc, mất liên lạc", "chosen": True}], "kinds": KINDS, "sexes": SEXES,
             "movements": [{"value": "WALK", "label": "Đi bộ", "chosen": True}], "communes": COMMUNES, "photos": [], "latest": "2026-11-25T08:00", "draft": {"seen_at": "2026-11-25T07:00"}}
    sketch = build_sketch((), (18.46, 105.89), 6, [("1", (18.44, 105.93))])
    record = {**officer, "map": sketch, "row": ROW, "is_missing": True, "list_url": "/nguoi-lac", "case": {"code": "LH7K-3MQX", "url": "/v"}, "photo_url": "", "facts": [{"label": "Quần áo", "value": "áo hoa tím, quần đen"}, {"label": "Sức khỏe", "value": "huyết áp cao"}],
              "has_contact": True, "release": RELEASE, "release_form": None, "radius": RADIUS, "sightings": [SIGHTING], "searched": [{"place": "bãi biển Thạch Kim", "party": "tổ an ninh thôn", "at": make_past_time(hours=3), "note": "chưa thấy"}],
              "matches": [MATCH, ELSEWHERE], "duplicates": [MATCH], "endings": [{"value": "FOUND_SAFE", "label": "Tìm thấy, an toàn"}], "result": "", "card_url": "/nguoi-lac/1/the", "papers": [{"label": "Thông báo tìm người", "name": "thong-bao"}, {"label": "Biên bản bàn giao người", "name": "ban-giao"}], "public_url": "/tim-nguoi/K7M2-9QXD", "bulletin_url": "/ban-tin/soan?vu-viec=LH7K3MQX",
              "key": "k", "latest": "2026-11-25T08:00", "action_urls": ACTIONS, "draft": {"seen_at": "2026-11-25T07:00", "searched_at": "2026-11-25T07:00"}}
    appeal = {**public, "appeal": APPEAL, "is_sent": False, "key": "k", "latest": "2026-11-25T08:00", "draft": {"seen_at": "2026-11-25T07:00", "place": "", "text": "", "phone": ""}, "error": ""}
    card = {**officer, "back_url": "/nguoi-lac/1", "title": APPEAL["title"], "person": APPEAL["person"], "photo_url": "", "clothes": APPEAL["clothes"], "marks": APPEAL["marks"], "place": APPEAL["place"], "seen_at": APPEAL["seen_at"], "unit": APPEAL["unit"], "until": DAY, "link": "https://binhyen.vn/tim-nguoi/K7M2-9QXD", "qr": build_qr_code("https://binhyen.vn/tim-nguoi/K7M2-9QXD")}
    care = {"url": "/nguoi-lac/dang-ky-truoc/1", "code": "K7M2-9QXD", "name": "Nguyễn Thị Đào", "kind": "Người hay quên, lú lẫn", "unit": "Công an xã Lộc Hà", "state": {"label": "Đang dùng", "tone": "good"}, "valid_until": DAY, "is_valid": True}
    return {
        "missing-appeals": ("missing/appeals.html", {**public, "rows": [APPEAL, UNKNOWN], "communes": COMMUNES, "is_filtered": True, "report_url": "/bao-tin"}),
        "missing-appeals-empty": ("missing/appeals.html", {**public, "rows": [], "communes": COMMUNES, "is_filtered": False, "report_url": "/bao-tin"}),
        "missing-appeal": ("missing/appeal.html", appeal),
        "missing-appeal-sent": ("missing/appeal.html", {**appeal, "is_sent": True}),
        "missing-appeal-error": ("missing/appeal.html", {**appeal, "appeal": UNKNOWN, "error": "Ghi nơi bạn thấy."}),
        "missing-ended": ("missing/ended.html", public),
        "missing-register": ("missing/register.html", register),
        "missing-register-empty": ("missing/register.html", {**register, "rows": [], "next_url": ""}),
        "missing-entry": ("missing/entry.html", entry),
        "missing-entry-case": ("missing/entry.html", {**entry, "care_url": "/1", "case": {"code": "LH7K-3MQX", "title": "Người mất tích · chợ Lộc Hà", "words": "mẹ tôi 78 tuổi đi lạc từ trưa"}}),
        "missing-record": ("missing/record.html", record),
        "missing-record-new": ("missing/record.html", {**record, "release": None, "release_form": RELEASE_FORM, "sightings": [], "searched": [], "matches": [], "duplicates": [], "card_url": "", "public_url": "", "bulletin_url": ""}),
        "missing-record-done": ("missing/record.html", {**record, "row": DONE, "is_missing": False, "map": None, "release": {**RELEASE, "is_public": False, "waits": False, "can_review": False, "reviewer": "Trần Văn Nam", "reviewed_at": NOW}, "radius": None, "matches": [], "duplicates": [], "action_urls": {}, "result": "Đã tìm thấy người, an toàn.", "has_contact": False}),
        "missing-card": ("missing/card.html", card),
        "missing-care-list": ("missing/care_list.html", {**officer, "list_url": "/nguoi-lac", "form_url": "/nguoi-lac/dang-ky-truoc", "rows": [care], "kinds": [], "sexes": [], "draft": {}}),
        "missing-care": ("missing/care.html", {**officer, "list_url": "/nguoi-lac/dang-ky-truoc", "row": care, "facts": [{"label": "Hay đi đâu", "value": "chợ Nghèn"}], "case": None, "link": card["link"], "qr": card["qr"], "search_url": "/1", "renew_url": "/2", "end_url": "/3", "photo_url": "/4", "photo_form_url": "/5"}),
        "missing-bracelet": (
            "missing/bracelet.html",
            {**public, "unit": "Công an xã Lộc Hà", "draft": {}, "error": "", "form_url": "/x"},
        ),
    }
