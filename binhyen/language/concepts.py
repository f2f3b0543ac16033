"""Word classes (data/lexicon/concepts.tsv): kin, animal, blade, official …, matched in a message longest phrase first.

A linear model on words cannot know that a lost goat is like a lost cow; given the classes of the words, and which
classes occur together, it can. Pure; the file is read once.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from operator import itemgetter

from binhyen.language.tokenizer import DATA, read_table

NEAR = 2
MOST = 24
"""Limit on the word classes of one message, so that a long post costs no more than a long message."""

Found = tuple[tuple[str, ...], int, int]
_Entries = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
_Table = dict[str, tuple[_Entries, dict[str, _Entries]]]


@lru_cache(maxsize=1)
def table() -> _Table:
    """Return entries by first word: the single word, and phrases by second word, longest first, with their classes."""
    kinds: dict[tuple[str, ...], list[str]] = {}
    for row in read_table(DATA / "lexicon" / "concepts.tsv"):
        kinds.setdefault(tuple(row["phrase"].split()), []).append(row["concept"])
    by_start: _Table = {}
    for phrase in sorted(kinds, key=lambda p: (len(p), p)):
        entry = (phrase, tuple(kinds[phrase]))
        alone, after = by_start.setdefault(phrase[0], ((), {}))
        if len(phrase) == 1:
            by_start[phrase[0]] = ((entry,), after)
        else:
            after[phrase[1]] = (entry, *after.get(phrase[1], alone))
    return by_start


def kinds_of(tokens: Sequence[str]) -> list[Found]:
    """Return (classes, first token, last token) of each phrase found, not overlapping, in order."""
    found: list[Found] = []
    free = 0
    for place, (begun, second) in enumerate(zip(map(table().get, tokens), (*tokens[1:], ""), strict=False)):
        if begun is None or place < free:
            continue
        alone, after = begun
        for phrase, kinds in after.get(second, alone):
            size = len(phrase)
            if size <= 2 or tuple(tokens[place : place + size]) == phrase:
                free = place + size
                found.append((kinds, place, free - 1))
                break
    return found


def present(found: Sequence[Found]) -> frozenset[str]:
    """Return the word classes that occur in a message."""
    return frozenset().union(*[kinds for kinds, _, _ in found])


@dataclass(frozen=True, slots=True)
class Pattern:
    """Word classes that together, without any of `none`, mean something: a danger and its reason, or a category.

    `signs`: the names of the model's features, «pattern:thanks» and «pattern:thanks:official thank».
    """

    all: frozenset[str]
    none: frozenset[str]
    means: str
    signs: tuple[str, str]


@lru_cache(maxsize=2)
def pattern_table(name: str, column: str) -> tuple[Pattern, ...]:
    """Read data/lexicon/<name>.tsv. Raise ValueError for an unknown word class, as such a row could never match."""
    known = {
        kind
        for alone, after in table().values()
        for entries in (alone, *after.values())
        for _, kinds in entries
        for kind in kinds
    }
    found = []
    for row in read_table(DATA / "lexicon" / f"{name}.tsv"):
        kinds, means = row["all"].split(), row[column]
        called = (f"pattern:{means}", f"pattern:{means}:{' '.join(sorted({*kinds}))}")
        pattern = Pattern(frozenset(kinds), frozenset(row["none"].split()), means, called)
        if unknown := (pattern.all | pattern.none) - known:
            raise ValueError(f"{name}.tsv: no such kind {sorted(unknown)}")
        found.append(pattern)
    return tuple(found)


def dangers(kinds: frozenset[str]) -> list[str]:
    """Return the reasons why a message with these word classes looks dangerous; empty if it does not."""
    return [pattern.means for pattern in _matching("dangers", "why", kinds)]


def pointers(kinds: frozenset[str]) -> set[str]:
    """Return the feature names of the patterns that point to a category."""
    return {sign for pattern in _matching("patterns", "category", kinds) for sign in pattern.signs}


@lru_cache(maxsize=2)
def _by_kind(name: str, column: str) -> dict[str, list[tuple[int, frozenset[str], Pattern]]]:
    """Index the patterns with their row number, each under its word class that the fewest patterns require."""
    patterns = pattern_table(name, column)
    asked = Counter(kind for pattern in patterns for kind in pattern.all)
    out: dict[str, list[tuple[int, frozenset[str], Pattern]]] = {}
    for row, pattern in enumerate(patterns):
        rarest = min(pattern.all, key=lambda kind: (asked[kind], kind))
        out.setdefault(rarest, []).append((row, pattern.all, pattern))
    return out


def _matching(name: str, column: str, kinds: frozenset[str]) -> list[Pattern]:
    under = _by_kind(name, column)
    fits = [
        (row, pattern)
        for kind in kinds
        for row, together, pattern in under.get(kind, ())
        if together <= kinds and pattern.none.isdisjoint(kinds)
    ]
    return [pattern for _, pattern in (sorted(fits, key=itemgetter(0)) if len(fits) > 1 else fits)]


def pairs(kinds: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of word classes that occur together."""
    return combinations(sorted(kinds)[:MOST], 2)


def concept_features(tokens: Sequence[str], found: Sequence[Found]) -> list[str]:
    """Return features of the word classes: alone, with the word before and after, and in sequence; with repeats.

    `matches` is the result of `find_word_classes(tokens)`.
    """
    out: list[str] = []
    for position, (kinds, first, last) in enumerate(found):
        followed = [other for later, _, _ in found[position + 1 : position + 1 + NEAR] for other in later]
        for kind in kinds:
            out.append(kind)
            if first:
                out.append(f"{tokens[first - 1]} {kind}")
            if last + 1 < len(tokens):
                out.append(f"{kind} {tokens[last + 1]}")
            out += [f"{kind}>{other}" for other in followed]
    if found:
        out += [f"^{kind}" for kind in found[0][0]]
        out += [f"{kind}$" for kind in found[-1][0]]
    return out
