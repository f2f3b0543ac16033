"""Text normalisation for detection: invisible characters, look-alike letters (homoglyphs), separated letters. Pure.

Every character keeps its original offset, so that findings can be marked in the original text.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from binhyen.kit.text import BLANK_BRAILLE, fold_char, is_invisible, normalize
from binhyen.language.phrase_trie import word_set

_LOOKALIKES = str.maketrans("аеорсхуіјкмнтвАЕОРСХУІКМНТВοΟαΑιΙ", "aeopcxyijkmhtbAEOPCXYIKMHTBoOaAiI")
_LEET = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"}
# nosemgrep: pattern-that-hangs  time bound held by tests/security/test_supply_patterns.py
_APART = re.compile(r"(?<![^\W_])(?:[^\W\d_][ .\-_*·/]{1,2}){2,}[^\W\d_](?![^\W_])")
_WORD = re.compile(r"[^\W_]+")
# Anchored at the start of a word or of its letters: a long word is tried once, not from each of its letters (no
# quadratic backtracking).
_MIXED = re.compile(
    r"(?<![^\W_])[^\W_@$!]*[^\W\d_][013457@$!]+[^\W\d_][^\W_]*|(?<![^\W\d_])[^\W\d_]{2,}[013457@$]+(?![^\W_])"
)
# Without diacritics «chi», «co», «ba», «be» are other words, too: where a text has diacritics, they decide.
_PEOPLE = word_set(
    "chị anh ông bà cô chú bác cụ cậu mợ dì thím cháu con vợ chồng hàng đồng bạn chủ hộ học nhân bảo tài lái"
    " công phụ thợ"
    " người tổ trưởng thầy nhà mụ trẻ bé đứa thằng nữ nam em thiếu mẹ bố thân dượng kế thủ thu lễ cán phục"
)


@dataclass(frozen=True, slots=True)
class NormalizedText:
    """A normalized text.

    `marked`: one character a letter, with diacritics; `folded`: same length, without. `offsets`: original offsets.
    """

    marked: str
    folded: str
    at: tuple[tuple[int, int], ...]

    def to_original_span(self, start: int, end: int) -> tuple[int, int]:
        return self.at[start][0], self.at[end - 1][1]

    def remove_indexes(self, indexes: Iterable[int]) -> "NormalizedText":
        removed = set(indexes)
        remaining = [index for index in range(len(self.marked)) if index not in removed]
        return _build_normalized([(self.marked[index], self.at[index]) for index in remaining])


def normalize_characters(text: str) -> NormalizedText:
    """Normalize compatibility forms (full width, bold, circled), compose diacritics, remove invisible characters."""
    letters_found: list[tuple[str, tuple[int, int]]] = []
    for index, char in enumerate(text):
        letters = _normalize_character(char)
        if letters is None:
            if letters_found:
                letter, (start, _) = letters_found[-1]
                letters_found[-1] = (normalize("NFC", letter + char)[:1], (start, index + 1))
            continue
        letters_found += [(single, (index, index + 1)) for single in letters]
    return _build_normalized(letters_found)


@lru_cache(maxsize=4096)
def _normalize_character(char: str) -> str | None:
    """Return the normalized letters, possibly none; None for a mark, which joins the letter before it."""
    if is_invisible(char):
        return ""
    if char == BLANK_BRAILLE:
        return " "
    category = unicodedata.category(char)
    if category in ("Mn", "Me"):
        return None
    if category in ("Cf", "Cs", "Co", "Cn") or (category == "Cc" and char not in "\n\t"):
        return ""
    if char.isascii():
        return char
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    normalized = normalize("NFC", normalize("NFKC", char)).translate(_LOOKALIKES)
    return "".join(part for part in normalized if unicodedata.category(part) not in ("Mn", "Me"))


def _build_normalized(letters: list[tuple[str, tuple[int, int]]]) -> NormalizedText:
    marked = "".join(char for char, _ in letters)
    return NormalizedText(
        marked, "".join((fold_char(char) or char)[:1] for char in marked), tuple(offset for _, offset in letters)
    )


def join_separated_letters(text: NormalizedText) -> NormalizedText:
    """Join separated letters and replace digits that stand for letters (leetspeak), for word detection."""
    separator_indexes = [
        index
        for match in _APART.finditer(text.marked)
        for index in range(*match.span())
        if not text.marked[index].isalpha()
    ]
    joined = text.remove_indexes(separator_indexes) if separator_indexes else text
    marked = joined.marked
    for match in _MIXED.finditer(joined.marked):
        word = match[0]
        if sum(char.isalpha() for char in word) >= 2 and sum(char.isalpha() for char in word) > sum(
            not char.isalpha() for char in word
        ):
            marked = marked[: match.start()] + "".join(_LEET.get(char, char) for char in word) + marked[match.end() :]
    return _build_normalized(list(zip(marked, joined.at, strict=True))) if marked != joined.marked else joined


@dataclass(frozen=True, slots=True)
class WordToken:
    """A word of a `NormalizedText`. `folded` and `marked` are lower case."""

    folded: str
    marked: str
    start: int
    end: int
    is_capitalised: bool
    is_all_caps: bool


def split_words(text: NormalizedText) -> list[WordToken]:
    return [
        WordToken(
            text.folded[match.start() : match.end()],
            match[0].lower(),
            match.start(),
            match.end(),
            match[0][0].isupper(),
            match[0].isupper() and len(match[0]) > 1,
        )
        for match in _WORD.finditer(text.marked)
    ]


def iter_person_matches(
    pattern: re.Pattern[str], text: NormalizedText, start: int, end: int
) -> Iterator[re.Match[str]]:
    """Yield matches whose group `who` is a person by its diacritics, too."""
    is_unaccented = text.marked[start:end].lower() == text.folded[start:end]
    while match := pattern.search(text.folded, start, end):
        word_start = match.start("who")
        word = text.marked[word_start : match.end("who")].lower().split()[0] if word_start >= 0 else ""
        has_no_accents = word == text.folded[word_start : word_start + len(word)] and (
            is_unaccented or word not in ("ba", "co")
        )
        if not word or has_no_accents or word in _PEOPLE:
            yield match
            start = match.end()
        else:
            start = match.start() + 1
