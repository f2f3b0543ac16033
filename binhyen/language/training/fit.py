"""Fit the linear model on training rows and pack it into the arrays of classify/model.py.

scikit-learn and scipy are needed here only; reading messages needs numpy alone. Everything is in a fixed order and
seeded, so the same rows, lexicon and locked packages give the same bytes.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from binhyen.language.classify.features import Features, features
from binhyen.language.classify.model import OUTPUTS, VERSION
from binhyen.language.lexicon import Lexicon, shipped
from binhyen.language.reading import CATEGORIES
from binhyen.language.training.rows import Row
from binhyen.language.training.variants import variants
from binhyen.language.words import words

CATEGORY_C = 5.0
URGENCY_C = 10.0
SENSITIVE_C = 10.0
LEAST = 2
COMMITTEE = (("kinds",), ("grams", "letters"), ("grams", "letters", "signs", "kinds"))
VARIANT_WEIGHT = 0.3
"""A variant tells how people write, a row what they write about: it weighs less."""
BLOCKS = {"grams": 1.0, "letters": 1.0, "signs": 1.0, "kinds": 1.0}
"""Blocks of features in the order of the model file, with the say each has."""
CHATTER = frozenset({"other", "thanks"})


@dataclass(frozen=True, slots=True)
class Dials:
    """What is set after learning, on the dev split: softmax temperature, and the bars of classify/decide.py."""

    temperature: float = 1.0
    thresholds: dict[str, float] = field(default_factory=lambda: {"danger": 0.3, "alarm": 0.1, "sure": 0.5})


@dataclass(frozen=True, slots=True)
class Table:
    """Feature names by block with their idf, and the matrix of the rows (one block-normalised vector each)."""

    names: tuple[tuple[str, ...], ...]
    idf: npt.NDArray[np.float32]
    gain: npt.NDArray[np.float32]
    matrix: sparse.csr_matrix


def expand(rows: Sequence[Row]) -> list[tuple[Row, bool]]:
    """Training rows with their variants; true marks the row itself."""
    chatter = [r for r in rows if r.category in CHATTER and 2 < len(r.text.split()) < 15]
    return [(copy, number == 0) for row in rows for number, copy in enumerate(variants(row, chatter))]


def read_features(rows: Iterable[Row], lexicon: Lexicon) -> list[Features]:
    found = []
    for row in rows:
        said = words(row.text)
        found.append(features(said, lexicon.find(said)))
    return found


def table(read: Sequence[Features]) -> Table:
    """Names seen at least LEAST times, idf, and the matrix."""
    names: list[tuple[str, ...]] = []
    idf: list[npt.NDArray[np.float32]] = []
    gain: list[npt.NDArray[np.float32]] = []
    blocks = []
    for block, say in BLOCKS.items():
        sets = [sorted(getattr(f, block)) for f in read]
        counts = Counter(name for one in sets for name in one)
        kept = tuple(sorted(name for name, count in counts.items() if count >= LEAST))
        weight = np.array([np.log((1 + len(read)) / (1 + counts[n])) + 1 for n in kept], np.float32)
        if block == "signs":
            weight = np.ones(len(kept), np.float32)
        weight = weight.astype(np.float16).astype(np.float32)
        names.append(kept)
        idf.append(weight)
        gain.append(weight * np.float32(say))
        blocks.append(_block(sets, kept, weight) * say)
    return Table(tuple(names), np.concatenate(idf), np.concatenate(gain), sparse.hstack(blocks, format="csr"))


def _block(sets: Sequence[Sequence[str]], kept: Sequence[str], idf: npt.NDArray[np.float32]) -> sparse.csr_matrix:
    place = {name: i for i, name in enumerate(kept)}
    columns: list[int] = []
    ends = [0]
    for one in sets:
        columns.extend(place[name] for name in one if name in place)
        ends.append(len(columns))
    matrix = sparse.csr_matrix((idf[columns], columns, ends), shape=(len(sets), len(kept)), dtype=np.float32)
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.diags(1 / np.maximum(lengths, 1e-6)).dot(matrix).tocsr()


def fit(rows: Sequence[Row], lexicon: Lexicon | None = None, dials: Dials | None = None) -> dict[str, npt.NDArray[Any]]:
    """Arrays of a model learnt from all of `rows`; `dials` are its temperature and thresholds."""
    told = expand(rows)
    copies = [row for row, _ in told]
    dials = dials or Dials()
    learnt = table(read_features(copies, lexicon or shipped()))
    weights, bias = _solve(learnt, copies, [first for _, first in told])
    weights = weights * learnt.gain[:, None]
    scale = np.maximum(np.abs(weights).max(axis=0) / 127, 1e-9).astype(np.float32)
    header = {"version": VERSION, "outputs": OUTPUTS, "rows": len(rows), **asdict(dials)}
    return {
        "header": np.frombuffer(json.dumps(header).encode(), np.uint8),
        "names": np.frombuffer("\n".join(n for block in learnt.names for n in block).encode(), np.uint8),
        "blocks": np.array([len(block) for block in learnt.names], np.int64),
        "weights": np.rint(weights / scale).astype(np.int8),
        "scale": scale,
        "idf": learnt.idf.astype(np.float16),
        "bias": bias.astype(np.float32),
    }


def _solve(
    learnt: Table, rows: Sequence[Row], firsts: Sequence[bool]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Weights and bias for the category, for urgency and for sensitivity; columns in order of OUTPUTS."""
    jobs = (
        ([CATEGORIES.index(r.category) for r in rows], CATEGORY_C),
        ([r.urgency for r in rows], URGENCY_C),
        ([int(r.sensitive) for r in rows], SENSITIVE_C),
    )
    say = np.array([1.0 if first else VARIANT_WEIGHT for first in firsts])
    solved = [_committee(learnt, np.array(labels), strength, say) for labels, strength in jobs]
    return np.hstack([weights for weights, _ in solved]), np.concatenate([bias for _, bias in solved])


def _committee(
    learnt: Table, labels: npt.NDArray[np.int64], strength: float, say: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The mean of logistic regressions that each see some blocks: still one linear model, and less sure of one clue."""
    ends = np.cumsum([0, *map(len, learnt.names)])
    where = {block: np.arange(ends[i], ends[i + 1]) for i, block in enumerate(BLOCKS)}
    columns = learnt.matrix.tocsc()
    outputs = max(len(set(labels.tolist())), 2)
    weights, bias = np.zeros((len(learnt.gain), 1 if outputs == 2 else outputs)), 0.0
    for member in COMMITTEE:
        seen = np.concatenate([where[block] for block in member])
        model = LogisticRegression(C=strength, max_iter=300, tol=1e-3)
        with threadpool_limits(limits=1):  # sums of several threads come in any order, and the bytes must not
            model.fit(columns[:, seen].tocsr(), labels, say)
        weights[seen] += model.coef_.T / len(COMMITTEE)
        bias = bias + model.intercept_ / len(COMMITTEE)
    return weights, np.asarray(bias)
