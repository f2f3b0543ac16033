"""Contexts of the dashboard and of the page of reports."""

from typing import Any

from binhyen.stats import charts
from binhyen.ui.tests.samples import NOW, OFFICER, make_options

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
        "urls": {"ledger": "/ket-qua", "reports": "/bao-cao", "whole": "/tong-quan"},
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
        "responses": [
            {"label": "Trong 5 phút", "value": 900, "url": url, "urgent": 800, "urgent_url": url, "previous": 700}
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
        "issue": {"url": "/bao-cao/phat-hanh?ky=thang-truoc", "reason": "", "number": ""},
        "reports": [report, report | {"version": 0, "note": "", "correct_url": ""}],
    }
