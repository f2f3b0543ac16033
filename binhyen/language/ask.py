"""The one short question worth asking back, in the person's own register: place or time is missing and it matters."""

import re
from collections.abc import Sequence
from typing import Final

from binhyen.kit.text import fold, nfc
from binhyen.kit.wording import L_
from binhyen.language.phrases import bag
from binhyen.language.places import Gazetteer, Placed
from binhyen.language.reading import Entity, Reading

# Where the answer changes what an officer does at once.
_NEEDS_PLACE: Final = bag("""
    violence theft traffic fire lost_item found_item missing_person found_person drugs_gambling public_order
    environment_noise weapon_handover welfare
    """)
_NEEDS_TIME: Final = frozenset(("theft", "lost_item", "found_item", "missing_person", "scam", "found_person"))
_PLACE: Final = {
    "violence": L_("việc xảy ra ở thôn, xã nào"),
    "theft": L_("mất trộm ở thôn, xã nào"),
    "traffic": L_("chỗ đó ở đoạn đường nào, xã nào"),
    "fire": L_("cháy ở thôn, xã nào"),
    "lost_item": L_("rơi ở khoảng nào, xã nào"),
    "found_item": L_("nhặt được ở chỗ nào, xã nào"),
    "missing_person": L_("lần cuối thấy người thân ở đâu"),
    "found_person": L_("đang ở chỗ nào, xã nào"),
    "welfare": L_("hoàn cảnh này ở thôn, xã nào"),
    "weapon_handover": L_("hiện để ở thôn, xã nào"),
}
_ANYWHERE: Final = L_("việc này ở thôn, xã nào")
_TIME: Final = {
    "theft": L_("mất khoảng lúc nào"),
    "lost_item": L_("rơi khoảng lúc nào"),
    "found_item": L_("nhặt được lúc nào"),
    "missing_person": L_("đi từ lúc nào"),
    "found_person": L_("gặp người đó lúc nào"),
    "scam": L_("việc xảy ra hôm nào"),
}
DAYS: Final = (L_("Hôm nay"), L_("Tối qua"), L_("Hôm qua"), L_("Trước hôm qua"))
_NAMED: Final = re.compile("«([^«»]{1,80})» là ở thôn, xã nào theo tên mới")
_MOST_OFFERS: Final = 5  # more than that is quicker to type
_WHICH: Final = L_("«{name}» là ở thôn, xã nào theo tên mới")
# How the person may be addressed; anything else gives «anh/chị».
_DEFAULT: Final = "anh/chị"
PLAIN: Final = "plain"  # nobody is addressed: for who writes without marks, in dialect, or cries a word
_SAY: Final = {
    "anh/chị": L_("Dạ, anh/chị cho công an biết {asked} ạ?"),
    "bác": L_("Dạ, bác cho công an biết {asked} ạ?"),
    "ông": L_("Dạ, ông cho công an biết {asked} ạ?"),
    "bà": L_("Dạ, bà cho công an biết {asked} ạ?"),
    "cô": L_("Dạ, cô cho công an biết {asked} ạ?"),
    "chú": L_("Dạ, chú cho công an biết {asked} ạ?"),
    "bạn": L_("Dạ, bạn cho công an biết {asked} ạ?"),
    "cháu": L_("Cháu cho các chú công an biết {asked} nhé?"),
    PLAIN: L_("Cho công an hỏi {asked}?"),
}
# What writers call themselves → what we call them.
_SELF: Final = {"chau": "cháu", "con": "cháu", "bac": "bác", "ong": "ông", "mu": "bà", "o": "cô", "chu": "chú"}
# Words of Nghệ Tĩnh: one that nobody else writes, or two that others write too.
_DIALECT: Final = bag("mô tê răng rứa nỏ nớ mi choa chừ bựa chộ hấn mệ nác lả mần bọ tru trốc cươi")
_HALF_DIALECT: Final = bag("ni chi o tui hè rú hắn")
_READ: Final = 200  # words looked at
_CRY: Final = 2  # words; who writes no more has no time to read more


def question(reading: Reading, placed: Placed, register: str = "") -> str | None:
    """One question in standard Vietnamese, polite or plain, or None where nothing is missing or nothing would change.

    `register`: how to address the person, as `register_of` gives it. A place that several communes could mean is asked
    about by name; where life is in danger only the place is asked, never the time.
    """
    who = register if register in _SAY else _DEFAULT
    if reading.category in _NEEDS_PLACE and placed.commune is None:
        if placed.place is not None and len(placed.candidates) > 1:
            return _say(who, _WHICH.format(name=placed.place.name))
        return _say(who, _PLACE.get(reading.category, _ANYWHERE))
    if reading.category in _NEEDS_TIME and reading.urgency < 3 and not any(e.type == "TIME" for e in reading.entities):
        return _say(who, _TIME[reading.category])
    return None


def offers(asked: str, gazetteer: Gazetteer) -> tuple[str, ...]:
    """Short answers worth offering for a question of ours: days, or the communes that a named place may lie in.

    `asked` holds one of our questions, perhaps with words around it; empty for any other text. At most five.
    """
    if any(words in asked for words in _TIME.values()):
        return DAYS
    named = _NAMED.search(asked)
    if named is None:
        return ()
    codes = {code for place in gazetteer.named(named[1]) for code in place.communes}
    names = sorted(gazetteer.commune_name(code) for code in codes)
    return tuple(names) if 1 < len(names) <= _MOST_OFFERS else ()


def register_of(text: str, entities: Sequence[Entity] = ()) -> str:
    """How to ask the writer: PLAIN, or as they call themselves; «» where nothing more than «anh/chị» is safe.

    `entities`: what the reader found; names of places and people call nobody by a title.
    """
    marked = _words(text)
    who = _self(_words(_without_names(text, entities))[:30], plainly=all(word == fold(word) for word in marked))
    return who if who == "cháu" or not _plain(marked) else PLAIN


def _words(text: str) -> list[str]:
    return [word.strip(".,!?") for word in nfc(text).lower().split()[:_READ]]


def _without_names(text: str, entities: Sequence[Entity]) -> str:
    """«chợ Thạch Châu», «cháu Bảo»: the title before a name is somebody else's."""
    for each in sorted(entities, key=lambda e: -e.start):
        if each.type in ("PLACE", "PERSON"):
            before = text[: each.start]
            before = before.rstrip().rpartition(" ")[0] if each.type == "PERSON" else before
            text = f"{before} {text[each.end :]}"
    return text


def _self(marked: Sequence[str], *, plainly: bool) -> str:
    """`plainly`: the writer sets no marks at all; else «Châu» is no «cháu»."""
    for word in marked:
        plain = fold(word)
        if plain in ("tui", "toi", "minh", "em", "e"):
            return ""
        if plain in _SELF and (word == _SELF[plain] or (plainly and plain in ("chau", "mu"))):
            return _SELF[plain]
    return ""


def _plain(marked: Sequence[str]) -> bool:
    if len(marked) <= _CRY or all(word == fold(word) for word in marked):
        return True
    return not _DIALECT.isdisjoint(marked) or len(_HALF_DIALECT.intersection(marked)) > 1


def _say(who: str, asked: str) -> str:
    return _SAY[who].format(asked=asked)
