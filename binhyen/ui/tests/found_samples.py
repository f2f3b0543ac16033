"""Contexts of the screens of found things."""

# One record per line reads better than one value per line.
# fmt: off

from typing import Any

from binhyen.ui.context import PageFrame
from binhyen.ui.tests.samples import NOW, OFFICER, URLS, make_past_time

PUBLIC = PageFrame()
DAY = NOW.date()
ITEM = {"url": "/do-nhat-duoc/K7M2-9QXD", "code": "K7M2-9QXD", "kind": "Ví, túi, ba lô", "title": "Ví da, Pierre Cardin, nâu", "place": "chợ Lộc Hà, Xã Lộc Hà", "unit": "Công an xã Lộc Hà", "found_on": DAY}
PHONE = {**ITEM, "kind": "Điện thoại, máy tính", "title": "Điện thoại, Samsung, đen", "place": ""}
COMMUNES = [{"value": "18568", "label": "Xã Lộc Hà", "chosen": True}, {"value": "18073", "label": "Phường Thành Sen", "chosen": False}]
QUESTIONS = [{"name": "NAME", "label": "Trên đó ghi tên ai?", "value": ""}, {"name": "AMOUNT", "label": "Có bao nhiêu tiền, hoặc bao nhiêu cái, con?", "value": "500k"}]
ROW = {"url": "/nhat-duoc/1", "code": "K7M2-9QXD", "kind": "Ví, túi, ba lô", "description": "Ví da", "place": "chợ Lộc Hà", "found_on": DAY, "holder": "Công an giữ", "waiting": 1, "state": {"label": "Trên bảng", "tone": "info"}}
DONE = {**ROW, "description": "Xe đạp mi ni", "waiting": 0, "holder": "Người nhặt giữ", "state": {"label": "Đã trao trả chủ", "tone": "good"}}
CLAIM = {"id": "1", "code": "P4T8-WZ2C", "state": {"label": "Nhiều người cùng nhận", "tone": "warn"}, "score": "2 trên 3 câu khớp, lần thử 1", "at": make_past_time(hours=2), "reason": "", "who": "", "can_decide": True, "is_waiting": True,
         "answers": [{"label": "Tên ghi trên đó", "text": "Trần Thị Mận", "expected": "Trần Thị Mận"}, {"label": "Đặc điểm nhận dạng", "text": "", "expected": "móc khóa hình con gấu"}]}
STEP = {"number": 1, "step": "Nhận", "giver": "Người nhặt", "receiver": "Công an", "note": "ví còn tốt, niêm phong NP 01", "who": "Nguyễn Thị Hằng", "at": make_past_time(hours=5)}
LAW = {"article": "Bộ luật Dân sự 2015 điều 230", "due_on": DAY, "is_due": True, "outcome": "Giao người nhặt được", "finder": "23.400.000 đ", "state": "5.000.000 đ", "salary": "2.340.000 đ", "source": "Nghị định 73/2024/NĐ-CP", "since": DAY, "must_wipe": False, "announced_on": DAY}
ACTIONS = {name: f"/nhat-duoc/1/{name}" for name in ("quyet_dinh", "bang", "ban_giao", "bien_nhan_moi", "trao_tra", "ket_thuc")}


def build_found_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    officer = {"shell": OFFICER, "urls": URLS, "now": NOW, "filters": {"hidden": [], "q": ""}}
    public = {"shell": PUBLIC, "now": NOW, "board_url": "/do-nhat-duoc"}
    item = {**officer, "row": ROW, "list_url": "/nhat-duoc", "case": {"code": "LH7K-3MQX", "url": "/v"}, "facts": [{"label": "Hiệu", "value": "Pierre Cardin"}, {"label": "Màu", "value": "nâu"}],
            "details": [{"label": "Tên ghi trên đó", "text": "Trần Thị Mận"}, {"label": "Đặc điểm nhận dạng", "text": "móc khóa hình con gấu"}], "claims": [CLAIM, {**CLAIM, "can_decide": False, "reason": "Không có giấy tờ", "who": "Nguyễn Thị Hằng"}],
            "custody": [STEP], "broken": None, "matches": {"rows": [{"code": "AB7K-3MQX", "url": "/v2", "title": "Đánh rơi · ví da nâu", "reasons": "cùng loại đồ, cùng màu, cùng nơi"}], "elsewhere": 1}, "law": LAW,
            "receipt": {"name": "Trần Thị Mận", "signed_at": None, "paper": "", "url": "/nhat-duoc/1/bien-nhan"}, "is_open": True, "is_public": True, "next_number": 2, "steps": [{"value": "MOVED", "label": "Chuyển nơi giữ"}],
            "endings": [{"value": "TO_FINDER", "label": "Giao người nhặt được"}], "is_phone": True, "action_urls": ACTIONS, "draft": {}}
    entry = {**officer, "list_url": "/nhat-duoc", "form_url": "/nhat-duoc/ghi", "case": None, "kind": None, "kinds": [{"value": "BAG", "label": "Ví, túi, ba lô"}, {"value": "PHONE", "label": "Điện thoại, máy tính"}],
             "holders": [{"value": "POLICE", "label": "Công an giữ"}, {"value": "FINDER", "label": "Người nhặt giữ"}], "fields": [], "is_cattle": False, "today": "2026-11-25", "draft": {}}
    return {
        "found-board": ("found/board.html", {**public, "rows": [ITEM, PHONE], "communes": COMMUNES, "search": "ví", "is_filtered": True, "next_url": "/do-nhat-duoc?sau=x", "report_url": "/bao-tin"}),
        "found-board-empty": ("found/board.html", {**public, "rows": [], "communes": COMMUNES, "search": "", "is_filtered": False, "next_url": "", "report_url": "/bao-tin"}),
        "found-public": ("found/public_item.html", {**public, "item": ITEM, "questions": QUESTIONS, "key": "k", "max_tries": 3}),
        "found-public-error": ("found/public_item.html", {**public, "item": ITEM, "questions": QUESTIONS, "key": "k", "max_tries": 3, "error": "Bạn trả lời ít nhất một câu."}),
        "found-public-desk": ("found/public_item.html", {**public, "item": PHONE, "questions": [], "key": "k", "max_tries": 3}),
        "found-claim": ("found/public_claim.html", {**public, "item": ITEM, "questions": [], "code": "P4T8-WZ2C", "state": "Câu trả lời khớp. Công an xem và quyết định.", "tone": "info", "needs_code": True, "can_try": False}),
        "found-claim-again": ("found/public_claim.html", {**public, "item": ITEM, "questions": QUESTIONS, "code": "P4T8-WZ2C", "state": "Chưa khớp. Bạn còn 2 lần trả lời.", "tone": "info", "needs_code": False, "can_try": True}),
        "found-register": ("found/register.html", {**officer, "rows": [ROW, DONE], "next_url": "/nhat-duoc?sau=x", "search": "", "new_url": "/nhat-duoc/ghi", "board_url": "/do-nhat-duoc"}),
        "found-register-empty": ("found/register.html", {**officer, "rows": [], "next_url": "", "search": "", "new_url": "/nhat-duoc/ghi", "board_url": "/do-nhat-duoc"}),
        "found-entry": ("found/entry.html", entry),
        "found-entry-form": ("found/entry.html", {**entry, "case": {"code": "LH7K-3MQX", "title": "Nhặt được · chợ Lộc Hà"}, "kind": {"value": "CATTLE", "label": "Gia súc"}, "is_cattle": True, "fields": [{"name": "hidden_MARK", "label": "Đặc điểm nhận dạng", "value": ""}]}),
        "found-item": ("found/item.html", item),
        "found-item-new": ("found/item.html", {**item, "claims": [], "custody": [], "details": [], "receipt": None, "law": None, "matches": {"rows": [], "elsewhere": 0}, "is_public": False, "steps": [{"value": "RECEIVED", "label": "Nhận"}], "is_phone": False}),
        "found-item-done": ("found/item.html", {**item, "row": DONE, "claims": [], "action_urls": {}, "law": None, "broken": 1, "receipt": {"name": "Trần Thị Mận", "signed_at": NOW, "paper": "BN 12/2026", "url": "/r"}}),
        "found-receipt": ("found/receipt.html", {**officer, "back_url": "/nhat-duoc/1", "unit": "Công an xã Lộc Hà", "code": "K7M2-9QXD", "kind": "Ví, túi, ba lô", "description": "Ví da, Pierre Cardin, nâu", "place": "chợ Lộc Hà", "found_on": DAY, "receiver": "Trần Thị Mận", "condition": "nguyên vẹn", "officer": "Nguyễn Thị Hằng", "at": NOW, "signed_at": NOW, "paper": ""}),
    }
