"""Signs of talk of a social network (laughter, unfamiliar word pairs) and of a report (a place, a time, a call).

They add to what the model learnt from real comments, of which it sees only words that written reports have too. The
weights were chosen on comments of another network, and on dangers that the model had not seen, also unaccented, with
swear words and with a greeting: a frightened person swears, so that swearing says nothing against a danger. Pure.
"""

import re
from collections.abc import Iterable
from typing import Final

from binhyen.kit.text import fold_text, to_nfc
from binhyen.language.reading import Entity
from binhyen.language.tokenizer import HEAD

LAUGHTER: Final = re.compile(
    "[\U0001f601-\U0001f606\U0001f923\U0001f61c-\U0001f61d\U0001f639\U0001f92d]|[:;=]\\)+|[:=]d+\\b"
    "|:v\\b|\\b(?:ha|hi|he|hí|há|hê|ka){2,}\\b|\\bk{3,}"
)
SLANG: Final = re.compile(r"\b(?:lol|vcl|vkl|vl|vãi)\b")
"""Exaggeration: beside soft words of suicide a jest, beside a danger of another kind nothing."""
_TALK_WORDS: Final = re.compile(
    r"\b(?:địt|đụ|đéo|lồn|cặc|buồi|đĩ|đm+|vcl|vkl|vl|vãi|clm|cmn|loz|lol|đù|óc chó|thằng chó|chó má|chó đẻ|ngu|dốt"
    r"|súc vật|mất dạy|chúng mày|khốn nạn|bệnh hoạn|biến thái|phản động|đảng|cộng sản|quan chức|tổng thống"
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
_KIN: Final = (
    "(?:con|mẹ|má|mạ|ba|bố|vợ|chồng|bà|ông|cha|cháu|anh|chị|em|nhà|me|bo|vo|chong|nha|ong|chau)"
    " (?:em|tôi|tui|cháu|con|mình|toi|chau|minh|nội|ngoại|noi|ngoai)"
)
_VICTIMS: Final = (
    "đứa nhỏ|đứa trẻ|mấy đứa|trẻ em|em bé|cháu bé|học sinh|bà cụ|ông cụ|cụ bà|cụ ông|mấy người|nhiều người|có người"
    "|nạn nhân"
)
# Words of an event in progress («đang») or of a victim: kinship terms, children, old people, groups of people.
_VICTIM: Final = re.compile(rf"\b(?:đang|dang|(?:nãy|nay) (?:giờ|gio)|{_KIN}|{_VICTIMS}|{fold_text(_VICTIMS)})\b")
# Politics, and what is long over or was seen in a film: no danger at hand.
_FAR_AWAY: Final = re.compile(
    r"\b(?:phản động|đảng|cộng sản|quan chức|tham quan|tổng thống|thủ tướng|quốc hội|dân chủ|độc tài|chế độ|dân tộc"
    r"|đất nước|bán nước|cứu nước|chạy chức|giải phóng|dân đen|toàn dân|nền giáo dục|xã hội (?:này|bây giờ|chủ nghĩa)"
    r"|(?:trong|xem|coi) (?:video|clip|phim|vid)|(?:video|clip) (?:này|rõ)|ngày xưa|(?:hồi|thời) (?:xưa|đó|đấy|trước)"
    r"|từng (?:chứng kiến|thấy|gặp)|hôm (?:đó|đấy) (?:tôi|tao|mình)|trước đó có|lâu rồi (?:mình|tôi|tao)"
    r"|(?:coi|xem) có ngày)\b"
)
# Words that fold to those of a fire, and the words of one.
_FIRE_ALIKE: Final = re.compile(r"\b(?:chạy|khỏi)\b")
_FIRE: Final = re.compile(
    r"\b(?:cháy|khói|lửa|nổ|khét|gas?|xăng|dầu|khí|xì|rò|mùi|bình|hỏa|hoả|đốt|bốc|bén|bùng|chập|rực|ngạt|dập|phỏng|bỏng"
    r"|điện)\b"
)
_PLACED_TYPES: Final = frozenset(("PLACE", "TIME", "PHONE", "PLATE"))
_PLACED_WEIGHT, _CALL_WEIGHT, _VICTIM_WEIGHT, _CERTAIN_WEIGHT = 1.0, 1.0, 1.6, 1.3
_LAUGHTER_WEIGHT, _WORD_WEIGHT, _UNFAMILIAR_WEIGHT, _UNSURE_WEIGHT = 1.5, 1.0, 0.5, 0.5
JEST_WEIGHT: Final = 4.0
_OVERCHARGED_WEIGHT: Final = 4.0
_FAR_AWAY_WEIGHT: Final = 4.0
_MISREAD_FIRE_WEIGHT: Final = 6.0
_MAX_WORDS: Final = 2
_MIN_KNOWN_SHARE: Final = 0.55
_MIN_CONFIDENCE: Final = 0.45
_CERTAIN: Final = 0.9


def weigh_talk_signs(lower: str, known_share: float, confidence: float) -> float:
    """Return how many log-odds less likely a report is than the model finds.

    `lower`: result of `lower_head`, as below; `known_share`: share of the word pairs that the model knows;
    `confidence`: of the category.
    """
    return (
        (_LAUGHTER_WEIGHT if LAUGHTER.search(lower) else 0.0)
        + (_OVERCHARGED_WEIGHT if "chém" in lower and _OVERCHARGED.search(lower) else 0.0)
        + (_UNFAMILIAR_WEIGHT if known_share < _MIN_KNOWN_SHARE else 0.0)
        + (_UNSURE_WEIGHT if confidence < _MIN_CONFIDENCE else 0.0)
    )


def weigh_abuse(lower: str) -> float:
    """Return the same for abuse and politics: they count against a report, never against a danger."""
    return _WORD_WEIGHT * min(len(_TALK_WORDS.findall(lower)), _MAX_WORDS)


def weigh_report_signs(lower: str, entities: Iterable[Entity]) -> float:
    """Return how many log-odds more likely a report is than the model finds: it says where or when, or asks."""
    is_placed = any(entity.type in _PLACED_TYPES for entity in entities)
    is_call = _CALLS.search(lower) is not None
    return (_PLACED_WEIGHT if is_placed else 0.0) + (_CALL_WEIGHT if is_call else 0.0)


def weigh_danger_signs(lower: str, confidence: float) -> float:
    """Return how many log-odds more likely a danger is: it goes on or has a victim, and its category is certain."""
    is_witnessed = _VICTIM.search(lower) is not None
    return (
        (_VICTIM_WEIGHT if is_witnessed else 0.0)
        + (_CERTAIN_WEIGHT if confidence >= _CERTAIN else 0.0)
        - (_FAR_AWAY_WEIGHT if _FAR_AWAY.search(lower) else 0.0)
    )


def weigh_misread_fire(lower: str) -> float:
    """Return how many log-odds less likely an unnamed fire is: «chạy» and «khỏi» fold to «cháy» and «khói»."""
    return _MISREAD_FIRE_WEIGHT if _FIRE_ALIKE.search(lower) and not _FIRE.search(lower) else 0.0


def lower_head(text: str) -> str:
    """Return the part of a text that is searched for signs, in lower case."""
    return to_nfc(text[:HEAD]).lower()
