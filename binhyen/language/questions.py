"""One short clarifying question, with the person's form of address, if place or time is missing and matters."""

import re
from typing import Final

from binhyen.kit.i18n_markers import L_
from binhyen.language.address_forms import PLAIN
from binhyen.language.phrase_trie import word_set
from binhyen.language.places import Gazetteer, ResolvedPlace
from binhyen.language.reading import DANGER, Reading

# Categories where the place changes what an officer does at once.
_NEEDS_PLACE: Final = word_set("""
    violence theft traffic fire lost_item found_item missing_person found_person drugs_gambling public_order
    environment_noise weapon_handover welfare
    """)
# categories in which danger to life still needs rescue
_RESCUE_CATEGORIES: Final = frozenset(("welfare", "other", "thanks", "admin_question"))
_NEEDS_TIME: Final = frozenset(("theft", "lost_item", "found_item", "missing_person", "scam", "found_person"))
_PLACE: Final = {
    "violence": L_("việc xảy ra ở thôn, xã nào"),
    "theft": L_("mất trộm ở thôn, xã nào"),
    "traffic": L_("chỗ đó ở đoạn đường nào, xã nào"),
    "fire": L_("cháy ở thôn, xã nào"),
    "lost_item": L_("mất ở khoảng nào, xã nào"),
    "found_item": L_("nhặt được ở chỗ nào, xã nào"),
    "missing_person": L_("lần cuối thấy người thân ở đâu"),
    "found_person": L_("đang ở chỗ nào, xã nào"),
    "welfare": L_("hoàn cảnh này ở thôn, xã nào"),
    "weapon_handover": L_("hiện để ở thôn, xã nào"),
}
_ANYWHERE: Final = L_("việc này ở thôn, xã nào")
_RESCUE: Final = L_("người gặp nguy đang ở đâu, thôn, xã nào")
_TIME: Final = {
    "theft": L_("mất khoảng lúc nào"),
    "lost_item": L_("mất khoảng lúc nào"),
    "found_item": L_("nhặt được lúc nào"),
    "missing_person": L_("đi từ lúc nào"),
    "found_person": L_("gặp người đó lúc nào"),
    "scam": L_("việc xảy ra hôm nào"),
}
DAYS: Final = (L_("Hôm nay"), L_("Tối qua"), L_("Hôm qua"), L_("Trước hôm qua"))
_NAMED: Final = re.compile("«([^«»]{1,80})» là ở thôn, xã nào theo tên mới")
_MAX_OFFERS: Final = 5  # a longer list is slower than typing
_WHICH: Final = L_("«{name}» là ở thôn, xã nào theo tên mới")
# Supported forms of address; all others get «anh/chị».
_DEFAULT: Final = "anh/chị"
_QUESTION_FORMS: Final = {
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


def choose_question(reading: Reading, placed: ResolvedPlace, register: str = "") -> str | None:
    """Return one question in standard Vietnamese; None if nothing is missing or an answer changes nothing.

    `register`: how to address the person, as returned by `detect_address_form`. A place that could mean several
    communes is asked about by name; if life is in danger only the place is asked, never the time.
    """
    address = register if register in _QUESTION_FORMS else _DEFAULT
    danger = reading.urgency >= DANGER
    if (danger or reading.category in _NEEDS_PLACE) and placed.commune is None:
        if placed.place is not None and len(placed.candidates) > 1:
            return _format_question(address, _WHICH.format(name=placed.place.name))
        rescue = danger and reading.category in _RESCUE_CATEGORIES
        return _format_question(address, _RESCUE if rescue else _PLACE.get(reading.category, _ANYWHERE))
    if reading.category in _NEEDS_TIME and not danger and not any(entity.type == "TIME" for entity in reading.entities):
        return _format_question(address, _TIME[reading.category])
    return None


def list_suggested_answers(question_asked: str, gazetteer: Gazetteer) -> tuple[str, ...]:
    """Return short answers to offer for one of our questions: days, or the communes that a named place may lie in.

    `question_asked` contains one of our questions, perhaps with words around it; any other text gives none. At most
    five.
    """
    if any(question_text in question_asked for question_text in _TIME.values()):
        return DAYS
    match = _NAMED.search(question_asked)
    if match is None:
        return ()
    codes = {code for place in gazetteer.find_by_name(match[1]) for code in place.communes}
    names = sorted(gazetteer.commune_name(code) for code in codes)
    return tuple(names) if 1 < len(names) <= _MAX_OFFERS else ()


def _format_question(address: str, asked: str) -> str:
    return _QUESTION_FORMS[address].format(asked=asked)
