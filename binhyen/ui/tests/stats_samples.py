"""Contexts of the dashboard and of the page of reports."""

from typing import Any

from binhyen.stats import charts
from binhyen.ui.context import PageFrame
from binhyen.ui.tests.samples import NOW, OFFICER, make_options, make_past_time

_MONTHS = ((1, 1204, 1100), (2, 1730, 1622), (3, 990, 1040), (4, 0, 12))


def build_stats_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the pages by name, the dashboard also as the director sees it: without addresses."""
    base = {"shell": OFFICER, "now": NOW, "area": "Toàn tỉnh", "period": "Năm 2026", "picks": _build_picks()}
    concerns = {
        "least": 5,
        "weeks": [f"0{number}/10" for number in range(1, 9)],
        "rows": [
            {
                "label": "Lừa đảo",
                "weeks": [7, "–", 9, 5, 6, 8, 9, 12],
                "is_new": False,
                "is_growing": True,
                "cases_url": "/ban-truc",
            }
        ],
    }
    ratings = {
        "months": 6,
        "least": 5,
        "rows": [
            {"unit": "Công an xã Lộc Hà", "count": 12, "result": "4,2", "attitude": "4,6", "low": 1, "trend": "up"},
            {"unit": "Công an xã Thạch Hà", "count": 2, "result": "–", "attitude": "–", "low": "–", "trend": ""},
        ],
    }
    return {
        "concerns": ("stats/concerns.html", base | concerns),
        "ratings": ("desk/ratings.html", base | ratings),
        "dashboard": ("stats/dashboard.html", base | _build_dashboard("/ket-qua/reports")),
        "dashboard-director": ("stats/dashboard.html", base | _build_dashboard("")),
        "map": ("stats/map.html", base | _build_map("/ban-do?xa=18568", "/ket-qua/reports")),
        "map-director": ("stats/map.html", base | _build_map("", "")),
        "question": ("stats/question.html", base | _build_question("/ket-qua/reports")),
        "question-plain": ("stats/question.html", base | _build_question("") | {"saved": [], "save": None}),
        "country": ("stats/country.html", base | _build_country()),
        "country-refused": ("stats/country.html", base | _build_country() | {"lines": [], "indicators": []}),
        "mailings": ("stats/mailings.html", base | _build_mailings()),
        "mailings-refused": (
            "stats/mailings.html",
            base | _build_mailings() | {"error": "Địa chỉ thư không đúng.", "mailings": []},
        ),
        "mailings-none": ("stats/mailings.html", base | _build_mailings() | {"is_available": False}),
        "reorganisation": ("stats/reorganisation.html", base | _build_reorganisation()),
        "reorganisation-refused": (
            "stats/reorganisation.html",
            base | _build_reorganisation() | {"error": "Hãy ghi số nghị quyết.", "preview": None, "plans": []},
        ),
        "open-data": ("stats/open_data.html", _build_open_data()),
        "open-data-none": ("stats/open_data.html", _build_open_data() | {"release": None, "months": []}),
        "report-template": ("stats/report_template.html", base | _build_template()),
        "report-template-refused": (
            "stats/report_template.html",
            base | _build_template() | {"error": "Mẫu thiếu trường: {{so}}.", "in_use": None},
        ),
        "reports-commune": (
            "stats/reports.html",
            base | _build_reports() | {"asking": None, "open_data": None, "remarks": _build_remarks()},
        ),
        "reports-asked": (
            "stats/reports.html",
            base | _build_reports() | {"asking": _build_asking(), "issue": None, "template_url": ""},
        ),
        "reports": ("stats/reports.html", base | _build_reports()),
        "reports-refused": (
            "stats/reports.html",
            base | {"error": "Kỳ này chưa tới. Hãy chọn kỳ khác.", "content": None, "reports": []},
        ),
    }


def _build_picks() -> list[dict[str, Any]]:
    return [
        {"name": "xa", "label": "Địa bàn", "options": make_options("Toàn tỉnh", "Xã Lộc Hà")},
        {"name": "tu", "label": "Từ ngày", "type": "date", "value": "2026-01-01"},
    ]


def _build_dashboard(url: str) -> dict[str, Any]:
    columns = [
        charts.ChartColumn(f"{month}/2026", (received, closed), (f"nhận {received}", f"xong {closed}"), (url, url))
        for month, received, closed in _MONTHS
    ]
    rows = [
        {
            "label": f"{month}/2026",
            "received": received,
            "closed": closed,
            "received_url": url,
            "closed_url": url,
        }
        for month, received, closed in _MONTHS
    ]
    shares = [
        {"label": "Giao thông", "value": 2560, "previous": 2311, "url": url, "trend": [9, 12, 14], "trend_text": "9"},
        {"label": "Môi trường, tiếng ồn", "value": 0, "previous": 3, "url": "", "trend": [], "trend_text": ""},
    ]
    return {
        "compared": "01/01/2026 – 25/11/2026 so với 01/01/2025 – 25/11/2025",
        "counted_text": "19:20, 25/11/2026",
        "urls": {
            "ledger": "/ket-qua",
            "reports": "/bao-cao",
            "whole": "/tong-quan",
            "figures": "/tong-quan?phan=so-lieu",
        },
        "renew_seconds": 60,
        "open_now": [
            {"label": "Đang mở", "value": 312, "url": url},
            {"label": "Quá hạn", "value": 12, "url": url, "tone": "bad"},
        ],
        "figures": [
            {"label": "Đã nhận", "value": 15820, "note": "nhiều hơn kỳ trước 1.204", "url": url},
            {
                "label": "Xong đúng hạn",
                "value": "91 %",
                "note": "kỳ trước 88 %",
                "url": url,
                "link_text": "Xem việc quá hạn",
            },
        ],
        "flow": {"rows": rows, "chart": charts.draw_columns(columns), "step": "Tháng"},
        "categories": shares,
        "outcomes": [],
        "loads": [
            {"name": "Lê Văn Hòa", "open": 12, "urgent": 1, "overdue": 2},
            {"name": "", "open": 3, "urgent": 0, "overdue": 0},
        ]
        if url
        else [],
        "channels": [],
        "responses": [
            {
                "label": "Trong 5 phút",
                "value": 900,
                "url": url,
                "urgent": 800,
                "urgent_url": url,
                "arrived": 610,
                "arrived_url": url,
                "previous": 700,
            }
        ],
        "communes": [
            {
                "name": "Xã Lộc Hà",
                "url": url,
                "open": 12,
                "overdue": 3,
                "reports": 410,
                "previous": 380,
                "closed": 395,
                "rate": "91 %",
            },
            {
                "name": "Chưa rõ xã, phường",
                "url": "",
                "open": 1,
                "overdue": 0,
                "reports": 2,
                "previous": 0,
                "closed": 1,
                "rate": "–",
            },
        ],
    }


def _build_country() -> dict[str, Any]:
    return {
        "refused": ["07.note: không có chữ ký đúng của tỉnh"],
        "lines": [{"label": "Tin báo, phản ánh đã nhận", "value": 544000}],
        "head": ["Tin báo, phản ánh đã nhận", "Vụ việc đã xong"],
        "provinces": [{"name": "Công an tỉnh Hà Tĩnh", "numbers": [16000, 15200]}],
        "indicators": [{"kind": "Số điện thoại", "value": "0912345678", "provinces": 9, "cases": 120}],
        "indicator_count": 400,
    }


def _build_mailings() -> dict[str, Any]:
    row = {
        "content": "Bảng kết quả của kỳ vừa qua",
        "schedule": "Thứ Hai hằng tuần",
        "address": "tham.muu@congan.example.vn",
        "next_on": "07/12/2026",
        "sent_at": None,
        "has_failed": True,
        "delete_url": "/gui-thu/x/bo",
    }
    return {
        "error": "",
        "is_available": True,
        "domains": "congan.example.vn",
        "action_url": "/gui-thu",
        "contents": [{"value": "", "label": "Bảng kết quả của kỳ vừa qua", "chosen": True}],
        "schedules": [{"value": "WEEKLY", "label": "Thứ Hai hằng tuần", "chosen": True}],
        "address": "",
        "mailings": [row, row | {"sent_at": make_past_time(minutes=90), "has_failed": False}],
    }


def _build_map(url: str, cases_url: str) -> dict[str, Any]:
    shapes = [
        {"path": "M10 10l90 0 0 90z", "shade": shade, "title": "Xã Lộc Hà: 12", "url": url, "is_chosen": shade == 4}
        for shade in ("none", "zero", 0, 1, 2, 3, 4)
    ]
    point = {"x": "40.0", "y": "40.0", "is_urgent": False, "title": "Mất trộm, LH-7K3M", "url": "/vu-viec/LH-7K3M"}
    cell = {"value": 12, "shade": 3, "url": cases_url}
    return {
        "measure": "Đã nhận trong kỳ",
        "whole_url": url,
        "map": {
            "width": 720,
            "height": 480,
            "box": "105.1 17.9 106.5 18.8",
            "shapes": shapes,
            "points": [point, point | {"is_urgent": True}] if cases_url else [],
            "has_more": bool(cases_url),
            "legend": [{"shade": 0, "label": "1 – 4"}, {"shade": 4, "label": "12"}],
        },
        "rows": [
            {"name": "Xã Lộc Hà", "url": url, "value": 12, "previous": 9, "value_url": cases_url},
            {"name": "Chưa rõ xã, phường", "url": "", "value": None, "previous": None, "value_url": ""},
        ],
        "hours": {
            "rows": [
                {"name": "Thứ Hai", "cells": [cell, cell | {"value": 0, "shade": "zero", "url": ""}], "total": 12}
            ],
            "head": range(2),
            "busiest": "Thứ Hai, 0 giờ",
            "busiest_value": 12,
        },
    }


def _build_reports() -> dict[str, Any]:
    downloads = [{"url": f"/bao-cao/tai/{code}", "label": label} for code, label in (("docx", "Word"), ("pdf", "PDF"))]
    content = {
        "superior": "CÔNG AN TỈNH HÀ TĨNH",
        "unit": "CÔNG AN XÃ LỘC HÀ",
        "subject": "Kết quả mô hình «Zalo kết nối bình yên» tháng 10 năm 2026 trên địa bàn Xã Lộc Hà",
        "sections": [{"title": "I. TIẾP NHẬN TIN BÁO", "paragraphs": ["Đã tiếp nhận 410 tin báo, phản ánh."]}],
    }
    grid = {"title": "Số liệu chung", "head": ("Nội dung", "Kỳ này"), "rows": [("Việc khẩn cấp", "12")]}
    report = {
        "number": "07/2026",
        "version": 1,
        "unit": "Công an xã Lộc Hà",
        "period": "Tháng 9 năm 2026",
        "issued_text": "08:00, 01/10/2026",
        "note": "Bổ sung một tin",
        "downloads": downloads,
        "correct_url": "/bao-cao/x/dinh-chinh",
    }
    return {
        "content": content,
        "grids": [grid],
        "downloads": downloads,
        "issue": {
            "url": "/bao-cao/phat-hanh?ky=thang-truoc",
            "reason": "",
            "number": "",
            "examples": [
                {
                    "code": "K7M2-9QXD",
                    "url": "/vu-viec/K7M2-9QXD",
                    "reason": "Vụ lừa đảo đã ngăn chặn",
                    "text": "Tháng 9/2026, Công an xã Lộc Hà tiếp nhận tin báo của nhân dân.",
                    "chosen": True,
                }
            ],
        },
        "template_url": "/bao-cao/mau",
        "mailings_url": "/gui-thu",
        "open_data": {"url": "/bao-cao/du-lieu-mo", "month": "2026-10"},
        "asking": {"url": "/bao-cao/nhan-xet", "question": "", "due": ""},
        "reports": [report, report | {"version": 0, "note": "", "correct_url": ""}],
    }


def _build_remarks() -> list[dict[str, Any]]:
    remark = {
        "url": "/bao-cao/nhan-xet/x",
        "period": "Tháng 10 năm 2026",
        "due": "03/11/2026",
        "question": "Vì sao tin trộm cắp tăng?",
        "text": "",
        "is_answered": False,
        "reminders": 2,
    }
    return [remark, remark | {"url": "", "text": "Giáp Tết.", "is_answered": True, "reminders": 0}]


def _build_asking() -> dict[str, Any]:
    return {
        "due": "03/11/2026",
        "question": "Vì sao tin trộm cắp tăng?",
        "answers": [{"unit": "Công an xã Lộc Hà", "text": "Giáp Tết."}],
        "missing": [{"unit": "Công an phường Thành Sen", "reminders": 1}],
        "remind_url": "/bao-cao/nhan-xet/x/nhac",
    }


def _build_question(url: str) -> dict[str, Any]:
    cell = {"text": "12", "shade": 3, "url": url}
    table = {
        "head": "Xã, phường",
        "columns": ["1/2026", "2/2026"] if url else [""],
        "has_columns": bool(url),
        "rows": [{"label": "Xã Lộc Hà", "cells": [cell, cell | {"text": "0", "shade": "zero"}], "total": "12"}],
        "totals": ["12", "0"],
        "total": "12",
        "total_label": "Cộng",
        "value_label": "Tin báo, phản ánh đã nhận",
    }
    saved = {
        "name": "Việc xong",
        "url": "/hoi-so-lieu?hang=xa",
        "owner": "",
        "is_shared": True,
        "delete_url": "/hoi-so-lieu/x/bo",
    }
    return {
        "title": "Tin báo, phản ánh đã nhận · xã, phường · tháng",
        "table": table,
        "downloads": [{"url": "/hoi-so-lieu/bang.csv", "label": "Bảng này (CSV)"}],
        "save": {"url": "/hoi-so-lieu/luu", "name": ""},
        "mailings_url": "/gui-thu",
        "saved": [saved, saved | {"owner": "Lê Văn Hòa", "delete_url": ""}],
        "examples": [{"url": "/hoi-so-lieu?hang=thang", "label": "Lĩnh vực nào tăng theo từng tháng?"}],
    }


def _build_reorganisation() -> dict[str, Any]:
    names = (
        "villages",
        "officers",
        "chiefs",
        "groups",
        "members",
        "open_cases",
        "cases",
        "shifts",
        "reports_this_year",
    )
    part = {"name": "Xã Lộc Hà", "unit": "Công an xã Lộc Hà", **dict.fromkeys(names, 12)}
    plan = {
        "name": "Phường Hà Sen",
        "kind": "Nhập",
        "old": "Xã Lộc Hà + Phường Thành Sen",
        "day": "01/01/2027",
        "basis": "NQ 12/NQ-HĐND",
        "state": "Đã lên lịch",
        "moved": None,
        "cancel_url": "/dia-ban/sap-xep/x/bo",
    }
    return {
        "action_url": "/dia-ban/sap-xep?kieu=tach",
        "tabs": [
            {"url": "/dia-ban/sap-xep", "label": "Nhập", "current": False},
            {"url": "/dia-ban/sap-xep?kieu=tach", "label": "Tách", "current": True},
        ],
        "tab": "tach",
        "kind": "SPLIT",
        "villages": [{"value": 7, "name": "Thôn Phú Mậu", "chosen": True}],
        "communes": [{"code": "18568", "name": "Xã Lộc Hà", "chosen": True}],
        "types": make_options("Xã", "Phường"),
        "draft": {"name": "Hà Sen", "code": "18568", "day": "2027-01-01", "basis": "NQ 12/NQ-HĐND"},
        "preview": {
            "name": "Phường Hà Sen",
            "day": "01/01/2027",
            "parts": [part],
            "total": part | {"name": "Cộng"},
            "has_two_chiefs": True,
            "has_no_officers": True,
        },
        "plans": [plan, plan | {"state": "Đã làm", "moved": 1204, "cancel_url": ""}],
    }


def _build_open_data() -> dict[str, Any]:
    return {
        "shell": PageFrame(),
        "months": [{"url": "/du-lieu-mo?thang=2026-10", "label": "10/2026"}],
        "release": {
            "month": "10/2026",
            "version": 1,
            "released_text": "08:00, 02/11/2026",
            "files": [{"url": "/du-lieu-mo/2026-10.csv", "label": "CSV"}],
            "province": [{"label": "Tin báo, phản ánh đã nhận", "text": "1205"}],
            "categories": [{"label": "Giao thông", "text": "<5"}],
            "head": ["Tin báo, phản ánh đã nhận"],
            "communes": [{"name": "Xã Lộc Hà", "numbers": ["40"]}],
        },
        "min_shown": 5,
        "step": 5,
    }


def _build_template() -> dict[str, Any]:
    return {
        "action_url": "/bao-cao/mau",
        "sample_url": "/bao-cao/mau/tep",
        "in_use": {"url": "/bao-cao/mau/tep?dang-dung=1", "at": "08:00, 01/10/2026"},
        "fields": [{"name": "{{so}}", "meaning": "Số và ký hiệu", "is_required": True}],
    }
