"""Parsers of dates, days of a month, months and weekdays: each returns the index after it and its strength."""

import re
from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities.time_cues import STRONG, UNITS, WEAK
from binhyen.language.phrase_trie import word_set

YEAR: Final = re.compile(r"(?:19|20)\d\d\Z")
_DATE: Final = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})(?:\2(?:(?:19|20)\d\d|\d\d))?(?![\d/])")
_DAY_NAMES: Final = word_set("""
    2 3 4 5 6 7 hai ba tu nam sau bay
    """)
_NOT_BEFORE_WEEKDAY: Final = word_set("""
    lan nguoi con vu dua cai so chau tap thang cu ngoi can day hang xe phat khong nha tang vo dong muc phong
    """)
_NOT_FRACTION: Final = word_set("doi nguoi so cu dua em chau phan ho tan ca")
_COUNTED: Final = word_set("lan nguoi ca vien bua cai con dua chiec xe bat to ve ban cuoc thang gio tuoi chai ly cay")
_MONTHS: Final = word_set("nay ni truoc roi sau toi qua")
_ADDRESS_WORDS: Final = word_set("binh truong duong pho ngo so hem ngach nha")
_DAY_SAID_TWICE: Final = word_set("mung mong ngay hom")  # «hôm mùng 5», «tối ngày 12»
_BEFORE_FULL_MOON: Final = word_set("hom ngay bua dem")
_DAY_NOUNS: Final = word_set("ngay hom mung mong bua")
_PARTS_OF_DAY: Final = word_set("sang toi dem chieu trua")


def word_index_at(view: AlignedText, index: int, position: int) -> int | None:
    """Return the index after the last word that ends at or before `position`, None if it would cut a word."""
    while index < len(view.words) and view.ends[index] <= position:
        index += 1
    if index < len(view.words) and view.starts[index] < position:
        return None
    return index


def match_date(view: AlignedText, index: int, *, free: bool) -> tuple[int, str] | None:
    hit = _DATE.match(view.plain, view.starts[index])
    if hit is None or not (1 <= int(hit[1]) <= 31 and 1 <= int(hit[3]) <= 12):
        return None
    end = word_index_at(view, index, hit.end())
    if end is None or (free and hit[2] != "/" and len(hit[0]) < 8):
        return None
    if free and hit[2] == ".":
        return (end, STRONG) if len(hit[0]) >= 8 else None
    previous_word = view.words[index - 1] if index else ""
    if free and view.words[end : end + 1] and view.words[end] in _NOT_FRACTION and view.gap_after(end - 1) == " ":
        return None  # «3/5 đối tượng»
    if free and (hit[0] in ("24/7", "1/2", "2/3", "1/3", "3/4", "1/4") or previous_word in _ADDRESS_WORDS):
        return None
    return end, STRONG


def match_day_of_month(view: AlignedText, index: int, word: str) -> tuple[int, str] | None:
    """Match «ngày 12/3», «mùng 5 tháng 3 năm 2026», «rằm tháng 7», «hôm 15»."""
    position = index + 1
    if word == "ram":
        return _match_month_at(view, position) or ((position, WEAK) if view.marks[index] == "rằm" else None)
    if view.words[position : position + 1] and view.words[position] in _DAY_SAID_TWICE:
        position += 1
    if position >= len(view.words) or not view.is_contiguous(index, position + 1):
        return None
    if view.words[position] == "ram" and word in _BEFORE_FULL_MOON:
        return _match_month_at(view, position + 1) or (position + 1, STRONG)
    if written := match_date(view, position, free=False):
        return written
    if not _is_number_up_to(view.words[position], 31):
        return None
    if in_month := _match_month_after_day(view, position):
        return in_month
    return (position + 1, STRONG) if _is_day_without_month(view, position, word) else None


def _match_month_at(view: AlignedText, index: int) -> tuple[int, str] | None:
    return match_month(view, index) if view.words[index : index + 1] == ["thang"] else None


def _is_number_up_to(word: str, limit: int) -> bool:
    return word.isdecimal() and len(word) <= 2 and 1 <= int(word) <= limit


def _match_month_after_day(view: AlignedText, index: int) -> tuple[int, str] | None:
    """Match «tháng 3», «tháng này» after the number of a day."""
    if view.words[index + 1 : index + 2] != ["thang"] or not view.is_contiguous(index, index + 2):
        return None
    if numbered := match_month(view, index + 1):
        return numbered
    follows = view.words[index + 2 : index + 3]
    return (index + 3, STRONG) if follows and follows[0] in _MONTHS and view.is_contiguous(index, index + 3) else None


def _is_day_without_month(view: AlignedText, index: int, word: str) -> bool:
    """Return True if the number after `word` is a day without a month: «hôm 15», «tối 20»; not «tối 2 người»."""
    follows = view.words[index + 1] if index + 1 < len(view.words) and view.gap_after(index).isspace() else ""
    if word in _DAY_NOUNS:
        return follows not in _COUNTED
    if word not in _PARTS_OF_DAY:
        return False
    doubtful = view.is_unaccented and word in ("toi", "sang", "chieu")
    if index + 1 == len(view.words) or view.is_sentence_end(index) or (not follows and not doubtful):
        return True
    return not (len(view.words[index]) == 1 or doubtful or follows in _COUNTED or follows in UNITS)


def match_month(view: AlignedText, index: int) -> tuple[int, str] | None:
    follows = view.words[index + 1 : index + 2]
    if not follows or not view.is_contiguous(index, index + 2) or (index > 1 and view.words[index - 2] == "duong"):
        return None  # «đường 26 tháng 3» is a road
    slashed = re.match(
        r"\d{1,2}[/-](?:19|20)\d\d(?!\d)", view.plain[view.starts[index + 1] : view.starts[index + 1] + 9]
    )
    if slashed:
        end = word_index_at(view, index, view.starts[index + 1] + slashed.end())
        return (end, STRONG) if end else None
    if not _is_number_up_to(follows[0], 12):
        return None
    end = index + 2
    tail = view.words[end : end + 2]
    if len(tail) == 2 and tail[0] == "nam" and YEAR.match(tail[1]):
        end += 2
    elif tail and YEAR.match(tail[0]):
        end += 1
    return end, STRONG


def match_weekday(view: AlignedText, index: int, word: str) -> tuple[int, str] | None:
    if word != "thu":
        return index + 1, STRONG
    follows = view.words[index + 1 : index + 2]
    if (
        not follows
        or follows[0] not in _DAY_NAMES
        or view.marks[index] not in ("thứ", "thu")
        or not view.is_contiguous(index, index + 2)
    ):
        return None
    if index and view.words[index - 1] in _NOT_BEFORE_WEEKDAY:
        return None
    return index + 2, STRONG
