"""Trie of phrases with diacritics, matched in an `AlignedText` by their folded words, longest first."""

from collections.abc import Iterable, KeysView
from typing import Generic, TypeVar

from binhyen.kit.text import collapse_spaces, fold_text, to_nfc
from binhyen.language.aligned_text import AlignedText

T = TypeVar("T")


def word_set(words: str) -> frozenset[str]:
    """Return the set of the words in a blank-separated string."""
    return frozenset(words.split())


def phrase_list(phrases: str) -> tuple[str, ...]:
    """Return the phrases of a string that separates them with «|»."""
    return tuple(collapse_spaces(phrase) for phrase in phrases.split("|"))


class _TrieNode(Generic[T]):
    """Trie node: the phrases that end after the folded words so far, and the words that may come next."""

    __slots__ = ("after", "entries")

    def __init__(self) -> None:
        self.entries: list[tuple[tuple[str, ...], T]] = []
        self.after: dict[str, _TrieNode[T]] = {}


class PhraseTrie(Generic[T]):
    """A set of phrases, each with a payload, stored as a trie.

    Matching stops at the first word that no phrase continues with.
    """

    __slots__ = ("_first",)

    def __init__(self, phrases: Iterable[tuple[str, T]] = ()) -> None:
        self._first: dict[str, _TrieNode[T]] = {}
        for phrase, payload in phrases:
            self.add(phrase, payload)

    def add(self, phrase: str, payload: T) -> None:
        """Add one phrase, written with its diacritics and blanks between words."""
        marked = tuple(collapse_spaces(to_nfc(phrase).lower()).split(" "))
        first, *others = map(fold_text, marked)
        node = self._first.setdefault(first, _TrieNode())
        for word in others:
            node = node.after.setdefault(word, _TrieNode())
        node.entries.append((marked, payload))

    def starts(self, word: str) -> bool:
        """Return True if some phrase begins with the folded `word`."""
        return word in self._first

    def first_words(self) -> KeysView[str]:
        """Return the folded words that begin a phrase."""
        return self._first.keys()

    def places(self, view: AlignedText) -> list[int]:
        """Return the indexes of the words of `view` that may begin a phrase."""
        firsts = self._first
        return [index for index, word in enumerate(view.words) if word in firsts]

    def find(self, view: AlignedText, index: int, *, loose: bool = False) -> tuple[int, T] | None:
        """Return the longest phrase that begins at word `index`: the index after its last word, and its payload."""
        words = view.words
        node = self._first.get(words[index])
        if node is None:
            return None
        if index + 1 == len(words) or words[index + 1] not in node.after:  # most often: no longer phrase
            for marked, payload in node.entries:
                if view.matches_words(index, marked, loose=loose):
                    return index + 1, payload
            return None
        match = self.find_all(view, index, loose=loose)
        return (match[0], match[1][0]) if match else None

    def find_all(self, view: AlignedText, index: int, *, loose: bool = False) -> tuple[int, list[T]] | None:
        """Find the longest phrase like `find`, but return every payload of it (homonyms)."""
        words = view.words
        node = self._first.get(words[index])
        end, size = index + 1, len(words)
        matches: list[tuple[int, list[tuple[tuple[str, ...], T]]]] = []  # ends of the phrases that match here
        while node is not None:
            if node.entries:
                matches.append((end, node.entries))
            node = node.after.get(words[end]) if end < size else None
            end += 1
        for last, entries in reversed(matches):
            if last > index + 1 and not view.is_contiguous(index, last):
                continue
            fits = [payload for marked, payload in entries if view.matches_words(index, marked, loose=loose)]
            if fits:
                return last, fits
        return None
