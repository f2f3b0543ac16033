"""Ages in whole years: «5 tuổi», «70t», «bảy mươi tuổi», «tuổi 15», «3 tuổi rưỡi»."""

import re
from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities.numerals import parse_spelled_words
from binhyen.language.entities.span_registry import SpanRegistry
from binhyen.language.phrase_trie import phrase_list, word_set

_PEOPLE: Final = word_set("""
    dua be chau con em cu ong ba trai gai nam nu me o anh chi nguoi bac chu thanh nien tre hoc sinh khoang tam ngoai
    gan hon dan co du vo chong bo mu nhoc thang
    """)
_ADULT_WORDS: Final = frozenset(
    phrase_list("""
    bác | ông | bà | cụ | mệ | mẹ | bố | ba | cô | dì | chú | nam | nữ | bac | ong | cu | me | bo | mạ | chồng | gái
    """)
)
_WORDS_BEFORE_AGE: Final = word_set("gia gai em toi tui minh khoang tam ngoai gan hon chung trai")
_PERSON_NOUNS: Final = word_set("con chau em trai gai sinh be dua anh nu ba ong cu bac")
_FIRST_PERSON: Final = word_set("toi tui em e minh")
_APPROXIMATE: Final = word_set("khoang tam ngoai chung do doan gan tren hon chua moi nay")
_WORDS_AFTER_AGE: Final = word_set("roi r ma bi bo hoc di")
_UNITS: Final = word_set("""
    trieu tr k nghin ngan dong d cu ty ti nguoi con cai chiec met m m2 km kg ta yen gio h phut ngay thang nam tuan nha
    xe duong ngo to lan ho buoc cay sao hecta ha lit chai bao thung phan chi do dam chuc tram vien vi suat phieu tuoi
""")
_GLUED: Final = re.compile(r"(\d{1,3})(t|tuoi)\Z")


def add_ages(registry: SpanRegistry) -> None:
    """Add AGE spans; `norm` is the number of whole years."""
    view = registry.view
    for index, word in enumerate(view.words):
        glued = _GLUED.match(word) if word[0].isdecimal() else None
        if glued:
            bracketed = (
                index > 0 and ("(" in view.gap_after(index - 1) or ")" in view.gap_after(index)) and glued[1] != "0"
            )
            bracketed = bracketed or (_is_own_clause(view, index) and int(glued[1]) >= 14)
            named = index > 0 and view.is_capitalized(index - 1) and int(glued[1]) > 4
            named = (
                named and view.gap_after(index - 1) in (" ", ", ") and "xe" not in view.words[max(0, index - 4) : index]
            )
            if glued[2] == "tuoi" or bracketed or named or _has_person_before(view, index):
                _add_age(registry, index, index + 1, int(glued[1]))
        elif word in ("tuoi", "tui", "t"):
            _add_age_before_unit(registry, index)
        elif word.isdecimal() and len(word) == 2 and (_is_adult_age(view, index) or _is_plausible_age(view, index)):
            _add_age(registry, index, index + 1, int(word))


def add_ages_after_names(registry: SpanRegistry) -> None:
    """Add the ages between commas after a name: «tên Lương Thị Hảo, 22, đi phỏng vấn»."""
    view = registry.view
    for index, word in enumerate(view.words):
        if not (word.isdecimal() and len(word) == 2 and registry.is_word_free(index) and _is_alone(view, index)):
            continue
        if registry.get_kind_before(index) == "PERSON" and view.gap_after(index - 1) in (" ", ", ", " ("):
            _add_age(registry, index, index + 1, int(word))


def _is_adult_age(view: AlignedText, index: int) -> bool:
    """Return True for an adult's age with no unit after it: «bác gái 66», «nam khoảng 50», «mẹ em 70 ngồi xe»."""
    if not 40 <= int(view.words[index]) <= 99 or not _is_alone(view, index, counted=True):
        return False
    last = index - 1
    for _ in range(2):
        if last > 0 and view.words[last] in _WORDS_BEFORE_AGE and view.gap_after(last) == " ":
            last -= 1
    return (
        last >= 0
        and view.gap_after(last) == " "
        and view.marks[last] in _ADULT_WORDS
        and view.gap_after(index - 1) == " "
    )


def _is_own_clause(view: AlignedText, index: int) -> bool:
    """Return True for «…, 19t, đi xe Wave»: alone between two commas, and not the tonnage of a lorry."""
    preceding_text = view.gap_after(index - 1).strip() if index else "."
    lorry = {"xe", "tai", "ben", "hang"} & set(view.words[max(0, index - 5) : index])
    return preceding_text in (",", ".") and view.gap_after(index)[:1] in (",", ".") and not lorry


def _is_plausible_age(view: AlignedText, index: int) -> bool:
    """Return True if no unit follows: «con gái tôi 17», «cháu 15.», «chưa đủ 16», «khoảng 30 đi lang thang»."""
    if (
        int(view.words[index]) < 10
        or not index
        or view.gap_after(index - 1) != " "
        or not _is_alone(view, index, counted=True)
    ):
        return False
    next_word = view.words[index + 1] if index + 1 < len(view.words) and view.gap_after(index) == " " else ""
    if next_word and view.is_capitalized(index + 1):
        return False
    last = index - 1
    if view.marks[last] in ("đủ", "du"):
        return view.words[index] in ("14", "16", "18") and (
            not next_word or view.is_unaccented or next_word in _WORDS_AFTER_AGE
        )
    if view.words[last - 1 : last + 1] == ["tuoi", "doi"]:
        return True
    if view.words[last - 1 : last + 1] == ["nam", "nay"]:
        return not next_word or next_word in ("roi", "r")
    is_approximate = is_own_relative = False
    for _ in range(3):
        if (
            last > 0
            and view.gap_after(last - 1) == " "
            and (view.words[last] in _APPROXIMATE or view.words[last] in _WORDS_BEFORE_AGE)
        ):
            if view.words[last] in ("gai", "trai"):
                break
            is_approximate = is_approximate or view.words[last] in _APPROXIMATE
            is_own_relative = is_own_relative or view.words[last] in _FIRST_PERSON
            last -= 1
    if (view.words[last] == "con" and not is_own_relative) or view.marks[last] == "còn":
        return False  # «đánh con 67», «còn 19»
    if view.words[last] not in _PERSON_NOUNS or view.words[last - 1 : last] in (["so"], ["lop"], ["ve"]):
        return False
    is_person_word = view.words[last] in ("gai", "trai", "sinh", "nu")
    if is_own_relative and view.words[last] in ("con", "trai", "gai"):
        return True
    return (
        not next_word
        or next_word in _WORDS_AFTER_AGE
        or (is_approximate and is_person_word)
        or (is_approximate and int(view.words[index]) >= 30)
    )


def _is_alone(view: AlignedText, index: int, *, counted: bool = False) -> bool:
    """Return True if the number stands alone, without a unit; unless `counted`, the clause must end after it."""
    gap = view.gap_after(index)
    if gap[:1] not in (" ", ",", ".", "", ")", "\n", ";") or (gap[:1] in ".," and gap[1:2] not in ("", " ", "\n")):
        return False
    if gap != " " or index + 1 >= len(view.words):
        return True
    next_word = view.words[index + 1]
    return counted and next_word.isalpha() and next_word not in _UNITS


def _add_age_before_unit(registry: SpanRegistry, index: int) -> None:
    view = registry.view
    word, mark = view.words[index], view.marks[index]
    number = view.words[index - 1] if index else ""
    if view.marks[index + 1 : index + 2] in (["đảng"], ["nghề"]) and view.gap_after(index) == " ":
        return  # «năm mươi năm tuổi Đảng»
    if word == "tuoi" and mark not in ("tuổi", "tuoi", "tuỏi", "tuôi"):
        return
    if word == "tuoi" and (number in ("thang", "ngay", "tuan")):
        return
    if number.isdecimal() and len(number) <= 3 and view.is_contiguous(index - 1, index + 1):
        if word == "tuoi" or (_has_person_before(view, index - 1) and mark in ("t", "tủi")):
            _add_age(registry, index - 1, index + 1, int(number))
        return
    if word != "tuoi":
        return
    for first in range(max(0, index - 4), index):
        value = parse_spelled_words(view, first, index)
        if first and view.words[first - 1].isdecimal():
            continue  # «12 năm tuổi»
        if value is not None and view.is_contiguous(first, index + 1):
            _add_age(registry, first, index + 1, value)
            return
    if index + 1 < len(view.words) and view.words[index + 1].isdecimal() and view.is_contiguous(index, index + 2):
        _add_age(registry, index, index + 2, int(view.words[index + 1][:4]))


def _has_person_before(view: AlignedText, index: int) -> bool:
    preceding_words = view.words[max(0, index - 3) : index]
    return "xe" not in preceding_words and any(word in _PEOPLE for word in preceding_words)


def _add_age(registry: SpanRegistry, first: int, last: int, years: int) -> None:
    if 0 < years <= 120:
        registry.add("AGE", registry.view.starts[first], registry.view.ends[last - 1], years)
