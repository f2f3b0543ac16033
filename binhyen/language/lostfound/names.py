"""Comparison of personal names in two posts: equal, equal but for diacritics, abbreviated, or different."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from binhyen.kit.text import fold_text, to_name_key, to_nfc
from binhyen.language.reading import Entity

_INITIALS: Final = re.compile(r"\b((?:[A-ZĐ]\. ?){1,4})([A-ZĐ][^\W\d_]{1,7}\b)?")
_CUT: Final = re.compile(r"\.\.|…|\*|xxx|__")
_MAX_CODE_POINTS, _MAX_WORDS = 60, 6  # code points and words before such a sign that are read

AbbreviatedName = tuple[str, ...]


def reliable_names(entities: Sequence[Entity], *, is_unaccented: bool) -> frozenset[str]:
    """Return names as written if their diacritics are reliable: the text is accented, and so is a long name."""
    names = [] if is_unaccented else [to_nfc(entity.text).lower() for entity in entities if entity.type == "PERSON"]
    return frozenset(name for name in names if fold_text(name) != name or (" " not in name and len(name) > 2))


def find_abbreviated_names(text: str) -> frozenset[AbbreviatedName]:
    """Return abbreviated names: «V.T.M.Lan», «Duong Van N...»."""
    names: set[AbbreviatedName] = set()
    for match in _INITIALS.finditer(text):
        parts = fold_text(match[1]).replace(".", " ").split() + ([fold_text(match[2])] if match[2] else [])
        if len(parts) > 1:
            names.add(tuple(parts))
    for match in _CUT.finditer(text):
        words = _capitalized_words_before(text, match.start())
        if len(words) > 1:
            names.add(words)
    return frozenset(names)


def _capitalized_words_before(text: str, end: int) -> AbbreviatedName:
    """Return the folded words right before `end` that begin with a capital; the last may be cut short."""
    words: list[str] = []
    for word in reversed(text[max(0, end - _MAX_CODE_POINTS) : end].split()):
        if not (word[0].isupper() and word.isalpha()) or len(words) == _MAX_WORDS:
            break
        words.insert(0, fold_text(word))
    return tuple(words)


def matches_abbreviation(abbreviation: AbbreviatedName, names: Iterable[str]) -> bool:
    """Return True if one of the full names matches the abbreviation."""
    for name in names:
        parts = name.split()
        if len(abbreviation) <= len(parts) <= len(abbreviation) + 1 and all(map(str.startswith, parts, abbreviation)):
            return True
    return False


def differs_only_in_diacritics(left_names: frozenset[str], right_names: frozenset[str]) -> bool:
    """Return True if accented names differ, but some pair is equal without diacritics: «Hương», «Hường».

    A partial name is equal to the full one: «Hương» and «Thị Hương».
    """
    if any(_is_same_name(to_name_key(left), to_name_key(right)) for left in left_names for right in right_names):
        return False
    return any(_is_same_name(fold_text(left), fold_text(right)) for left in left_names for right in right_names)


def _is_same_name(left: str, right: str) -> bool:
    return left == right or left.endswith(" " + right) or right.endswith(" " + left)
