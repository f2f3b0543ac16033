"""Linear model as data: one small file of plain arrays, read with numpy alone.

File: numpy .npz, uncompressed and without pickle, so that the same training gives the same bytes. Keys: `header` (UTF-8
JSON: version, outputs, temperature, thresholds, rows), `names` (UTF-8, one feature a line, in four blocks), `blocks` (4
sizes), `weights` (int8, features × outputs, times `scale` per output), `idf` (float16), `bias` (float32). A score is
bias + Σ weight / length of the block's idf vector; blocks are normalised one by one.
"""

import json
import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, count, pairwise, starmap
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from binhyen.language.classify.labels import Scores
from binhyen.language.concepts import (
    concept_features,
    distinct_classes,
    find_category_features,
    find_danger_reasons,
    find_word_classes,
    pair_classes,
)
from binhyen.language.lexicon import TIP_REASON, Hit
from binhyen.language.phrase_trie import word_set
from binhyen.language.reading import CATEGORIES
from binhyen.language.tokenizer import TokenizedText

# Features of the linear model: word n-grams 1-3, word pairs with a gap, character n-grams inside words, lexicon hits.
#
# Four blocks of named features; the fourth is word classes, see concepts.py. Presence counts, not frequency: messages
# are short, and a repeated alarm word is not more true. Character n-grams depend on one word only, so they are
# computed once per word and cached.

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


Name = TypeVar("Name", str, tuple[str, ...])
VERSION = 2
LEVELS = ("u0", "u1", "u2")
TALK_OUTPUTS = ("danger_over_talk", "report_over_talk")
"""Outputs fitted against real comments: a danger, or any report, rather than talk of a social network."""
OUTPUTS = (*CATEGORIES, *LEVELS, "danger", "sensitive", *TALK_OUTPUTS)
_DANGER, _SENSITIVE, _DANGER_OVER_TALK, _REPORT_OVER_TALK = map(OUTPUTS.index, ("danger", "sensitive", *TALK_OUTPUTS))
_MAX_CACHED_WORDS = 20_000
_EMPTY_LENGTH = (
    1e-20  # Squared length of an empty block: negligible in any sum, but no zero, so that no division fails.
)

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]


class LinearModel:
    """Linear model with one number for each output. Threads may share it: the word cache only gains equal entries."""

    def __init__(self, arrays: dict[str, npt.NDArray[Any]], outputs: Sequence[str]) -> None:
        self.header: dict[str, Any] = json.loads(bytes(arrays["header"]).decode())
        if self.header["version"] != VERSION or self.header["outputs"] != [*outputs]:
            raise ValueError("the model file is of another version; run `binhyen language train`")
        names = bytes(arrays["names"]).decode().split("\n")
        blocks = list(starmap(slice, pairwise(accumulate(arrays["blocks"].tolist(), initial=0))))
        # A zero row before each block: no block of a message is ever empty, and every id is truthy.
        self._empty_rows = [block.start + number for number, block in enumerate(blocks)]
        self._grams, self._letters, self._signs, self._kinds = (
            dict(zip(names[block], count(empty_row + 1)))
            for block, empty_row in zip(blocks, self._empty_rows, strict=True)
        )
        # Pairs of word classes are looked up most often: a small separate table is faster (cache locality).
        pair_names = [name for name in self._kinds if PAIR_JOINER in name]
        self._pairs = {tuple(name.split(PAIR_JOINER)): self._kinds.pop(name) for name in pair_names}
        weights, idf2 = arrays["weights"], np.square(arrays["idf"].astype(np.float64))
        empty_row = np.zeros((1, len(outputs)), np.int8)
        self._weights = np.concatenate([part for block in blocks for part in (empty_row, weights[block])])
        self._idf2 = np.concatenate([part for block in blocks for part in ([_EMPTY_LENGTH], idf2[block])])
        self._block_starts = np.array(self._empty_rows, np.intp)
        self._end = np.array([len(self._weights)], np.intp)  # greater than every row
        self._scale = arrays["scale"].astype(np.float32)
        self._bias = arrays["bias"].astype(np.float32)
        self._ngrams_by_word = _NgramCache(self._letters)

    def raw(self, words: TokenizedText, hits: list[Hit]) -> tuple[Floats, list[str]]:
        """Return the number of each output, and the reasons why the word classes look dangerous."""
        tokens = join_figures(words, hits)
        matches = find_word_classes(tokens)
        kinds = distinct_classes(matches)
        risks = find_danger_reasons(kinds)
        total = self._sum_blocks(
            chain(
                _lookup_ids(self._grams, word_ngrams(tokens)),
                _lookup_ids(self._signs, lexicon_features(words, hits, kinds, risks)),
                _lookup_ids(self._kinds, concept_features(tokens, matches)),
                _lookup_ids(self._pairs, pair_classes(kinds)),
            ),
            [self._ngrams_by_word[token] for token in set(tokens)],
        )
        return self._bias + self._scale * total, risks

    def evidence(self, words: TokenizedText, output: int) -> tuple[int, int] | None:
        """Return first and last token of the words with most weight for `output`, or None if there are none.

        Words without meaning of their own («như», «mi») are used only if no others count.
        """
        best: tuple[bool, int, int, int] | None = None
        for size in (1, 2, 3):
            for first in range(len(words.tokens) - size + 1):
                run = words.tokens[first : first + size]
                feature_id = self._grams.get(" ".join(run))
                weight = self._weights.item(feature_id, output) if feature_id is not None else 0
                if weight > 0 and (best is None or (not _STOP_WORDS.issuperset(run), weight) > best[:2]):
                    best = (not _STOP_WORDS.issuperset(run), weight, first, first + size - 1)
        return best and best[2:]

    def _sum_blocks(self, ids: Iterable[int], letters: Sequence[Rows]) -> Floats:
        """Return the blocks' weights, each divided by the length of its idf vector; duplicates count once."""
        rows = np.concatenate((np.fromiter(ids, np.intp), self._block_starts, *letters, self._end))
        rows.sort()
        rows = rows[:-1][rows[:-1] != rows[1:]]
        starts = rows.searchsorted(self._block_starts)
        lengths = np.sqrt(np.add.reduceat(self._idf2.take(rows), starts)).astype(np.float32)
        totals = np.add.reduceat(self._weights.take(rows, axis=0), starts, axis=0, dtype=np.float32)
        whole: Floats = np.add.reduce(totals / lengths[:, None])
        return whole


class CategoryModel(LinearModel):
    """Trained model of category, urgency and sensitivity; scores one message at a time."""

    def __init__(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        super().__init__(arrays, OUTPUTS)
        self._danger: list[int] = self._weights[:, _DANGER].tolist()
        self.thresholds: dict[str, float] = self.header["thresholds"]

    @classmethod
    def load(cls, path: Path) -> "CategoryModel":
        return cls(load_arrays(path))

    def set_temperature(self, temperature: float) -> None:
        """Set the softmax temperature of the category probabilities; for training, before the model is shared."""
        self.header["temperature"] = temperature

    def score(self, words: TokenizedText, hits: list[Hit]) -> Scores:
        return self.to_scores(*self.raw(words, hits))

    def danger(self, raw: Floats) -> float:
        """Return the danger score from `compute_outputs`, in log-odds."""
        return float(raw[_DANGER])

    def talk(self, raw: Floats) -> tuple[float, float]:
        """Return the log-odds over talk of a social network: of a danger, by both outputs, and of any report."""
        report = float(raw[_REPORT_OVER_TALK])
        return float(raw[_DANGER_OVER_TALK]) + report, report

    def share_known_pairs(self, tokens: Sequence[str]) -> float:
        """Return the share of neighbouring word pairs that written rows have; 1 for a few words."""
        pairs = [*map(" ".join, pairwise(tokens))]
        return sum(map(self._grams.__contains__, pairs)) / len(pairs) if len(pairs) > 2 else 1.0

    def likely_category(self, raw: Floats) -> str:
        """Return only the most likely category."""
        return CATEGORIES[int(raw[: len(CATEGORIES)].argmax())]

    def word_danger_weights(self, words: TokenizedText) -> list[float]:
        """Return each word's contribution to danger: its part of every 1-3-gram and of every pair it is in."""
        tokens, lookup = words.tokens, self._grams.get
        weights = self._danger
        added = [0.0] * (len(tokens) + 2)
        for place, token in enumerate(tokens):
            if (alone := lookup(token)) is not None:
                added[place] += weights[alone]
            pair = f"{token} {tokens[place + 1]}" if place + 1 < len(tokens) else ""
            if (run := lookup(pair)) is not None:
                added[place] += (half := weights[run] / 2)
                added[place + 1] += half
            if place + 2 >= len(tokens):
                continue
            if (run := lookup(f"{pair} {tokens[place + 2]}")) is not None:
                third = weights[run] / 3
                added[place] += third
                added[place + 1] += third
                added[place + 2] += third
            if (run := lookup(f"{token}_{tokens[place + 2]}")) is not None:
                added[place] += (half := weights[run] / 2)
                added[place + 2] += half
        return added[: len(tokens)]

    def to_scores(self, raw: Floats, risks: Sequence[str]) -> Scores:
        """Convert the result of `compute_outputs` to probabilities."""
        kinds = len(CATEGORIES)
        category = _softmax(raw[:kinds] / np.float32(self.header["temperature"]))
        urgency = _softmax(raw[kinds : kinds + len(LEVELS)])
        return Scores(
            category,
            urgency,
            self.danger(raw),
            _sigmoid(float(raw[_SENSITIVE])),
            tuple(risks),
            float(raw[_DANGER_OVER_TALK]),
            float(raw[_REPORT_OVER_TALK]),
        )


_STOP_WORDS = word_set("""
    a ai anh ba bac bay ben bi bo boi bon cac cai can chau chi cho chu chua co con cua cung da dang de den
    di do doi dua duoc em gi ha han ho hoi huynh in ket khi khong la lai lam len luon ma may me mi minh mo
    moi mot nao nay ne nen neu nhe nhu nhung ni no noi nua o oi ong ra rang rat roi rua sao se ta tai te
    thang the thi thoi thu toi tren trong tu tui va van vao vay ve vi voi vua xong xuong
    """)
"""Folded words without a meaning of their own."""


class _NgramCache(dict[str, Rows]):
    """Cache of the known character n-grams of each word."""

    def __init__(self, feature_ids: dict[str, int]) -> None:
        self._known = feature_ids

    def __missing__(self, word: str) -> Rows:
        ids_found = np.array([*_lookup_ids(self._known, character_ngrams(word))], np.intp)
        if len(self) >= _MAX_CACHED_WORDS:
            self.clear()
        self[word] = ids_found
        return ids_found


def _lookup_ids(ids: Mapping[Name, int], names: Iterable[Name]) -> Iterator[int]:
    return filter(None, map(ids.get, names))


def _sigmoid(log_odds: float) -> float:
    return 1 / (1 + math.exp(-min(max(log_odds, -30.0), 30.0)))


def _softmax(raw: Floats) -> tuple[float, ...]:
    powers = np.exp(raw - np.maximum.reduce(raw))
    shares: list[float] = (powers / np.add.reduce(powers)).tolist()
    return tuple(shares)


def load_arrays(path: Path) -> dict[str, npt.NDArray[Any]]:
    with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def save_arrays(path: Path, arrays: dict[str, npt.NDArray[Any]]) -> None:
    """Write the arrays in a fixed order. The same arrays give the same bytes."""
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **{key: arrays[key] for key in sorted(arrays)})
