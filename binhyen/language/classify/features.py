"""Features of the linear model: word n-grams 1-3, word pairs with a gap, character n-grams inside words, lexicon hits.

Four blocks of named features; the fourth is word classes, see concepts.py. Presence counts, not frequency: messages are
short, and a repeated alarm word is not more true. Character n-grams depend on one word only, so they are computed once
per word and cached.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from binhyen.language.concepts import concept_features, dangers, kinds_of, pairs, pointers, present
from binhyen.language.lexicon import TIP, Hit
from binhyen.language.reading import CATEGORIES
from binhyen.language.tokenizer import Words

CHAR_SIZES = (2, 3, 4, 5)
STEPS = (1, 2, 4, 7)
GUARDED = 3
FIGURE = "~"
TOGETHER = "&"
_REACHED = {kind: tuple(f"{kind}:{step}" for step in STEPS) for kind in CATEGORIES}


@dataclass(frozen=True, slots=True)
class Features:
    """Feature names by block: `grams` (word n-grams), `letters` (character n-grams), `signs`, `kinds`.

    `signs`: lexicon, punctuation, length; `kinds`: word classes, alone and together.
    """

    grams: frozenset[str]
    letters: frozenset[str]
    signs: frozenset[str]
    kinds: frozenset[str]


def letter_groups(word: str) -> tuple[str, ...]:
    """Return the character n-grams of 2..5 inside one word, with its borders marked."""
    if FIGURE in word:
        return ()
    edged = f"<{word}>"
    return tuple(edged[i : i + n] for n in CHAR_SIZES for i in range(len(edged) - n + 1))


def word_grams(tokens: Sequence[str]) -> Iterator[str]:
    """Yield words, bigrams, trigrams, and pairs with one word between; ^ and $ mark begin and end. Repeats included."""
    edged = ("^", *tokens, "$") if tokens else ()
    return chain(
        tokens,
        map(" ".join, pairwise(edged)),
        map(" ".join, zip(edged, edged[1:], edged[2:], strict=False)),
        map("_".join, zip(tokens, tokens[2:], strict=False)),
    )


def meant_tokens(words: Words, hits: Iterable[Hit]) -> tuple[str, ...]:
    """Return the words, with each figure of speech joined to one word: nothing burns in «cháy hàng»."""
    figures = [h for h in hits if h.phrase.kind == "guard" and h.phrase.value == "figure"]
    if not figures:
        return words.tokens
    out: list[str] = []
    place = 0
    while place < len(words.tokens):
        last = max((f.last for f in figures if f.first == place), default=place)
        out.append(FIGURE.join(words.tokens[place : last + 1]))
        place = last + 1
    return tuple(out)


def signs(words: Words, hits: Sequence[Hit], kinds: frozenset[str], risks: Sequence[str]) -> set[str]:
    """Return lexicon features after the guards are applied, as coarse steps, so that no single phrase decides alone.

    `kinds`: of words that occur; `risks`: reasons why these look dangerous.
    """
    guards = [h for h in hits if h.phrase.kind == "guard"]
    figures = [g for g in guards if g.phrase.value == "figure"]
    negations = [g for g in guards if g.phrase.value == "negation"]
    found = {f"guard:{g.phrase.value}" for g in guards} | set(words.marks)
    sums: dict[str, float] = {}
    for hit in hits:
        kind = hit.phrase.kind
        if kind == "guard" or (figures and any(hit.overlaps(f) for f in figures)):
            continue
        if negations and any(0 <= hit.first - n.last <= GUARDED for n in negations):
            found.add(f"denied:{kind}")
        elif kind == "emergency":
            found.add(f"emergency:{hit.phrase.value}")
            if hit.phrase.value == "4":
                found.add("emergency:3")
        elif kind == "sensitive":
            if hit.phrase.value != TIP:
                found.add("sensitive")
        else:
            sums[kind] = sums.get(kind, 0.0) + float(hit.phrase.value)
    for kind, total in sums.items():
        found.update(_REACHED[kind][: bisect_right(STEPS, total)])
    if sums:
        found.add(f"most:{max(sums, key=lambda k: sums[k])}")
    if risks:
        found.update({"danger", *(f"danger:{why}" for why in risks)})
    found |= pointers(kinds)
    count = len(words.tokens)
    found.add("length:0" if count < 4 else "length:1" if count < 12 else "length:2" if count < 40 else "length:3")
    return found


def features(words: Words, hits: Sequence[Hit]) -> Features:
    """Return all four blocks by name. For training; at run time the model looks up the same names in its tables."""
    tokens = meant_tokens(words, hits)
    found = kinds_of(tokens)
    kinds = present(found)
    letters = {group for word in set(tokens) for group in letter_groups(word)}
    return Features(
        frozenset(word_grams(tokens)),
        frozenset(letters),
        frozenset(signs(words, hits, kinds, dangers(kinds))),
        frozenset((*concept_features(tokens, found), *map(TOGETHER.join, pairs(kinds)))),
    )
