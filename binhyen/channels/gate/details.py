"""Homes, children, and words that point at whoever told. Pure.

A child is whoever is spoken of as one; whether a person is a child in law, a text does not say.
"""

import re
from collections.abc import Iterator, Sequence

from binhyen.channels.gate.plain import Plain

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
    r"|\bnha (?:nam )?(?:thu (?:\d+|hai|ba|tu|nam|nhat)|o? ?(?:canh|sat|doi dien|sau lung|ben trai|ben phai)) "
)
_SOURCE = re.compile(
    r"\b(?:nguoi|ban|anh|chi|ba con|chau)(?: dan| da| vua)* (?:bao(?: tin)?|to giac|mat bao|to cao|"
    r"cung cap(?: thong)?(?: tin)?)(?: vu viec| vu| viec)?(?: nay| do| kia| tren)?"
    r" (?:la|ten|o(?! day)|song|nha|ngu|hien|tru|so)\b"
    r"|\bnguon tin (?:la|tu (?:nguoi|anh|chi|ong|ba)|cua|do)\b|\btin bao cua (?:anh|chi|ong|ba|chau|mot)\b"
    r"|\bco nguoi (?:vua |da |moi )*(?:to giac|to cao|mat bao|bao tin kin|nhan tin kin|nhan rieng)\b"
)
# «Chị bán nước đầu thôn đã báo tin»: somebody who can be found, and that it was they who told. People in general, and
# a family that looks for its own, may be said to have told.
_SOMEBODY = (
    r"(?:mot |co |chinh )?(?:chi|anh|ong|ba|co(?! nguoi\b)|chu|bac|cu|cau|mo|di|chau|con|vo|chong|hang xom|ban hoc"
    r"|chu (?:quan|nha|tiem|tro|vuon|hang)|ho|hoc sinh|nhan vien|bao ve"
    r"|nguoi (?:ban|hang xom|o|giup viec|lam thue|nha|trong|canh|gac|chay|di|lai))(?! (?:em|con)\b)"
)
_TELLING = (
    r"(?:bao(?: tin| ngay| cho (?:cong an|minh|cac anh|toi)| cong an| kin| vu| viec| len)|mach|to giac|to cao"
    r"|mat bao|trinh bao|chi diem|khai(?: ra)?|goi(?: dien)? bao|nhan(?: tin)? (?:bao|cho cong an|rieng)"
    r"|cung cap (?:thong )?tin|gui (?:anh|clip|video|tin))"
)
_TELLER = re.compile(
    rf"\b{_SOMEBODY}(?: \w+){{0,9}}? (?:da|vua|moi|la nguoi|chinh la nguoi|len|len day|den)(?: \w+)?? {_TELLING}\b"
    rf"|\b{_SOMEBODY}(?: \w+){{0,6}}? (?:goi bao|bao tin|to giac|mach) nen\b"
    rf"|\b(?:do|nho|theo|tu) (?:co )?{_SOMEBODY}(?: \w+){{0,7}}? {_TELLING}\b"
    r"|\b(?:bao(?: tin)?|to giac|to cao|mach|mat bao) (?:vu|viec|tin)(?: \w+){0,3}? (?:chinh )?la"
    r" (?:chi|anh|ong|ba|co|chu|bac|cu|vo|chong|hang xom|nguoi|chu)\b"
)
_DIGITS = "mot|hai|ba|bon|nam|sau|bay|tam|chin"
_AGE = re.compile(rf"\b(?:(\d{{1,2}})|{_DIGITS}|muoi(?: (?:lam|{_DIGITS}))?) ?(?:tuoi|t(?=\W))")
_CLASS = re.compile(
    rf"\blop (?:mam|choi|la|\d{{1,2}}|{_DIGITS}|muoi)(?:\b|(?<=\d)[a-z]\d?)|\bhoc lop\b"
    r"|\bmau giao (?:be|nho|lon)\b"
)
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_SCHOOL = re.compile(r"\b(?:truong|th|thcs|thpt|mam non|tieu hoc)(?: \w+){1,4}")
_HOME = re.compile(
    r"\b(?:con (?:cua )?(?:anh|chi|ong|ba|co|chu|nha)|(?:bo me|nha) (?:chau|be|em)|nha o|tru tai|tru o)\b"
)
_ONE_CHILD = re.compile(r"\b(?:chau|be|nu sinh|nam sinh|em (?:trai|gai|hoc sinh))\b")
_MANY = re.compile(
    r"\b(?:cac (?:em|chau|be|con|lop)|tre em|thieu nhi|hoc sinh toan|toan the|nhung (?:em|chau)|tat ca|"
    r"cho (?:hoc sinh|cac))\b"
)


def addresses(text: Plain) -> Iterator[Span]:
    """A house. One of an office is known to everybody."""
    for found in _ADDRESS.finditer(text.folded):
        before = text.folded[max(0, found.start() - 70) : found.start()]
        if not _OFFICE.search(before):
            yield text.span(*found.span())


def sources(text: Plain) -> Iterator[Span]:
    """Who told, or that somebody told in secret."""
    for pattern in (_SOURCE, _TELLER):
        for found in pattern.finditer(text.folded):
            yield text.span(*found.span())


def children(text: Plain, names: Sequence[Span]) -> Iterator[Span]:
    """One child with a name, or with two of: age, class, school, home."""
    young, form = _young(text), _CLASS.search(text.folded)
    for start, end in names:
        first = _first_word(text, start, end)
        if first in ("cháu", "bé") or (first == "em" and (young or form)):
            yield start, end
            return
    childish = _ONE_CHILD.search(text.folded) is not None and not _MANY.search(text.folded)
    details = [d for d in (young, form, _SCHOOL.search(text.folded), _HOME.search(text.folded)) if d]
    if names and (form or (young and childish)):
        yield names[0]
    elif childish and len(details) >= 2:
        yield from (text.span(*detail.span()) for detail in details)


def _first_word(text: Plain, start: int, end: int) -> str:
    """The first word of a span given in the text as written."""
    inside = [i for i, (s, e) in enumerate(text.at) if s >= start and e <= end]
    return text.marked[inside[0] : inside[-1] + 1].lower().split()[0] if inside else ""


def _young(text: Plain) -> re.Match[str] | None:
    return next((found for found in _AGE.finditer(text.folded) if found[1] is None or int(found[1]) < 18), None)
