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

MAX_DISTANCE = 2
MAX_CLASSES = 24
"""Limit on the word classes of one message, so that a long post costs no more than a long message."""

ClassMatch = tuple[tuple[str, ...], int, int]
_Entries = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
_Table = dict[str, tuple[_Entries, dict[str, _Entries]]]


@lru_cache(maxsize=1)
def load_concepts() -> _Table:
    """Return entries by first word: the single word, and phrases by second word, longest first, with their classes."""
    kinds: dict[tuple[str, ...], list[str]] = {}
    for row in read_table(DATA / "lexicon" / "concepts.tsv"):
        kinds.setdefault(tuple(row["phrase"].split()), []).append(row["concept"])
    by_start: _Table = {}
    for phrase in sorted(kinds, key=lambda candidate: (len(candidate), candidate)):
        entry = (phrase, tuple(kinds[phrase]))
        alone, by_second = by_start.setdefault(phrase[0], ((), {}))
        if len(phrase) == 1:
            by_start[phrase[0]] = ((entry,), by_second)
        else:
            by_second[phrase[1]] = (entry, *by_second.get(phrase[1], alone))
    return by_start


def find_word_classes(tokens: Sequence[str]) -> list[ClassMatch]:
    """Return (classes, first token, last token) of each phrase found, not overlapping, in order."""
    matches: list[ClassMatch] = []
    free = 0
    for place, (entry, second) in enumerate(zip(map(load_concepts().get, tokens), (*tokens[1:], ""), strict=False)):
        if entry is None or place < free:
            continue
        alone, by_second = entry
        for phrase, kinds in by_second.get(second, alone):
            size = len(phrase)
            if size <= 2 or tuple(tokens[place : place + size]) == phrase:
                free = place + size
                matches.append((kinds, place, free - 1))
                break
    return matches


def distinct_classes(matches: Sequence[ClassMatch]) -> frozenset[str]:
    """Return the word classes that occur in a message."""
    return frozenset().union(*[kinds for kinds, _, _ in matches])


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
def load_patterns(name: str, column: str) -> tuple[Pattern, ...]:
    """Read data/lexicon/<name>.tsv. Raise ValueError for an unknown word class, as such a row could never match."""
    known_kinds = {
        kind
        for alone, by_second in load_concepts().values()
        for entries in (alone, *by_second.values())
        for _, kinds in entries
        for kind in kinds
    }
    patterns = []
    for row in read_table(DATA / "lexicon" / f"{name}.tsv"):
        kinds, means = row["all"].split(), row[column]
        feature_names = (f"pattern:{means}", f"pattern:{means}:{' '.join(sorted({*kinds}))}")
        pattern = Pattern(frozenset(kinds), frozenset(row["none"].split()), means, feature_names)
        if unknown := (pattern.all | pattern.none) - known_kinds:
            raise ValueError(f"{name}.tsv: no such kind {sorted(unknown)}")
        patterns.append(pattern)
    return tuple(patterns)


def find_danger_reasons(kinds: frozenset[str]) -> list[str]:
    """Return the reasons why a message with these word classes looks dangerous; empty if it does not."""
    return [pattern.means for pattern in _match_patterns("dangers", "why", kinds)]


def find_category_features(kinds: frozenset[str]) -> set[str]:
    """Return the feature names of the patterns that point to a category."""
    return {sign for pattern in _match_patterns("patterns", "category", kinds) for sign in pattern.signs}


@lru_cache(maxsize=2)
def _index_patterns(name: str, column: str) -> dict[str, list[tuple[int, frozenset[str], Pattern]]]:
    """Index the patterns with their row number, each under its word class that the fewest patterns require."""
    patterns = load_patterns(name, column)
    frequency = Counter(kind for pattern in patterns for kind in pattern.all)
    out: dict[str, list[tuple[int, frozenset[str], Pattern]]] = {}
    for row, pattern in enumerate(patterns):
        rarest = min(pattern.all, key=lambda kind: (frequency[kind], kind))
        out.setdefault(rarest, []).append((row, pattern.all, pattern))
    return out


def _match_patterns(name: str, column: str, kinds: frozenset[str]) -> list[Pattern]:
    under = _index_patterns(name, column)
    fits = [
        (row, pattern)
        for kind in kinds
        for row, together, pattern in under.get(kind, ())
        if together <= kinds and pattern.none.isdisjoint(kinds)
    ]
    return [pattern for _, pattern in (sorted(fits, key=itemgetter(0)) if len(fits) > 1 else fits)]


def pair_classes(kinds: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of word classes that occur together."""
    return combinations(sorted(kinds)[:MAX_CLASSES], 2)


def concept_features(tokens: Sequence[str], matches: Sequence[ClassMatch]) -> list[str]:
    """Return features of the word classes: alone, with the word before and after, and in sequence; with repeats.

    `matches` is the result of `find_word_classes(tokens)`.
    """
    out: list[str] = []
    for position, (kinds, first, last) in enumerate(matches):
        followed = [
            next_kind for later, _, _ in matches[position + 1 : position + 1 + MAX_DISTANCE] for next_kind in later
        ]
        for kind in kinds:
            out.append(kind)
            if first:
                out.append(f"{tokens[first - 1]} {kind}")
            if last + 1 < len(tokens):
                out.append(f"{kind} {tokens[last + 1]}")
            out += [f"{kind}>{next_kind}" for next_kind in followed]
    if matches:
        out += [f"^{kind}" for kind in matches[0][0]]
        out += [f"{kind}$" for kind in matches[-1][0]]
    return out
