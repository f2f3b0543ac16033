"""What somebody types into a search box, made ready: folded words to find, words with marks to put first. Pure.

Found by the form without marks. A word typed with marks is also looked for as it is, among the words with marks that
every row keeps (`marked`), so that exact ones come first however many others are newer. Phones, plates and accounts
are found by their one canonical value, which `folded` columns hold beside the words, however they are broken up, and
plates by their five figures too (`kit/finding.py: kept`).
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
_LEAST_DIGITS = 5  # of a plate that is told by its number alone: «987.65»
_WORD = re.compile(r"[^\W_]+")
# A number or a plate, perhaps broken up by blanks, dots and dashes; of folded text.
_PLATE = re.compile(r"(?<!\w)\d{2}[ .-]?[a-z]{1,2}\d?(?:[ .-]*\d{2,6}){1,3}(?!\w)")
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_NUMBER = re.compile(r"(?<!\w)\+?\d(?:[ .()-]*\d){4,}(?!\w)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """`text`: as typed, NFC; `query`: for PostgreSQL's to_tsquery, "" where there is nothing to look for.

    `marks`: the words typed with marks, as a tsquery of words as `marked` gives them, "" where nobody typed a mark;
    `mixed`: there is more than these, so an exact one must answer `query` besides.
    """

    text: str
    query: str
    marks: str = ""
    mixed: bool = False


def wanted(typed: str) -> Wanted:
    """Ready for searching. The last word may be unfinished; the others are whole."""
    text = squeeze(nfc(typed[: LONGEST * 4]))[:LONGEST]
    parts = _parts(text)[:_MOST_WORDS]
    marks = [marks for _, marks in parts if marks]
    return Wanted(text, " & ".join(part for part, _ in parts), " & ".join(marks), mixed=0 < len(marks) < len(parts))


def marked(text: str) -> str:
    """The words of `text` that have marks, each once, as a column of words (tsvector) takes them."""
    if text.isascii():
        return ""
    words = (_kept(word) for word in _WORD.findall(nfc(text).lower()))
    return _joined(word for word in words if word)


def marked_together(*columns: str) -> str:
    """The words of several such columns, as written by `marked` or as read from the database."""
    return _joined(" ".join(columns).replace("'", "").split())


def _joined(words: Iterable[str]) -> str:
    return " ".join(list(dict.fromkeys(words))[:_MOST_MARKED])


@lru_cache(maxsize=30_000)
def _kept(word: str) -> str:
    """A word as it is kept, its tone in its place; "" without marks."""
    return settle_tone(word) if len(word) <= _LONGEST_WORD and fold(word) != word else ""


def _parts(text: str) -> list[tuple[str, str]]:
    """What every row must have, as to_tsquery reads it; for a word with marks that word itself, as a tsquery."""
    folded, written = fold(text), text.lower()
    if len(folded) != len(written):  # letters that fold to none or two: nobody's Vietnamese
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
    """Places of numbers and plates, in order, without overlap."""
    spans = [m.span() for pattern in (_PLATE, _NUMBER) for m in pattern.finditer(folded)]
    kept: list[tuple[int, int]] = []
    for first, last in sorted(spans, key=lambda s: (s[0], -s[1])):
        enough = sum(c.isdigit() for c in folded[first:last]) >= _LEAST_DIGITS
        if enough and (not kept or first >= kept[-1][1]):
            kept.append((first, last))
    return kept


def _number(written: str, *, ends: bool) -> str:
    """By its canonical value (which may be unfinished), or by the words as they were typed."""
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
    """The beginning of a word. One letter begins half of all words: it waits for the second, unless it is a digit.

    Its tone may stand where it will no longer stand when the word is whole: «hoà» begins «hoàn».
    """
    word = folded[span]
    if len(word) > 1:
        ways = [f"'{way}':*" for way in tone_places(written[span])] if _kept(written[span]) else []
        return [(f"{word}:*", f"({' | '.join(ways)})" if ways else "")]
    return [(word, "")] if word.isdigit() and not alone else []
