"""Disambiguation of people and communes of one name.

«bé Kim Hoa» and «anh Đức Long» are people, «anh em Thạch Kim» a place.
"""

from collections.abc import Iterator
from typing import Final

from binhyen.kit.text import fold
from binhyen.language.aligned_text import View
from binhyen.language.entities import place_cues as words
from binhyen.language.entities.person_cues import FOLDED_GIVEN, MARKED_MIDDLE, MINE, NO_NAMES, ROLES
from binhyen.language.entities.place_negatives import Hit
from binhyen.language.phrase_trie import bag, listed
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.places.types import COMMUNE_GROUP, DISTRICT_GROUP

_ONE: Final = frozenset(
    listed("""
    anh | chị | ông | bà | em | cháu | bé | bác | chú | cô | o | mệ | thầy | dì | cậu | mợ | thằng | thg | thag | cụ |
    bạn | thím | mẹ | bố | con | dượng | mụ | út | cu | bá | eng | ả | cố | gã | lão | a | c | e
    """)
)
_FOLDED_ONE: Final = frozenset(map(fold, _ONE)) - bag("di o a c duong cau")  # «đi», «ở», «đường»
_NO_TITLES: Final = frozenset((("kho", "bac"), ("que", "cu"), ("dia", "ban"), ("in", "chu"), ("nga", "ba")))
# Without diacritics the other titles also mean «còn», «có», «tháng», «câu»; «tháng Kim Hoa» does not occur.
_PLAIN_ONE: Final = bag("anh chi ong ba em chau be bac chu thang thg thag mu")
_OF_ONE: Final = bag("gai trai noi ngoai ruot re dau ho ca ut be giao si sy")  # «em gái», «cháu nội», «cô giáo»
_MANY: Final = bag("cac may nhieu nhung bon tui chung lu dam nhom hoi quy toan")
_TOGETHER: Final = frozenset(
    tuple(pair.split())
    for pair in listed("""
    anh em | chi em | anh chi | ba con | co bac | co chu | chu bac | chu co | con chau | con em | em chau
    """)
)
_MY: Final = bag("que xa thon xom ben cho vung huyen lang phuong khu doi truong")  # «bên em Đức Thọ»
_MINE_TOO: Final = bag("em chau con ban e")
_MY_HOUSE: Final = frozenset((("nha", "em"), ("nha", "e")))
_OF_PLACES: Final = bag("xa phuong huyen thon xom duong cho truong quan dia doi mang lay cung nhom")  # «xã tên …»
_ALSO_WORDS: Final = frozenset(
    listed("""
    bình an | hòa bình | yên bình | thái bình | phong phú | phú quý | liên minh | bình minh | việt tiến | đồng tiến
    """)
)
_OFFICES: Final = ROLES | {("truong", "cong"), ("truong", "ban"), ("pho", "cong"), ("pho", "chu")}
_BETWEEN: Final = frozenset((",", "-", "–"))
_LONGEST: Final = 4


def somebody(view: View, gazetteer: Gazetteer, index: int, hit: Hit) -> int | None:
    """Return the word index after a person's name that is also a commune's; None if it is the place.

    A title of one person before the name, or «tên (là)», makes it a person, unless the next level follows: «em Kim Hoa,
    Hương Sơn».
    """
    end, places = hit
    if end - index < 2 or not any(place.kind in COMMUNE_GROUP | DISTRICT_GROUP for place in places):
        return None
    if not titled(view, index) or _with_next_level(view, gazetteer, hit):
        return None
    if view.capital(index):
        return _whole(view, gazetteer, index, end)
    small = not view.capital(end - 1) and (not view.bare or view.words[index - 1] in (*_PLAIN_ONE, "ten", "la"))
    given = all(word in FOLDED_GIVEN for word in view.words[index:end])
    return end if small and given and places[0].name.lower() not in _ALSO_WORDS else None


def called(view: View) -> Iterator[tuple[int, int]]:
    """Yield spans of capitalised words right after a title, whatever else they may be.

    Texts without capitals inside sentences give no evidence.
    """
    free = 0
    for index in range(1, len(view.words)) if view.names else ():
        if index < free or not (view.capital(index) and titled(view, index)) or _office(view, index):
            continue
        free = index + 1
        while free < len(view.words) and view.gap(free - 1) == " " and view.capital(free):
            free += 1
        if free - index <= _LONGEST:  # more means a text with every word in capitals
            yield index, free


def _office(view: View, index: int) -> bool:
    """Return True for «anh Công an», «chú CSGT»."""
    return view.words[index] in NO_NAMES or tuple(view.words[index : index + 2]) in _OFFICES


def titled(view: View, index: int) -> bool:
    """Return True if the title of one person, or «tên (là)», precedes word `index`: a name there is a person's."""
    if not index or of_many(view, index):
        return False
    before, last = view.words[index - 2] if index > 1 else "", view.words[index - 1]
    if not view.gap(index - 1).isspace() and not (last == "ten" and view.gap(index - 1) == ": "):
        return False
    if (before, last) in (("vo", "chong"), ("con", "be")) or (last == "la" and _introduced(view, index - 2)):
        return True
    if (last in _OF_ONE and _title(view, index - 2)) or (last in MINE and _kin(view, index - 2)):
        return True
    said = range(index - 1, max(-1, index - 5) if last in ("la", "goi") else index - 2, -1)
    if (at := next((back for back in said if view.words[back] == "ten"), None)) is not None:
        return not at or (view.words[at - 1] not in _OF_PLACES and view.gap(at - 1) != "-")
    mine = (before in _MY and last in _MINE_TOO) or (before, last) in _MY_HOUSE
    return _title(view, index - 1) and not mine


def _introduced(view: View, index: int) -> bool:
    """Return True for «em là», «tôi là»; False for «quê em là», «bên em là»."""
    if index < 0 or (index and view.words[index - 1] in _MY | {"nha"}):
        return False
    return view.words[index] in MINE or _title(view, index)


def of_many(view: View, index: int) -> bool:
    """Return True if «các anh», «bọn em», «bà con» precede word `index`: the people of a place."""
    before = tuple(view.words[max(0, index - 2) : index])
    return before in _TOGETHER or (len(before) == 2 and before[0] in _MANY and _title(view, index - 1))


def _title(view: View, index: int) -> bool:
    if index < 0 or (index and view.gap(index - 1) == "-"):  # «quán bi-a», «ăng-ten»
        return False
    if view.bare and view.unmarked(index):
        known = view.words[index] in _FOLDED_ONE
        return known and tuple(view.words[max(0, index - 1) : index + 1]) not in _NO_TITLES
    return view.marks[index] in _ONE


def _kin(view: View, index: int) -> bool:
    """Return True for a relative: «con tôi», «em gái tui», «vợ em»."""
    if index < 0:
        return False
    return view.words[index] in ("vo", "chong", "gai", "trai") or (_title(view, index) and view.words[index] != "em")


def in_full(view: View, index: int) -> bool:
    """Return True if a family name and a middle name in capitals precede: «Trần Văn Đức Thọ»."""
    if index < 2 or not view.joined(index - 2, index + 1) or view.words[index - 2] not in words.FAMILY:
        return False
    return view.marks[index - 1] in MARKED_MIDDLE and view.capital(index - 1) and view.capital(index - 2)


def _with_next_level(view: View, gazetteer: Gazetteer, hit: Hit) -> bool:
    end, places = hit
    if end >= len(view.words) or view.gap(end - 1).strip() not in _BETWEEN:
        return False
    typed = words.TYPES.find(view, end)
    start = typed[0] if typed and typed[1] == words.ADMIN else end
    above = gazetteer.find(view, start) if start < len(view.words) else None
    codes = {code for place in places for code in place.communes}
    return above is not None and any(
        not codes.isdisjoint(place.communes) for place in above[1] if place.kind in DISTRICT_GROUP
    )


def _whole(view: View, gazetteer: Gazetteer, index: int, end: int) -> int:
    """Extend a person's name while capitals follow and no place begins: «chị Hà Linh Chi»."""
    while end < len(view.words) and end - index < _LONGEST and view.gap(end - 1) == " " and view.capital(end):
        if not view.names or not view.words[end].isalpha() or words.TYPES.starts(view.words[end]):
            break
        if gazetteer.find(view, end):
            break
        end += 1
    return end
