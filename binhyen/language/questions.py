"""One short clarifying question, with the person's form of address, if place or time is missing and matters."""

import re
from collections.abc import Sequence
from typing import Final

from binhyen.kit.i18n_markers import L_
from binhyen.kit.text import fold_text, to_nfc
from binhyen.language.lostfound.attributes import ANIMALS
from binhyen.language.phrase_trie import word_set
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.resolve import ResolvedPlace
from binhyen.language.reading import DANGER, Entity, Reading

# Form of address for the writer: the kinship word they use for themselves, or a plain form. Pure.
#
# A kinship word means the writer only where they refer to themselves by it: «chú ơi, cháu mất xe» is a child calling
# an adult, and «ông hàng xóm đốt rác» is about a third person.

PLAIN: Final = "plain"  # No form of address: for writers without diacritics, in dialect, or with a cry of one word.
CHILD: Final = "cháu"
_MAX_WORDS: Final = 200  # words read
_OPENING_WORDS: Final = 30  # words in which writers name themselves
_MAX_CRY_WORDS: Final = 2  # words; a writer of no more has no time to read a longer question
_ADULT_SELF: Final = word_set("tui toi tôi minh mình em e")  # self-references that are no form of address in return
_CHILD_SELF: Final = {"chau": "cháu", "con": "con"}
_PLURAL_WORDS: Final = word_set("hai cả mấy ca may")  # «hai bà cháu»
_ELDER_SELF: Final = {
    "bac": "bác",
    "ong": "ông",
    "o": "cô",
    "co": "cô",
    "chu": "chú",
    "ba": "bà",
    "mu": "mụ",
    "me": "mệ",
}
_STANDARD_FORM: Final = {"mụ": "bà", "mệ": "bà"}  # standard form used in our text
# Words that follow a self-reference: an action or a state, no name, no kinship word, no noun.
_AFTER_CHILD_SELF: Final = word_set("""
    bị mất mới vừa đang đã có không nỏ ko muốn xin báo gọi hỏi thấy chộ nhặt rơi đánh quên để ở là tên học đi về làm
    bán mua cần sợ biết nghe nói nhờ năm với ạ cũng lại được chưa trình phản trông lo gặp tìm bỏ
    bi mat moi vua dang da co khong muon xin bao goi hoi thay cho nhat roi danh quen de o la ten hoc di ve lam ban mua
    can so biet nghe noi nho nam voi cung lai duoc chua trinh tim
    """)
_AFTER_ELDER_SELF: Final = word_set(
    "báo gọi hỏi thấy chộ nhặt muốn xin là năm mất vừa mới rơi quên để trình phản cần có nhờ"
)
# «ông bị lừa» is the writer; «ông bị ngã» is about a third person.
_SUFFERED_VERBS: Final = word_set("mất lừa trộm cướp giật hack quấy dọa")
_VOCATIVES: Final = word_set("oi a nay")
_SECOND_PERSON_CUES: Final = word_set("cac may thua gui chao nho moi")
_POLICE: Final = word_set("công cán đồng trưởng trực")
_THIRD_PERSON_CUES: Final = word_set("nhà nha gái trai bé nội ngoại tôi tui em dâu rể ruột họ nhỏ chị anh nó ấy")
_FIRST_PERSON_CUES: Final = word_set(
    "nhà bố mẹ ba má mạ bà ông chú bác cô xe của cho giúp cứu dạ thưa vâng nha cua giup cuu da thua"
)
# Dialect of Nghệ Tĩnh: one word that is unique to it, or two that other regions use too.
_DIALECT: Final = word_set("mô tê răng rứa nỏ nớ mi choa chừ bựa chộ hấn mệ nác lả mần bọ tru trốc cươi")
_HALF_DIALECT: Final = word_set("ni chi o tui hè rú hắn")


def detect_address_form(text: str, entities: Sequence[Entity] = ()) -> str:
    """Return the form of address: PLAIN, or the writer's own word; «» if only «anh/chị» is safe.

    `entities`: entities of the message; titles inside names of places and people are not forms of address.
    """
    marked = _split_words(text)
    without_names = _remove_names(text, entities)
    self_reference = _find_self_reference(
        _split_words(without_names)[:_OPENING_WORDS],
        _mark_clause_starts(without_names),
        is_unaccented=all(word == fold_text(word) for word in marked),
    )
    return self_reference if self_reference == CHILD or not _needs_plain_form(marked) else PLAIN


def _split_words(text: str) -> list[str]:
    return [word.strip(".,!?:;") for word in to_nfc(text).lower().split()[:_MAX_WORDS]]


def _mark_clause_starts(text: str) -> list[bool]:
    """Return for each word whether a clause begins with it."""
    written = to_nfc(text).lower().split()[:_OPENING_WORDS]
    return [
        not place or previous_word[-1:] in ".,!?:;" or _is_clause_opener(previous_word)
        for place, previous_word in enumerate(["", *written[:-1]])
    ]


def _is_clause_opener(previous_word: str) -> bool:
    return previous_word in ("dạ", "vâng", "ơi", "ạ", "da", "vang", "oi", "mà", "thì", "nay", "hôm")


def _remove_names(text: str, entities: Sequence[Entity]) -> str:
    """Remove names («chợ Thạch Châu», «cháu Bảo»): the title before a name refers to another person."""
    for entity in sorted(entities, key=lambda item: -item.start):
        if entity.type in ("PLACE", "PERSON"):
            preceding_text = text[: entity.start]
            preceding_text = preceding_text.rstrip().rpartition(" ")[0] if entity.type == "PERSON" else preceding_text
            text = f"{preceding_text} {text[entity.end :]}"
    return text


def _find_self_reference(marked: Sequence[str], begins: Sequence[bool], *, is_unaccented: bool) -> str:
    """Return the writer's self-reference.

    `is_unaccented`: the text has no diacritics at all; otherwise «Châu» is not «cháu».
    """
    for place, word in enumerate(marked):
        if word in _ADULT_SELF:
            return ""
        young = _CHILD_SELF.get(
            fold_text(word), "-"
        )  # stripping punctuation from a removed name may leave an empty word
        if word == young == "con":
            if _is_son_self_reference(marked, place, begins=begins[place]):
                return CHILD
        elif (word == young or (is_unaccented and word == "chau")) and _is_child_self_reference(marked, place):
            return CHILD
    for place, word in enumerate(marked):
        old = _ELDER_SELF.get(fold_text(word), "-")
        if word == old and begins[place] and _is_elder_self_reference(marked, place):
            return _STANDARD_FORM.get(old, old)
    return ""


def _is_child_self_reference(marked: Sequence[str], place: int) -> bool:
    """Return True for «cháu nhặt được», «nhà cháu»; False for «cháu gái 5 tuổi», «hai bà cháu»."""
    previous_word, next_word = (marked[place - 1] if place else ""), "".join(marked[place + 1 : place + 2])
    if (
        fold_text(previous_word) == "con"
        or next_word in _THIRD_PERSON_CUES
        or not _PLURAL_WORDS.isdisjoint(marked[max(0, place - 2) : place])
    ):
        return False
    return next_word in _AFTER_CHILD_SELF or previous_word in _FIRST_PERSON_CUES


def _is_son_self_reference(marked: Sequence[str], place: int, *, begins: bool) -> bool:
    """Return True for «con bị đánh», «cho con hỏi»; False for «con bò», «mẹ con chị Lan»."""
    next_word = "".join(marked[place + 1 : place + 2])
    return next_word in _AFTER_CHILD_SELF and (begins or marked[place - 1] in _FIRST_PERSON_CUES)


def _is_elder_self_reference(marked: Sequence[str], place: int) -> bool:
    """Return True for «bác báo có trộm», «ông bị lừa»; False for «bác ơi», «các bác», «ông say rượu»."""
    previous_word, next_words = (marked[place - 1] if place else ""), [*marked[place + 1 : place + 3], "", ""]
    if (
        fold_text(previous_word) in _SECOND_PERSON_CUES
        or fold_text(next_words[0]) in _VOCATIVES
        or next_words[0] in _POLICE
    ):
        return False
    return next_words[0] in _AFTER_ELDER_SELF or (next_words[0] == "bị" and next_words[1] in _SUFFERED_VERBS)


def _needs_plain_form(marked: Sequence[str]) -> bool:
    if len(marked) <= _MAX_CRY_WORDS or all(word == fold_text(word) for word in marked):
        return True
    return not _DIALECT.isdisjoint(marked) or len(_HALF_DIALECT.intersection(marked)) > 1


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
# Questions about a stray animal, which is seen, not picked up.
_STRAY_PLACE: Final = L_("con vật đang ở chỗ nào, xã nào")
_STRAY_TIME: Final = L_("thấy con vật lúc nào")
DAYS: Final = (L_("Hôm nay"), L_("Tối qua"), L_("Hôm qua"), L_("Hôm kia hoặc trước nữa"))
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
        place = _STRAY_PLACE if _is_stray_animal(reading) else _PLACE.get(reading.category, _ANYWHERE)
        return _format_question(address, _RESCUE if rescue else place)
    if reading.category in _NEEDS_TIME and not danger and not any(entity.type == "TIME" for entity in reading.entities):
        return _format_question(address, _STRAY_TIME if _is_stray_animal(reading) else _TIME[reading.category])
    return None


def list_suggested_answers(question_asked: str, gazetteer: Gazetteer) -> tuple[str, ...]:
    """Return short answers to offer for one of our questions: days, or the communes that a named place may lie in.

    `question_asked` contains one of our questions, perhaps with words around it; any other text gives none. At most
    five.
    """
    if any(question_text in question_asked for question_text in (*_TIME.values(), _STRAY_TIME)):
        return DAYS
    match = _NAMED.search(question_asked)
    if match is None:
        return ()
    codes = {code for place in gazetteer.find_by_name(match[1]) for code in place.communes}
    names = sorted(gazetteer.commune_name(code) for code in codes)
    return tuple(names) if 1 < len(names) <= _MAX_OFFERS else ()


def _is_stray_animal(reading: Reading) -> bool:
    items = {entity.norm for entity in reading.entities if entity.type == "ITEM"}
    return reading.category == "found_item" and not ANIMALS.isdisjoint(items)


def _format_question(address: str, asked: str) -> str:
    return _QUESTION_FORMS[address].format(asked=asked)
