"""The one short question worth asking back: place or time is missing and it matters."""

import re
from typing import Final

from binhyen.kit.text import fold, nfc
from binhyen.language.phrases import bag
from binhyen.language.places import Gazetteer, Placed
from binhyen.language.reading import Reading

# Where the answer changes what an officer does at once.
_NEEDS_PLACE: Final = bag("""
    violence theft traffic fire lost_item found_item missing_person found_person drugs_gambling public_order
    environment_noise weapon_handover welfare
    """)
_NEEDS_TIME: Final = frozenset(("theft", "lost_item", "found_item", "missing_person", "scam", "found_person"))
_PLACE: Final = {
    "violence": "việc xảy ra ở thôn, xã nào",
    "theft": "mất trộm ở thôn, xã nào",
    "traffic": "chỗ đó ở đoạn đường nào, xã nào",
    "fire": "cháy ở thôn, xã nào",
    "lost_item": "rơi ở khoảng nào, xã nào",
    "found_item": "nhặt được ở chỗ nào, xã nào",
    "missing_person": "lần cuối thấy người thân ở đâu",
    "found_person": "đang ở chỗ nào, xã nào",
    "welfare": "hoàn cảnh này ở thôn, xã nào",
    "weapon_handover": "hiện để ở thôn, xã nào",
}
_TIME: Final = {
    "theft": "mất khoảng lúc nào",
    "lost_item": "rơi khoảng lúc nào",
    "found_item": "nhặt được lúc nào",
    "missing_person": "đi từ lúc nào",
    "found_person": "gặp người đó lúc nào",
    "scam": "việc xảy ra hôm nào",
}
_DAYS: Final = ("Hôm nay", "Tối qua", "Hôm qua", "Trước hôm qua")
_BY_NAME: Final = "là ở thôn, xã nào theo tên mới"
_NAMED: Final = re.compile(f"«([^«»]{{1,80}})» {_BY_NAME}")
_MOST_OFFERS: Final = 5  # more than that is quicker to type
# How the person may be addressed; anything else gives «anh/chị».
_ADDRESS: Final = bag("""
    bác ông bà cô chú cháu bạn
    """)
_DEFAULT: Final = "anh/chị"
# What writers call themselves → what we call them.
_SELF: Final = {"chau": "cháu", "con": "cháu", "bac": "bác", "ong": "ông", "mu": "bà", "o": "cô", "chu": "chú"}


def question(reading: Reading, placed: Placed, register: str = "") -> str | None:
    """One polite question in standard Vietnamese, or None where nothing is missing or nothing would change.

    `register`: how to address the person, as `register_of` gives it. A place that several communes could mean is asked
    about by name; where life is in danger only the place is asked, never the time.
    """
    who = register if register in _ADDRESS else _DEFAULT
    if reading.category in _NEEDS_PLACE and placed.commune is None:
        if placed.place is not None and len(placed.candidates) > 1:
            return _say(who, f"«{placed.place.name}» {_BY_NAME}")
        return _say(who, _PLACE.get(reading.category, "việc này ở thôn, xã nào"))
    if reading.category in _NEEDS_TIME and reading.urgency < 3 and not any(e.type == "TIME" for e in reading.entities):
        return _say(who, _TIME[reading.category])
    return None


def offers(asked: str, gazetteer: Gazetteer) -> tuple[str, ...]:
    """Short answers worth offering for a question of ours: days, or the communes that a named place may lie in.

    `asked` holds one of our questions, perhaps with words around it; empty for any other text. At most five.
    """
    if any(words in asked for words in _TIME.values()):
        return _DAYS
    named = _NAMED.search(asked)
    if named is None:
        return ()
    codes = {code for place in gazetteer.named(named[1]) for code in place.communes}
    names = sorted(gazetteer.commune_name(code) for code in codes)
    return tuple(names) if 1 < len(names) <= _MOST_OFFERS else ()


def register_of(text: str) -> str:
    """How to address the writer, from what they call themselves; «» where nothing more than «anh/chị» is safe."""
    marked = nfc(text).lower().split()[:30]
    for word in marked:
        plain = fold(word).strip(".,!?")
        if plain in ("tui", "toi", "minh", "em", "e"):
            return ""
        if plain in _SELF and (word == _SELF[plain] or plain in ("chau", "mu")):
            return _SELF[plain]
    return ""


def _say(who: str, asked: str) -> str:
    if who == "cháu":
        return f"Cháu cho các chú công an biết {asked} nhé?"
    return f"Dạ, {who} cho công an biết {asked} ạ?"
