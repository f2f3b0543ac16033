"""The linear model as data: one small file of plain arrays, read with numpy alone.

File: numpy .npz, uncompressed and without pickle, so that the same training gives the same bytes. Keys:
`header` (UTF-8 JSON: version, outputs, temperature, thresholds, rows), `names` (UTF-8, one feature a line,
in four blocks), `blocks` (4 sizes), `weights` (int8, features × outputs, times `scale` per output), `idf` (float16),
`bias` (float32).
A score is bias + Σ weight / length of the block's idf vector; blocks are normalised one by one.
"""

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from binhyen.language.classify.features import letter_groups, meant_tokens, signs, word_grams
from binhyen.language.concepts import concept_features, dangers, kinds_of
from binhyen.language.lexicon import Hit
from binhyen.language.reading import CATEGORIES
from binhyen.language.words import DATA, Words

SHIPPED = DATA / "model.npz"
VERSION = 1
URGENCIES = ("u0", "u1", "u2", "u3")
OUTPUTS = (*CATEGORIES, *URGENCIES, "sensitive")
_REMEMBERED = 20_000

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scores:
    """Probabilities: of each category (order of CATEGORIES), of urgency 0..3, and of being sensitive.

    `dangers`: why it looks dangerous by the kinds of words in it (data/lexicon/dangers.tsv).
    """

    category: Floats
    urgency: Floats
    sensitive: float
    dangers: tuple[str, ...] = ()


class Model:
    """Scores one message at a time. Threads may share it: the word memory only ever gains equal entries."""

    def __init__(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        self.header: dict[str, Any] = json.loads(bytes(arrays["header"]).decode())
        if self.header["version"] != VERSION or tuple(self.header["outputs"]) != OUTPUTS:
            raise ValueError("the model file is of another version; run `binhyen language train`")
        names = bytes(arrays["names"]).decode().split("\n")
        ends = [0, *np.cumsum(arrays["blocks"]).tolist()]
        self._grams, self._letters, self._signs, self._kinds = (
            {name: i for i, name in enumerate(names[start:end], start)} for start, end in pairwise(ends)
        )
        self._weights = np.ascontiguousarray(arrays["weights"])
        self._scale = arrays["scale"].astype(np.float32)
        self._idf2 = np.square(arrays["idf"].astype(np.float32))
        self._bias = arrays["bias"].astype(np.float32)
        self.thresholds: dict[str, float] = self.header["thresholds"]
        self._of_word: dict[str, tuple[int, ...]] = {}

    @classmethod
    def load(cls, path: Path | None = None) -> "Model":
        with (path or SHIPPED).open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            return cls({key: file[key] for key in file.files})

    def set_temperature(self, temperature: float) -> None:
        """For training, before the model is shared: how flat the probabilities of the categories are."""
        self.header["temperature"] = temperature

    def score(self, words: Words, hits: list[Hit]) -> Scores:
        tokens = meant_tokens(words, hits)
        grams = [i for i in map(self._grams.get, word_grams(tokens)) if i is not None]
        letters: set[int] = set()
        for word in set(tokens):
            letters.update(self._of_word.get(word) or self._remember(word))
        found = kinds_of(tokens)
        told = [i for i in map(self._signs.get, signs(words, hits, found)) if i is not None]
        kinds = [i for i in map(self._kinds.get, concept_features(tokens, found)) if i is not None]
        total = self._block(grams) + self._block(list(letters)) + self._block(told) + self._block(kinds)
        raw = self._bias + self._scale * total
        return self._probabilities(raw, tuple(dangers(found)))

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

    def _remember(self, word: str) -> tuple[int, ...]:
        found = tuple(i for i in map(self._letters.get, letter_groups(word)) if i is not None)
        if len(self._of_word) >= _REMEMBERED:
            self._of_word.clear()
        self._of_word[word] = found
        return found

    def _block(self, ids: list[int]) -> Floats:
        if not ids:
            return np.zeros(len(OUTPUTS), np.float32)
        total = self._weights.take(ids, axis=0).sum(axis=0, dtype=np.int32)
        length = float(self._idf2.take(ids).sum()) ** 0.5
        block: Floats = (total / np.float32(max(length, 1e-6))).astype(np.float32)
        return block

    def _probabilities(self, raw: Floats, risks: tuple[str, ...]) -> Scores:
        kinds = len(CATEGORIES)
        category = _softmax(raw[:kinds] / np.float32(self.header["temperature"]))
        urgency = _softmax(raw[kinds : kinds + len(URGENCIES)])
        return Scores(category, urgency, float(1 / (1 + np.exp(-np.clip(raw[-1], -30, 30)))), risks)


def _softmax(raw: Floats) -> Floats:
    powers: Floats = np.exp(raw - raw.max())
    shares: Floats = (powers / powers.sum()).astype(np.float32)
    return shares


def save(path: Path, arrays: dict[str, npt.NDArray[Any]]) -> None:
    """Write the arrays in a fixed order. The same arrays give the same bytes."""
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **{key: arrays[key] for key in sorted(arrays)})
