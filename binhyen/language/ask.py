"""The one short question worth asking back: place or time is missing and it matters."""

from typing import Final

from binhyen.kit.text import fold, nfc
from binhyen.language.phrases import bag
from binhyen.language.places import Placed
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
            return _say(who, f"«{placed.place.name}» là ở thôn, xã nào theo tên mới")
        return _say(who, _PLACE.get(reading.category, "việc này ở thôn, xã nào"))
    if reading.category in _NEEDS_TIME and reading.urgency < 3 and not any(e.type == "TIME" for e in reading.entities):
        return _say(who, _TIME[reading.category])
    return None


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
