"""Ages in whole years: «5 tuổi», «70t», «bảy mươi tuổi», «tuổi 15», «3 tuổi rưỡi»."""

import re
from typing import Final

from binhyen.language.aligned_text import View
from binhyen.language.entities.numerals import words_value
from binhyen.language.entities.span_registry import Found
from binhyen.language.phrase_trie import bag, listed

_PEOPLE: Final = bag("""
    dua be chau con em cu ong ba trai gai nam nu me o anh chi nguoi bac chu thanh nien tre hoc sinh khoang tam ngoai
    gan hon dan co du vo chong bo mu nhoc thang
    """)
_GROWN: Final = frozenset(
    listed("""
    bác | ông | bà | cụ | mệ | mẹ | bố | ba | cô | dì | chú | nam | nữ | bac | ong | cu | me | bo | mạ | chồng | gái
    """)
)
_BETWEEN: Final = bag("gia gai em toi tui minh khoang tam ngoai gan hon chung trai")
_YOUNG: Final = bag("con chau em trai gai sinh be dua anh nu ba ong cu bac")
_MINE: Final = bag("toi tui em e minh")
_ABOUT: Final = bag("khoang tam ngoai chung do doan gan tren hon chua moi nay")
_AFTER_YOUNG: Final = bag("roi r ma bi bo hoc di")
_UNITS: Final = bag("""
    trieu tr k nghin ngan dong d cu ty ti nguoi con cai chiec met m m2 km kg ta yen gio h phut ngay thang nam tuan nha
    xe duong ngo to lan ho buoc cay sao hecta ha lit chai bao thung phan chi do dam chuc tram vien vi suat phieu tuoi
""")
_GLUED: Final = re.compile(r"(\d{1,3})(t|tuoi)\Z")


def find(found: Found) -> None:
    """Add AGE spans; `norm` is the number of whole years."""
    view = found.view
    for index, word in enumerate(view.words):
        glued = _GLUED.match(word) if word[0].isdecimal() else None
        if glued:
            bracketed = index > 0 and ("(" in view.gap(index - 1) or ")" in view.gap(index)) and glued[1] != "0"
            bracketed = bracketed or (_clause_alone(view, index) and int(glued[1]) >= 14)
            named = index > 0 and view.capital(index - 1) and int(glued[1]) > 4
            named = named and view.gap(index - 1) in (" ", ", ") and "xe" not in view.words[max(0, index - 4) : index]
            if glued[2] == "tuoi" or bracketed or named or _person_before(view, index):
                _add(found, index, index + 1, int(glued[1]))
        elif word in ("tuoi", "tui", "t"):
            _before(found, index)
        elif word.isdecimal() and len(word) == 2 and (_of_somebody(view, index) or _young(view, index)):
            _add(found, index, index + 1, int(word))


def after_names(found: Found) -> None:
    """Add the ages between commas after a name: «tên Lương Thị Hảo, 22, đi phỏng vấn»."""
    view = found.view
    for index, word in enumerate(view.words):
        if not (word.isdecimal() and len(word) == 2 and found.word_free(index) and _alone(view, index)):
            continue
        if found.kind_before(index) == "PERSON" and view.gap(index - 1) in (" ", ", ", " ("):
            _add(found, index, index + 1, int(word))


def _of_somebody(view: View, index: int) -> bool:
    """Return True for an adult's age with no unit after it: «bác gái 66», «nam khoảng 50», «mẹ em 70 ngồi xe»."""
    if not 40 <= int(view.words[index]) <= 99 or not _alone(view, index, counted=True):
        return False
    last = index - 1
    for _ in range(2):
        if last > 0 and view.words[last] in _BETWEEN and view.gap(last) == " ":
            last -= 1
    return last >= 0 and view.gap(last) == " " and view.marks[last] in _GROWN and view.gap(index - 1) == " "


def _clause_alone(view: View, index: int) -> bool:
    """Return True for «…, 19t, đi xe Wave»: alone between two commas, and not the tonnage of a lorry."""
    before = view.gap(index - 1).strip() if index else "."
    lorry = {"xe", "tai", "ben", "hang"} & set(view.words[max(0, index - 5) : index])
    return before in (",", ".") and view.gap(index)[:1] in (",", ".") and not lorry


def _young(view: View, index: int) -> bool:
    """Return True if no unit follows: «con gái tôi 17», «cháu 15.», «chưa đủ 16», «khoảng 30 đi lang thang»."""
    if int(view.words[index]) < 10 or not index or view.gap(index - 1) != " " or not _alone(view, index, counted=True):
        return False
    after = view.words[index + 1] if index + 1 < len(view.words) and view.gap(index) == " " else ""
    if after and view.capital(index + 1):
        return False
    last = index - 1
    if view.marks[last] in ("đủ", "du"):
        return view.words[index] in ("14", "16", "18") and (not after or view.bare or after in _AFTER_YOUNG)
    if view.words[last - 1 : last + 1] == ["tuoi", "doi"]:
        return True
    if view.words[last - 1 : last + 1] == ["nam", "nay"]:
        return not after or after in ("roi", "r")
    about = mine = False
    for _ in range(3):
        if last > 0 and view.gap(last - 1) == " " and (view.words[last] in _ABOUT or view.words[last] in _BETWEEN):
            if view.words[last] in ("gai", "trai"):
                break
            about = about or view.words[last] in _ABOUT
            mine = mine or view.words[last] in _MINE
            last -= 1
    if (view.words[last] == "con" and not mine) or view.marks[last] == "còn":
        return False  # «đánh con 67», «còn 19»
    if view.words[last] not in _YOUNG or view.words[last - 1 : last] in (["so"], ["lop"], ["ve"]):
        return False
    said = view.words[last] in ("gai", "trai", "sinh", "nu")
    if mine and view.words[last] in ("con", "trai", "gai"):
        return True
    return not after or after in _AFTER_YOUNG or (about and said) or (about and int(view.words[index]) >= 30)


def _alone(view: View, index: int, *, counted: bool = False) -> bool:
    """Return True if the number stands alone, without a unit; unless `counted`, the clause must end after it."""
    gap = view.gap(index)
    if gap[:1] not in (" ", ",", ".", "", ")", "\n", ";") or (gap[:1] in ".," and gap[1:2] not in ("", " ", "\n")):
        return False
    if gap != " " or index + 1 >= len(view.words):
        return True
    after = view.words[index + 1]
    return counted and after.isalpha() and after not in _UNITS


def _before(found: Found, index: int) -> None:
    view = found.view
    word, mark = view.words[index], view.marks[index]
    number = view.words[index - 1] if index else ""
    if view.marks[index + 1 : index + 2] in (["đảng"], ["nghề"]) and view.gap(index) == " ":
        return  # «năm mươi năm tuổi Đảng»
    if word == "tuoi" and mark not in ("tuổi", "tuoi", "tuỏi", "tuôi"):
        return
    if word == "tuoi" and (number in ("thang", "ngay", "tuan")):
        return
    if number.isdecimal() and len(number) <= 3 and view.joined(index - 1, index + 1):
        if word == "tuoi" or (_person_before(view, index - 1) and mark in ("t", "tủi")):
            _add(found, index - 1, index + 1, int(number))
        return
    if word != "tuoi":
        return
    for first in range(max(0, index - 4), index):
        value = words_value(view, first, index)
        if first and view.words[first - 1].isdecimal():
            continue  # «12 năm tuổi»
        if value is not None and view.joined(first, index + 1):
            _add(found, first, index + 1, value)
            return
    if index + 1 < len(view.words) and view.words[index + 1].isdecimal() and view.joined(index, index + 2):
        _add(found, index, index + 2, int(view.words[index + 1][:4]))


def _person_before(view: View, index: int) -> bool:
    before = view.words[max(0, index - 3) : index]
    return "xe" not in before and any(word in _PEOPLE for word in before)


def _add(found: Found, first: int, last: int, years: int) -> None:
    if 0 < years <= 120:
        found.add("AGE", found.view.starts[first], found.view.ends[last - 1], years)
