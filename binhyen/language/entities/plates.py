"""Number plates: «38A-123.45», «38n112345», «38 H1 - 234 56», «38MĐ1 123.45», also with o or l instead of digits."""

import re
from typing import Final

from binhyen.language.entities.span_registry import SpanRegistry
from binhyen.language.phrase_trie import word_set

_SEP = r"[\s\-.\u2013\u00b7\u2022_/]{0,3}"
_PLATE: Final = re.compile(  # nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
    r"(?<![a-z0-9.,])(\d\d)"
    + _SEP
    + r"([a-z]{1,2})"
    + r"([\s\-./\u2013\u00b7\u2022_]{0,3}[0-9oli](?:[\s\-.,\u2013\u00b7\u2022_]{0,3}[0-9oli]){3,5})(?![a-z0-9])"
)
# Army: two letters and four digits in pairs, «TM-12-34»; Laos: two letters and four digits.
_ARMY: Final = re.compile(
    r"(?<![a-z0-9])([abcdhkpqtv][a-z])[\s\-.\u2013]{1,3}(\d\d)[\s\-.\u2013]{1,2}(\d\d)(?![\d/.:]\d|\d)"
)
# Embassies and other foreign offices: «NG 41-123-45», «80-041-NN-12».
_FOREIGN: Final = re.compile(
    r"(?<![a-z0-9])(?:(ng|nn|qt|cv)[\s\-.\u2013]{0,3}(\d\d)[\s\-.\u2013]{1,3}(\d{3})[\s\-.\u2013]{1,3}(\d\d)"
    r"|(\d\d)[\s\-.\u2013]{1,3}(\d{3})[\s\-.\u2013]{1,3}(ng|nn|qt|cv)[\s\-.\u2013]{1,3}(\d\d))(?![\d/.:]\d|\w)"
)
_LAO: Final = re.compile(r"\bbien (?:so )?(?:lao|thai|thai lan)\W{1,3}([a-z]{2})[\s\-.]{0,3}(\d{4})(?!\d)")
_PLATE_END: Final = re.compile(r"\bduoi (?:bien |bien so |so )?(\d{1,3}\.\d\d)(?![\d\w]|[.,]\d)")
_ARMY_CUE: Final = re.compile(r"\b(?:xe|bien|bks|bsx|quan doi|bo doi|quan su|bien do|oto|o to)\b[^.!?\n]{0,30}$")
_CUE: Final = re.compile(r"\b(?:bien|bks|bsx|bs|bien so|bien kiem soat)\W{0,3}(?:\w+\W{1,3}){0,3}$")
_REPAIR: Final = str.maketrans("oliOLI", "011011")
# Two digits, one of these and more digits are an hour, an amount or a measure unless the format shows otherwise.
_UNITS: Final = word_set("""
    h k g m p t d n tr ty ti kg km cm ha do l
    """)
_DROPPED_CHARS: Final = re.compile(r"[^a-z0-9đ]")


def add_plates(registry: SpanRegistry) -> None:
    """Add PLATE spans; `norm` keeps letters and digits only, upper case."""
    view = registry.view
    if not view.has_digits:
        return
    for hit in _PLATE.finditer(view.plain):
        start, end = hit.span()
        code, letters, tail = hit[1], hit[2], hit[3]
        digits = _DROPPED_CHARS.sub("", tail).translate(_REPAIR)
        if int(code) < 11 or sum(map(str.isdecimal, tail)) < 3:
            continue
        tight = len(hit[0]) - len(tail) == len(code) + len(letters)
        cued = bool(_CUE.search(view.plain, max(0, start - 40), start))
        if letters in _UNITS and not cued and not _looks_like_plate(int(code), letters, tail, tight=tight):
            continue
        if (
            not tight
            and not cued
            and " " in hit[0]
            and "-" not in hit[0]
            and "." not in hit[0]
            and int(code) not in (36, 37, 38, 73)
        ):
            continue
        marked = _DROPPED_CHARS.sub("", view.marked[hit.start(2) : hit.end(2)])
        registry.add("PLATE", start, end, (code + marked + digits).upper())
    _add_special_plates(registry)


def _add_special_plates(registry: SpanRegistry) -> None:
    """Add plates without a province number (army, embassies, Laos), and ends of plates."""
    plain = registry.view.plain
    for hit in _ARMY.finditer(plain):
        capital = registry.view.cased[hit.start(1) : hit.end(1)].isupper()
        likely = capital or hit[1][1] not in "aeiouy"
        if likely and _ARMY_CUE.search(plain, max(0, hit.start() - 40), hit.start()):
            registry.add("PLATE", *hit.span(), "".join(hit.groups()).upper())
    for hit in _PLATE_END.finditer(plain) if "duoi" in plain else ():  # «chỉ nhớ đuôi 679.35»
        registry.add("PLATE", *hit.span(1), hit[1].replace(".", ""))
    for hit in _FOREIGN.finditer(plain):
        capital = registry.view.cased[hit.start() : hit.end()].isupper()
        if capital or _ARMY_CUE.search(plain, max(0, hit.start() - 40), hit.start()):
            registry.add("PLATE", *hit.span(), "".join(filter(None, hit.groups())).upper())
    for hit in _LAO.finditer(plain):
        registry.add("PLATE", hit.start(1), hit.end(), "".join(hit.groups()).upper())


def _looks_like_plate(code: int, letters: str, tail: str, *, tight: bool) -> bool:
    """Return True if a unit letter is still part of a plate because the number cannot be an hour or an amount."""
    digits = _DROPPED_CHARS.sub("", tail)
    if letters == "h" and code < 25 and not tail.startswith("-"):
        return False
    if letters == "h" and len(digits) in (4, 5):
        return True
    if tail[:1] == "-" or re.search(r"\d{3}\.\d\d\Z|\d ?- ?\d{3}[ .]?\d\d\Z", tail):
        return True
    return tight and len(digits) >= 5 and not tail.startswith(" ") and letters not in ("k", "tr", "ty", "ti")
