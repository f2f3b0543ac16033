"""Phones, bank accounts and identity numbers: runs of digits classified by cue words and format."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from binhyen.language.aligned_text import AlignedText
from binhyen.language.entities.span_registry import SpanRegistry
from binhyen.language.phrase_trie import PhraseTrie, phrase_list, word_set

# Bank accounts without a cue word: the destination of a payment, in a message about money.

_DESTINATION_WORDS: Final = word_set("vo vao sang")
_MONEY_WORDS: Final = word_set("tien coc chuyen ck nop khoan stk tk tkhoan hang trieu tr cu")


def is_payment_account(view: AlignedText, first: int, digits: str, cue: str | None) -> bool:
    """Return True for the account of a payment: «trả vô 4409 1187 2036», «vào số …», or digits near money words.

    It must be no phone and no sum of money. The number begins at word `first`.
    """
    if not 9 <= len(digits) <= 19:
        return False
    if digits.startswith("84") or view.plain[max(0, view.starts[first] - 1) : view.starts[first]] == "+":
        return False
    previous_word = view.words[first - 1] if first else ""
    if previous_word in _DESTINATION_WORDS or (
        previous_word == "so" and first > 1 and view.words[first - 2] in _DESTINATION_WORDS
    ):
        return True
    if cue is not None or (len(digits) == 12 and digits[0] == "0"):
        return False
    return len(digits) >= 10 and not _MONEY_WORDS.isdisjoint(view.words[max(0, first - 40) : first + 40])


# Cue words for the type of a number: «stk», «cccd», «sđt», names of banks.

PHONE, ACCOUNT, ID = "PHONE", "BANK_ACCOUNT", "ID_NUMBER"

CUES: Final[PhraseTrie[str]] = PhraseTrie(
    [
        *(
            (cue, PHONE)
            for cue in phrase_list("""
    sđt | sdt | đt | dt | số điện thoại | số đt | số dt | gọi | call | alo | lh | liên hệ | zalo | hotline | tel
    | phone | số máy | liên lạc | ib | nhắn | fone | dđ | sim | thuê bao | số phone
    """)
        ),
        *(
            (cue, ACCOUNT)
            for cue in phrase_list("""
    stk | số tk | tk | tài khoản | số tài khoản | ck | chuyển khoản | số thẻ | atm | thẻ atm | ngân hàng | bank
    | nh | sotk | số nhận | tài khoản nhận
    """)
        ),
        *(
            (cue, ID)
            for cue in phrase_list("""
    cccd | cmnd | cmt | cmtnd | căn cước | căn cước công dân | số căn cước | chứng minh | cc | chứng minh nhân
    dân | chứng minh thư | bhyt | bảo hiểm y tế | thẻ bảo hiểm | mã hồ sơ | số hồ sơ | hồ sơ | hồ sơ số | mã
    hs | gplx | giấy phép lái xe | bằng lái | hộ chiếu | passport | định danh | mã định danh | số định danh |
    biên nhận | mã biên nhận | biên lai số | giấy tạm giữ số | biên bản số | sổ bảo hiểm | mã số | số hiệu |
    tàu cá | tàu | mã thẻ | số seri | mã bảo hiểm | mã tra cứu | bhxh | mã số thuế | mst | thẻ căn cước | số
    cc | mã hộ | mã hộ nghèo | thẻ nhà báo | thẻ thương binh | giấy tờ số
    """)
        ),
        *(
            (bank, ACCOUNT)
            for bank in phrase_list("""
    vcb | vietcombank | vietcom | agribank | agri | bidv | mb | mbbank | mb bank | techcombank | tcb |
    vietinbank | vietin | ctg | tpbank | tp bank | sacombank | acb | vpbank | vp bank | msb | shb | vib | hdbank
    | lpbank | lienvietpostbank | seabank | ocb | eximbank | cake | timo | bắc á | bắc á bank | nam á bank |
    pvcombank | abbank | ncb | scb | kienlongbank | viettinbank | momo | zalopay | zalo pay | viettelpay |
    viettel money | vnpay | shinhan | woori | vietbank | bvbank | gpbank | pgbank | dongabank | coopbank | hsbc
    | cimb | kienlong | vikki | liobank | lpb | napas | ví điện tử | vietabank | bảo việt bank | saigonbank |
    nhnn | số thẻ atm | số stk | thẻ tín dụng | thẻ visa | tknh
    """)
        ),
    ]
)
BANKS: Final = word_set("""
    vcb vietcombank agribank bidv mbbank mb techcombank tcb vietinbank tpbank sacombank acb vpbank msb shb vib
    hdbank lpbank seabank ocb eximbank vietin viettinbank agri tech vietcom sacom tpbank abbank timo cake bidv
    zalopay viettelpay shinhan vietbank bvbank gpbank pgbank kienlongbank eximbank pvcombank ncb scb mbb nhnn
    """)


def has_close_cue(view: AlignedText, word: int) -> bool:
    """Return True if the cue for a number that looks like a phone stands within four words, in the same clause."""
    for back in range(word - 1, max(-1, word - 6), -1):
        if "," in view.gap_after(back) or view.is_sentence_end(back):
            return False
        if (hit := CUES.find(view, back, loose=True)) and hit[0] <= word:
            return True
    return False


def find_cue_before(view: AlignedText, word: int) -> str | None:
    """Return the nearest cue within seven words before `word`, not across another number."""
    for back in range(word - 1, max(-1, word - 8), -1):
        if view.words[back].isdecimal() and len(view.words[back]) > 5:
            return None
        if "\n" in view.gap_after(back) and word - back > 1:
            return None
        match = CUES.find(view, back, loose=True)
        if match and match[0] <= word:
            longer_match = CUES.find(view, back - 1, loose=True) if back else None
            return longer_match[1] if longer_match and longer_match[0] >= match[0] else match[1]
    return None


# ID_NUMBER with letters: dossiers, boats, health cards, and codes introduced by a label.

_LONG_DIGITS: Final = re.compile(r"\d{4}")
# Digits of a health card; a text with fewer digits and no long run of digits contains none of the long codes.
_MIN_CODE_DIGITS: Final = 13
_SLASHED: Final = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\Z")
_SUM: Final = re.compile(r"\d{1,3}(?:\.\d{3})+\Z")
_BOAT: Final = re.compile(
    r"\b(?:ht|na|qb|th|nd|hp|qn|tth|qt|dna|qng|bd|kh|bv|kg|cm|tg|bt)[\s\-.]{0,2}\d{4,5}[\s\-.]{0,2}ts\b"
)
# A boat number without its final letters needs the word boat before it; other codes need capitals: «HS-2024-00518».
_BOAT_SHORT: Final = re.compile(r"\b(?:ht|na|qb|th|nd|qt|dna|qng|bd|kh|bv|kg|bt)[\s\-.]{0,2}\d{4,5}(?![\d\w]|[-.,/]\d)")
_BOAT_CUE: Final = re.compile(r"\b(?:tau|ghe|thuyen|xuong|phao|be|thung|dang kiem|so ghi|so hieu)\b[^.!?\n]{0,40}$")
_SPACED_CODE: Final = re.compile(r"\b(?:[Ss]ố|[Ss]o|[Mm]ã|[Mm]a) ([A-Z]{2} \d{5,8})(?![\w]|[-./]\d)")
_CAPITAL_CODE: Final = re.compile(r"\b[A-Z]{2}[-.]\d{2,4}[-.](?:\d{4,6}|[A-Z]{2})\b")
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_HEALTH: Final = re.compile(
    r"\b(?:d[nkx]|h[xtnsdgc]|c[hnaybckxs]|n[no]|x[kbdn]|t[bnesacqy]|qn|m[ss]|kc|bt|ls|p[v]|sv|g[bd])"
    r"[\s\-]?\d(?:[\s\-.]{0,2}\d){12}(?:(?: \d{1,2}){1,2}(?![\d/:.h]))?(?!\d)"
)
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_DOSSIER: Final = re.compile(r"\b(?:\d{2,3}\.){0,4}[hg]\d{2}(?:\.\d{1,3}){0,4}[-.]\d{6}[-.]\d{3,6}\b")
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_CODE: Final = re.compile(r"[a-z]{0,4}[-.]?\d[a-z0-9]*(?:[-./][a-z0-9]+){0,5}")
# After «mã», «số», «hồ sơ», «đơn», «thẻ», «bệnh án», «biên lai»: capitals joined with digits.
_LABEL: Final = re.compile(
    r"\b(?:ma|so|don|the|an|lai|nhan|phieu)[ :]{1,3}(?=[a-zđ]{1,5}[-. ]?\d|[a-z]{2}-[a-z]{2}-\d)"
)
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_LABELLED: Final = re.compile(r"[A-ZĐ]{1,5}\d{0,9}(?:[-./][A-ZĐ0-9]{1,8}){0,4}(?: \d{2,4}(?!\w)){0,5}(?![\w])")
_NOT_CODE: Final = re.compile(r"[^a-z0-9đ]")


def add_codes_by_format(registry: SpanRegistry) -> None:
    """Add dossier codes, boat numbers, health cards and other codes recognised by their format."""
    plain = registry.view.plain
    may_have_long_codes = bool(_LONG_DIGITS.search(plain)) or sum(map(str.isdecimal, plain)) >= _MIN_CODE_DIGITS
    for pattern in (_DOSSIER, _BOAT, _HEALTH) if may_have_long_codes else ():
        for hit in pattern.finditer(plain):
            if registry.view.marked[hit.start() : hit.start() + 2] != plain[hit.start() : hit.start() + 2]:
                continue  # «stk nó 0351 …» is not a health card
            registry.add(ID, hit.start(), hit.end(), _normalize_code(registry.view.marked[hit.start() : hit.end()]))
    for hit in _BOAT_SHORT.finditer(plain) if may_have_long_codes else ():
        if _BOAT_CUE.search(plain, max(0, hit.start() - 60), hit.start()):
            registry.add(ID, hit.start(), hit.end(), _normalize_code(registry.view.marked[hit.start() : hit.end()]))
    _add_labelled_codes(registry)
    for pattern, group in ((_CAPITAL_CODE, 0), (_SPACED_CODE, 1)):
        for hit in pattern.finditer(registry.view.cased):
            registry.add(ID, *hit.span(group), _normalize_code(registry.view.marked[hit.start(group) : hit.end(group)]))


def _add_labelled_codes(registry: SpanRegistry) -> None:
    """Add «mã TG-240618-0077», «bệnh án BA-22871», «hồ sơ H28.7-2510-118», «thẻ thương binh số HT 220 514»."""
    for cue in _LABEL.finditer(registry.view.plain):
        hit = _LABELLED.match(registry.view.cased, cue.end())
        if hit is None:
            continue
        code = _normalize_code(hit[0].lower())
        digits = sum(map(str.isdecimal, code))
        joined = any(char in hit[0] for char in "-./") and not code[1:2].isdecimal()
        if digits >= 6 or (digits >= 4 and joined) or (digits == 3 and joined and "-" in hit[0]):
            registry.add(ID, *hit.span(), code)


def _normalize_code(text: str) -> str:
    return _NOT_CODE.sub("", text).upper()


def add_codes_after_cue(registry: SpanRegistry) -> None:
    """Add «mã hồ sơ HS-2024-00123», «hộ chiếu C1234567»: a code with letters right after its label."""
    view = registry.view
    for index in CUES.places(view):
        cue = CUES.find(view, index, loose=True)
        if cue is None or cue[1] != ID:
            continue
        for word in range(cue[0], min(cue[0] + 4, len(view.words))):
            if not any(char.isdecimal() for char in view.words[word]) and len(view.words[word]) > 3:
                continue
            hit = _CODE.match(view.plain, view.starts[word])
            code = _normalize_code(view.marked[hit.start() : hit.end()]) if hit else ""
            digits = sum(map(str.isdecimal, code))
            if hit and _SUM.match(hit[0]):
                break  # «tiền bảo hiểm y tế 884.520»
            if hit and (digits >= 6 or (digits == 5 and len(code) > 6)) and not _SLASHED.match(hit[0]):
                registry.add(ID, hit.start(), hit.end(), code)
                break


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
        add_codes_by_format(registry)
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
        add_codes_after_cue(registry)


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
