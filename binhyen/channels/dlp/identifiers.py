"""Detection of phones, mailboxes, papers, accounts, plates in any spelling: «O9l2.34…», «không chín một hai …».

Pure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from binhyen.channels.dlp.normalize import NormalizedText
from binhyen.language.phrase_trie import word_set

# Detection of home addresses. Pure.

Span = tuple[int, int]

# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_OFFICE = re.compile(
    r"(?:tru so|ubnd|uy ban|nha van hoa|tram y te|truong|hoi truong|buu dien|ngan hang|benh vien|cua cong an)"
    r"(?: [^\W_]+){0,9}[,:(]? ?(?:dia chi:? ?)?(?:tai |o )?$"
)
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_ADDRESS = re.compile(
    r"\b(?:so nha|nha so|sn|nha o so|can so)\W{0,2}(?:\d+\w?|(?:mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi)\b)"
    r"|(?<![\d/,.])\b(?:so )?\d{1,3}[a-z]?(?:/\d{1,3})*,? (?:ngo|ngach|hem|kiet|duong|pho) \w+"
    r"|\b(?:phong|can ho)(?: so)? \d{2,4}\b(?=.{0,30}\b(?:chung cu|khu tro|nha tro|nha nghi))"
    r"|(?<!cac )(?<!nhung )(?<!moi )(?<!tung )\bnha (?:cuoi|dau|giua|trong) (?:ngo|hem|kiet|ngach|xom)\b"
    r"|\bnha (?:\w+ ){0,4}?(?:cong (?:sat|go|inox|xanh|do|den|trang|mau)"
    r"|mai (?:ton|ngoi) (?:xanh|do|moi)|son (?:xanh|vang|hong|do))\b"
    r"|\bnha (?:nam )?(?:thu (?:\d+|hai|ba|tu|nam|nhat)|o? ?(?:canh|sat|doi dien|sau lung|ben trai|ben phai)) "
)


def find_home_addresses(text: NormalizedText) -> Iterator[Span]:
    """Find addresses of houses. Addresses of public offices are public and excluded."""
    for match in _ADDRESS.finditer(text.folded):
        preceding_text = text.folded[max(0, match.start() - 70) : match.start()]
        if not _OFFICE.search(preceding_text):
            yield text.to_original_span(*match.span())


CONTACT, ID_NUMBER, BANK_ACCOUNT, PLATE = "CONTACT", "ID_NUMBER", "BANK_ACCOUNT", "PLATE"

_SPOKEN = {
    "khong": "0",
    "hong": "0",
    "zero": "0",
    "mot": "1",
    "hai": "2",
    "ba": "3",
    "bon": "4",
    "tu": "4",
    "nam": "5",
    "lam": "5",
    "nham": "5",
    "sau": "6",
    "bay": "7",
    "tam": "8",
    "chin": "9",
}
_BETWEEN = word_set("cham gach ngang phay cach xong roi tram muoi")
_LEET = str.maketrans("olizsbgq", "01125899")
# Names of the letters of plates; some only with diacritics, since «về», «vé», «xe» are words of every notice.
_LETTER_NAMES = {
    "be": "b",
    "ce": "c",
    "xê": "c",
    "de": "d",
    "gie": "g",
    "hat": "h",
    "en": "n",
    "pe": "p",
    "tê": "t",
    "vê": "v",
}
_TOKEN = re.compile(r"[^\W_]+")
_GLUED = re.compile(f"(?:{'|'.join(_SPOKEN)}){{4,}}")
_ONE = re.compile("|".join(sorted(_SPOKEN, key=len, reverse=True)))
_PLATELIKE = re.compile(r"\d{2}[a-z]{1,2}\d{0,6}|[a-z]{1,2}\d{1,6}")
_PLATE_LEET = re.compile(r"\d{2}[a-z](?=[\doli]*[oli])(?=.*\d.*\d)[\doli]{5,6}")
# Dates, hours, amounts and numbers of laws are not personal identifiers.
_HARMLESS = re.compile(
    r"(?<![\d./-])\d{1,2}[/.-](?:0?[1-9]|1[0-2])(?:[/.-](?:(?:19|20)\d\d|2\d))?(?![./-]?\d)"
    r"|(?<!\d)[1-9]\d{0,2}(?:[.,]\d{3})+ ?(?:d|dong|vnd|vnđ|k|trieu|tr|ty)\b"
    r"|(?<!\d)[1-9]\d*0{3} ?(?:d|dong|vnd)\b"
    r"|(?<!\d)(?:19|20)\d\d ?[-–/] ?(?:19|20)\d\d(?!\d)"
    r"|\bnam (?:19|20)\d\d(?!\d)|\bthang (?:0?[1-9]|1[0-2])(?!\d)"
    r"|(?<!\d)\d{1,3}/(?:(?:19|20)\d\d/)?[a-z]{2,}[a-z0-9-]*"
)
_PHONE_NUMBER = re.compile(r"^0[35789]\d{8}|^02\d{8,9}|84[235789]\d{8}|(?<=\d)0[35789]\d{8}")
_RUN = re.compile(r"\d(?:[_,]?\d){5,}")
_PLATE = re.compile(
    r"(?<![0-9A-Za-z])[1-9]_?\d[_,]?(?:[A-Z]{1,2}_?\d?|[a-z]_?\d?|[A-Z]_?[A-Z0-9])[_,]?\d(?:_?\d){3,4}(?![0-9A-Za-z])"
)
_ROAD = re.compile(r"(?:ql|quoc lo|duong|tinh lo|dt|tl|lop|khoi|lo)\s*$")
_ID_CUE = re.compile(r"\b(?:cccd|cmnd|cmt|can cuoc|chung minh|ho chieu|dinh danh|bhyt|gplx|bang lai)\b")
_BANK_CUE = re.compile(
    r"\b(?:stk|so tk|tk|tai khoan|chuyen khoan|so the|ngan hang|vietcombank|vcb|agribank|bidv|mb|momo)\b"
)
_CONTACT_CUE = re.compile(r"\b(?:sdt|dt|dien thoai|so may|zalo|duoi|so cuoi)(?: [^\W\d_]+)? ?:? ?$")
_AT = r"(?:@|[(\[{<] ?(?:at|a (?:cong|moc|vong)) ?[)\]}>]| a (?:cong|moc|vong) )"
_DOT = r"(?:\.|[(\[{<] ?(?:dot|cham) ?[)\]}>]| cham )"
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_MAIL = re.compile(rf"[\w.+-]{{1,64}} ?{_AT} ?[\w-]{{1,63}}(?: ?{_DOT} ?[\w-]{{1,63}})+")
_PROFILE = re.compile(r"(?:facebook|fb|zalo|tiktok|instagram)\.(?:com|me|vn)/[\w./?=@-]{3,}")
_EMERGENCY = word_set("111 112 113 114 115 1022 18001567 19001567")


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier found in a text. `value`: its digits; `kind` as above; `start`, `end` in the original text."""

    kind: str
    value: str
    start: int
    end: int


def find_identifiers(text: NormalizedText, published: frozenset[str]) -> Iterator[Identifier]:
    """Find every personal number. `published`: digits of numbers that the police published themselves."""
    trace, offsets = _build_trace(text)
    for match in _PLATE.finditer(trace):
        if not _ROAD.search(text.folded[max(0, offsets[match.start()][0] - 10) : offsets[match.start()][0]]):
            yield _build_identifier(text, offsets, PLATE, re.sub("[_,]", "", match[0]).upper(), match)
    for match in _RUN.finditer(trace):
        digits = re.sub("[_,]", "", match[0])
        kind = _classify_digits(text, offsets, match, digits, published)
        if kind:
            yield _build_identifier(text, offsets, kind, digits, match)
    for contact_match in [*_MAIL.finditer(text.folded), *_PROFILE.finditer(text.folded)]:
        if not re.search(r"\.gov\.vn\b", contact_match[0]) and contact_match[0] not in published:
            yield Identifier(CONTACT, contact_match[0], *text.to_original_span(*contact_match.span()))


def _build_identifier(
    text: NormalizedText, offsets: list[tuple[int, int]], kind: str, value: str, match: re.Match[str]
) -> Identifier:
    return Identifier(kind, value, *text.to_original_span(offsets[match.start()][0], offsets[match.end() - 1][1]))


def _classify_digits(
    text: NormalizedText, offsets: list[tuple[int, int]], match: re.Match[str], digits: str, published: frozenset[str]
) -> str | None:
    pieces = [piece for piece in re.split("[_,]", match[0]) if piece]
    for public_digits in published:
        digits = digits.replace(public_digits, "")
    if len(digits) < 6 or all(piece in _EMERGENCY for piece in pieces):
        return None
    preceding_text = text.folded[max(0, offsets[match.start()][0] - 30) : offsets[match.start()][0]]
    if _ID_CUE.search(preceding_text) or (len(digits) == 12 and digits[0] == "0"):
        return ID_NUMBER
    is_list = "," in match[0]  # «2, 7, 12, 17»: in a list only a phone number counts
    if _PHONE_NUMBER.search(digits) and (digits[0] == "0" or not is_list):
        return CONTACT
    if is_list:
        return None
    if _BANK_CUE.search(preceding_text):
        return BANK_ACCOUNT
    if digits[0] == "0" and 10 <= len(digits) <= 11:
        return CONTACT
    return _classify_by_length(digits, pieces, has_cue=_CONTACT_CUE.search(preceding_text) is not None)


def _classify_by_length(digits: str, pieces: list[str], *, has_cue: bool) -> str | None:
    is_counting = max(map(len, pieces)) < 2 < len(pieces) and len(digits) > 14  # «1 2 3 …»: counting, not a number
    if has_cue or (len(digits) == 8 and digits[:4] in ("1900", "1800")):
        return CONTACT
    if len(digits) < 8 or is_counting:
        return None
    return ID_NUMBER if len(digits) in (9, 12) else BANK_ACCOUNT


def _build_trace(text: NormalizedText) -> tuple[str, list[tuple[int, int]]]:
    """Return the text as digits, letters of plates and signs, with the original offsets.

    «_» joins two numbers, «,» is a list, «#» is any other text.
    """
    harmless = {offset for match in _HARMLESS.finditer(text.folded) for offset in range(*match.span())}
    pieces: list[str] = []
    offsets: list[tuple[int, int]] = []
    previous_end = 0
    for match in _TOKEN.finditer(text.folded):
        start, end = match.span()
        symbols = "#" if start in harmless else _to_symbols(match[0], text.marked[start:end])
        if symbols == "_":
            continue  # «chấm», «gạch»: a spoken separator, the number continues
        gap = text.folded[previous_end:start]
        pieces.append("#" if _is_separating(gap) else "," if "," in gap or ";" in gap else "_")
        offsets.append((start, start))
        pieces += symbols
        is_aligned = len(symbols) == end - start
        offsets += [
            (start + offset, start + offset + 1) if is_aligned else (start, end) for offset in range(len(symbols))
        ]
        previous_end = end
    return "".join(pieces), offsets


def _is_separating(gap: str) -> bool:
    remaining = re.sub(r"\b(?:cham|gach|ngang|phay|cach|xong|roi|tram|muoi)\b", "", gap)
    return len(remaining.strip()) > 3 or len(remaining) > 12 or any(char in "!?" for char in remaining)


def _to_symbols(folded: str, marked: str) -> str:
    """Return a word of the trace: digits, a letter of a plate, «_» for a spoken sign, «#» for any other word."""
    letter = _LETTER_NAMES.get(folded) or _LETTER_NAMES.get(marked.lower())
    symbol = _SPOKEN.get(folded) or letter or (folded if folded.isdecimal() else "")
    if symbol or folded in _BETWEEN:
        return symbol or "_"
    if _GLUED.fullmatch(folded):
        return "".join(_SPOKEN[digit_word] for digit_word in _ONE.findall(folded))
    if len(folded) <= 2 and folded.isalpha():
        if marked.isupper():
            return folded.upper()
        return folded.translate(_LEET) if folded in ("o", "l") else folded if len(folded) == 1 else "#"
    if _PLATE_LEET.fullmatch(folded):
        return (folded[:3] + folded[3:].translate(_LEET)).upper()
    if _PLATELIKE.fullmatch(folded) and not re.fullmatch("[oli]\\d+", folded):
        return folded.upper()
    if glued := re.fullmatch(r"[^\W\d_]{2,}(\d{6,})[^\W\d_]*", folded):
        return "#" + glued[1]
    digits = folded.translate(_LEET)
    return digits if digits.isdecimal() and any(char.isdecimal() for char in folded) else "#"


_DIGIT_WORD = r"(?:khong|mot|hai|ba|bon|tu|nam|lam|sau|bay|tam|chin)"
_UNIT_WORD = "(?:tuoi|gio|h|phut|ngay|thang|dong|k|trieu|met|km|ho|nguoi)"
_TAIL_NUMBER = rf"(?:\d(?:[ .-]?\d){{1,4}}(?![\d%]| ?{_UNIT_WORD}\b)|{_DIGIT_WORD}(?: {_DIGIT_WORD}){{1,4}})"
_TAIL_CUE = r"(?:(?:(?:\d|hai|ba|bon|nam) )?so (?:cuoi|sau|duoi)|duoi|cuoi)"
_TAIL_JOIN = r"(?:\W{1,2}(?:la|so|bien(?: so)?|xe|bks|gom|co)){0,2}[^\w\n]{1,4}"
_TAIL = re.compile(rf"\b{_TAIL_CUE}{_TAIL_JOIN}(?P<number>{_TAIL_NUMBER})\b|\btu quy \d\b")
_VEHICLE_CUE = re.compile(
    r"\b(?:xe|bien(?: so| xe)?|bks|o ?to|mo ?to|ban tai|wave|dream|sh|exciter|vios|container|dau keo|chiec)\b"
)
_PHONE_CUE = re.compile(r"\b(?:so|sdt|dien thoai|thue bao|zalo|goi)\b")


def find_plate_tails(text: NormalizedText) -> Iterator[Span]:
    """Find partial plates: a vehicle or a plate is mentioned just before, or in the same words."""
    for match in _TAIL.finditer(text.folded):
        if _VEHICLE_CUE.search(text.folded, max(0, match.start() - 40), match.end()):
            yield text.to_original_span(*match.span())


def find_phone_tails(text: NormalizedText) -> Iterator[Span]:
    """Find partial phone numbers: three digits at least, after a word for a phone and without one for a vehicle."""
    for match in _TAIL.finditer(text.folded):
        start = max(0, match.start() - 40)
        digits = len(re.findall(rf"\d|\b{_DIGIT_WORD}\b", match["number"] or ""))
        if (
            digits >= 3
            and _PHONE_CUE.search(text.folded, start, match.end())
            and not _VEHICLE_CUE.search(text.folded, start, match.end())
        ):
            yield text.to_original_span(*match.span())
