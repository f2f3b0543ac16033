"""Numbers in digits and in words: «1.500.000», «hai mươi lăm», «một trăm linh năm»."""

import re
from typing import Final

from binhyen.language.aligned_text import AlignedText

LEXEME: Final = re.compile(r"[ \t]*(?:(\d{1,3}(?:[.,]\d{3})+(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d))|([a-z]+))")
DIGITS: Final = {
    "mot": 1,
    "hai": 2,
    "ba": 3,
    "bon": 4,
    "tu": 4,
    "nam": 5,
    "lam": 5,
    "nham": 5,
    "sau": 6,
    "bay": 7,
    "bey": 7,
    "tam": 8,
    "chin": 9,
    "muoi": 10,
}
_MARKED: Final[dict[str, tuple[str, ...]]] = {
    "mot": ("một", "mốt"),
    "bon": ("bốn",),
    "tu": ("tư",),
    "nam": ("năm",),
    "lam": ("lăm",),
    "nham": ("nhăm",),
    "sau": ("sáu",),
    "bay": ("bảy", "bẩy"),
    "tam": ("tám",),
    "chin": ("chín",),
    "muoi": ("mười", "mươi"),
    "tram": ("trăm",),
    "chuc": ("chục",),
    "khong": ("không",),
    "nua": ("nửa", "nữa"),
}


def parse_number(text: str) -> float:
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", text):
        return float(re.sub("[.,]", "", text))
    return float(text.replace(",", "."))


def parse_spelled_number(view: AlignedText, pos: int) -> tuple[int, float, bool] | None:
    """Parse «ba trăm», «hai mươi lăm», «chục», «một trăm linh năm»; at least one number word is required."""
    total, current = 0.0, None
    end = pos
    after_hundred = no_hundred = False  # «năm triệu không trăm linh năm nghìn»
    for _ in range(7):
        hit = LEXEME.match(view.plain, end)
        word = hit[2] if hit else None
        if hit is None or word is None or not _has_number_spelling(view, hit.end() - len(word), word):
            break
        if word == "khong":
            next_match = LEXEME.match(view.plain, hit.end())
            if total or current is not None or next_match is None or next_match[2] != "tram":
                break
            no_hundred, hit = True, next_match
        elif word in ("tram", "chuc", "muoi"):
            total += (current or 1.0) * (100 if word == "tram" else 10)
            current = None
            after_hundred = word == "tram"
        elif word in DIGITS:
            if current is not None:
                if not _is_unit_of_tens(view, hit.end() - len(word), word):
                    break
                current *= 10.0  # «ba lăm» is thirty-five
            after_hundred = after_hundred and current is None
            current = (current or 0.0) + DIGITS[word]
        elif word not in ("linh", "le") or not (total or no_hundred):
            break
        else:
            after_hundred = False
        end = hit.end()
    if end == pos:
        return None
    if after_hundred and current is not None and current < 10:
        current *= 10  # «trăm hai» is a hundred and twenty
    return end, total + (current or 0.0), False


def _is_unit_of_tens(view: AlignedText, start: int, word: str) -> bool:
    """Return True for «lăm» and «mốt», which occur after tens only."""
    return view.marked[start : start + len(word)] in ("lăm", "nhăm", "mốt")


def _has_number_spelling(view: AlignedText, start: int, word: str) -> bool:
    """Return True if any diacritics are those of the number word: «tám», not «tầm»."""
    marked = view.marked[start : start + len(word)]
    return marked == word or marked in _MARKED.get(word, (word,))


def parse_spelled_words(view: AlignedText, first: int, last: int) -> int | None:
    """Return the integer spelled by the words `first:last`, or None if they are not exactly a number in words."""
    if last - first == 2 and view.words[first + 1] in DIGITS:
        tens, units = view.words[first], DIGITS[view.words[first + 1]]
        if not _has_number_spelling(view, view.starts[first], tens):
            tens = ""  # «tầm bốn tuổi»
        if view.marks[first] in ("hăm", "hâm"):
            return 20 + units
        if 2 <= DIGITS.get(tens, 0) <= 9 and units < 10:
            return 10 * DIGITS[tens] + units  # «tám hai tuổi»
    if view.words[first] not in DIGITS and view.words[first] not in ("chuc", "tram"):
        return None
    hit = parse_spelled_number(view, view.starts[first])
    if hit is None or hit[0] != view.ends[last - 1]:
        return None
    return int(hit[1])
