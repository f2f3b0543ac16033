"""Contexts of the screens of good deeds."""

# One record per line reads better than one value per line.
# fmt: off

from typing import Any

from binhyen.ui.context import PageFrame
from binhyen.ui.tests.samples import NOW, OFFICER, URLS, make_past_time

DAY = NOW.date()
ROW = {"url": "/viec-tot/1", "code": "K7M2-9QXD", "name": "Trần Thị Mận", "kind": "Nhặt được của rơi, trả lại người mất", "text": "Nhặt được của rơi, đã báo công an để trả lại người mất.", "school": "7A, Trường THCS Lộc Hà", "state": {"label": "Đã duyệt", "tone": "good"}, "praised_on": None, "at": make_past_time(hours=30)}
WAITING = {**ROW, "name": "Nguyễn Văn Bình", "school": "", "state": {"label": "Chờ duyệt", "tone": "warn"}}
PRAISED = {**ROW, "praised_on": DAY}
ERASED = {**ROW, "name": "Đã xóa tên", "text": "", "school": "", "state": {"label": "Đã rút đồng ý", "tone": "bad"}}
PUBLIC_ROW = {"name": "Trần Thị Mận", "kind": ROW["kind"], "text": ROW["text"], "school": ROW["school"], "commune": "Xã Lộc Hà", "day": DAY}
KINDS = [{"value": "RETURNED", "label": "Nhặt được của rơi, trả lại người mất", "chosen": True}, {"value": "REPORTED", "label": "Kịp thời báo tin", "chosen": False}]
COMMUNES = [{"value": "18568", "label": "Xã Lộc Hà", "chosen": False}]


def build_deed_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    officer = {"shell": OFFICER, "urls": URLS, "now": NOW, "filters": {"hidden": [], "q": ""}}
    public = {"shell": PageFrame(), "now": NOW}
    roll = {**public, "year": 2026, "years": [{"value": 2026, "chosen": True}, {"value": 2025, "chosen": False}], "communes": COMMUNES, "search": "", "is_filtered": False, "rows": [PUBLIC_ROW, {**PUBLIC_ROW, "school": "", "name": "Nguyễn Văn Bình"}], "next_url": "/guong-tot?sau=x"}
    school = {**public, "is_valid": True, "unit": "Công an xã Lộc Hà", "name": "Trần Thị Mận", "school": "Trường THCS Lộc Hà", "school_class": "7A", "text": ROW["text"], "approved_on": DAY, "praised_on": None, "today": "2026-11-25", "error": "", "note": ""}
    draft = {**officer, "form_url": "/viec-tot/soan", "case": {"code": "LH7K-3MQX", "title": "Nhặt được · chợ Lộc Hà", "url": "/v"}, "obstacle": "", "consents_url": "/dong-y/LH7K-3MQX", "consents": [{"code": "P4T8-WZ2C", "label": "Cha mẹ, người giám hộ", "age": 13, "chosen": False}, {"code": "Q4T8-WZ2C", "label": "Chính người đó", "age": None, "chosen": False}], "kinds": KINDS, "draft": {"text": ROW["text"]}}
    deed = {**officer, "list_url": "/viec-tot", "row": ROW, "case": {"code": "LH7K-3MQX", "url": "/v"}, "consents_url": "/dong-y/LH7K-3MQX", "author": "Nguyễn Thị Hằng", "decision": {"who": "Lê Văn Hòa", "at": NOW, "reason": ""}, "is_public": True, "can_decide": False, "can_send": True, "sent_at": NOW, "school_note": "", "school_link": "https://binhyen.example/thu-truong/abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "certificate_url": "/viec-tot/1/thu-khen", "bulletin_url": "/ban-tin/soan?vu-viec=LH7K3MQX", "roll_url": "/guong-tot", "action_urls": {"decide": "/d", "send": "/s", "praise": "/p"}, "today": "2026-11-25", "draft": {}}
    return {
        "deed-roll": ("deeds/roll.html", roll),
        "deed-roll-empty": ("deeds/roll.html", {**roll, "rows": [], "next_url": ""}),
        "deed-roll-none": ("deeds/roll.html", {**roll, "rows": [], "next_url": "", "is_filtered": True, "search": "x"}),
        "deed-school": ("deeds/school.html", school),
        "deed-school-error": ("deeds/school.html", {**school, "error": "Chọn ngày đã biểu dương, ví dụ: 01/12/2026.", "note": "Chào cờ"}),
        "deed-school-done": ("deeds/school.html", {**school, "praised_on": DAY}),
        "deed-school-withdrawn": ("deeds/school.html", {**school, "is_valid": False, "name": "", "text": ""}),
        "deed-list": ("deeds/list.html", {**officer, "rows": [WAITING, PRAISED, ERASED], "next_url": "/viec-tot?sau=x", "new_url": "/viec-tot/soan", "roll_url": "/guong-tot"}),
        "deed-list-empty": ("deeds/list.html", {**officer, "rows": [], "next_url": "", "new_url": "/viec-tot/soan", "roll_url": "/guong-tot"}),
        "deed-draft": ("deeds/draft.html", draft),
        "deed-draft-case": ("deeds/draft.html", {**officer, "form_url": "/viec-tot/soan", "case": None, "list_url": "/viec-tot"}),
        "deed-draft-consent": ("deeds/draft.html", {**draft, "consents": []}),
        "deed-draft-obstacle": ("deeds/draft.html", {**draft, "obstacle": "Vụ này chưa xong. Xong rồi mới biểu dương."}),
        "deed": ("deeds/deed.html", deed),
        "deed-waiting": ("deeds/deed.html", {**deed, "row": WAITING, "decision": None, "is_public": False, "can_decide": True, "can_send": False, "sent_at": None, "school_link": "", "certificate_url": "", "bulletin_url": ""}),
        "deed-praised": ("deeds/deed.html", {**deed, "row": PRAISED, "can_send": False, "school_link": "", "school_note": "Chào cờ thứ Hai"}),
        "deed-certificate": ("deeds/certificate.html", {**officer, "back_url": "/viec-tot/1", "unit": "Công an xã Lộc Hà", "code": "K7M2-9QXD", "name": "Trần Thị Mận", "school": "Trường THCS Lộc Hà", "school_class": "7A", "text": ROW["text"], "day": DAY}),
    }
