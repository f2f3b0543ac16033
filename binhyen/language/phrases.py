"""Phrases with diacritics, found in a `View` by their folded words, longest first."""

from collections.abc import Iterable
from typing import Generic, TypeVar

from binhyen.kit.text import fold, nfc, squeeze
from binhyen.language.view import View

T = TypeVar("T")


def bag(words: str) -> frozenset[str]:
    """A set of single words, written with blanks between them."""
    return frozenset(words.split())


def listed(phrases: str) -> tuple[str, ...]:
    """Phrases written with «|» between them."""
    return tuple(squeeze(phrase) for phrase in phrases.split("|"))


class Phrases(Generic[T]):
    """A set of phrases, each with a payload. Building is linear; finding costs a few dictionary look-ups a word."""

    __slots__ = ("_entries", "_longest")

    def __init__(self, phrases: Iterable[tuple[str, T]] = ()) -> None:
        self._entries: dict[str, list[tuple[tuple[str, ...], T]]] = {}
        self._longest: dict[str, int] = {}
        for phrase, payload in phrases:
            self.add(phrase, payload)

    def add(self, phrase: str, payload: T) -> None:
        """Add one phrase, written with its diacritics and blanks between words."""
        marked = tuple(squeeze(nfc(phrase).lower()).split(" "))
        folded = tuple(fold(word) for word in marked)
        self._entries.setdefault(" ".join(folded), []).append((marked, payload))
        self._longest[folded[0]] = max(self._longest.get(folded[0], 0), len(folded))

    def starts(self, word: str) -> bool:
        """Some phrase begins with the folded `word`."""
        return word in self._longest

    def find(self, view: View, index: int, *, loose: bool = False) -> tuple[int, T] | None:
        """The longest phrase that begins at word `index`: the index after its last word, and its payload."""
        if view.words[index] not in self._longest:
            return None
        found = self.find_all(view, index, loose=loose)
        return (found[0], found[1][0]) if found else None

    def find_all(self, view: View, index: int, *, loose: bool = False) -> tuple[int, list[T]] | None:
        """Like `find`, with every payload of the longest phrase (homonyms)."""
        longest = self._longest.get(view.words[index], 0)
        if not longest:
            return None
        for length in range(min(longest, len(view.words) - index), 0, -1):
            entries = self._entries.get(" ".join(view.words[index : index + length]))
            if entries is None or (length > 1 and not view.joined(index, index + length)):
                continue
            fits = [payload for marked, payload in entries if view.agrees(index, marked, loose=loose)]
            if fits:
                return index + length, fits
        return None
