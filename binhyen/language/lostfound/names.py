"""Whose name two posts give: the same, the same but for its marks, half hidden, or somebody else's."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from binhyen.kit.text import fold, name_key, nfc
from binhyen.language.reading import Entity

_INITIALS: Final = re.compile(r"\b((?:[A-ZĐ]\. ?){1,4})([A-ZĐ][^\W\d_]{1,7}\b)?")
_CUT: Final = re.compile(r"\.\.|…|\*|xxx|__")
_REACH, _WORDS = 60, 6  # code points and words before such a mark that are looked at

Hidden = tuple[str, ...]


def marked(found: Sequence[Entity], *, bare: bool) -> frozenset[str]:
    """Names as written where their marks can be trusted: in a text with marks, not a long name without any."""
    names = [] if bare else [nfc(e.text).lower() for e in found if e.type == "PERSON"]
    return frozenset(name for name in names if fold(name) != name or (" " not in name and len(name) > 2))


def hidden(text: str) -> frozenset[Hidden]:
    """Names of which only the beginnings are shown: «V.T.M.Lan», «Duong Van N...»."""
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
    """The words right before `end` that begin with a capital, folded; the last may be cut short."""
    words: list[str] = []
    for word in reversed(text[max(0, end - _REACH) : end].split()):
        if not (word[0].isupper() and word.isalpha()) or len(words) == _WORDS:
            break
        words.insert(0, fold(word))
    return tuple(words)


def fits(cut: Hidden, names: Iterable[str]) -> bool:
    """One of the full names begins as shown."""
    for name in names:
        parts = name.split()
        if len(cut) <= len(parts) <= len(cut) + 1 and all(map(str.startswith, parts, cut)):
            return True
    return False


def only_marks_differ(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """Both write names with marks, none is the same, and some pair is the same without: «Hương», «Hường».

    A name told in part, «Hương» and «Thị Hương», is the same.
    """
    if any(_ends(name_key(a), name_key(b)) for a in ours for b in theirs):
        return False
    return any(_ends(fold(a), fold(b)) for a in ours for b in theirs)


def _ends(one: str, other: str) -> bool:
    return one == other or one.endswith(" " + other) or other.endswith(" " + one)
