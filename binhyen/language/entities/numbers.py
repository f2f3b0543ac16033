"""Phones, bank accounts and identity numbers: runs of digits classified by cue words and format."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities import codes
from binhyen.language.entities.accounts import is_payment_account
from binhyen.language.entities.number_cues import ACCOUNT, BANKS, ID, PHONE, find_cue_before, has_close_cue
from binhyen.language.entities.span_registry import SpanRegistry

_REPAIR: Final = str.maketrans("oli", "011")
_DIGITS: Final = re.compile(r"[0-9oli]+\Z")
_SPLIT: Final = re.compile(r"[ .\-_()\u00a0*,\u2013\u2014]{1,3}\Z")
_GLUED: Final = re.compile(r"(?:sdt|dt|zalo|so|lh|tel|goi|alo|fone|phone|hotline)(0\d{9,10})\Z")
_GLUED_AFTER: Final = re.compile(r"(0\d{9})(?:stk|tk|sdt|dt|zalo|la|nha|nhe|a|gap|cua|lh|hoac|va|ban)\Z")
_MIXED: Final = re.compile(r"0\d{1,4}(?:[a-z]{1,2}\d{2,4}){1,3}\Z")
_SPOKEN: Final = {
    "khong": "0",
    "mot": "1",
    "hai": "2",
    "ba": "3",
    "bon": "4",
    "tu": "4",
    "nam": "5",
    "lam": "5",
    "sau": "6",
    "bay": "7",
    "tam": "8",
    "chin": "9",
    "zero": "0",
}
_MIN_DIGITS: Final = 6  # minimum digits of a number
_GLUED_ZERO: Final = re.compile(r"zero(\d+)\Z")
_NOT_SPOKEN: Final = frozenset(("tự", "từ", "tứ", "bà", "tạm", "hại", "hài", "nằm", "làm"))
_DATE: Final = re.compile(r"(?:0?[1-9]|[12]\d|3[01])[-.](?:0?[1-9]|1[0-2])[-.](?:19|20)\d\d")
_MOBILE: Final = re.compile(r"0[2-9]\d{8}\Z")
_MOBILE_MINUS_ONE: Final = re.compile(r"0[35789]\d{7}\Z")
_LAND: Final = re.compile(r"02\d{9}\Z")
_OLD_MOBILE: Final = re.compile(r"01[2-9]\d{8}\Z")
_CARD: Final = re.compile(r"9704\d{12}(?:\d{3})?\Z")
_MONEY_LIKE: Final = re.compile(r"\d{1,3}(?:[.,]\d{3})+(?!\d)")
_SCALE_WORDS: Final = frozenset(
    ("triệu", "trieu", "tr", "củ", "tỷ", "tỉ", "nghìn", "nghin", "ngàn", "k", "đồng", "chai")
)
_HOTLINE: Final = re.compile(r"1[89]00\d{4,6}\Z")


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of digits that starts at word `first`; `groups` are the digits word by word."""

    first: int
    groups: list[str]
    spoken: bool


def add_numbers(registry: SpanRegistry) -> None:
    """Add PHONE, BANK_ACCOUNT and ID_NUMBER spans."""
    view = registry.view
    if view.has_digits:
        codes.add_codes_by_format(registry)
    free = 0
    for index, word in enumerate(view.words):
        if (
            index < free
            or not _may_start_number(word)
            or (len(word) < _MIN_DIGITS and not _may_continue_number(view.words, index + 1))
        ):
            continue
        run = _collect_run(view, index)
        if run is not None:
            _classify_run(registry, run)
            free = run.first + len(run.groups)
        elif not word.isalpha():
            _add_glued_phone(registry, index)
    if view.has_digits:
        codes.add_codes_after_cue(registry)


def _may_start_number(word: str) -> bool:
    """Return True if a number may begin with the word; a cheap filter, as it runs on every word of a message."""
    if word in _SPOKEN or word[0] == "0":
        return True
    if word[0] in "123456789oli":
        return _DIGITS.match(word) is not None
    return word[-1].isdecimal() and _GLUED.match(word) is not None


def _may_continue_number(words: Sequence[str], index: int) -> bool:
    """Return True if the next word may continue the number: a short number alone is no match."""
    return index < len(words) and (words[index] in _SPOKEN or words[index][0] in "0123456789oliz")


def _collect_run(view: AlignedText, first: int) -> _Run | None:
    groups: list[str] = []
    spoken = 0
    index = first
    while index < len(view.words) and len(groups) < 24:
        if groups and not _SPLIT.match(view.gap_after(index - 1)):
            break
        word = view.words[index]
        digits = _SPOKEN.get(word)
        if digits is not None and groups and view.marks[index] in _NOT_SPOKEN:
            digits = ""
        if digits == "":
            break  # «1008 7265 4931 tự xưng»
        if digits is None:
            digits = _GLUED_ZERO.sub(r"0\1", word).translate(_REPAIR)
            if not digits.isdecimal() or not digits.isascii() or (word == "o" and view.marks[index] != "o"):
                break
        else:
            spoken += 1
        previous_digits = "".join(groups) if word in _SPOKEN and spoken == 1 else ""
        if len(previous_digits) >= 9 and not (
            _MOBILE_MINUS_ONE.match(previous_digits) and view.is_contiguous(index - 1, index + 1)
        ):
            spoken = 0
            break  # «… 2041 không thì»
        groups.append(digits)
        index += 1
    if spoken and len(groups) > 1 and groups[0] != "0" and view.words[first] in _SPOKEN and len(groups[1]) > 2:
        return None  # «Lâm, 0905 717 293»: the number begins after the name
    total = sum(map(len, groups))
    if total < _MIN_DIGITS or spoken == len(groups) < 9:
        return None
    return _Run(first, groups, spoken > 0)


def _add_glued_phone(registry: SpanRegistry, index: int) -> None:
    view = registry.view
    word = view.words[index]
    if (glued := _GLUED.match(word)) and (_MOBILE.match(glued[1]) or _LAND.match(glued[1])):
        registry.add(PHONE, view.ends[index] - len(glued[1]), view.ends[index], glued[1])
    elif (glued := _GLUED_AFTER.match(word)) and _MOBILE.match(glued[1]):
        registry.add(PHONE, view.starts[index], view.starts[index] + len(glued[1]), glued[1])
    elif 11 <= len(word) <= 18 and _MIXED.match(word):
        digits = "".join(filter(str.isdecimal, word))
        if _MOBILE.match(digits):
            registry.add(PHONE, view.starts[index], view.ends[index], digits)


def _classify_run(registry: SpanRegistry, run: _Run) -> None:
    """Split a run into numbers: the cue before it decides first, then the formats of phones and citizen cards."""
    view = registry.view
    index = 0
    while index < len(run.groups):
        word = run.first + index
        starts_amount = index > 0 and _starts_amount(view, run, index)
        if starts_amount or not registry.is_word_free(word) or _DATE.match(view.plain, view.starts[word]):
            index += 1
            continue
        cue = find_cue_before(view, word)
        group_count = (
            _add_account_or_id(registry, run, index, cue)
            or _add_phone(registry, run, index)
            or _add_citizen_id(registry, run, index, cue)
        )
        index += group_count or 1


def _add_account_or_id(registry: SpanRegistry, run: _Run, index: int, cue: str | None) -> int:
    if cue in (ACCOUNT, None) and (
        sum_of_money := _MONEY_LIKE.match(registry.view.plain, registry.view.starts[run.first + index])
    ):
        digits = sum_of_money[0].replace(",", ".")
        if digits.endswith(".000") and digits.count(".") <= 3:
            return 0  # «chuyển nhầm vào tài khoản tôi 5.600.000»
    if cue in (ACCOUNT, ID) and _is_mobile_format(run, index) and not has_close_cue(registry.view, run.first + index):
        return 0
    if _is_bank_card(run, index):
        return _add_exact_length(registry, run, index, ACCOUNT, (19, 16))
    digits = "".join(run.groups[index:])
    first = run.first + index
    phone = run.spoken or _is_mobile_format(run, index) or bool(_LAND.match(digits))
    if not phone and is_payment_account(registry.view, first, digits, cue):
        return _add_longest(registry, run, index, ACCOUNT, range(9, 17))
    if cue == ACCOUNT or (cue is None and _has_bank_after(registry.view, run, index)):
        return _add_longest(registry, run, index, ACCOUNT, range(6, 17))
    if cue == ID:
        return _add_exact_length(registry, run, index, ID, (12, 9, 15, 10, 13, 8, 7))
    return 0


def _is_bank_card(run: _Run, index: int) -> bool:
    """Return True for a bank card: its number begins with 9704, regardless of the cue."""
    digits = "".join(run.groups[index:])
    return any(_CARD.match(digits[:size]) for size in (19, 16)) and not run.spoken


def _is_mobile_format(run: _Run, index: int) -> bool:
    digits = "".join(run.groups[index:])
    return bool(_MOBILE.match(digits) or _MOBILE.match(run.groups[index]))


def _add_citizen_id(registry: SpanRegistry, run: _Run, index: int, cue: str | None) -> int:
    if run.groups[index][0] == "0" and cue != PHONE:
        return _add_exact_length(registry, run, index, ID, (12,))
    return 0


def _add_phone(registry: SpanRegistry, run: _Run, index: int) -> int:
    view = registry.view
    start = view.starts[run.first + index]
    digits = ""
    for end in range(index, min(len(run.groups), index + 12)):
        digits += run.groups[end]
        national = _to_national_format(digits, view.plain[max(0, start - 2) : start])
        if national is None:
            continue
        next_group = run.groups[end + 1] if end + 1 < len(run.groups) else ""
        if len(national) == 10 and national[:2] == "02" and len(next_group) == 1:
            continue
        begin = start - 1 if start and view.plain[start - 1] in "+(" else start
        if view.plain[max(0, start - 2) : start] in ("(+", "+("):
            begin = start - 2
        if registry.add(PHONE, begin, view.ends[run.first + end], national):
            return end - index + 1
    return 0


def _to_national_format(digits: str, preceding_text: str) -> str | None:
    """Return the national format of complete phone digits, else None."""
    if digits.startswith("84") and len(digits) in (11, 12, 13):
        digits = ("0" + digits[2:]) if digits[2:3] != "0" else digits[2:]
    elif digits.startswith("0084"):
        digits = "0" + digits[4:]
    elif "+" in preceding_text:
        return None
    if _LAND.match(digits) or (_MOBILE.match(digits) and digits[:3] not in ("020", "022")) or _OLD_MOBILE.match(digits):
        return digits
    return digits if _HOTLINE.match(digits) and len(digits) in (8, 10) else None


def _add_longest(registry: SpanRegistry, run: _Run, index: int, kind: str, sizes: range) -> int:
    best, digits, norm = 0, "", ""
    for end in range(index, len(run.groups)):
        if end > index and (len(run.groups[end]) >= 9 or _starts_amount(registry.view, run, end)):
            break
        digits += run.groups[end]
        if len(digits) in sizes:
            best, norm = end - index + 1, digits
        elif len(digits) > sizes[-1]:
            break
    return best if best and _add_groups(registry, run, index, best, kind=kind, norm=norm) else 0


def _starts_amount(view: AlignedText, run: _Run, group: int) -> bool:
    """Return True if a sum of money follows a complete number: «… 0902 118 733 450.000», «… 1019983345 5 triệu»."""
    word = run.first + group
    if view.gap_after(word - 1) != " " or sum(map(len, run.groups[:group])) < 8:
        return False
    if (
        _MONEY_LIKE.match(view.plain, view.starts[word])
        and "." not in view.plain[view.ends[word - 2] : view.starts[word]]
    ):
        return True
    return group + 1 == len(run.groups) and word + 1 < len(view.words) and view.marks[word + 1] in _SCALE_WORDS


def _add_exact_length(registry: SpanRegistry, run: _Run, index: int, kind: str, sizes: tuple[int, ...]) -> int:
    lengths: dict[int, int] = {}
    total = 0
    for end in range(index, len(run.groups)):
        total += len(run.groups[end])
        lengths[total] = end - index + 1
    for size in sizes:
        if size in lengths:
            count = lengths[size]
            norm = "".join(run.groups[index : index + count])
            return count if _add_groups(registry, run, index, count, kind=kind, norm=norm) else 0
    return 0


def _add_groups(registry: SpanRegistry, run: _Run, index: int, count: int, *, kind: str, norm: str) -> bool:
    first = run.first + index
    return registry.add(kind, registry.view.starts[first], registry.view.ends[first + count - 1], norm)


def _has_bank_after(view: AlignedText, run: _Run, index: int) -> bool:
    end = run.first + len(run.groups)
    return any(word in BANKS for word in view.words[end : end + 3]) and len("".join(run.groups[index:])) >= 6
