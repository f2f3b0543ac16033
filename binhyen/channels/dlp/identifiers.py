"""Detection of phones, mailboxes, papers, accounts, plates in any spelling: «O9l2.34…», «không chín một hai …».

Pure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from binhyen.channels.dlp.normalize import Plain
from binhyen.language.phrase_trie import bag

CONTACT, ID_NUMBER, BANK_ACCOUNT, PLATE = "CONTACT", "ID_NUMBER", "BANK_ACCOUNT", "PLATE"

_SPOKEN = {
    "khong": "0", "hong": "0", "zero": "0", "mot": "1", "hai": "2", "ba": "3", "bon": "4", "tu": "4", "nam": "5",
    "lam": "5", "nham": "5", "sau": "6", "bay": "7", "tam": "8", "chin": "9",
}  # fmt: skip
_BETWEEN = bag("cham gach ngang phay cach xong roi tram muoi")
_LEET = str.maketrans("olizsbgq", "01125899")
# Names of the letters of plates; some only with diacritics, since «về», «vé», «xe» are words of every notice.
_LETTER_NAMES = {
    "be": "b", "ce": "c", "xê": "c", "de": "d", "gie": "g", "hat": "h", "en": "n", "pe": "p", "tê": "t", "vê": "v",
}  # fmt: skip
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
_PHONE = re.compile(r"^0[35789]\d{8}|^02\d{8,9}|84[235789]\d{8}|(?<=\d)0[35789]\d{8}")
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
_EMERGENCY = bag("111 112 113 114 115 1022 18001567 19001567")


@dataclass(frozen=True, slots=True)
class Number:
    """An identifier found in a text. `value`: its digits; `kind` as above; `start`, `end` in the original text."""

    kind: str
    value: str
    start: int
    end: int


def numbers(text: Plain, published: frozenset[str]) -> Iterator[Number]:
    """Find every personal number. `published`: digits of numbers that the police published themselves."""
    trace, at = _trace(text)
    for found in _PLATE.finditer(trace):
        if not _ROAD.search(text.folded[max(0, at[found.start()][0] - 10) : at[found.start()][0]]):
            yield _number(text, at, PLATE, re.sub("[_,]", "", found[0]).upper(), found)
    for found in _RUN.finditer(trace):
        digits = re.sub("[_,]", "", found[0])
        kind = _kind(text, at, found, digits, published)
        if kind:
            yield _number(text, at, kind, digits, found)
    for hit in [*_MAIL.finditer(text.folded), *_PROFILE.finditer(text.folded)]:
        if not re.search(r"\.gov\.vn\b", hit[0]) and hit[0] not in published:
            yield Number(CONTACT, hit[0], *text.span(*hit.span()))


def _number(text: Plain, at: list[tuple[int, int]], kind: str, value: str, found: re.Match[str]) -> Number:
    return Number(kind, value, *text.span(at[found.start()][0], at[found.end() - 1][1]))


def _kind(
    text: Plain, at: list[tuple[int, int]], found: re.Match[str], digits: str, published: frozenset[str]
) -> str | None:
    pieces = [p for p in re.split("[_,]", found[0]) if p]
    for known in published:
        digits = digits.replace(known, "")
    if len(digits) < 6 or all(p in _EMERGENCY for p in pieces):
        return None
    before = text.folded[max(0, at[found.start()][0] - 30) : at[found.start()][0]]
    if _ID_CUE.search(before) or (len(digits) == 12 and digits[0] == "0"):
        return ID_NUMBER
    listed = "," in found[0]  # «2, 7, 12, 17»: in a list only a phone number counts
    if _PHONE.search(digits) and (digits[0] == "0" or not listed):
        return CONTACT
    if listed:
        return None
    if _BANK_CUE.search(before):
        return BANK_ACCOUNT
    if digits[0] == "0" and 10 <= len(digits) <= 11:
        return CONTACT
    return _by_length(digits, pieces, cued=_CONTACT_CUE.search(before) is not None)


def _by_length(digits: str, pieces: list[str], *, cued: bool) -> str | None:
    single = max(map(len, pieces)) < 2 < len(pieces) and len(digits) > 14  # «1 2 3 …»: counting, not a number
    if cued or (len(digits) == 8 and digits[:4] in ("1900", "1800")):
        return CONTACT
    if len(digits) < 8 or single:
        return None
    return ID_NUMBER if len(digits) in (9, 12) else BANK_ACCOUNT


def _trace(text: Plain) -> tuple[str, list[tuple[int, int]]]:
    """Return the text as digits, letters of plates and signs, with the original offsets.

    «_» joins two numbers, «,» is a list, «#» is any other text.
    """
    harmless = {i for found in _HARMLESS.finditer(text.folded) for i in range(*found.span())}
    out: list[str] = []
    at: list[tuple[int, int]] = []
    last = 0
    for found in _TOKEN.finditer(text.folded):
        start, end = found.span()
        said = "#" if start in harmless else _said(found[0], text.marked[start:end])
        if said == "_":
            continue  # «chấm», «gạch»: a spoken separator, the number continues
        gap = text.folded[last:start]
        out.append("#" if _far(gap) else "," if "," in gap or ";" in gap else "_")
        at.append((start, start))
        out += said
        even = len(said) == end - start
        at += [(start + i, start + i + 1) if even else (start, end) for i in range(len(said))]
        last = end
    return "".join(out), at


def _far(gap: str) -> bool:
    rest = re.sub(r"\b(?:cham|gach|ngang|phay|cach|xong|roi|tram|muoi)\b", "", gap)
    return len(rest.strip()) > 3 or len(rest) > 12 or any(c in "!?" for c in rest)


def _said(folded: str, marked: str) -> str:
    """Return a word of the trace: digits, a letter of a plate, «_» for a spoken sign, «#» for any other word."""
    letter = _LETTER_NAMES.get(folded) or _LETTER_NAMES.get(marked.lower())
    known = _SPOKEN.get(folded) or letter or (folded if folded.isdecimal() else "")
    if known or folded in _BETWEEN:
        return known or "_"
    if _GLUED.fullmatch(folded):
        return "".join(_SPOKEN[one] for one in _ONE.findall(folded))
    if len(folded) <= 2 and folded.isalpha():
        if marked.isupper():
            return folded.upper()
        return folded.translate(_LEET) if folded in ("o", "l") else folded if len(folded) == 1 else "#"
    if _PLATE_LEET.fullmatch(folded):
        return (folded[:3] + folded[3:].translate(_LEET)).upper()
    if _PLATELIKE.fullmatch(folded) and not re.fullmatch("[oli]\\d+", folded):
        return folded.upper()
    if hung := re.fullmatch(r"[^\W\d_]{2,}(\d{6,})[^\W\d_]*", folded):
        return "#" + hung[1]
    digits = folded.translate(_LEET)
    return digits if digits.isdecimal() and any(c.isdecimal() for c in folded) else "#"


Span = tuple[int, int]

_DIGIT = r"(?:khong|mot|hai|ba|bon|tu|nam|lam|sau|bay|tam|chin)"
_UNIT = "(?:tuoi|gio|h|phut|ngay|thang|dong|k|trieu|met|km|ho|nguoi)"
_NUMBER = rf"(?:\d(?:[ .-]?\d){{1,4}}(?![\d%]| ?{_UNIT}\b)|{_DIGIT}(?: {_DIGIT}){{1,4}})"
_END = r"(?:(?:(?:\d|hai|ba|bon|nam) )?so (?:cuoi|sau|duoi)|duoi|cuoi)"
_JOIN = r"(?:\W{1,2}(?:la|so|bien(?: so)?|xe|bks|gom|co)){0,2}[^\w\n]{1,4}"
_TAIL = re.compile(rf"\b{_END}{_JOIN}(?P<number>{_NUMBER})\b|\btu quy \d\b")
_CAR = re.compile(
    r"\b(?:xe|bien(?: so| xe)?|bks|o ?to|mo ?to|ban tai|wave|dream|sh|exciter|vios|container|dau keo|chiec)\b"
)
_PHONE = re.compile(r"\b(?:so|sdt|dien thoai|thue bao|zalo|goi)\b")


def plate_tails(text: Plain) -> Iterator[Span]:
    """Find partial plates: a vehicle or a plate is mentioned just before, or in the same words."""
    for found in _TAIL.finditer(text.folded):
        if _CAR.search(text.folded, max(0, found.start() - 40), found.end()):
            yield text.span(*found.span())


def phone_tails(text: Plain) -> Iterator[Span]:
    """Find partial phone numbers: three digits at least, after a word for a phone and without one for a vehicle."""
    for found in _TAIL.finditer(text.folded):
        start = max(0, found.start() - 40)
        digits = len(re.findall(rf"\d|\b{_DIGIT}\b", found["number"] or ""))
        if (
            digits >= 3
            and _PHONE.search(text.folded, start, found.end())
            and not _CAR.search(text.folded, start, found.end())
        ):
            yield text.span(*found.span())
