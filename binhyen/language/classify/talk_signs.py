"""Signs of talk of a social network (laughter, abuse, unfamiliar word pairs) and of a report (a place, a time, a call).

They add to what the model learnt from real comments, of which it sees only words that written reports have too. The
weights were chosen on comments of another network, and on messages that the model had not seen. Pure.
"""

import re
from collections.abc import Iterable
from typing import Final

from binhyen.kit.text import to_nfc
from binhyen.language.reading import Entity
from binhyen.language.tokenizer import HEAD

LAUGHTER: Final = re.compile(
    "[\U0001f601-\U0001f606\U0001f923\U0001f61c-\U0001f61d\U0001f639\U0001f92d]|[:;=]\\)+|[:=]d+\\b"
    "|:v\\b|\\b(?:ha|hi|he|hí|há|hê|ka){2,}\\b|\\bk{3,}|\\b(?:lol|vcl|vl|vãi)\\b"
)
_TALK_WORDS: Final = re.compile(
    r"\b(?:địt|đụ|đéo|lồn|cặc|buồi|đĩ|đm+|vcl|vkl|vl|clm|cmn|loz|lol|đù|óc chó|thằng chó|chó má|chó đẻ|ngu|dốt|súc vật"
    r"|mất dạy|chúng mày|khốn nạn|bệnh hoạn|biến thái|phản động|đảng|cộng sản|quan chức|tổng thống"
    r"|bò đỏ|bọn này|lũ này|dân tộc|đất nước|tẩy chay)\b"
)
# «chém» is to overcharge: «mua ở đó bị chém», «bi chém rồi đắt quá».
_OVERCHARGED: Final = re.compile(
    r"\bchém\b.{0,80}\b(?:giá|đắt|đăt|mắc|tiền|chán)\b|\b(?:giá|đắt|mắc|mua|ăn|quán)\b.{0,80}\bchém\b"
)
_CALLS: Final = re.compile(
    r"\b(?:ạ|dạ|nhờ|xin|giúp|kính|đề nghị|(?:các|mấy) (?:anh|chú)|cho (?:em|tôi|tui|cháu|con|hỏi)"
    r"|nho|giup|(?:cac|may) anh|cho (?:toi|hoi))\b"
)
_PLACED_TYPES: Final = frozenset(("PLACE", "TIME", "PHONE", "PLATE"))
_PLACED_WEIGHT, _CALL_WEIGHT = 0.8, 0.8
_LAUGHTER_WEIGHT, _WORD_WEIGHT, _UNFAMILIAR_WEIGHT, _UNSURE_WEIGHT = 1.5, 1.0, 0.7, 0.7
JEST_WEIGHT: Final = 4.0
_OVERCHARGED_WEIGHT: Final = 4.0
_MAX_WORDS: Final = 2
_MIN_KNOWN_SHARE: Final = 0.55
_MIN_CONFIDENCE: Final = 0.45


def weigh_talk_signs(text: str, known_share: float, confidence: float) -> float:
    """Return how many log-odds less likely a report is than the model finds.

    `known_share`: share of the word pairs that the model knows; `confidence`: of the category.
    """
    lower = to_nfc(text[:HEAD]).lower()
    words = len(_TALK_WORDS.findall(lower))
    return (
        (_LAUGHTER_WEIGHT if LAUGHTER.search(lower) else 0.0)
        + (_OVERCHARGED_WEIGHT if _OVERCHARGED.search(lower) else 0.0)
        + _WORD_WEIGHT * min(words, _MAX_WORDS)
        + (_UNFAMILIAR_WEIGHT if known_share < _MIN_KNOWN_SHARE else 0.0)
        + (_UNSURE_WEIGHT if confidence < _MIN_CONFIDENCE else 0.0)
    )


def weigh_report_signs(text: str, entities: Iterable[Entity]) -> float:
    """Return how many log-odds more likely a report is than the model finds: it says where or when, or asks."""
    is_placed = any(entity.type in _PLACED_TYPES for entity in entities)
    is_call = _CALLS.search(to_nfc(text[:HEAD]).lower()) is not None
    return (_PLACED_WEIGHT if is_placed else 0.0) + (_CALL_WEIGHT if is_call else 0.0)
