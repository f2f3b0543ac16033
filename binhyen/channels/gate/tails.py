"""Detection of partial plates and phones: «xe đuôi 345», «bốn số cuối 1234», «đuôi biển ba bốn năm». Pure."""

import re
from collections.abc import Iterator

from binhyen.channels.gate.plain import Plain

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
