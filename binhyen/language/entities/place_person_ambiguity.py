"""Disambiguation of people and communes of one name.

«bé Kim Hoa» and «anh Đức Long» are people, «anh em Thạch Kim» a place.
"""

from collections.abc import Iterator
from typing import Final

from binhyen.kit.text import fold_text
from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities import place_cues as words
from binhyen.language.entities.persons import FOLDED_GIVEN, MARKED_MIDDLE, MINE, NO_NAMES, ROLES
from binhyen.language.entities.place_cues import GazetteerMatch
from binhyen.language.phrase_trie import phrase_list, word_set
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.types import COMMUNE_GROUP, DISTRICT_GROUP

_SINGULAR_TITLES: Final = frozenset(
    phrase_list("""
    anh | chị | ông | bà | em | cháu | bé | bác | chú | cô | o | mệ | thầy | dì | cậu | mợ | thằng | thg | thag | cụ |
    bạn | thím | mẹ | bố | con | dượng | mụ | út | cu | bá | eng | ả | cố | gã | lão | a | c | e
    """)
)
_FOLDED_TITLES: Final = frozenset(map(fold_text, _SINGULAR_TITLES)) - word_set(
    "di o a c duong cau"
)  # «đi», «ở», «đường»
_NO_TITLES: Final = frozenset((("kho", "bac"), ("que", "cu"), ("dia", "ban"), ("in", "chu"), ("nga", "ba")))
# Without diacritics the other titles also mean «còn», «có», «tháng», «câu»; «tháng Kim Hoa» does not occur.
_LOWERCASE_TITLES: Final = word_set("anh chi ong ba em chau be bac chu thang thg thag mu")
_TITLE_SUFFIXES: Final = word_set(
    "gai trai noi ngoai ruot re dau ho ca ut be giao si sy"
)  # «em gái», «cháu nội», «cô giáo»
_PLURAL_WORDS: Final = word_set("cac may nhieu nhung bon tui chung lu dam nhom hoi quy toan")
_PLURAL_PAIRS: Final = frozenset(
    tuple(pair.split())
    for pair in phrase_list("""
    anh em | chi em | anh chi | ba con | co bac | co chu | chu bac | chu co | con chau | con em | em chau
    """)
)
_PLACE_NOUNS: Final = word_set("que xa thon xom ben cho vung huyen lang phuong khu doi truong")  # «bên em Đức Thọ»
_OWNER_PRONOUNS: Final = word_set("em chau con ban e")
_OWN_HOUSE: Final = frozenset((("nha", "em"), ("nha", "e")))
_NAMED_PLACE_NOUNS: Final = word_set(
    "xa phuong huyen thon xom duong cho truong quan dia doi mang lay cung nhom"
)  # «xã tên …»
_COMMON_WORD_NAMES: Final = frozenset(
    phrase_list("""
    bình an | hòa bình | yên bình | thái bình | phong phú | phú quý | liên minh | bình minh | việt tiến | đồng tiến
    """)
)
_OFFICES: Final = ROLES | {("truong", "cong"), ("truong", "ban"), ("pho", "cong"), ("pho", "chu")}
_BETWEEN: Final = frozenset((",", "-", "–"))
_MAX_NAME_WORDS: Final = 4


def end_of_person_name(view: AlignedText, gazetteer: Gazetteer, index: int, hit: GazetteerMatch) -> int | None:
    """Return the word index after a person's name that is also a commune's; None if it is the place.

    A title of one person before the name, or «tên (là)», makes it a person, unless the next level follows: «em Kim Hoa,
    Hương Sơn».
    """
    end, places = hit
    if end - index < 2 or not any(place.kind in COMMUNE_GROUP | DISTRICT_GROUP for place in places):
        return None
    if not follows_person_title(view, index) or _has_next_level(view, gazetteer, hit):
        return None
    if view.is_capitalized(index):
        return _extend_person_name(view, gazetteer, index, end)
    is_lowercase = not view.is_capitalized(end - 1) and (
        not view.is_unaccented or view.words[index - 1] in (*_LOWERCASE_TITLES, "ten", "la")
    )
    are_given_names = all(word in FOLDED_GIVEN for word in view.words[index:end])
    return end if is_lowercase and are_given_names and places[0].name.lower() not in _COMMON_WORD_NAMES else None


def find_titled_names(view: AlignedText) -> Iterator[tuple[int, int]]:
    """Yield spans of capitalised words right after a title, whatever else they may be.

    Texts without capitals inside sentences give no evidence.
    """
    next_index = 0
    for index in range(1, len(view.words)) if view.has_proper_names else ():
        if (
            index < next_index
            or not (view.is_capitalized(index) and follows_person_title(view, index))
            or _is_office(view, index)
        ):
            continue
        next_index = index + 1
        while (
            next_index < len(view.words) and view.gap_after(next_index - 1) == " " and view.is_capitalized(next_index)
        ):
            next_index += 1
        if next_index - index <= _MAX_NAME_WORDS:  # more means a text with every word in capitals
            yield index, next_index


def _is_office(view: AlignedText, index: int) -> bool:
    """Return True for «anh Công an», «chú CSGT»."""
    return view.words[index] in NO_NAMES or tuple(view.words[index : index + 2]) in _OFFICES


def follows_person_title(view: AlignedText, index: int) -> bool:
    """Return True if the title of one person, or «tên (là)», precedes word `index`: a name there is a person's."""
    if not index or follows_plural(view, index):
        return False
    second_last, previous_word = view.words[index - 2] if index > 1 else "", view.words[index - 1]
    if not view.gap_after(index - 1).isspace() and not (previous_word == "ten" and view.gap_after(index - 1) == ": "):
        return False
    if (second_last, previous_word) in (("vo", "chong"), ("con", "be")) or (
        previous_word == "la" and _is_introduction(view, index - 2)
    ):
        return True
    if (previous_word in _TITLE_SUFFIXES and _is_title(view, index - 2)) or (
        previous_word in MINE and _is_kinship_phrase(view, index - 2)
    ):
        return True
    candidates = range(index - 1, max(-1, index - 5) if previous_word in ("la", "goi") else index - 2, -1)
    if (name_word_index := next((back for back in candidates if view.words[back] == "ten"), None)) is not None:
        return not name_word_index or (
            view.words[name_word_index - 1] not in _NAMED_PLACE_NOUNS and view.gap_after(name_word_index - 1) != "-"
        )
    is_own_place = (second_last in _PLACE_NOUNS and previous_word in _OWNER_PRONOUNS) or (
        second_last,
        previous_word,
    ) in _OWN_HOUSE
    return _is_title(view, index - 1) and not is_own_place


def _is_introduction(view: AlignedText, index: int) -> bool:
    """Return True for «em là», «tôi là»; False for «quê em là», «bên em là»."""
    if index < 0 or (index and view.words[index - 1] in _PLACE_NOUNS | {"nha"}):
        return False
    return view.words[index] in MINE or _is_title(view, index)


def follows_plural(view: AlignedText, index: int) -> bool:
    """Return True if «các anh», «bọn em», «bà con» precede word `index`: the people of a place."""
    preceding_words = tuple(view.words[max(0, index - 2) : index])
    return preceding_words in _PLURAL_PAIRS or (
        len(preceding_words) == 2 and preceding_words[0] in _PLURAL_WORDS and _is_title(view, index - 1)
    )


def _is_title(view: AlignedText, index: int) -> bool:
    if index < 0 or (index and view.gap_after(index - 1) == "-"):  # «quán bi-a», «ăng-ten»
        return False
    if view.is_unaccented and view.is_unaccented_at(index):
        is_title = view.words[index] in _FOLDED_TITLES
        return is_title and tuple(view.words[max(0, index - 1) : index + 1]) not in _NO_TITLES
    return view.marks[index] in _SINGULAR_TITLES


def _is_kinship_phrase(view: AlignedText, index: int) -> bool:
    """Return True for a relative: «con tôi», «em gái tui», «vợ em»."""
    if index < 0:
        return False
    return view.words[index] in ("vo", "chong", "gai", "trai") or (_is_title(view, index) and view.words[index] != "em")


def follows_full_name(view: AlignedText, index: int) -> bool:
    """Return True if a family name and a middle name in capitals precede: «Trần Văn Đức Thọ»."""
    if index < 2 or not view.is_contiguous(index - 2, index + 1) or view.words[index - 2] not in words.FAMILY:
        return False
    return view.marks[index - 1] in MARKED_MIDDLE and view.is_capitalized(index - 1) and view.is_capitalized(index - 2)


def _has_next_level(view: AlignedText, gazetteer: Gazetteer, hit: GazetteerMatch) -> bool:
    end, places = hit
    if end >= len(view.words) or view.gap_after(end - 1).strip() not in _BETWEEN:
        return False
    typed = words.TYPES.find(view, end)
    start = typed[0] if typed and typed[1] == words.ADMIN else end
    next_match = gazetteer.find_at(view, start) if start < len(view.words) else None
    codes = {code for place in places for code in place.communes}
    return next_match is not None and any(
        not codes.isdisjoint(place.communes) for place in next_match[1] if place.kind in DISTRICT_GROUP
    )


def _extend_person_name(view: AlignedText, gazetteer: Gazetteer, index: int, end: int) -> int:
    """Extend a person's name while capitals follow and no place begins: «chị Hà Linh Chi»."""
    while (
        end < len(view.words)
        and end - index < _MAX_NAME_WORDS
        and view.gap_after(end - 1) == " "
        and view.is_capitalized(end)
    ):
        if not view.has_proper_names or not view.words[end].isalpha() or words.TYPES.starts(view.words[end]):
            break
        if gazetteer.find_at(view, end):
            break
        end += 1
    return end
