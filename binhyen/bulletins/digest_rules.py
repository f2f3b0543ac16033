"""The weekly digest of an area: a text from counts alone, without anything about a person. Pure."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from binhyen.bulletins.rules import MAX_TEXT_LENGTH

MIN_SHOWN = 3  # a smaller number could point at a person: it is counted among the others
# Left out, even as a number: complaints and categories of sealed tips.
UNSPOKEN_CATEGORIES = frozenset({"officer_complaint", "drugs_gambling", "thanks", "other"})
CATEGORY_WORDS = {
    "violence": "vụ gây gổ, đánh nhau",
    "theft": "vụ trộm cắp",
    "traffic": "việc giao thông",
    "fire": "vụ cháy, nguy cơ cháy",
    "scam": "tin về lừa đảo",
    "lost_item": "việc đánh rơi đồ",
    "found_item": "việc nhặt được đồ",
    "missing_person": "việc tìm người",
    "found_person": "việc tìm thấy người lạc",
    "public_order": "việc trật tự",
    "environment_noise": "việc môi trường, tiếng ồn",
    "admin_question": "câu hỏi về thủ tục",
    "welfare": "việc giúp đỡ",
    "weapon_handover": "lượt giao nộp vũ khí",
}
OUTCOME_WORDS = {
    "RETURNED": "đồ vật đã về với chủ",
    "FRAUD_STOPPED": "vụ lừa đảo được chặn",
    "HANDED_IN": "vũ khí, vật liệu nổ đã nộp",
}
_THANKS = (
    "Cảm ơn bà con đã báo tin. Chuyện riêng, tin tố giác: xin nhắn riêng. Nguy hiểm gọi 113, cháy 114, cấp cứu 115."
)


@dataclass(frozen=True, slots=True)
class DigestFacts:
    """Facts of a week. `closed`: category → cases; `outcomes`: outcome → cases; `warnings`: titles."""

    first: dt.date
    area: str
    closed: Mapping[str, int]
    outcomes: Mapping[str, int]
    warnings: Sequence[str]


def get_week_start(day: dt.date) -> dt.date:
    """Return the Monday of the last whole week before this day."""
    return day - dt.timedelta(days=day.weekday() + 7)


def format_digest_title(facts: DigestFacts) -> str:
    last = facts.first + dt.timedelta(days=6)
    return f"Điểm tin an ninh {facts.area}, {facts.first:%d/%m} đến {last:%d/%m/%Y}"[:120]


def format_digest_text(facts: DigestFacts) -> str:
    """Return the text: settled cases, results, warnings of the week. It fits a bulletin."""
    shown = {key: n for key, n in facts.closed.items() if n >= MIN_SHOWN and key in CATEGORY_WORDS}
    total = sum(n for key, n in facts.closed.items() if key not in UNSPOKEN_CATEGORIES)
    lines = [f"Trong tuần, công an đã giải quyết xong {total} việc bà con báo." if total else _QUIET]
    lines += [f"- {n} {CATEGORY_WORDS[key]}" for key, n in sorted(shown.items(), key=lambda item: (-item[1], item[0]))]
    rest = total - sum(shown.values())
    if shown and rest >= MIN_SHOWN:
        lines.append(f"- {rest} việc khác")
    results = [f"{n} {OUTCOME_WORDS[key]}" for key, n in facts.outcomes.items() if n and key in OUTCOME_WORDS]
    if results:
        lines.append(f"Kết quả: {'; '.join(results)}.")
    if facts.warnings:
        lines.append("Cần nhớ trong tuần này:")
    return _fit(lines, [f"- {title}" for title in dict.fromkeys(facts.warnings)])


_QUIET = "Trong tuần, địa bàn yên ổn, không có việc lớn."


def _fit(lines: list[str], warnings: Sequence[str]) -> str:
    """Add as many warnings as fit, and the closing line."""
    text = "\n".join(lines)
    for warning in warnings:
        if len(text) + len(warning) + len(_THANKS) + 2 > MAX_TEXT_LENGTH:
            break
        text += f"\n{warning}"
    return f"{text}\n{_THANKS}"
