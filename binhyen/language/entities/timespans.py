"""Counted times and lunar days: «2 hôm trước», «cách đây 3 ngày», «28 Tết»."""

import re
from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities.time_cues import NUMBERS, STRONG, UNITS
from binhyen.language.phrase_trie import word_set

_SHORT_UNITS: Final = word_set("tieng phut p gio giay ph")


def match_lunar_day(view: AlignedText, index: int) -> tuple[int, str] | None:
    """Match «28 Tết», «25 âm», «23 tháng chạp», «15 tháng giêng»."""
    if not view.words[index].isdecimal() or len(view.words[index]) > 2:
        return None
    if not view.is_contiguous(index, min(index + 3, len(view.words))) and view.gap_after(index) != " ":
        return None
    follows = view.words[index + 1 : index + 3]
    if follows[:1] == ["tet"] or (follows[:1] == ["am"] and view.marks[index + 1] == "âm" and follows[1:] != ["lich"]):
        return (index + 2, STRONG) if 1 <= int(view.words[index]) <= 30 else None
    if follows in (["thang", "chap"], ["thang", "gieng"]) and view.is_contiguous(index, index + 3):
        return index + 3, STRONG
    return None


def match_counted_unit(view: AlignedText, index: int) -> int | None:
    """Return the index after the unit of «2 ngày», «mấy hôm», «nửa tiếng», «30p»."""
    if index >= len(view.words):
        return None
    word = view.words[index]
    if re.match(r"\d{1,2}(?:p|ph|h|phut|ngay|tuan|thang)\Z", word):
        return index + 1
    position = index
    while (
        position < len(view.words)
        and position < index + 3
        and ((view.words[position].isdecimal() and len(view.words[position]) <= 2) or view.words[position] in NUMBERS)
    ):
        if (
            position > index
            and view.words[position] == "nam"
            and view.words[position + 1 : position + 2]
            in (
                ["truoc"],
                ["nay"],
            )
        ):
            break  # «hai năm trước»
        position += 1
    if position == index or position >= len(view.words) or view.words[position] not in UNITS:
        return None
    if not view.is_contiguous(index, position + 1):
        return None
    end = position + 1
    return end + 1 if view.words[end : end + 1] in (["dong"], ["ruoi"]) else end


def match_time_ago(view: AlignedText, index: int) -> tuple[int, str] | None:
    """Match «2 hôm trước», «30 phút trước», «mấy hôm trước», «3 ngày sau»; «3 ngày nay» is a duration."""
    end = match_counted_unit(view, index)
    if end is None or end >= len(view.words) or not view.is_contiguous(end - 1, end + 1):
        return None
    if view.words[end] == "sau" and view.words[end - 1] in _SHORT_UNITS:
        return None  # «gọi báo, 3 tiếng sau mới đến» is a duration
    if view.words[end] in ("truoc", "sau") and view.marks[end] in ("trước", "sau", "truoc"):
        return end + 1, STRONG
    return None
