"""Trie of phrases with diacritics, matched in an `AlignedText` by their folded words, longest first."""

from collections.abc import Iterable, KeysView
from typing import Generic, TypeVar

from binhyen.kit.text import fold, nfc, squeeze
from binhyen.language.aligned_text import View

T = TypeVar("T")


def bag(words: str) -> frozenset[str]:
    """Return the set of the words in a blank-separated string."""
    return frozenset(words.split())


def listed(phrases: str) -> tuple[str, ...]:
    """Return the phrases of a string that separates them with «|»."""
    return tuple(squeeze(phrase) for phrase in phrases.split("|"))


class _Node(Generic[T]):
    """Trie node: the phrases that end after the folded words so far, and the words that may come next."""

    __slots__ = ("after", "entries")

    def __init__(self) -> None:
        self.entries: list[tuple[tuple[str, ...], T]] = []
        self.after: dict[str, _Node[T]] = {}


class Phrases(Generic[T]):
    """A set of phrases, each with a payload, stored as a trie.

    Matching stops at the first word that no phrase continues with.
    """

    __slots__ = ("_first",)

    def __init__(self, phrases: Iterable[tuple[str, T]] = ()) -> None:
        self._first: dict[str, _Node[T]] = {}
        for phrase, payload in phrases:
            self.add(phrase, payload)

    def add(self, phrase: str, payload: T) -> None:
        """Add one phrase, written with its diacritics and blanks between words."""
        marked = tuple(squeeze(nfc(phrase).lower()).split(" "))
        first, *others = map(fold, marked)
        node = self._first.setdefault(first, _Node())
        for word in others:
            node = node.after.setdefault(word, _Node())
        node.entries.append((marked, payload))

    def starts(self, word: str) -> bool:
        """Return True if some phrase begins with the folded `word`."""
        return word in self._first

    def firsts(self) -> KeysView[str]:
        """Return the folded words that begin a phrase."""
        return self._first.keys()

    def places(self, view: View) -> list[int]:
        """Return the indexes of the words of `view` that may begin a phrase."""
        firsts = self._first
        return [index for index, word in enumerate(view.words) if word in firsts]

    def find(self, view: View, index: int, *, loose: bool = False) -> tuple[int, T] | None:
        """Return the longest phrase that begins at word `index`: the index after its last word, and its payload."""
        found = self.find_all(view, index, loose=loose) if view.words[index] in self._first else None
        return (found[0], found[1][0]) if found else None

    def find_all(self, view: View, index: int, *, loose: bool = False) -> tuple[int, list[T]] | None:
        """Find the longest phrase like `find`, but return every payload of it (homonyms)."""
        words = view.words
        node = self._first.get(words[index])
        end, size = index + 1, len(words)
        whole: list[tuple[int, list[tuple[tuple[str, ...], T]]]] = []  # ends of the phrases that match here
        while node is not None:
            if node.entries:
                whole.append((end, node.entries))
            node = node.after.get(words[end]) if end < size else None
            end += 1
        for last, entries in reversed(whole):
            if last > index + 1 and not view.joined(index, last):
                continue
            fits = [payload for marked, payload in entries if view.agrees(index, marked, loose=loose)]
            if fits:
                return last, fits
        return None
