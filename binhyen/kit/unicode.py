"""Unicode normalization in linear time, and which characters are invisible. The only caller of `unicodedata.normalize`.

The C function sorts each run of combining marks by insertion and keeps the interpreter lock meanwhile: 80 kB of marks
stopped every page for seconds. So runs are capped first. tests/architecture refuses other callers.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Literal

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
MOST_MARKS = 8
"""Combining marks that one letter may carry; further ones are dropped. Vietnamese uses 2, Hebrew with accents 4."""

INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U00016fe4\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Characters without a shape of their own, or that reorder what follows, as the inside of a regular expression's class:
Unicode's Default_Ignorable_Code_Point with the Hangul fillers, and annotation marks."""
BLANK_BRAILLE = "\u2800"  # looks like a blank, and is a symbol for Unicode
_INVISIBLE = re.compile(f"[{INVISIBLE}]")


def _mark_class() -> str:
    """Inside of a character class: what may be reordered by normalization. Wider than that beyond U+10000."""
    marks = [c for c in range(0x300, 0x10000) if unicodedata.combining(chr(c)) or c in (0x0F73, 0x0F75, 0x0F81)]
    return re.escape("".join(map(chr, marks))) + "\U00010000-\U0001efff"


_SOME_MARKS = re.compile(f"[{_mark_class()}]{{3}}")  # fewer are never more than MOST_MARKS, even decomposed
_LETTER_AND_MARKS = re.compile(f".?[{_mark_class()}]{{3,}}", re.DOTALL)


@lru_cache(maxsize=2048)
def _count_marks(char: str) -> tuple[bool, int]:
    """Whether a code point begins a new letter, and how many combining marks it decomposes to."""
    marks = [unicodedata.combining(part) > 0 for part in unicodedata.normalize("NFD", char)]
    return not marks[0], sum(marks)


def _drop_excess_marks(match: re.Match[str]) -> str:
    retained: list[str] = []
    total = 0
    for char in match[0]:
        starts, marks = _count_marks(char)
        total = marks if starts else total + marks
        if total <= MOST_MARKS:
            retained.append(char)
        else:
            total -= marks
    return "".join(retained)


def cap_marks(text: str) -> str:
    """Drop combining marks beyond `MOST_MARKS` on one letter. Linear."""
    return _LETTER_AND_MARKS.sub(_drop_excess_marks, text) if _SOME_MARKS.search(text) else text


_CACHED_BELOW = 0x3000


class _Compatible(dict[int, str]):
    """NFKC of single code points for `str.translate`, filled as characters appear."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKC", chr(code))
        if code < _CACHED_BELOW:
            self[code] = plain
        return plain


_COMPATIBLE = _Compatible()


def normalize(form: Form, text: str) -> str:
    """Normalize after capping runs of marks. A compatibility form may turn letters into marks, so it is taken character
    by character before that."""
    if text.isascii():
        return text
    if form in ("NFKC", "NFKD"):
        text, form = text.translate(_COMPATIBLE), "NFC" if form == "NFKC" else "NFD"
    return unicodedata.normalize(form, cap_marks(text))


def is_invisible(char: str) -> bool:
    """Has this code point no shape of its own (zero width, fillers, direction marks, selectors)?"""
    return _INVISIBLE.match(char) is not None


def drop_invisible(text: str) -> str:
    """Remove code points that have no shape of their own."""
    return text if text.isascii() else _INVISIBLE.sub("", text)
