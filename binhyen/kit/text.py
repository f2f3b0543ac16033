"""Vietnamese text: one normal form at the entrance, one folded form for search, one key for sorting.

Nothing here depends on Django or Bình Yên, so the language package and the rules may use it.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from binhyen.kit.unicode import BLANK_BRAILLE, INVISIBLE, is_invisible, normalize

_SELECTORS = "\ufe00-\ufe0f"
# Control characters, lone surrogates and invisible characters hide words from search and from people.
_UNWANTED = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff{INVISIBLE.replace(_SELECTORS, '')}]")
# A variation selector stays only behind a symbol, where it chooses between a drawing and an emoji.
_STRAY_SELECTOR = re.compile(
    f"(?<![\u203c\u2049\u20e3\u2122\u2139\u2190-\u27ff\u2900-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff])[{_SELECTORS}]"
)
_FOLD_TO_TWO = re.compile("[\u0f40-\u0fbf]")  # only some Tibetan letters
_KEPT_BELOW = 0x3000
_STROKE = str.maketrans("đĐ", "dd")
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}


def nfc(text: str) -> str:
    """The form in which text is stored: NFC, without lone surrogates, control, invisible or direction characters."""
    text = _UNWANTED.sub("", text)
    if text.isascii():
        return text
    return normalize("NFC", _STRAY_SELECTOR.sub("", text.replace(BLANK_BRAILLE, " ")))


@lru_cache(maxsize=4096)
def fold_char(char: str) -> str:
    """One code point folded: lower case, no marks, đ→d. A lone combining mark or invisible character: nothing."""
    if is_invisible(char):
        return ""
    base = "".join(c for c in normalize("NFD", char.translate(_STROKE)) if not unicodedata.combining(c))
    return normalize("NFC", base).lower()


class _Folded(dict[int, str]):
    """Translation table of `fold_char` for `str.translate`, filled as characters appear."""

    def __missing__(self, code: int) -> str:
        folded = fold_char(chr(code))
        if code < _KEPT_BELOW:
            self[code] = folded
        return folded


_FOLDED = _Folded()


def fold(text: str) -> str:
    """Fold text for search: «Đánh rơi» → «danh roi». The same result for NFC and NFD, hòa and hoà."""
    if text.isascii():
        return text.lower()
    return text.translate(_FOLDED)


def bare(text: str) -> str:
    """Return the folded words alone, without punctuation."""
    return " ".join("".join(c if c.isalnum() else " " for c in fold(text)).split())


def _letters() -> tuple[str, str]:
    marks = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
    vowels = [normalize("NFC", base + mark) for base in "aeiouyăâêôơư" for mark in marks]
    small = [*vowels, *"bcdđfghjklmnpqrstvwxz"]
    both = [c for c in [*small, *(c.upper() for c in small)] if fold_char(c) != c]
    return "".join(both), "".join(map(fold_char, both))


LETTERS = _letters()
"""Every Vietnamese letter that `fold` changes, and what it becomes: the arguments of SQL's translate()."""


def fold_with_offsets(text: str) -> tuple[str, Sequence[int]]:
    """Return the folded text and, for each folded code point, its index in `text` (works for NFD input).

    There is one more index, `len(text)`, so that the end of a span maps too.
    """
    folded = fold(text)
    if len(folded) == len(text) and not _FOLD_TO_TWO.search(text):  # the usual case: each code point maps to one
        return folded, range(len(text) + 1)
    return folded, [*(index for index, char in enumerate(text) for _ in fold_char(char)), len(text)]


def squeeze(text: str) -> str:
    """Collapse runs of white space to one blank; trim the ends."""
    return " ".join(text.split())


def name_key(name: str) -> str:
    """Return the identity key of a name: equal for «Hòa» and «Hoà», another for «Hóa» (accents matter).

    The tone mark moves to the end of its syllable as a digit; i/y and case are folded. Source: reference/units.md §2.6.
    """
    syllables = squeeze(nfc(name)).lower().replace("’", "'").split(" ")
    return " ".join(_known_key(s) if len(s) <= _LONGEST else _syllable_key(s) for s in syllables)


_LONGEST = 12  # nothing longer is a syllable, or worth caching


def _syllable_key(syllable: str) -> str:
    letters, tone = _toneless(syllable)
    return letters + _TONES.get(tone, "")


def _toneless(word: str) -> tuple[str, str]:
    """Return the letters and the tone (the last of several, "" without)."""
    tone = ""
    letters: list[str] = []
    for char in normalize("NFD", word):
        if char in _TONES:
            tone = char
        else:
            letters.append(char)
    return normalize("NFC", "".join(letters)), tone


_known_key = lru_cache(maxsize=8192)(_syllable_key)  # the language has about 7,000


def settle_tone(word: str) -> str:
    """Normalise the tone position of a word in lower case, so that two spellings of one word are equal.

    hoà → hòa, thuỷ → thủy, qúy → quý. Of several tones the last counts.
    """
    letters, tone = _toneless(word)
    return _toned(letters, tone, _tone_place(letters)) if tone else letters


def tone_places(word: str) -> list[str]:
    """Return a word in lower case with its tone on each of its vowels: hoà → hòa, hoà. Unchanged without a tone."""
    letters, tone = _toneless(word)
    if not tone:
        return [letters]
    places = [i for i, letter in enumerate(letters) if letter in _VOWELS] or [len(letters) - 1]
    return [_toned(letters, tone, place) for place in places]


_VOWELS = frozenset("aăâeêioôơuưy")
_MARKED_VOWELS = frozenset("ăâêôơư")


def _toned(letters: str, tone: str, place: int) -> str:
    return normalize("NFC", f"{letters[: place + 1]}{tone}{letters[place + 1 :]}")


def _tone_place(letters: str) -> int:
    """Return the index of the vowel that carries the tone.

    The vowel with a diacritic (the last of ươ), else the one before the end: the first of two that end the syllable
    (hòa),
    the second of three (ngoài) and of two with a consonant behind them (hoàn).
    """
    glide = letters[:2] in ("qu", "gi") and letters[2:3] in _VOWELS
    first = next((i for i in range(2 if glide else 0, len(letters)) if letters[i] in _VOWELS), len(letters) - 1)
    end = next((i for i in range(first, len(letters)) if letters[i] not in _VOWELS), len(letters))
    marked = [i for i in range(first, end) if letters[i] in _MARKED_VOWELS]
    if marked:
        return marked[-1]
    open_pair = end == len(letters) and end - first == 2
    return first if end - first < 2 or open_pair else first + 1


_ORDER = {c: i for i, c in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}


def sort_key(text: str) -> str:
    """Return a sort key in Vietnamese dictionary order: letters first (a ă â … d đ …), tones only as a tie-break."""
    letters: list[str] = []
    tones: list[str] = []
    for char in nfc(text).lower():
        parts = normalize("NFD", char)
        tone = "".join(_TONES.get(p, "") for p in parts)
        base = normalize("NFC", "".join(p for p in parts if p not in _TONES))
        if base in _ORDER:
            letters.append(f"{_ORDER[base] + 32:02d}")
            tones.append(tone or "0")
        elif base.isdigit():
            letters.append(f"{int(base):02d}" if base.isascii() else "09")
        else:
            letters.append("/" if base.isspace() else base)
    return "".join(letters) + " " + "".join(tones)
