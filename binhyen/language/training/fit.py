"""Fit the linear model on training rows and pack it into the arrays of classify/model.py.

An SVM margin times MARGIN_SCALE is used as log-odds; the temperature (Hyperparameters) calibrates the confidence.
scikit-learn and scipy are needed for training only, and take 80 MiB and a second: they are imported inside the
functions that use them, so that pages that only show training results do without. Everything is in a fixed order and
seeded, so the same rows, lexicon and locked packages give the same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from binhyen.language.classify.features import Features, features
from binhyen.language.classify.model import LEVELS, OUTPUTS, VERSION
from binhyen.language.lexicon import shipped
from binhyen.language.reading import CATEGORIES
from binhyen.language.tokenizer import words
from binhyen.language.training.rows import Row, seen

if TYPE_CHECKING:
    from scipy import sparse

STRENGTH = 0.7
"""Regularisation parameter C of the SVMs: larger fits the rows more closely, smaller tolerates more errors.

Chosen by leave-one-author-out cross-validation, as all constants here.
"""
SHARP = 4.0
LEAST = 3
"""Minimum number of rows in which a feature must occur."""
COMMITTEE = (("kinds",), ("grams", "letters"), ("grams", "letters", "signs", "kinds"))
SERIOUS = 0.2
"""Weight of a level-2 row when danger is separated from calm.

It is neither, and a machine that must call it calm misses more dangerous messages.
"""
BLOCKS = ("grams", "letters", "signs", "kinds")
"""Blocks of features in the order of the model file."""
Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Dials:
    """Hyperparameters tuned on the dev split: softmax temperature, and the thresholds of classify/classifier.py."""

    temperature: float = 1.0
    thresholds: dict[str, float] = field(default_factory=lambda: {"danger": 0.0, "sure": 0.5})


class Vocabulary:
    """Integer ids of feature names per block, in order of first occurrence.

    Texts stored as ids need less memory.
    """

    def __init__(self) -> None:
        self.numbers: tuple[dict[str, int], ...] = tuple({} for _ in BLOCKS)

    def take(self, seen: Features) -> tuple[Numbers, ...]:
        """Return the feature ids of one text, block by block, adding new names."""
        return tuple(
            np.array([known.setdefault(name, len(known)) for name in sorted(getattr(seen, block))], np.int32)
            for block, known in zip(BLOCKS, self.numbers, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Told:
    """One training row, and the feature ids of its text with filled slots."""

    row: Row
    seen: tuple[Numbers, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Feature names by block with their idf, and the matrix of the texts (one block-normalised vector each)."""

    names: tuple[tuple[str, ...], ...]
    idf: npt.NDArray[np.float32]
    matrix: "sparse.csr_matrix"


def read(rows: Sequence[Row], vocabulary: Vocabulary) -> list[Told]:
    return [Told(row, see(seen(row), vocabulary)) for row in rows]


def see(text: str, vocabulary: Vocabulary) -> tuple[Numbers, ...]:
    """Return the feature ids of a text."""
    said = words(text)
    return vocabulary.take(features(said, shipped().find(said)))


def table(seen: Sequence[tuple[Numbers, ...]], vocabulary: Vocabulary) -> Table:
    """Return the names that occur in at least MIN_ROWS_PER_FEATURE texts, idf over all texts, and the matrix."""
    from scipy import sparse

    names: list[tuple[str, ...]] = []
    idf: list[npt.NDArray[np.float32]] = []
    blocks = []
    for number, block in enumerate(BLOCKS):
        known = vocabulary.numbers[number]
        sizes = [len(one[number]) for one in seen]
        flat = np.concatenate([one[number] for one in seen])
        rows = np.bincount(flat, minlength=len(known))
        kept = tuple(sorted(name for name, place in known.items() if rows[place] >= LEAST))
        place = np.array([known[name] for name in kept], np.int64)
        weight = np.log((1 + len(seen)) / (1 + rows[place])) + 1
        if block == "signs":
            weight = np.ones(len(kept))
        weight = weight.astype(np.float16).astype(np.float32)
        column = np.full(len(known), -1)
        column[place] = np.arange(len(kept))
        names.append(kept)
        idf.append(weight)
        blocks.append(_block(column[flat], sizes, weight))
    return Table(tuple(names), np.concatenate(idf), sparse.hstack(blocks, format="csr"))


def _block(columns: npt.NDArray[Any], sizes: Sequence[int], idf: npt.NDArray[np.float32]) -> "sparse.csr_matrix":
    from scipy import sparse

    known = columns >= 0
    text = np.repeat(np.arange(len(sizes)), sizes)[known]
    matrix = sparse.csr_matrix((idf[columns[known]], (text, columns[known])), shape=(len(sizes), len(idf)))
    matrix.sort_indices()
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.diags(1 / np.maximum(lengths, 1e-6)).dot(matrix).tocsr()


def fit(told: Sequence[Told], vocabulary: Vocabulary, dials: Dials | None = None) -> dict[str, npt.NDArray[Any]]:
    """Train the arrays of a model on all of `encoded`; `dials` are its temperature and thresholds."""
    dials = dials or Dials()
    learnt = table([one.seen for one in told], vocabulary)
    return packed(learnt, *_solve(learnt, told), {"outputs": OUTPUTS, "rows": len(told), **asdict(dials)})


def packed(
    learnt: Table, weights: npt.NDArray[np.float64], bias: npt.NDArray[np.float64], header: Mapping[str, Any]
) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a model file. `weights`: features × outputs; `header`: its outputs and other metadata."""
    weights = weights * learnt.idf[:, None]
    scale = np.maximum(np.abs(weights).max(axis=0) / 127, 1e-9).astype(np.float32)
    header = {"version": VERSION, **header}
    return {
        "header": np.frombuffer(json.dumps(header).encode(), np.uint8),
        "names": np.frombuffer("\n".join(n for block in learnt.names for n in block).encode(), np.uint8),
        "blocks": np.array([len(block) for block in learnt.names], np.int64),
        "weights": np.rint(weights / scale).astype(np.int8),
        "scale": scale,
        "idf": learnt.idf.astype(np.float16),
        "bias": bias.astype(np.float32),
    }


def _solve(learnt: Table, told: Sequence[Told]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return weights and bias for category, levels below danger, danger and sensitivity; columns as in OUTPUTS."""
    rows = [one.row for one in told]
    urgency = np.array([row.urgency for row in rows])
    said = np.array([row.sensitive is not None for row in rows])
    low, everything = urgency < len(LEVELS), np.ones(len(rows), bool)
    jobs = (
        ([CATEGORIES.index(row.category) for row in rows], everything, everything),
        (urgency, low, everything),
        (urgency == len(LEVELS), everything, np.where(urgency == len(LEVELS) - 1, SERIOUS, 1.0)),
        ([bool(row.sensitive) for row in rows], said, everything),
    )
    solved = [_committee(learnt, np.array(labels), which, say) for labels, which, say in jobs]
    return np.hstack([weights for weights, _ in solved]), np.concatenate([bias for _, bias in solved])


def _committee(
    learnt: Table, labels: npt.NDArray[Any], which: npt.NDArray[np.bool_], say: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Average SVMs that each see some blocks: still one linear model, and less dependent on one feature.

    `row_mask`: the rows to train on; `row_weights`: the weight of each row.
    """
    from sklearn.svm import LinearSVC
    from threadpoolctl import threadpool_limits

    ends = np.cumsum([0, *map(len, learnt.names)])
    where = {block: np.arange(ends[i], ends[i + 1]) for i, block in enumerate(BLOCKS)}
    columns = learnt.matrix.tocsc()
    outputs = len(set(labels[which].tolist()))
    weights, bias = np.zeros((len(learnt.idf), 1 if outputs == 2 else outputs)), 0.0
    for member in COMMITTEE:
        seen = np.concatenate([where[block] for block in member])
        model = LinearSVC(C=STRENGTH, tol=0.05, max_iter=4000, random_state=0)
        # Sums of several threads come in varying order, but the bytes must be reproducible.
        with threadpool_limits(limits=1):
            model.fit(columns[:, seen].tocsr()[which], labels[which], say[which].astype(float))
        weights[seen] += model.coef_.T * SHARP / len(COMMITTEE)
        bias = bias + model.intercept_ * SHARP / len(COMMITTEE)
    return weights, np.asarray(bias)
