"""Fit the linear model on training rows and pack it into the arrays of classify/model.py.

A margin of the support vector machines, times SHARP, is read as log-odds; the temperature (Dials) sets how sure it is.

scikit-learn and scipy are needed for training only, and take 80 MiB and a second: they are imported where they work,
so that pages that only show what was learnt do without. Everything is in a fixed order and seeded, so the same rows,
lexicon and locked packages give the same bytes.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from binhyen.language.classify.features import Features, features
from binhyen.language.classify.model import OUTPUTS, VERSION
from binhyen.language.lexicon import shipped
from binhyen.language.reading import CATEGORIES
from binhyen.language.training.rows import Row
from binhyen.language.training.variants import variants
from binhyen.language.words import words

if TYPE_CHECKING:
    from scipy import sparse

STRENGTH = 0.4
"""C of the machines: larger trusts the rows more, smaller forgives more of them. Found by cross-validation."""
SHARP = 4.0
LEAST = 2
"""Rows, not copies of rows, in which a feature must occur."""
COMMITTEE = (("kinds",), ("grams", "letters"), ("grams", "letters", "signs", "kinds"))
VARIANT_WEIGHT = 0.3
"""A variant tells how people write, a row what they write about: it weighs less."""
BLOCKS = ("grams", "letters", "signs", "kinds")
"""Blocks of features in the order of the model file."""
CHATTER = frozenset({"other", "thanks"})
Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Dials:
    """What is set after learning, on the dev split: softmax temperature, and the bars of classify/decide.py."""

    temperature: float = 1.0
    thresholds: dict[str, float] = field(default_factory=lambda: {"danger": 0.3, "alarm": 0.1, "sure": 0.5})


class Vocabulary:
    """A number for every feature name of each block, in order of first sight; texts kept as numbers need less room."""

    def __init__(self) -> None:
        self.numbers: tuple[dict[str, int], ...] = tuple({} for _ in BLOCKS)

    def take(self, seen: Features) -> tuple[Numbers, ...]:
        """The numbers of what is seen of one text, block by block."""
        return tuple(
            np.array([known.setdefault(name, len(known)) for name in sorted(getattr(seen, block))], np.int32)
            for block, known in zip(BLOCKS, self.numbers, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Told:
    """One text to learn from: the row (slots filled), what is seen of it, and whether it is the row or a copy of it."""

    row: Row
    seen: tuple[Numbers, ...]
    first: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Feature names by block with their idf, and the matrix of the texts (one block-normalised vector each)."""

    names: tuple[tuple[str, ...], ...]
    idf: npt.NDArray[np.float32]
    matrix: "sparse.csr_matrix"


def read(rows: Sequence[Row], vocabulary: Vocabulary, chatter: Sequence[Row] | None = None) -> list[Told]:
    """Rows and their variants, read. Small talk for variants comes from `chatter`, by default the rows themselves."""
    lexicon = shipped()
    small = [r for r in chatter or rows if r.category in CHATTER and 2 < len(r.text.split()) < 15]
    told = []
    for row in rows:
        for number, copy in enumerate(variants(row, small)):
            said = words(copy.text)
            told.append(Told(copy, vocabulary.take(features(said, lexicon.find(said))), number == 0))
    return told


def table(told: Sequence[Told], vocabulary: Vocabulary) -> Table:
    """Names seen in at least LEAST rows (copies of a row count as it), idf over all texts, and the matrix."""
    from scipy import sparse

    row_of = np.cumsum([one.first for one in told])
    names: list[tuple[str, ...]] = []
    idf: list[npt.NDArray[np.float32]] = []
    blocks = []
    for number, block in enumerate(BLOCKS):
        known = vocabulary.numbers[number]
        sizes = [len(one.seen[number]) for one in told]
        flat = np.concatenate([one.seen[number] for one in told])
        rows = np.bincount(np.unique(np.repeat(row_of, sizes) * len(known) + flat) % len(known), minlength=len(known))
        kept = tuple(sorted(name for name, place in known.items() if rows[place] >= LEAST))
        place = np.array([known[name] for name in kept], np.int64)
        weight = np.log((1 + len(told)) / (1 + np.bincount(flat, minlength=len(known))[place])) + 1
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
    """Arrays of a model learnt from all of `told`; `dials` are its temperature and thresholds."""
    dials = dials or Dials()
    learnt = table(told, vocabulary)
    weights, bias = _solve(learnt, told)
    weights = weights * learnt.idf[:, None]
    scale = np.maximum(np.abs(weights).max(axis=0) / 127, 1e-9).astype(np.float32)
    header = {"version": VERSION, "outputs": OUTPUTS, "rows": sum(one.first for one in told), **asdict(dials)}
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
    """Weights and bias for the category, for urgency and for sensitivity; columns in order of OUTPUTS."""
    rows = [one.row for one in told]
    jobs = ([CATEGORIES.index(r.category) for r in rows], [r.urgency for r in rows], [int(r.sensitive) for r in rows])
    say = np.array([1.0 if one.first else VARIANT_WEIGHT for one in told])
    solved = [_committee(learnt, np.array(labels), say) for labels in jobs]
    return np.hstack([weights for weights, _ in solved]), np.concatenate([bias for _, bias in solved])


def _committee(
    learnt: Table, labels: npt.NDArray[np.int64], say: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The mean of machines that each see some blocks: still one linear model, and less sure of one clue."""
    from sklearn.svm import LinearSVC
    from threadpoolctl import threadpool_limits

    ends = np.cumsum([0, *map(len, learnt.names)])
    where = {block: np.arange(ends[i], ends[i + 1]) for i, block in enumerate(BLOCKS)}
    columns = learnt.matrix.tocsc()
    outputs = max(len(set(labels.tolist())), 2)
    weights, bias = np.zeros((len(learnt.idf), 1 if outputs == 2 else outputs)), 0.0
    for member in COMMITTEE:
        seen = np.concatenate([where[block] for block in member])
        model = LinearSVC(C=STRENGTH, tol=0.05, max_iter=4000, random_state=0)
        with threadpool_limits(limits=1):  # sums of several threads come in any order, and the bytes must not
            model.fit(columns[:, seen].tocsr(), labels, say)
        weights[seen] += model.coef_.T * SHARP / len(COMMITTEE)
        bias = bias + model.intercept_ * SHARP / len(COMMITTEE)
    return weights, np.asarray(bias)
