"""Kinds of words (data/lexicon/concepts.tsv): kin, animal, blade, official …, found in a message longest phrase first.

A linear model on words cannot know that a lost goat is like a lost cow; told the kinds, and which kinds stand together,
it can. Pure; the file is read once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from binhyen.language.words import DATA, read_table

NEAR = 2
MOST = 24
"""Kinds looked at in one message, so that a long post costs no more than a long message."""

Found = tuple[tuple[str, ...], int, int]
_Table = dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]


@lru_cache(maxsize=1)
def table() -> _Table:
    """Phrases by their first two words, longest first, each with its kinds."""
    kinds: dict[tuple[str, ...], list[str]] = {}
    for row in read_table(DATA / "lexicon" / "concepts.tsv"):
        kinds.setdefault(tuple(row["phrase"].split()), []).append(row["concept"])
    by_start: _Table = {}
    for phrase in sorted(kinds, key=lambda p: (-len(p), p)):
        by_start.setdefault(" ".join(phrase[:2]), []).append((phrase, tuple(kinds[phrase])))
    return by_start


def kinds_of(tokens: Sequence[str]) -> list[Found]:
    """(kinds, first token, last token) of each phrase found, not overlapping, in order."""
    starts = table()
    found: list[Found] = []
    place, count = 0, len(tokens)
    while place < count:
        pair = starts.get(" ".join(tokens[place : place + 2]), ())
        step = 1
        for phrase, kinds in pair or starts.get(tokens[place], ()):
            size = len(phrase)
            if size <= 2 or tuple(tokens[place : place + size]) == phrase:
                found.append((kinds, place, place + size - 1))
                step = size
                break
        else:
            if pair and (alone := starts.get(tokens[place])):
                found.append((alone[0][1], place, place))
        place += step
    return found


@dataclass(frozen=True, slots=True)
class Pattern:
    """Kinds that together, without any of `none`, mean something: a danger and why, or a category."""

    all: frozenset[str]
    none: frozenset[str]
    means: str


@lru_cache(maxsize=2)
def pattern_table(name: str, column: str) -> tuple[Pattern, ...]:
    """Rows of data/lexicon/<name>.tsv; an unknown kind is an error: such a row could never match."""
    known = {kind for phrases in table().values() for _, kinds in phrases for kind in kinds}
    found = []
    for row in read_table(DATA / "lexicon" / f"{name}.tsv"):
        pattern = Pattern(frozenset(row["all"].split()), frozenset((row["none"] or "").split()), row[column])
        if unknown := (pattern.all | pattern.none) - known:
            raise ValueError(f"{name}.tsv: no such kind {sorted(unknown)}")
        found.append(pattern)
    return tuple(found)


def dangers(found: Sequence[Found]) -> list[str]:
    """Why a message looks dangerous, by the kinds found in it; empty where it does not."""
    return [pattern.means for pattern in _matching("dangers", "why", found)]


def pointers(found: Sequence[Found]) -> set[str]:
    """Names of the patterns that point to a category: «pattern:thanks» and «pattern:thanks:official thank»."""
    out: set[str] = set()
    for pattern in _matching("patterns", "category", found):
        out.update((f"pattern:{pattern.means}", f"pattern:{pattern.means}:{' '.join(sorted(pattern.all))}"))
    return out


def _matching(name: str, column: str, found: Sequence[Found]) -> list[Pattern]:
    present = {kind for kinds, _, _ in found for kind in kinds}
    if not present:
        return []
    return [p for p in pattern_table(name, column) if p.all <= present and p.none.isdisjoint(present)]


def concept_features(tokens: Sequence[str], found: Sequence[Found]) -> set[str]:
    """Kinds; kinds with the word before and after; kinds that follow each other; kinds that occur together.

    `found` is what `kinds_of(tokens)` gave.
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
    present = sorted({kind for kinds, _, _ in found for kind in kinds})[:MOST]
    out.update(f"{one}&{other}" for one, other in combinations(present, 2))
    return out
