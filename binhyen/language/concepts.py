"""Kinds of words (data/lexicon/concepts.tsv): kin, animal, blade, official …, found in a message longest phrase first.

A linear model on words cannot know that a lost goat is like a lost cow; told the kinds, and which kinds stand together,
it can. Pure; the file is read once.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from operator import itemgetter

from binhyen.language.words import DATA, read_table

NEAR = 2
MOST = 24
"""Kinds looked at in one message, so that a long post costs no more than a long message."""

Found = tuple[tuple[str, ...], int, int]
_Entries = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
_Table = dict[str, tuple[_Entries, dict[str, _Entries]]]


@lru_cache(maxsize=1)
def table() -> _Table:
    """By first word: the word alone, and by second word the phrases with their kinds, longest first, then the word."""
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
    """(kinds, first token, last token) of each phrase found, not overlapping, in order."""
    found: list[Found] = []
    free = 0
    for place, begun in enumerate(map(table().get, tokens)):
        if begun is None or place < free:
            continue
        alone, after = begun
        for phrase, kinds in after.get(tokens[place + 1], alone) if place + 1 < len(tokens) else alone:
            size = len(phrase)
            if size <= 2 or tuple(tokens[place : place + size]) == phrase:
                free = place + size
                found.append((kinds, place, free - 1))
                break
    return found


def present(found: Sequence[Found]) -> frozenset[str]:
    """The kinds that occur in a message."""
    return frozenset(kind for kinds, _, _ in found for kind in kinds)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Kinds that together, without any of `none`, mean something: a danger and why, or a category.

    `signs`: how the model calls it, «pattern:thanks» and «pattern:thanks:official thank».
    """

    all: frozenset[str]
    none: frozenset[str]
    means: str
    signs: tuple[str, str]


@lru_cache(maxsize=2)
def pattern_table(name: str, column: str) -> tuple[Pattern, ...]:
    """Rows of data/lexicon/<name>.tsv; an unknown kind is an error: such a row could never match."""
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
    """Why a message with these kinds looks dangerous; empty where it does not."""
    return [pattern.means for pattern in _matching("dangers", "why", kinds)]


def pointers(kinds: frozenset[str]) -> set[str]:
    """The signs of the patterns that point to a category."""
    return {sign for pattern in _matching("patterns", "category", kinds) for sign in pattern.signs}


@lru_cache(maxsize=2)
def _by_kind(name: str, column: str) -> dict[str, list[tuple[int, Pattern]]]:
    """Patterns with their row, each under that of its kinds which the fewest patterns ask for."""
    patterns = pattern_table(name, column)
    asked = Counter(kind for pattern in patterns for kind in pattern.all)
    out: dict[str, list[tuple[int, Pattern]]] = {}
    for row, pattern in enumerate(patterns):
        out.setdefault(min(pattern.all, key=lambda kind: (asked[kind], kind)), []).append((row, pattern))
    return out


def _matching(name: str, column: str, kinds: frozenset[str]) -> list[Pattern]:
    under = _by_kind(name, column)
    begun = [under[kind] for kind in kinds if kind in under]
    fits = [(row, p) for tried in begun for row, p in tried if p.all <= kinds and p.none.isdisjoint(kinds)]
    return [pattern for _, pattern in (sorted(fits, key=itemgetter(0)) if len(fits) > 1 else fits)]


def concept_features(tokens: Sequence[str], found: Sequence[Found], kinds_present: frozenset[str]) -> set[str]:
    """Kinds; kinds with the word before and after; kinds that follow each other; kinds that occur together.

    `found` is what `kinds_of(tokens)` gave, `kinds_present` what `present(found)` gave.
    """
    out: set[str] = set()
    for position, (kinds, first, last) in enumerate(found):
        for kind in kinds:
            out.add(kind)
            if first:
                out.add(f"{tokens[first - 1]} {kind}")
            if last + 1 < len(tokens):
                out.add(f"{kind} {tokens[last + 1]}")
            for later, _, _ in found[position + 1 : position + 1 + NEAR]:
                out.update(f"{kind}>{other}" for other in later)
    if found:
        out.update(f"^{kind}" for kind in found[0][0])
        out.update(f"{kind}$" for kind in found[-1][0])
    out.update(map("&".join, combinations(sorted(kinds_present)[:MOST], 2)))
    return out
