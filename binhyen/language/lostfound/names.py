"""Comparison of personal names in two posts: equal, equal but for diacritics, abbreviated, or different."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from binhyen.kit.text import fold, name_key, nfc
from binhyen.language.reading import Entity

_INITIALS: Final = re.compile(r"\b((?:[A-ZĐ]\. ?){1,4})([A-ZĐ][^\W\d_]{1,7}\b)?")
_CUT: Final = re.compile(r"\.\.|…|\*|xxx|__")
_REACH, _WORDS = 60, 6  # code points and words before such a sign that are read

Hidden = tuple[str, ...]


def marked(found: Sequence[Entity], *, bare: bool) -> frozenset[str]:
    """Return names as written if their diacritics are reliable: the text is accented, and so is a long name."""
    names = [] if bare else [nfc(e.text).lower() for e in found if e.type == "PERSON"]
    return frozenset(name for name in names if fold(name) != name or (" " not in name and len(name) > 2))


def hidden(text: str) -> frozenset[Hidden]:
    """Return abbreviated names: «V.T.M.Lan», «Duong Van N...»."""
    out: set[Hidden] = set()
    for found in _INITIALS.finditer(text):
        parts = fold(found[1]).replace(".", " ").split() + ([fold(found[2])] if found[2] else [])
        if len(parts) > 1:
            out.add(tuple(parts))
    for found in _CUT.finditer(text):
        shown = _capitals_before(text, found.start())
        if len(shown) > 1:
            out.add(shown)
    return frozenset(out)


def _capitals_before(text: str, end: int) -> Hidden:
    """Return the folded words right before `end` that begin with a capital; the last may be cut short."""
    words: list[str] = []
    for word in reversed(text[max(0, end - _REACH) : end].split()):
        if not (word[0].isupper() and word.isalpha()) or len(words) == _WORDS:
            break
        words.insert(0, fold(word))
    return tuple(words)


def fits(cut: Hidden, names: Iterable[str]) -> bool:
    """Return True if one of the full names matches the abbreviation."""
    for name in names:
        parts = name.split()
        if len(cut) <= len(parts) <= len(cut) + 1 and all(map(str.startswith, parts, cut)):
            return True
    return False


def only_marks_differ(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """Return True if accented names differ, but some pair is equal without diacritics: «Hương», «Hường».

    A partial name is equal to the full one: «Hương» and «Thị Hương».
    """
    if any(_ends(name_key(a), name_key(b)) for a in ours for b in theirs):
        return False
    return any(_ends(fold(a), fold(b)) for a in ours for b in theirs)


def _ends(one: str, other: str) -> bool:
    return one == other or one.endswith(" " + other) or other.endswith(" " + one)
