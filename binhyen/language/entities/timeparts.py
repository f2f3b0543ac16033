"""Elements of time expressions: clock, part of the day, «2 hôm trước»; dates are in timedates.py."""

import re
from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities.time_cues import ELEMENTS, NUMBERS, PREFIXES, STRONG
from binhyen.language.entities.timedates import (
    YEAR,
    match_date,
    match_day_of_month,
    match_month,
    match_weekday,
    word_index_at,
)
from binhyen.language.entities.timespans import match_counted_unit, match_lunar_day, match_time_ago
from binhyen.language.phrase_trie import word_set

_HOUR_WORDS = "mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi mot|muoi hai|muoi"
_CLOCK: Final = re.compile(
    r"(?:(\d{1,2})\s?(?:h|g|gio|giờ|hh)(?![a-z])(?:\s?(\d{2})(?!\d|[./,]\d|tr|k)(?:\s?(?:phut|ph|p|')(?![a-z]))?|\s?\d\s?(?:phut|ph|p)(?![a-z]))?"
    r"|(\d{1,2}):(\d{2})(?!\d)"
    r"|(\d{1,2})(?=\s?ruoi\b)"
    r"|(\d{1,2})(?=\s(?:sang|trua|chieu|toi|dem|khuya)\b)"
    rf"|(?:{_HOUR_WORDS}) (?:gio|ruoi)\b)"
    r"(?:\s?(?:ruoi|hon|kem(?: \d{1,2}(?: phut)?)?)\b)?"
)
_WEEKDAY: Final = re.compile(r"t[2-7]\Z")
_DAY_MARKS: Final = {
    "ngay": ("ngày", "ngay"),
    "thang": ("tháng", "thang"),
    "nam": ("năm", "nam"),
    "hom": ("hôm", "hom"),
    "dem": ("đêm", "dem"),
    "mung": ("mùng", "mung"),
    "mong": ("mồng", "mong"),
    "sang": ("sáng", "sang"),
    "toi": ("tối", "toi"),
    "chieu": ("chiều", "chieu"),
}
_BEGINNINGS: Final = word_set("ngay mung mong hom ram dem sang chieu toi trua bua thang nam thu cach t2 t3 t4 t5 t6 t7")
_DAY_WORDS: Final = word_set("ngay mung mong hom ram dem sang chieu toi trua bua")
# Unaccented «toi» and «tui» with these are «tôi nó», «túi đó», «tôi rồi».
_WORDS_AFTER_PRONOUN: Final = word_set("no te do truoc roi mai moi toi mot dem")
# Unaccented homographs: «bán trước», «bản sang», «hỏi tôi», «vừa qua cầu».
_HOMOGRAPHS: Final = frozenset(
    {
        ("ban", "truoc"),
        ("ban", "sang"),
        ("hoi", "toi"),
        ("khi", "toi"),
        ("vua", "qua"),
        ("sang", "moi"),
        ("dem", "ve"),
        ("toi", "muon"),
        ("toi", "khuya"),
    }
)
_BEFORE_YEAR_ALONE: Final = word_set("tu hoi ngu")
_BEFORE_YEAR: Final = word_set("tu hoi luc vao cuoi dau giua he mua thang tet")
_DARKENS: Final = word_set("sap troi sam nhem")
_NUMBERED: Final = word_set("lop xom thon so to phong km ngo khoi hem duong")
_NOT_IN_DIGITS: Final = _BEGINNINGS | NUMBERS
FIRST_WORDS: Final = ELEMENTS.first_words() | PREFIXES.first_words() | _NOT_IN_DIGITS
"""Folded words with which a time expression can begin, if not with a digit."""


def match_element(view: AlignedText, index: int) -> tuple[int, str] | None:
    """Match one element at word `index`: return the index after it and its strength."""
    if index >= len(view.words):
        return None
    word = view.words[index]
    phrase = ELEMENTS.find(view, index)
    numeric = _match_numeric(view, index, word)
    if phrase and (numeric is None or phrase[0] >= numeric[0]):
        if _is_homograph(view, index, word, phrase[0]):
            return numeric
        if view.words[phrase[0] : phrase[0] + 1] in (["nao"], ["mo"]) and view.gap_after(phrase[0] - 1) == " ":
            return None  # «đêm nào cũng» describes a habit
        if view.words[phrase[0] - 1] == "thang":
            return match_month(view, phrase[0] - 1) or phrase
        return phrase
    return numeric


def _is_homograph(view: AlignedText, index: int, word: str, end: int) -> bool:
    """Return True if the words of a time have another meaning here."""
    previous_word = view.words[index - 1] if index else ""
    last = view.words[end - 1]
    counted = (previous_word.isdecimal() or previous_word in NUMBERS) and view.gap_after(index - 1) == " "
    counted = counted and view.words[max(0, index - 2)] not in _NUMBERED
    if word in ("hom", "bua"):
        return last in ("nay", "ni", "roi") and (counted or previous_word == "nhieu")  # «mấy hôm nay» is a duration
    if word in ("tuan", "thang", "nam"):
        is_patrol = word == "tuan" and previous_word == "di"  # «đi tuần qua»
        means_lying = (
            view.is_unaccented and word == "nam" and end - index == 2 and last in ("roi", "truoc", "sau")
        )  # «nằm rồi»
        return (
            counted or previous_word == "ca" or is_patrol or (means_lying and previous_word not in _BEFORE_YEAR)
        )  # «2 tháng rồi»
    if last == "qua" and word == "vua" and end < len(view.words) and view.is_capitalized(end):
        return True  # «vừa qua Phúc Đồng»
    if view.is_unaccented and word == "tui" and end == index + 1:
        return True  # the pronoun I
    if last == "tui" or word == "tui":
        is_plastic_bag = view.words[end : end + 1] in (["long"], ["lon"], ["loong"])  # «túi ni lông»
        return (is_plastic_bag and last in ("ni", "nay")) or (
            view.is_unaccented and word == "tui" and last in _WORDS_AFTER_PRONOUN
        )
    if not view.is_unaccented:
        return word == "toi" and last == "roi" and previous_word in _DARKENS
    if word in ("toi", "mai") and end - index == 2 and last in _WORDS_AFTER_PRONOUN:
        return True  # «tui» and «toi» are also «tôi»
    if end - index == 2 and (word, last) in _HOMOGRAPHS:
        return True
    return word == "nay" and end == index + 1  # «nay» is far more often «này» than «nãy»


def _match_numeric(view: AlignedText, index: int, word: str) -> tuple[int, str] | None:
    if word[0].isdecimal():
        if index and view.words[index - 1] in _BEFORE_YEAR_ALONE and YEAR.match(word):
            return index + 1, STRONG
        return (
            match_lunar_day(view, index)
            or _match_clock(view, index)
            or match_date(view, index, free=True)
            or match_time_ago(view, index)
        )
    if word not in _NOT_IN_DIGITS:
        return None
    if word in _DAY_MARKS and view.marks[index] not in _DAY_MARKS[word]:
        return None  # «thắng 2-1» contains no month
    if word in _DAY_WORDS:
        return match_day_of_month(view, index, word) or (match_time_ago(view, index) if word == "nua" else None)
    if word == "thang":
        return match_month(view, index)
    if word == "nam":
        follows = view.words[index + 1 : index + 2]
        born = view.words[max(0, index - 2) : index]
        if follows and YEAR.match(follows[0]) and not (born[-1:] in (["sinh"], ["sn"]) and born[:1] != ["hy"]):
            return index + 2, STRONG
        if follows and re.match(r"[4-9]\d\Z", follows[0]) and born[-1:] in (["tu"], ["hoi"]):
            return index + 2, STRONG  # «từ năm 72»
        return _match_clock(view, index) or match_time_ago(view, index)
    if word == "thu" or _WEEKDAY.match(word):
        return match_weekday(view, index, word)
    if word == "cach":
        return _match_since(view, index)
    if word in NUMBERS:
        return _match_clock(view, index) or match_time_ago(view, index)
    return None


def _match_since(view: AlignedText, index: int) -> tuple[int, str] | None:
    """Match «cách đây khoảng 3 hôm»."""
    if view.words[index + 1 : index + 2] not in (["day"], ["nay"]):
        return None
    first = index + 2
    if view.words[first : first + 1] and view.words[first] in ("khoang", "tam", "hon", "gan", "chung", "duoc"):
        first += 1
    end = match_counted_unit(view, first)
    return (end, STRONG) if end else None


def _match_clock(view: AlignedText, index: int) -> tuple[int, str] | None:
    hit = _CLOCK.match(view.plain, view.starts[index])
    if hit is None:
        return None
    hour = next((int(hit[group_number]) for group_number in (1, 3, 5, 6) if hit[group_number]), 0)
    minute = next((int(hit[group_number]) for group_number in (2, 4) if hit[group_number]), 0)
    end = word_index_at(view, index, hit.end())
    if view.words[index] == "bay" and view.marks[index] != "bảy":
        return None  # «bây giờ» is not seven o'clock
    if (
        view.words[index] == "sau"
        and view.marks[index] != "sáu"
        and (not view.is_unaccented or not hit[0].endswith("ruoi"))
    ):
        return None  # «sau giờ học» is not six o'clock
    if hour == 24 and not minute and view.words[index - 1 : index] not in (["luc"], ["den"], ["toi"], ["truoc"]):
        return None  # «mở 24h»
    if hour > 24 or minute > 59 or end is None:
        return None
    follows = view.words[end : end + 2]
    if follows[:1] == ["dong"] or follows[:1] == ["lien"] or view.plain[hit.end() : hit.end() + 1] == "/":
        return None
    preceding_words = view.words[max(0, index - 2) : index]
    if preceding_words[-1:] in (["vong"], ["suot"], ["trong"], ["mat"], ["km"]) and hit[2] is None:
        return None
    if hit[6] and view.words[index - 1 : index] not in (["luc"], ["khoang"], ["tam"], ["vao"]):
        return None
    return end, STRONG
