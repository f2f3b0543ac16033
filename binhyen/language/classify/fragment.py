"""Messages with only a place, a time, a name or a number: an answer to a question, never a report.

The model had to guess at them, and guessed complaints about the people who work at that place. Pure.
"""

import re
from collections.abc import Sequence

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold_text
from binhyen.language.classify.classifier import MessageClassification
from binhyen.language.reading import Entity

ONLY_ENTITIES_REASON = L_("chỉ có nơi, giờ, tên hoặc số")
_NAMES = frozenset({"PLACE", "TIME", "PERSON", "PHONE", "PLATE", "AGE", "ID_NUMBER"})
_MAX_CODE_POINTS = 160  # code points; a longer message has content of its own
_WORD = re.compile(r"[^\W_]+")
# Folded words that only introduce an entity, or end it politely.
_CONNECTING_WORDS = frozenset(
    "da vang o tai ben la cho gan ngay truoc sau trong ngoai canh doi dien luc khoang tam hoi ten toi em chau tui minh"  # noqa: SIM905
    " anh chi chu bac ong ba ngo hem xom cho co so sdt dt nha a nhe nghe do nay ni luon thoi ko".split()
)


def classify_fragment(text: str, entities: Sequence[Entity]) -> MessageClassification | None:
    """Return «other» with high confidence; None for any other content."""
    if len(text) > _MAX_CODE_POINTS or (remaining := remove_entities(text, entities)) == text:
        return None
    if not _CONNECTING_WORDS.issuperset(_WORD.findall(fold_text(remaining))):
        return None
    top = (("other", 0.98), ("admin_question", 0.01), ("welfare", 0.01))
    return MessageClassification("other", 0.98, top, 0, False, (ONLY_ENTITIES_REASON,))


def remove_entities(text: str, entities: Sequence[Entity]) -> str:
    """Return the text around the places, times, names and numbers; the text as given if there are none."""
    named = [entity for entity in entities if entity.type in _NAMES]
    if not named:
        return text
    parts, end = [], 0
    for entity in sorted(named, key=lambda span: span.start):
        parts.append(text[end : entity.start])
        end = max(end, entity.end)
    return " ".join([*parts, text[end:]])
