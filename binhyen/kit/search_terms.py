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

from binhyen.kit.text import collapse_spaces, fold_text, list_tone_placements, normalize_tone, to_nfc

MAX_LENGTH = 200
_MAX_WORDS = 10
_MAX_ACCENTED = 4000  # words of one row
_MAX_WORD_LENGTH = 40
_MIN_DIGITS = 5  # of a plate given by its number alone: «987.65»
_WORD = re.compile(r"[^\W_]+")
# A number or a plate, possibly with blanks, dots and dashes inside; of accent-free text.
_PLATE = re.compile(r"(?<!\w)\d{2}[ .-]?[a-z]{1,2}\d?(?:[ .-]*\d{2,6}){1,3}(?!\w)")
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_NUMBER = re.compile(r"(?<!\w)\+?\d(?:[ .()-]*\d){4,}(?!\w)")


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """A parsed search.

    `text`: as typed, NFC; `query`: for PostgreSQL's to_tsquery, "" if there is nothing to search; `marks`: the words
    typed with accents, as a tsquery over `marked`, "" if there are none; `mixed`: there are other words too, so an
    exact match must also satisfy `query`.
    """

    text: str
    query: str
    marks: str = ""
    mixed: bool = False


def parse_search(typed: str) -> SearchTerms:
    """Parse a typed search. The last word may be unfinished; the others are complete."""
    text = collapse_spaces(to_nfc(typed[: MAX_LENGTH * 4]))[:MAX_LENGTH]
    parts = _parse_terms(text)[:_MAX_WORDS]
    marks = [marks for _, marks in parts if marks]
    return SearchTerms(
        text, " & ".join(part for part, _ in parts), " & ".join(marks), mixed=0 < len(marks) < len(parts)
    )


def accented_words(text: str) -> str:
    """Return the words of `text` with accents, each once, in the form of a tsvector column."""
    if text.isascii():
        return ""
    words = (_stored_form(word) for word in _WORD.findall(to_nfc(text).lower()))
    return _join_unique(word for word in words if word)


def join_accented_words(*columns: str) -> str:
    """Join the words of several such columns, as written by `accented_words` or as read from the database."""
    return _join_unique(" ".join(columns).replace("'", "").split())


def _join_unique(words: Iterable[str]) -> str:
    return " ".join(list(dict.fromkeys(words))[:_MAX_ACCENTED])


@lru_cache(maxsize=30_000)
def _stored_form(word: str) -> str:
    """Return a word in its stored form with normalised tone position; "" without accents."""
    return normalize_tone(word) if len(word) <= _MAX_WORD_LENGTH and fold_text(word) != word else ""


def _parse_terms(text: str) -> list[tuple[str, str]]:
    """Return the required terms for to_tsquery, each with its accented form as a tsquery, "" without accents."""
    folded, written = fold_text(text), text.lower()
    if len(folded) != len(written):  # letters that fold to none or two: not Vietnamese
        written = folded
    parts: list[tuple[str, str]] = []
    position = 0
    for first, last in _number_spans(folded):
        parts += [_whole_word_term(folded, written, span) for span in _word_slices(folded, position, first)]
        parts.append((_number_query(folded[first:last], is_last=last == len(folded)), ""))
        position = last
    remaining = _word_slices(folded, position, len(folded))
    if remaining:
        parts += [_whole_word_term(folded, written, span) for span in remaining[:-1]]
        parts += _prefix_terms(folded, written, remaining[-1], is_only_word=not parts)
    return parts


def _number_spans(folded: str) -> list[tuple[int, int]]:
    """Return the spans of numbers and plates, in order, without overlap."""
    spans = [match.span() for pattern in (_PLATE, _NUMBER) for match in pattern.finditer(folded)]
    selected: list[tuple[int, int]] = []
    for first, last in sorted(spans, key=lambda span: (span[0], -span[1])):
        has_enough_digits = sum(char.isdigit() for char in folded[first:last]) >= _MIN_DIGITS
        if has_enough_digits and (not selected or first >= selected[-1][1]):
            selected.append((first, last))
    return selected


def _number_query(written: str, *, is_last: bool) -> str:
    """Return a query for the canonical value (which may be unfinished) or for the words as typed."""
    joined = "".join(_WORD.findall(written))
    if joined.startswith("84") and len(joined) >= 10 and joined.isdigit():
        joined = f"0{joined[2:]}"
    as_typed = " & ".join(_WORD.findall(written))
    return f"({joined}:* | {as_typed}{':*' if is_last else ''})"


def _word_slices(folded: str, first: int, last: int) -> list[slice]:
    return [slice(*match.span()) for match in _WORD.finditer(folded, first, last)]


def _whole_word_term(folded: str, written: str, span: slice) -> tuple[str, str]:
    accented = _stored_form(written[span])
    return folded[span], f"'{accented}'" if accented else ""


def _prefix_terms(folded: str, written: str, span: slice, *, is_only_word: bool) -> list[tuple[str, str]]:
    """Return terms for the unfinished last word. One letter matches half of all words: ignored, unless a digit.

    Its tone may move when the word is complete: «hoà» begins «hoàn».
    """
    word = folded[span]
    if len(word) > 1:
        variants = (
            [f"'{variant}':*" for variant in list_tone_placements(written[span])] if _stored_form(written[span]) else []
        )
        return [(f"{word}:*", f"({' | '.join(variants)})" if variants else "")]
    return [(word, "")] if word.isdigit() and not is_only_word else []
