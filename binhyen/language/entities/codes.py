"""ID_NUMBER with letters: dossiers, boats, health cards, and codes introduced by a label."""

import re
from typing import Final

from binhyen.language.entities.number_cues import CUES, ID
from binhyen.language.entities.span_registry import SpanRegistry

_LONG_DIGITS: Final = re.compile(r"\d{4}")
# Digits of a health card; a text with fewer digits and no long run of digits contains none of the long codes.
_MIN_DIGITS: Final = 13
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
    may_have_long_codes = bool(_LONG_DIGITS.search(plain)) or sum(map(str.isdecimal, plain)) >= _MIN_DIGITS
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
