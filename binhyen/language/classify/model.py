"""The linear model as data: one small file of plain arrays, read with numpy alone.

File: numpy .npz, uncompressed and without pickle, so that the same training gives the same bytes. Keys:
`header` (UTF-8 JSON: version, outputs, temperature, thresholds, rows), `names` (UTF-8, one feature a line,
in four blocks), `blocks` (4 sizes), `weights` (int8, features × outputs, times `scale` per output), `idf` (float16),
`bias` (float32).
A score is bias + Σ weight / length of the block's idf vector; blocks are normalised one by one.
"""

import json
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from binhyen.language.classify.features import letter_groups, meant_tokens, signs, word_grams
from binhyen.language.classify.scores import Scores
from binhyen.language.concepts import concept_features, dangers, kinds_of, present
from binhyen.language.lexicon import Hit
from binhyen.language.reading import CATEGORIES
from binhyen.language.words import Words

VERSION = 2
LEVELS = ("u0", "u1", "u2")
OUTPUTS = (*CATEGORIES, *LEVELS, "danger", "sensitive")
_REMEMBERED = 20_000
_SHORT = np.float32(1e-6)

Floats = npt.NDArray[np.float32]


class Linear:
    """One number for each output of a file. Threads may share it: the word memory only ever gains equal entries."""

    def __init__(self, arrays: dict[str, npt.NDArray[Any]], outputs: Sequence[str]) -> None:
        self.header: dict[str, Any] = json.loads(bytes(arrays["header"]).decode())
        if self.header["version"] != VERSION or self.header["outputs"] != [*outputs]:
            raise ValueError("the model file is of another version; run `binhyen language train`")
        names = bytes(arrays["names"]).decode().split("\n")
        # Row 0 is of nothing: with it no block of a message is ever empty, and a known name has an id that is true.
        ends = [1, *(np.cumsum(arrays["blocks"]) + 1).tolist()]
        self._grams, self._letters, self._signs, self._kinds = (
            {name: i for i, name in enumerate(names[start - 1 : end - 1], start)} for start, end in pairwise(ends)
        )
        self._weights = np.concatenate([np.zeros((1, len(outputs)), np.int8), arrays["weights"]])
        self._scale = arrays["scale"].astype(np.float32)
        self._idf2 = np.append(0.0, np.square(arrays["idf"].astype(np.float64)))
        self._bias = arrays["bias"].astype(np.float32)
        self._of_word = _Letters(self._letters)

    def raw(self, words: Words, hits: list[Hit]) -> tuple[Floats, list[str]]:
        """The number of each output, and why it looks dangerous by the kinds of words in it."""
        tokens = meant_tokens(words, hits)
        found = kinds_of(tokens)
        kinds = present(found)
        risks = dangers(kinds)
        letters: frozenset[int] = frozenset().union(*map(self._of_word.__getitem__, set(tokens)))
        total = self._sum(
            _known(self._grams, word_grams(tokens)),
            letters,
            _known(self._signs, signs(words, hits, kinds, risks)),
            _known(self._kinds, concept_features(tokens, found, kinds)),
        )
        scores: Floats = self._bias + self._scale * total
        return scores, risks

    def evidence(self, words: Words, output: int) -> tuple[int, int] | None:
        """First and last token of the words that spoke most for `output`, or None where none did."""
        best: tuple[float, int, int] | None = None
        for size in (1, 2, 3):
            for first in range(len(words.tokens) - size + 1):
                known = self._grams.get(" ".join(words.tokens[first : first + size]))
                weight = float(self._weights[known, output]) if known is not None else 0.0
                if weight > 0 and (best is None or weight > best[0]):
                    best = (weight, first, first + size - 1)
        return best and best[1:]

    def _sum(self, *blocks: Iterable[int]) -> Floats:
        """The blocks' weights, each divided by the length of its idf vector, in one pass over all of them."""
        ids: list[int] = []
        starts: list[int] = []
        for block in blocks:
            starts.append(len(ids))
            ids.append(0)
            ids.extend(block)
        rows = np.array(ids, np.intp)
        lengths = np.sqrt(np.add.reduceat(self._idf2.take(rows), starts)).astype(np.float32)
        totals = np.add.reduceat(self._weights.take(rows, axis=0), starts, axis=0, dtype=np.int32)
        shares: Floats = (totals / np.maximum(lengths, _SHORT)[:, None]).astype(np.float32)
        whole: Floats = np.add.reduce(shares)
        return whole


class Model(Linear):
    """What is learnt of category, urgency and sensitivity; scores one message at a time."""

    def __init__(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        super().__init__(arrays, OUTPUTS)
        self._danger: list[int] = self._weights[:, OUTPUTS.index("danger")].tolist()
        self.thresholds: dict[str, float] = self.header["thresholds"]

    @classmethod
    def load(cls, path: Path) -> "Model":
        return cls(arrays_of(path))

    def set_temperature(self, temperature: float) -> None:
        """For training, before the model is shared: how flat the probabilities of the categories are."""
        self.header["temperature"] = temperature

    def score(self, words: Words, hits: list[Hit]) -> Scores:
        raw, risks = self.raw(words, hits)
        return self._probabilities(raw, tuple(risks))

    def likely(self, words: Words, hits: list[Hit]) -> str:
        """The category alone that it most likely is."""
        raw, _ = self.raw(words, hits)
        return CATEGORIES[int(raw[: len(CATEGORIES)].argmax())]

    def weighed(self, words: Words) -> list[float]:
        """What each word adds to danger: its part of every run of one to three words and of every pair it stands in."""
        tokens, known = words.tokens, self._grams.get
        weights = self._danger
        added = [0.0] * (len(tokens) + 2)
        for place, token in enumerate(tokens):
            if (alone := known(token)) is not None:
                added[place] += weights[alone]
            pair = f"{token} {tokens[place + 1]}" if place + 1 < len(tokens) else ""
            if (run := known(pair)) is not None:
                added[place] += (half := weights[run] / 2)
                added[place + 1] += half
            if place + 2 >= len(tokens):
                continue
            if (run := known(f"{pair} {tokens[place + 2]}")) is not None:
                third = weights[run] / 3
                added[place] += third
                added[place + 1] += third
                added[place + 2] += third
            if (run := known(f"{token}_{tokens[place + 2]}")) is not None:
                added[place] += (half := weights[run] / 2)
                added[place + 2] += half
        return added[: len(tokens)]

    def _probabilities(self, raw: Floats, risks: tuple[str, ...]) -> Scores:
        kinds = len(CATEGORIES)
        category = _softmax(raw[:kinds] / np.float32(self.header["temperature"]))
        urgency = _softmax(raw[kinds : kinds + len(LEVELS)])
        return Scores(category, urgency, float(raw[-2]), _share(float(raw[-1])), risks)


class _Letters(dict[str, frozenset[int]]):
    """The known letter groups of each word, remembered."""

    def __init__(self, known: dict[str, int]) -> None:
        self._known = known

    def __missing__(self, word: str) -> frozenset[int]:
        found = frozenset(_known(self._known, letter_groups(word)))
        if len(self) >= _REMEMBERED:
            self.clear()
        self[word] = found
        return found


def _known(ids: dict[str, int], names: Iterable[str]) -> list[int]:
    return list(filter(None, map(ids.get, names)))


def _share(log_odds: float) -> float:
    return 1 / (1 + math.exp(-min(max(log_odds, -30.0), 30.0)))


def _softmax(raw: Floats) -> tuple[float, ...]:
    powers = np.exp(raw - np.maximum.reduce(raw))
    shares: list[float] = (powers / np.add.reduce(powers)).tolist()
    return tuple(shares)


def arrays_of(path: Path) -> dict[str, npt.NDArray[Any]]:
    with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
        return {key: file[key] for key in file.files}


def save(path: Path, arrays: dict[str, npt.NDArray[Any]]) -> None:
    """Write the arrays in a fixed order. The same arrays give the same bytes."""
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **{key: arrays[key] for key in sorted(arrays)})
