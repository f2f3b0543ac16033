"""Vietnamese text: one normal form at the entrance, one folded form for search, one key for sorting.

Nothing here depends on Django or Bình Yên, so the language package and the rules may use it.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

# Unicode normalization in linear time, and which characters are invisible. The only caller of `unicodedata.normalize`.
#
# The C function sorts each run of combining marks by insertion and keeps the interpreter lock meanwhile: 80 kB of
# marks stopped every page for seconds. So runs are capped first. tests/architecture refuses other callers.

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


_SELECTORS = "\ufe00-\ufe0f"
# Control characters, lone surrogates and invisible characters hide words from search and from people.
_UNWANTED = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff{INVISIBLE.replace(_SELECTORS, '')}]")
# A variation selector stays only behind a symbol, where it chooses between a drawing and an emoji.
_STRAY_SELECTOR = re.compile(
    f"(?<![\u203c\u2049\u20e3\u2122\u2139\u2190-\u27ff\u2900-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff])[{_SELECTORS}]"
)
_FOLD_TO_TWO = re.compile("[\u0f40-\u0fbf]")  # only some Tibetan letters
_STROKE = str.maketrans("đĐ", "dd")
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}


def to_nfc(text: str) -> str:
    """Return text as it is stored: NFC, without lone surrogates, control, invisible or direction characters."""
    text = _UNWANTED.sub("", text)
    if text.isascii():
        return text
    return normalize("NFC", _STRAY_SELECTOR.sub("", text.replace(BLANK_BRAILLE, " ")))


@lru_cache(maxsize=4096)
def fold_char(char: str) -> str:
    """One code point folded: lower case, no marks, đ→d. A lone combining mark or invisible character: nothing."""
    if is_invisible(char):
        return ""
    base = "".join(part for part in normalize("NFD", char.translate(_STROKE)) if not unicodedata.combining(part))
    return normalize("NFC", base).lower()


class _FoldTable(dict[int, str]):
    """Translation table of `fold_char` for `str.translate`, filled as characters appear."""

    def __missing__(self, code: int) -> str:
        folded = fold_char(chr(code))
        if code < _CACHED_BELOW:
            self[code] = folded
        return folded


_FOLD_TABLE = _FoldTable()


def fold_text(text: str) -> str:
    """Fold text for search: «Đánh rơi» → «danh roi». The same result for NFC and NFD, hòa and hoà."""
    if text.isascii():
        return text.lower()
    return text.translate(_FOLD_TABLE)


def fold_to_words(text: str) -> str:
    """Return the folded words alone, without punctuation."""
    return " ".join("".join(char if char.isalnum() else " " for char in fold_text(text)).split())


def _build_fold_pairs() -> tuple[str, str]:
    marks = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
    vowels = [normalize("NFC", base + mark) for base in "aeiouyăâêôơư" for mark in marks]
    lower_letters = [*vowels, *"bcdđfghjklmnpqrstvwxz"]
    all_letters = [
        char for char in [*lower_letters, *(char.upper() for char in lower_letters)] if fold_char(char) != char
    ]
    return "".join(all_letters), "".join(map(fold_char, all_letters))


FOLD_PAIRS = _build_fold_pairs()
"""Every Vietnamese letter that `fold` changes, and what it becomes: the arguments of SQL's translate()."""


def fold_with_offsets(text: str) -> tuple[str, Sequence[int]]:
    """Return the folded text and, for each folded code point, its index in `text` (works for NFD input).

    There is one more index, `len(text)`, so that the end of a span maps too.
    """
    folded = fold_text(text)
    if len(folded) == len(text) and not _FOLD_TO_TWO.search(text):  # the usual case: each code point maps to one
        return folded, range(len(text) + 1)
    return folded, [*(index for index, char in enumerate(text) for _ in fold_char(char)), len(text)]


def collapse_spaces(text: str) -> str:
    """Collapse runs of white space to one blank; trim the ends."""
    return " ".join(text.split())


def to_name_key(name: str) -> str:
    """Return the identity key of a name: equal for «Hòa» and «Hoà», another for «Hóa» (accents matter).

    The tone mark moves to the end of its syllable as a digit; i/y and case are folded.
    """
    syllables = collapse_spaces(to_nfc(name)).lower().replace("’", "'").split(" ")
    return " ".join(
        _cached_syllable_key(syllable) if len(syllable) <= _MAX_SYLLABLE else _to_syllable_key(syllable)
        for syllable in syllables
    )


_MAX_SYLLABLE = 12  # nothing longer is a syllable, or worth caching


def _to_syllable_key(syllable: str) -> str:
    letters, tone = _split_tone(syllable)
    return letters + _TONES.get(tone, "")


def _split_tone(word: str) -> tuple[str, str]:
    """Return the letters and the tone (the last of several, "" without)."""
    tone = ""
    letters: list[str] = []
    for char in normalize("NFD", word):
        if char in _TONES:
            tone = char
        else:
            letters.append(char)
    return normalize("NFC", "".join(letters)), tone


_cached_syllable_key = lru_cache(maxsize=8192)(_to_syllable_key)  # the language has about 7,000


def normalize_tone(word: str) -> str:
    """Normalise the tone position of a word in lower case, so that two spellings of one word are equal.

    hoà → hòa, thuỷ → thủy, qúy → quý. Of several tones the last counts.
    """
    letters, tone = _split_tone(word)
    return _place_tone(letters, tone, _find_tone_index(letters)) if tone else letters


def list_tone_placements(word: str) -> list[str]:
    """Return a word in lower case with its tone on each of its vowels: hoà → hòa, hoà. Unchanged without a tone."""
    letters, tone = _split_tone(word)
    if not tone:
        return [letters]
    places = [index for index, letter in enumerate(letters) if letter in _VOWELS] or [len(letters) - 1]
    return [_place_tone(letters, tone, place) for place in places]


_VOWELS = frozenset("aăâeêioôơuưy")
_MARKED_VOWELS = frozenset("ăâêôơư")


def _place_tone(letters: str, tone: str, place: int) -> str:
    return normalize("NFC", f"{letters[: place + 1]}{tone}{letters[place + 1 :]}")


def _find_tone_index(letters: str) -> int:
    """Return the index of the vowel that carries the tone.

    The vowel with a diacritic (the last of ươ), else the one before the end: the first of two that end the syllable
    (hòa), the second of three (ngoài) and of two with a consonant behind them (hoàn).
    """
    glide = letters[:2] in ("qu", "gi") and letters[2:3] in _VOWELS
    first = next(
        (index for index in range(2 if glide else 0, len(letters)) if letters[index] in _VOWELS), len(letters) - 1
    )
    end = next((index for index in range(first, len(letters)) if letters[index] not in _VOWELS), len(letters))
    marked = [index for index in range(first, end) if letters[index] in _MARKED_VOWELS]
    if marked:
        return marked[-1]
    open_pair = end == len(letters) and end - first == 2
    return first if end - first < 2 or open_pair else first + 1


_LETTER_ORDER = {c: i for i, c in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}


@lru_cache(maxsize=4096)  # pages sort the same communes and units at every request
def to_sort_key(text: str) -> str:
    """Return a sort key in Vietnamese dictionary order: letters first (a ă â … d đ …), tones only as a tie-break."""
    letters: list[str] = []
    tones: list[str] = []
    for char in to_nfc(text).lower():
        parts = normalize("NFD", char)
        tone = "".join(_TONES.get(part, "") for part in parts)
        base = normalize("NFC", "".join(part for part in parts if part not in _TONES))
        if base in _LETTER_ORDER:
            letters.append(f"{_LETTER_ORDER[base] + 32:02d}")
            tones.append(tone or "0")
        elif base.isdigit():
            letters.append(f"{int(base):02d}" if base.isascii() else "09")
        else:
            letters.append("/" if base.isspace() else base)
    return "".join(letters) + " " + "".join(tones)
