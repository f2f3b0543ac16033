"""Features of the linear model: word n-grams 1-3, word pairs with a gap, character n-grams inside words, lexicon hits.

Four blocks of named features; the fourth is word classes, see concepts.py. Presence counts, not frequency: messages are
short, and a repeated alarm word is not more true. Character n-grams depend on one word only, so they are computed once
per word and cached.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from binhyen.language.concepts import (
    concept_features,
    distinct_classes,
    find_category_features,
    find_danger_reasons,
    find_word_classes,
    pair_classes,
)
from binhyen.language.lexicon import TIP_REASON, Hit
from binhyen.language.reading import CATEGORIES
from binhyen.language.tokenizer import TokenizedText

CHAR_SIZES = (2, 3, 4, 5)
WEIGHT_STEPS = (1, 2, 4, 7)
NEGATION_REACH = 3
FIGURE_JOINER = "~"
PAIR_JOINER = "&"
_REACHED = {kind: tuple(f"{kind}:{step}" for step in WEIGHT_STEPS) for kind in CATEGORIES}


@dataclass(frozen=True, slots=True)
class Features:
    """Feature names by block: `grams` (word n-grams), `letters` (character n-grams), `signs`, `kinds`.

    `signs`: lexicon, punctuation, length; `kinds`: word classes, alone and together.
    """

    grams: frozenset[str]
    letters: frozenset[str]
    signs: frozenset[str]
    kinds: frozenset[str]


def character_ngrams(word: str) -> tuple[str, ...]:
    """Return the character n-grams of 2..5 inside one word, with its borders marked."""
    if FIGURE_JOINER in word:
        return ()
    edged = f"<{word}>"
    return tuple(edged[start : start + size] for size in CHAR_SIZES for start in range(len(edged) - size + 1))


def word_ngrams(tokens: Sequence[str]) -> Iterator[str]:
    """Yield words, bigrams, trigrams, and pairs with one word between; ^ and $ mark begin and end. Repeats included."""
    edged = ("^", *tokens, "$") if tokens else ()
    return chain(
        tokens,
        map(" ".join, pairwise(edged)),
        map(" ".join, zip(edged, edged[1:], edged[2:], strict=False)),
        map("_".join, zip(tokens, tokens[2:], strict=False)),
    )


def join_figures(words: TokenizedText, hits: Iterable[Hit]) -> tuple[str, ...]:
    """Return the words, with each figure of speech joined to one word: nothing burns in «cháy hàng»."""
    figures = [hit for hit in hits if hit.phrase.kind == "guard" and hit.phrase.value == "figure"]
    if not figures:
        return words.tokens
    tokens: list[str] = []
    place = 0
    while place < len(words.tokens):
        last = max((figure.last for figure in figures if figure.first == place), default=place)
        tokens.append(FIGURE_JOINER.join(words.tokens[place : last + 1]))
        place = last + 1
    return tuple(tokens)


def lexicon_features(
    words: TokenizedText, hits: Sequence[Hit], kinds: frozenset[str], risks: Sequence[str]
) -> set[str]:
    """Return lexicon features after the guards are applied, as coarse steps, so that no single phrase decides alone.

    `kinds`: of words that occur; `risks`: reasons why these look dangerous.
    """
    guards = [candidate for candidate in hits if candidate.phrase.kind == "guard"]
    figures = [guard for guard in guards if guard.phrase.value == "figure"]
    negations = [guard for guard in guards if guard.phrase.value == "negation"]
    names = {f"guard:{guard.phrase.value}" for guard in guards} | set(words.marks)
    sums: dict[str, float] = {}
    for hit in hits:
        kind = hit.phrase.kind
        if kind == "guard" or (figures and any(hit.overlaps(figure) for figure in figures)):
            continue
        if negations and any(0 <= hit.first - negation.last <= NEGATION_REACH for negation in negations):
            names.add(f"denied:{kind}")
        elif kind == "emergency":
            names.add(f"emergency:{hit.phrase.value}")
            if hit.phrase.value == "4":
                names.add("emergency:3")
        elif kind == "sensitive":
            if hit.phrase.value != TIP_REASON:
                names.add("sensitive")
        else:
            sums[kind] = sums.get(kind, 0.0) + float(hit.phrase.value)
    for kind, total in sums.items():
        names.update(_REACHED[kind][: bisect_right(WEIGHT_STEPS, total)])
    if sums:
        names.add(f"most:{max(sums, key=lambda name: sums[name])}")
    if risks:
        names.update({"danger", *(f"danger:{why}" for why in risks)})
    names |= find_category_features(kinds)
    count = len(words.tokens)
    names.add("length:0" if count < 4 else "length:1" if count < 12 else "length:2" if count < 40 else "length:3")
    return names


def extract_text_features(words: TokenizedText, hits: Sequence[Hit]) -> Features:
    """Return all four blocks by name. For training; at run time the model looks up the same names in its tables."""
    tokens = join_figures(words, hits)
    matches = find_word_classes(tokens)
    kinds = distinct_classes(matches)
    letters = {group for word in set(tokens) for group in character_ngrams(word)}
    return Features(
        frozenset(word_ngrams(tokens)),
        frozenset(letters),
        frozenset(lexicon_features(words, hits, kinds, find_danger_reasons(kinds))),
        frozenset((*concept_features(tokens, matches), *map(PAIR_JOINER.join, pair_classes(kinds)))),
    )
