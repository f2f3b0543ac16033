"""Parsing of search queries: words without accents to find, words with accents to rank first. Pure.

Matches use the form without accents. A word typed with accents is also looked for unchanged among the accented words
stored with every row (`marked`), so that exact matches come first however many others are newer. Phone numbers, plates
and accounts are found by their canonical value, which `folded` columns hold beside the words, regardless of separators,
and plates by their five digits too (`kit/ranked_search.py: search_vector`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from binhyen.kit.text import fold, nfc, settle_tone, squeeze, tone_places

LONGEST = 200
_MOST_WORDS = 10
_MOST_MARKED = 4000  # words of one row
_LONGEST_WORD = 40
_LEAST_DIGITS = 5  # of a plate given by its number alone: «987.65»
_WORD = re.compile(r"[^\W_]+")
# A number or a plate, possibly with blanks, dots and dashes inside; of accent-free text.
_PLATE = re.compile(r"(?<!\w)\d{2}[ .-]?[a-z]{1,2}\d?(?:[ .-]*\d{2,6}){1,3}(?!\w)")
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_NUMBER = re.compile(r"(?<!\w)\+?\d(?:[ .()-]*\d){4,}(?!\w)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A parsed search.

    `text`: as typed, NFC; `query`: for PostgreSQL's to_tsquery, "" if there is nothing to search; `marks`: the words
    typed
    with accents, as a tsquery over `marked`, "" if there are none; `mixed`: there are other words too, so an exact
    match
    must also satisfy `query`.
    """

    text: str
    query: str
    marks: str = ""
    mixed: bool = False


def wanted(typed: str) -> Wanted:
    """Parse a typed search. The last word may be unfinished; the others are complete."""
    text = squeeze(nfc(typed[: LONGEST * 4]))[:LONGEST]
    parts = _parts(text)[:_MOST_WORDS]
    marks = [marks for _, marks in parts if marks]
    return Wanted(text, " & ".join(part for part, _ in parts), " & ".join(marks), mixed=0 < len(marks) < len(parts))


def marked(text: str) -> str:
    """Return the words of `text` with accents, each once, in the form of a tsvector column."""
    if text.isascii():
        return ""
    words = (_kept(word) for word in _WORD.findall(nfc(text).lower()))
    return _joined(word for word in words if word)


def marked_together(*columns: str) -> str:
    """Join the words of several such columns, as written by `accented_words` or as read from the database."""
    return _joined(" ".join(columns).replace("'", "").split())


def _joined(words: Iterable[str]) -> str:
    return " ".join(list(dict.fromkeys(words))[:_MOST_MARKED])


@lru_cache(maxsize=30_000)
def _kept(word: str) -> str:
    """Return a word in its stored form with normalised tone position; "" without accents."""
    return settle_tone(word) if len(word) <= _LONGEST_WORD and fold(word) != word else ""


def _parts(text: str) -> list[tuple[str, str]]:
    """Return the required terms for to_tsquery, each with its accented form as a tsquery, "" without accents."""
    folded, written = fold(text), text.lower()
    if len(folded) != len(written):  # letters that fold to none or two: not Vietnamese
        written = folded
    parts: list[tuple[str, str]] = []
    place = 0
    for first, last in _numbers(folded):
        parts += [_whole(folded, written, span) for span in _words(folded, place, first)]
        parts.append((_number(folded[first:last], ends=last == len(folded)), ""))
        place = last
    rest = _words(folded, place, len(folded))
    if rest:
        parts += [_whole(folded, written, span) for span in rest[:-1]]
        parts += _last(folded, written, rest[-1], alone=not parts)
    return parts


def _numbers(folded: str) -> list[tuple[int, int]]:
    """Return the spans of numbers and plates, in order, without overlap."""
    spans = [m.span() for pattern in (_PLATE, _NUMBER) for m in pattern.finditer(folded)]
    kept: list[tuple[int, int]] = []
    for first, last in sorted(spans, key=lambda s: (s[0], -s[1])):
        enough = sum(c.isdigit() for c in folded[first:last]) >= _LEAST_DIGITS
        if enough and (not kept or first >= kept[-1][1]):
            kept.append((first, last))
    return kept


def _number(written: str, *, ends: bool) -> str:
    """Return a query for the canonical value (which may be unfinished) or for the words as typed."""
    joined = "".join(_WORD.findall(written))
    if joined.startswith("84") and len(joined) >= 10 and joined.isdigit():
        joined = f"0{joined[2:]}"
    loose = " & ".join(_WORD.findall(written))
    return f"({joined}:* | {loose}{':*' if ends else ''})"


def _words(folded: str, first: int, last: int) -> list[slice]:
    return [slice(*found.span()) for found in _WORD.finditer(folded, first, last)]


def _whole(folded: str, written: str, span: slice) -> tuple[str, str]:
    kept = _kept(written[span])
    return folded[span], f"'{kept}'" if kept else ""


def _last(folded: str, written: str, span: slice, *, alone: bool) -> list[tuple[str, str]]:
    """Return terms for the unfinished last word. One letter matches half of all words: ignored, unless a digit.

    Its tone may move when the word is complete: «hoà» begins «hoàn».
    """
    word = folded[span]
    if len(word) > 1:
        ways = [f"'{way}':*" for way in tone_places(written[span])] if _kept(written[span]) else []
        return [(f"{word}:*", f"({' | '.join(ways)})" if ways else "")]
    return [(word, "")] if word.isdigit() and not alone else []
