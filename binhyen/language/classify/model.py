"""Linear model as data: one small file of plain arrays, read with numpy alone.

File: numpy .npz, uncompressed and without pickle, so that the same training gives the same bytes. Keys: `header` (UTF-8
JSON: version, outputs, temperature, thresholds, rows), `names` (UTF-8, one feature a line, in four blocks), `blocks` (4
sizes), `weights` (int8, features × outputs, times `scale` per output), `idf` (float16), `bias` (float32). A score is
bias + Σ weight / length of the block's idf vector; blocks are normalised one by one.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, count, pairwise, starmap
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from binhyen.language.classify.features import TOGETHER, letter_groups, meant_tokens, signs, word_grams
from binhyen.language.classify.scores import Scores
from binhyen.language.concepts import concept_features, dangers, kinds_of, pairs, present
from binhyen.language.lexicon import Hit
from binhyen.language.phrase_trie import bag
from binhyen.language.reading import CATEGORIES
from binhyen.language.tokenizer import Words

Name = TypeVar("Name", str, tuple[str, ...])
VERSION = 2
LEVELS = ("u0", "u1", "u2")
OUTPUTS = (*CATEGORIES, *LEVELS, "danger", "sensitive")
_REMEMBERED = 20_000
_SHORT = 1e-20  # Squared length of an empty block: negligible in any sum, but no zero, so that no division fails.

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]


class Linear:
    """Linear model with one number for each output. Threads may share it: the word cache only gains equal entries."""

    def __init__(self, arrays: dict[str, npt.NDArray[Any]], outputs: Sequence[str]) -> None:
        self.header: dict[str, Any] = json.loads(bytes(arrays["header"]).decode())
        if self.header["version"] != VERSION or self.header["outputs"] != [*outputs]:
            raise ValueError("the model file is of another version; run `binhyen language train`")
        names = bytes(arrays["names"]).decode().split("\n")
        blocks = list(starmap(slice, pairwise(accumulate(arrays["blocks"].tolist(), initial=0))))
        # A zero row before each block: no block of a message is ever empty, and every id is truthy.
        self._nothing = [block.start + number for number, block in enumerate(blocks)]
        self._grams, self._letters, self._signs, self._kinds = (
            dict(zip(names[block], count(nothing + 1))) for block, nothing in zip(blocks, self._nothing, strict=True)
        )
        # Pairs of word classes are looked up most often: a small separate table is faster (cache locality).
        together = [name for name in self._kinds if TOGETHER in name]
        self._pairs = {tuple(name.split(TOGETHER)): self._kinds.pop(name) for name in together}
        weights, idf2 = arrays["weights"], np.square(arrays["idf"].astype(np.float64))
        nothing = np.zeros((1, len(outputs)), np.int8)
        self._weights = np.concatenate([part for block in blocks for part in (nothing, weights[block])])
        self._idf2 = np.concatenate([part for block in blocks for part in ([_SHORT], idf2[block])])
        self._scale = arrays["scale"].astype(np.float32)
        self._bias = arrays["bias"].astype(np.float32)
        self._of_word = _Letters(self._letters)

    def raw(self, words: Words, hits: list[Hit]) -> tuple[Floats, list[str]]:
        """Return the number of each output, and the reasons why the word classes look dangerous."""
        tokens = meant_tokens(words, hits)
        found = kinds_of(tokens)
        kinds = present(found)
        risks = dangers(kinds)
        total = self._sum(
            [
                *_known(self._grams, word_grams(tokens)),
                *_known(self._signs, signs(words, hits, kinds, risks)),
                *_known(self._kinds, concept_features(tokens, found)),
                *_known(self._pairs, pairs(kinds)),
            ],
            [self._of_word[token] for token in set(tokens)],
        )
        return self._bias + self._scale * total, risks

    def evidence(self, words: Words, output: int) -> tuple[int, int] | None:
        """Return first and last token of the words with most weight for `output`, or None if there are none.

        Words without meaning of their own («như», «mi») are used only if no others count.
        """
        best: tuple[bool, int, int, int] | None = None
        for size in (1, 2, 3):
            for first in range(len(words.tokens) - size + 1):
                run = words.tokens[first : first + size]
                known = self._grams.get(" ".join(run))
                weight = self._weights.item(known, output) if known is not None else 0
                if weight > 0 and (best is None or (not _EMPTY.issuperset(run), weight) > best[:2]):
                    best = (not _EMPTY.issuperset(run), weight, first, first + size - 1)
        return best and best[2:]

    def _sum(self, ids: Sequence[int], letters: Sequence[Rows]) -> Floats:
        """Return the blocks' weights, each divided by the length of its idf vector; duplicates count once."""
        rows = np.concatenate((np.array((*self._nothing, len(self._weights), *ids), np.intp), *letters))
        rows.sort()
        rows = rows[:-1][rows[:-1] != rows[1:]]
        starts = rows.searchsorted(self._nothing)
        lengths = np.sqrt(np.add.reduceat(self._idf2.take(rows), starts)).astype(np.float32)
        totals = np.add.reduceat(self._weights.take(rows, axis=0), starts, axis=0, dtype=np.float32)
        whole: Floats = np.add.reduce(totals / lengths[:, None])
        return whole


class Model(Linear):
    """Trained model of category, urgency and sensitivity; scores one message at a time."""

    def __init__(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        super().__init__(arrays, OUTPUTS)
        self._danger: list[int] = self._weights[:, OUTPUTS.index("danger")].tolist()
        self.thresholds: dict[str, float] = self.header["thresholds"]

    @classmethod
    def load(cls, path: Path) -> "Model":
        return cls(arrays_of(path))

    def set_temperature(self, temperature: float) -> None:
        """Set the softmax temperature of the category probabilities; for training, before the model is shared."""
        self.header["temperature"] = temperature

    def score(self, words: Words, hits: list[Hit]) -> Scores:
        return self.scores(*self.raw(words, hits))

    def danger(self, raw: Floats) -> float:
        """Return the danger score from `compute_outputs`, in log-odds."""
        return float(raw[-2])

    def likely(self, words: Words, hits: list[Hit]) -> str:
        """Return only the most likely category."""
        raw, _ = self.raw(words, hits)
        return CATEGORIES[int(raw[: len(CATEGORIES)].argmax())]

    def weighed(self, words: Words) -> list[float]:
        """Return each word's contribution to danger: its part of every 1-3-gram and of every pair it is in."""
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

    def scores(self, raw: Floats, risks: Sequence[str]) -> Scores:
        """Convert the result of `compute_outputs` to probabilities."""
        kinds = len(CATEGORIES)
        category = _softmax(raw[:kinds] / np.float32(self.header["temperature"]))
        urgency = _softmax(raw[kinds : kinds + len(LEVELS)])
        return Scores(category, urgency, self.danger(raw), _share(float(raw[-1])), tuple(risks))


_EMPTY = bag("""
    a ai anh ba bac bay ben bi bo boi bon cac cai can chau chi cho chu chua co con cua cung da dang de den
    di do doi dua duoc em gi ha han ho hoi huynh in ket khi khong la lai lam len luon ma may me mi minh mo
    moi mot nao nay ne nen neu nhe nhu nhung ni no noi nua o oi ong ra rang rat roi rua sao se ta tai te
    thang the thi thoi thu toi tren trong tu tui va van vao vay ve vi voi vua xong xuong
    """)
"""Folded words without a meaning of their own."""


class _Letters(dict[str, Rows]):
    """Cache of the known character n-grams of each word."""

    def __init__(self, known: dict[str, int]) -> None:
        self._known = known

    def __missing__(self, word: str) -> Rows:
        found = np.array([*_known(self._known, letter_groups(word))], np.intp)
        if len(self) >= _REMEMBERED:
            self.clear()
        self[word] = found
        return found


def _known(ids: Mapping[Name, int], names: Iterable[Name]) -> Iterator[int]:
    return filter(None, map(ids.get, names))


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
