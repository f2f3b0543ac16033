"""Text normalisation for detection: invisible characters, look-alike letters (homoglyphs), separated letters. Pure.

Every character keeps its original offset, so that findings can be marked in the original text.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from binhyen.kit.text import fold_char
from binhyen.kit.unicode import BLANK_BRAILLE, is_invisible, normalize
from binhyen.language.phrase_trie import bag

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
_PEOPLE = bag(
    "chị anh ông bà cô chú bác cụ cậu mợ dì thím cháu con vợ chồng hàng đồng bạn chủ hộ học nhân bảo tài lái"
    " công phụ thợ"
    " người tổ trưởng thầy nhà mụ trẻ bé đứa thằng nữ nam em thiếu mẹ bố thân dượng kế thủ thu lễ cán phục"
)


@dataclass(frozen=True, slots=True)
class Plain:
    """A normalized text.

    `marked`: one character a letter, with diacritics; `folded`: same length, without. `offsets`: original offsets.
    """

    marked: str
    folded: str
    at: tuple[tuple[int, int], ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        return self.at[start][0], self.at[end - 1][1]

    def without(self, gone: Iterable[int]) -> "Plain":
        drop = set(gone)
        kept = [i for i in range(len(self.marked)) if i not in drop]
        return _plain([(self.marked[i], self.at[i]) for i in kept])


def plain(text: str) -> Plain:
    """Normalize compatibility forms (full width, bold, circled), compose diacritics, remove invisible characters."""
    found: list[tuple[str, tuple[int, int]]] = []
    for index, char in enumerate(text):
        letters = _plainly(char)
        if letters is None:
            if found:
                letter, (start, _) = found[-1]
                found[-1] = (normalize("NFC", letter + char)[:1], (start, index + 1))
            continue
        found += [(one, (index, index + 1)) for one in letters]
    return _plain(found)


@lru_cache(maxsize=4096)
def _plainly(char: str) -> str | None:
    """What is read of it, maybe nothing; None for a mark, which joins the letter before it."""
    if is_invisible(char):
        return ""
    if char == BLANK_BRAILLE:
        return " "
    kind = unicodedata.category(char)
    if kind in ("Mn", "Me"):
        return None
    if kind in ("Cf", "Cs", "Co", "Cn") or (kind == "Cc" and char not in "\n\t"):
        return ""
    if char.isascii():
        return char
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    whole = normalize("NFC", normalize("NFKC", char)).translate(_LOOKALIKES)
    return "".join(c for c in whole if unicodedata.category(c) not in ("Mn", "Me"))


def _plain(found: list[tuple[str, tuple[int, int]]]) -> Plain:
    marked = "".join(c for c, _ in found)
    return Plain(marked, "".join((fold_char(c) or c)[:1] for c in marked), tuple(at for _, at in found))


def words(text: Plain) -> Plain:
    """Join separated letters and replace digits that stand for letters (leetspeak), for word detection."""
    apart = [i for found in _APART.finditer(text.marked) for i in range(*found.span()) if not text.marked[i].isalpha()]
    joined = text.without(apart) if apart else text
    marked = joined.marked
    for found in _MIXED.finditer(joined.marked):
        word = found[0]
        if sum(c.isalpha() for c in word) >= 2 and sum(c.isalpha() for c in word) > sum(not c.isalpha() for c in word):
            marked = marked[: found.start()] + "".join(_LEET.get(c, c) for c in word) + marked[found.end() :]
    return _plain(list(zip(marked, joined.at, strict=True))) if marked != joined.marked else joined


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a `NormalizedText`. `folded` and `marked` are lower case."""

    folded: str
    marked: str
    start: int
    end: int
    capital: bool
    shouted: bool


def split(text: Plain) -> list[Word]:
    return [
        Word(text.folded[m.start() : m.end()], m[0].lower(), m.start(), m.end(), m[0][0].isupper(),
             m[0].isupper() and len(m[0]) > 1)
        for m in _WORD.finditer(text.marked)
    ]  # fmt: skip


def of_people(pattern: re.Pattern[str], text: Plain, start: int, end: int) -> Iterator[re.Match[str]]:
    """Yield matches whose group `who` is a person by its diacritics, too."""
    bare = text.marked[start:end].lower() == text.folded[start:end]
    while found := pattern.search(text.folded, start, end):
        at = found.start("who")
        word = text.marked[at : found.end("who")].lower().split()[0] if at >= 0 else ""
        plainly = word == text.folded[at : at + len(word)] and (bare or word not in ("ba", "co"))
        if not word or plainly or word in _PEOPLE:
            yield found
            start = found.end()
        else:
            start = found.start() + 1
