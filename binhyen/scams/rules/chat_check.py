"""The check box in a chat: which messages only ask about a number or link, and the answer. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold_to_words
from binhyen.scams.rules.indicators import IndicatorKind
from binhyen.scams.rules.review import Verdict
from binhyen.scams.rules.scripts import SCRIPT_LABELS

MAX_QUESTION_CHARS: Final = 300
_ASKS: Final = re.compile(
    r"^(?:(?:cho|xin) )?(?:(?:toi|em|minh|chau|con) )?(?:hoi|kiem tra|check|tra cuu|tra|xem giup|xem dum|kt)\b"
    r"|\b(?:co phai|phai|la) (?:la )?(?:lua dao|so lua|lua) (?:khong|ko|k|hong)\b"
    r"|\b(?:lua dao|co that|uy tin|an toan) (?:khong|ko|k|hong|ha|a)\b"
)
_TOLD: Final = re.compile(
    r"\b(?:da|lo|vua|moi) (?:chuyen|gui|nap|dong|mat|bi lua)\b|\bbi lua\b|\bmat tien\b|\bto cao\b"
)
# A demand for money or codes that goes on: an officer must read it, even if the message ends as a question.
_DEMANDED: Final = re.compile(
    r"\b(?:bat|ep|doi|giuc|yeu cau|keu|bao|doa)(?: \w+){0,3} (?:chuyen|nap|gui|dong|nop|cai|doc|cung cap|rut)\b"
    r"|\b(?:dang|sap|dinh|chuan bi) (?:chuyen|nap|gui|dong|nop|rut)\b"
)
_LINES: Final = {
    Verdict.VERIFIED: L_("{value}: công an đã xác nhận LỪA ĐẢO. Đừng chuyển tiền, đừng gọi lại."),
    Verdict.REPORTED: L_("{value}: có {people} người báo lừa đảo, công an chưa xác nhận. Đừng chuyển tiền."),
    Verdict.IMITATION: L_("{value}: mang tên {name} nhưng không phải của họ. Đừng đăng nhập."),
    Verdict.OFFICIAL: L_("{value}: là kênh của {name}, nhưng kẻ gian có thể giả số, giả trang."),
    Verdict.UNKNOWN: L_("{value}: chưa có dữ liệu. Không có nghĩa là an toàn."),
}
_ENDING: Final = L_("Đừng chuyển tiền, đừng đọc mã OTP. Lỡ chuyển rồi: gọi ngân hàng xin chặn ngay, rồi nhắn lại đây.")
_UNNAMED: Final = {  # in the answer to a mere question, which no table records
    IndicatorKind.PHONE: L_("Số bạn hỏi"),
    IndicatorKind.ACCOUNT: L_("Tài khoản bạn hỏi"),
    IndicatorKind.SCRIPT: L_("Chuyện bạn kể"),
}
_UNNAMED_LINK: Final = L_("Đường link bạn hỏi")


def is_check_question(text: str) -> bool:
    """Return whether a short message only asks whether something is a fraud, and reports none."""
    words = fold_to_words(text)
    is_report = _TOLD.search(words) or _DEMANDED.search(words)
    return len(text) <= MAX_QUESTION_CHARS and bool(_ASKS.search(words)) and not is_report


def format_check_line(verdict: Verdict, value: str, *, kind: str, people: int, name: str) -> str:
    """Return the answer about one number, link or script."""
    shown = SCRIPT_LABELS.get(value, value) if kind == IndicatorKind.SCRIPT else value
    return _LINES[verdict].format(value=shown, people=people, name=name)


def list_unnamed_values(kinds: Sequence[str]) -> list[str]:
    """Return words that stand for the values asked about: «Số bạn hỏi», numbered where a kind occurs again."""
    names = [_UNNAMED.get(IndicatorKind(kind), _UNNAMED_LINK) for kind in kinds]
    return [
        f"{name} ({names[: place + 1].count(name)})" if names.count(name) > 1 else name
        for place, name in enumerate(names)
    ]


def format_check_answer(lines: Sequence[str]) -> str:
    return "\n".join([*lines, _ENDING])
