"""What somebody types into a search box, made ready: folded words for the index, marks for the order. Pure.

Found by the form without marks, ordered by the marks. Phones, plates and accounts are found by their one canonical
value, which `folded` columns hold beside the words, however they are broken up when typed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from binhyen.kit.text import fold, name_key, nfc, squeeze

LONGEST = 200
_MOST_WORDS = 10
_LEAST_DIGITS = 6
_WORD = re.compile(r"[^\W_]+")
# A number or a plate, perhaps broken up by blanks, dots and dashes; of folded text.
_PLATE = re.compile(r"(?<!\w)\d{2}[ .-]?[a-z]{1,2}\d?(?:[ .-]*\d{2,6}){1,3}(?!\w)")
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_NUMBER = re.compile(r"(?<!\w)\+?\d(?:[ .()-]*\d){5,}(?!\w)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """`text`: as typed, NFC; `query`: for PostgreSQL's to_tsquery, "" where there is nothing to look for.

    `words`: keys of the typed words with their marks (see `kit.text.name_key`), empty where nobody typed a mark.
    """

    text: str
    query: str
    words: tuple[str, ...] = ()


def wanted(typed: str) -> Wanted:
    """Ready for searching. The last word may be unfinished; the others are whole."""
    text = squeeze(nfc(typed[: LONGEST * 4]))[:LONGEST]
    folded = fold(text)
    parts: list[str] = []
    place = 0
    for first, last in _numbers(folded):
        parts += _words(folded[place:first])
        parts.append(_number(folded[first:last], ends=last == len(folded)))
        place = last
    rest = _words(folded[place:])
    if rest:
        parts += rest[:-1]
        parts += _last(rest[-1], alone=not parts)
    marked = folded != text.lower()
    keys = tuple(word_key(word) for word in _WORD.findall(text)) if marked else ()
    return Wanted(text, " & ".join(parts[:_MOST_WORDS]), keys[:_MOST_WORDS])


def exact(looked_for: Wanted, text: str) -> bool:
    """Whether `text` has every typed word with these very marks; tone placement and case do not matter."""
    if not looked_for.words:
        return False
    said = {word_key(word) for word in _WORD.findall(nfc(text))}
    *whole, last = looked_for.words
    return said.issuperset(whole) and (last in said or any(word.startswith(last) for word in said))


def exact_first(looked_for: Wanted, rows: Iterable[tuple[int, str]], *, most: int) -> list[int]:
    """Keys of the best rows (key, text): those with the very marks first, else in the order given. Reads no further
    than it must."""
    right: list[int] = []
    others: list[int] = []
    for key, text in rows:
        (right if exact(looked_for, text) else others).append(key)
        if len(right) == most:
            break
    return [*right, *others][:most]


@lru_cache(maxsize=30_000)
def word_key(word: str) -> str:
    return name_key(word)


def _numbers(folded: str) -> list[tuple[int, int]]:
    """Places of numbers and plates, in order, without overlap."""
    spans = [m.span() for pattern in (_PLATE, _NUMBER) for m in pattern.finditer(folded)]
    kept: list[tuple[int, int]] = []
    for first, last in sorted(spans, key=lambda s: (s[0], -s[1])):
        enough = sum(c.isdigit() for c in folded[first:last]) >= _LEAST_DIGITS - 1
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


def _words(folded: str) -> list[str]:
    return _WORD.findall(folded)


def _last(word: str, *, alone: bool) -> list[str]:
    """The beginning of a word. One letter begins half of all words: it waits for the second, unless it is a digit."""
    if len(word) > 1:
        return [f"{word}:*"]
    return [word] if word.isdigit() and not alone else []
