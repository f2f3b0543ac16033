"""One message prepared for reading: folded, accented and with capitals, aligned character by character.

Every position of an `AlignedText` maps back to code points of the text as given, which may be NFD or hold invisible
characters.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from operator import ne

from binhyen.kit.text import INVISIBLE, fold_char, is_invisible, normalize, to_name_key

# Combining marks, invisible characters, compatibility letters and digits: the text needs an offset map.
_NEEDS_OFFSET_MAP = re.compile(
    f"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f\uff01-\uff5e\u0130\ud800-\udfff"
    f"\U0001d400-\U0001d7ff{INVISIBLE}]"
)
_WORD = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile("[\n\r!?;…•|]|\\.\\s|\\.\\.|[\u2600-\u27bf\U0001f000-\U0001faff]")
_DIGIT = re.compile(r"\d")
_CACHED_BELOW = 0x3000
_MAX_CACHED_LENGTH = 12  # letters; a longer word is not cached, so that the cache stays bounded


class _FoldTable(dict[int, str]):
    """`str.translate` table that folds one character to exactly one character, filled on demand."""

    def __missing__(self, code: int) -> str:
        folded = fold_char(chr(code))[:1] or chr(code)
        if code < _CACHED_BELOW:
            self[code] = folded
        return folded


_FOLD = _FoldTable()


@lru_cache(maxsize=8192)
def is_same_syllable(left: str, right: str) -> bool:
    return to_name_key(left) == to_name_key(right)


@dataclass(frozen=True, slots=True)
class AlignedText:
    """Aligned versions of a message: `plain` (folded), `marked` (accented) and `cased` have one length.

    `words[i]` is `plain[starts[i]:ends[i]]`, `marks[i]` the same word with diacritics. `is_unaccented`: the message has
    no diacritics. `has_proper_names`: capitals are used inside sentences, so for names. `has_digits`: it has some.
    `origin`: start and end in `text` of every position; None where they are the same.
    """

    text: str
    plain: str
    marked: str
    cased: str
    origin: tuple[list[int], list[int]] | None
    words: list[str]
    marks: list[str]
    starts: list[int]
    ends: list[int]
    is_unaccented: bool
    has_proper_names: bool
    has_digits: bool

    def to_original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the code points of the original text for the positions `start:end` of the aligned text."""
        if self.origin is None:
            return start, end
        return self.origin[0][start], self.origin[1][end - 1]

    def gap_after(self, index: int) -> str:
        """Return the text between word `index` and the next one."""
        if index + 1 >= len(self.words):
            return self.plain[self.ends[index] :]
        return self.plain[self.ends[index] : self.starts[index + 1]]

    def is_contiguous(self, start: int, end: int) -> bool:
        """Return True if only whitespace separates the words `start:end`."""
        for index in range(start, end - 1):
            gap = self.gap_after(index)
            if gap != " " and not gap.isspace():
                return False
        return True

    def is_sentence_end(self, index: int) -> bool:
        """Return True if a sentence ends after word `index`."""
        gap = self.gap_after(index)
        return gap != " " and (index + 1 >= len(self.words) or bool(_SENTENCE_END.search(gap)))

    def is_capitalized(self, index: int) -> bool:
        """Return True if word `index` begins with a capital letter."""
        start = self.starts[index]
        return self.cased[start] != self.marked[start]

    def is_unaccented_at(self, index: int) -> bool:
        """Return True if word `index` is written without any diacritics."""
        return self.words[index] == self.marks[index]

    def matches_words(self, start: int, wanted: tuple[str, ...], *, loose: bool = False) -> bool:
        """Return True if the words from `start` on are `wanted` (accented).

        Unaccented words match in a bare text or if `loose`.
        """
        for offset, want in enumerate(wanted):
            index = start + offset
            accented = self.marks[index]
            if accented == want:
                continue
            if self.words[index] == accented:
                if loose or self.is_unaccented:
                    continue
                return False
            if len(accented) > _MAX_CACHED_LENGTH or not is_same_syllable(accented, want):
                return False
        return True


def _align_clusters(text: str) -> tuple[str, tuple[list[int], list[int]]]:
    """Return NFC text with one character per grapheme cluster, and the start and end of each cluster in `text`."""
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    size = len(text)
    index = 0
    while index < size:
        end = index + 1
        if is_invisible(text[index]):
            index = end
            continue
        cluster = text[index]
        while (mark := _next_mark(text, end)) < size and len(cluster) < 6:
            end = mark + 1
            cluster += text[mark]
        chars.append((normalize("NFKC", cluster) or cluster)[:1])
        starts.append(index)
        ends.append(end)
        index = end
    return "".join(chars), (starts, ends)


def _next_mark(text: str, index: int) -> int:
    """Index of the combining mark that follows, also behind invisible characters; `len(text)` if none does."""
    while index < len(text) and is_invisible(text[index]):
        index += 1
    if index < len(text) and (unicodedata.combining(text[index]) or unicodedata.category(text[index]) == "Me"):
        return index
    return len(text)


def align(text: str) -> AlignedText:
    """Align `text` (any string, also with lone surrogates) for reading; linear in its length."""
    origin: tuple[list[int], list[int]] | None = None
    cased = text
    if not text.isascii() and _NEEDS_OFFSET_MAP.search(text):
        cased, origin = _align_clusters(text)
    marked = cased.lower()
    if len(marked) != len(cased):
        marked = "".join(char.lower()[:1] or char for char in cased)
    plain = marked if marked.isascii() else marked.translate(_FOLD)
    spans = [match.span() for match in _WORD.finditer(plain)]
    words = [plain[start:end] for start, end in spans]
    starts = [start for start, _ in spans]
    ends = [end for _, end in spans]
    marks = words if marked is plain else [marked[start:end] for start, end in spans]
    with_marks = sum(map(ne, words, marks))
    letters = sum([word[0] > "9" for word in words])
    bare = with_marks * 4 < letters or not letters
    names = marked != cased and _has_proper_names(plain, marked, cased, starts, ends)
    digits = _DIGIT.search(plain) is not None
    return AlignedText(text, plain, marked, cased, origin, words, marks, starts, ends, bare, names, digits)


def _has_proper_names(plain: str, marked: str, cased: str, starts: list[int], ends: list[int]) -> bool:
    """Return True if a capitalised word (not all in capitals) occurs inside a sentence."""
    for index in range(1, min(len(starts), 400)):
        start, end = starts[index], ends[index]
        if cased[start] == marked[start] or end - start < 2:
            continue
        if cased[start + 1 : end] == marked[start + 1 : end] and not _SENTENCE_END.search(
            plain[ends[index - 1] : start]
        ):
            return True
    return False
