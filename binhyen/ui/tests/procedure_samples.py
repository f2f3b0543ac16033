"""Screens of procedures with sample values."""

import datetime as dt
from typing import Any

from binhyen.ui.context import PageFrame
from binhyen.ui.tests.samples import NOW, OFFICER, URLS, make_options

_ROW = {
    "title": "Đăng ký tạm trú",
    "url": "/thu-vien-thu-tuc/1",
    "topic": "Cư trú, hộ khẩu",
    "unit": "Có sẵn trong phần mềm",
    "state": {"label": "Đang dùng", "tone": "good"},
    "is_expired": False,
    "valid_to": dt.date(2027, 11, 30),
    "answers": 134,
}
_OLD = {
    **_ROW,
    "title": "Đổi giấy đăng ký xe, đổi biển số (hỏng, mờ, đổi màu, đổi thông tin)",
    "unit": "Công an xã Lộc Hà",
    "is_expired": True,
}
_PROCEDURE = {
    "title": "Đăng ký tạm trú",
    "steps": ["Nộp hồ sơ ở công an xã nơi đang ở, hoặc qua mạng.", "Nhận kết quả theo giấy hẹn."],
    "papers": ["Tờ khai CT01.", "Giấy tờ chứng minh chỗ ở."],
    "fee": "Nộp trực tiếp 15.000 đồng, qua mạng 7.000 đồng.",
    "duration": "Không quá 3 ngày làm việc.",
    "place": "Công an xã, phường nơi bạn ở",
    "hours": "Giờ hành chính",
    "ask": "Bạn ở nhà nào?",
    "variants": [
        {"label": "Nhà thuê", "url": "?chon=1#truong-hop", "text": "Cần hợp đồng thuê.", "chosen": True},
        {"label": "Ở nhờ", "url": "?chon=2#truong-hop", "text": "Cần văn bản cho ở nhờ.", "chosen": False},
    ],
    "source": "Luật Cư trú 68/2020/QH14",
    "source_url": "https://dichvucong.bocongan.gov.vn",
    "source_on": dt.date(2020, 11, 13),
    "valid_from": dt.date(2021, 7, 1),
    "valid_to": dt.date(2027, 11, 30),
}
_LINK = {"title": "Đăng ký tạm trú", "url": "/thu-tuc/tam-tru", "fee": "15.000 đồng", "duration": "3 ngày"}
_FORM = {
    "topics": make_options("Cư trú, hộ khẩu", "Căn cước, VNeID"),
    "title": "Đăng ký tạm trú",
    "questions": "đăng ký tạm trú cần gì",
    "steps": "Nộp hồ sơ.",
    "papers": "Tờ khai.",
    "fee": "",
    "duration": "",
    "place": "Công an xã",
    "hours": "",
    "ask": "",
    "variants": "Nhà thuê | thuê, trọ | Cần hợp đồng.",
    "source": "Luật Cư trú",
    "source_url": "https://vbpl.vn",
    "source_on": "2020-11-13",
    "valid_from": "2021-07-01",
    "valid_to": "",
    "max_title": 120,
    "max_text": 2000,
    "max_line": 300,
}


def build_procedure_pages() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return screen name → (template, context)."""
    public = {"shell": PageFrame(), "now": NOW, "limit": 1000}
    topics = [{"label": "Cư trú, hộ khẩu", "anchor": "residence", "rows": [_LINK, _LINK]}]
    officer = {"shell": OFFICER, "urls": URLS, "now": NOW, "list_url": "/thu-vien-thu-tuc"}
    tabs = [{"label": "Tất cả", "url": "?", "current": True}, {"label": "Chờ duyệt", "url": "?xem=x"}]
    version = {
        **officer,
        "row": _ROW,
        "procedure": _PROCEDURE,
        "questions": ["đăng ký tạm trú cần gì"],
        "people": [{"label": "Soạn", "text": "Có sẵn trong phần mềm, 19:20, 25/11/2026"}],
    }
    draft = {
        **version,
        "form": _FORM,
        "error": "Chưa có căn cứ: ghi tên văn bản và ngày ban hành.",
        "returned_note": "Ghi rõ nơi nộp.",
        "save_url": "/x",
        "submit_url": "/x",
        "withdraw_url": "/x",
    }
    question = {
        "text": "mua trâu có phải khai không",
        "times": 3,
        "last_on": dt.date(2026, 11, 29),
        "nearest": "Đăng ký tạm trú",
        "nearest_url": "/x",
        "settle_url": "/x",
    }
    return {
        "procedure-menu": ("procedures/public_menu.html", {**public, "typed": "", "topics": topics}),
        "procedure-menu-empty": ("procedures/public_menu.html", {**public, "typed": "", "topics": []}),
        "procedure-answer": (
            "procedures/public_menu.html",
            {
                **public,
                "typed": "o tro can lam giay gi",
                "topics": topics,
                "is_asked": True,
                "is_answer": True,
                "results": [_LINK],
            },
        ),
        "procedure-unsure": (
            "procedures/public_menu.html",
            {
                **public,
                "typed": "giấy tờ",
                "topics": topics,
                "is_asked": True,
                "results": [_LINK, _LINK],
                "error": "Câu hỏi dài quá.",
            },
        ),
        "procedure-public": ("procedures/public_procedure.html", {**public, "list_url": "/thu-tuc", "row": _PROCEDURE}),
        "procedure-ended": ("procedures/public_procedure.html", {**public, "list_url": "/thu-tuc"}),
        "procedure-library": (
            "procedures/library.html",
            {
                **officer,
                "tabs": tabs,
                "rows": [_ROW, _OLD],
                "compose_url": "/x",
                "questions_url": "/x",
                "question_count": 4,
                "expiring_count": 2,
            },
        ),
        "procedure-library-empty": (
            "procedures/library.html",
            {**officer, "tabs": tabs, "rows": [], "compose_url": "/x", "question_count": 0, "expiring_count": 0},
        ),
        "procedure-compose": (
            "procedures/compose.html",
            {**officer, "form": _FORM, "error": "Hãy chọn nhóm việc.", "save_url": "/x"},
        ),
        "procedure-draft": ("procedures/version.html", draft),
        "procedure-waiting": (
            "procedures/version.html",
            {**version, "approve_url": "/x", "return_url": "/x", "own_waits": True},
        ),
        "procedure-used": (
            "procedures/version.html",
            {
                **version,
                "row": _OLD,
                "reason": "Luật đã đổi.",
                "public_url": "/x",
                "next_url": "/x",
                "withdraw_url": "/x",
            },
        ),
        "procedure-questions": ("procedures/questions.html", {**officer, "rows": [question], "compose_url": "/x"}),
        "procedure-questions-empty": ("procedures/questions.html", {**officer, "rows": []}),
    }
