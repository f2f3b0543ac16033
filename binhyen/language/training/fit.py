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

from binhyen.language.classify.model import (
    LEVELS,
    OUTPUTS,
    TALK_OUTPUTS,
    VERSION,
    Features,
    extract_text_features,
)
from binhyen.language.lexicon import shipped_lexicon
from binhyen.language.reading import CATEGORIES, IDLE_CATEGORIES
from binhyen.language.tokenizer import tokenize
from binhyen.language.training.rows import TrainingRow, model_input

if TYPE_CHECKING:
    from scipy import sparse

SVM_C = 0.7
"""Regularisation parameter C of the SVMs: larger fits the rows more closely, smaller tolerates more errors.

Chosen by leave-one-author-out cross-validation, as all constants here.
"""
MARGIN_SCALE = 4.0
MIN_ROWS_PER_FEATURE = 3
"""Minimum number of rows in which a feature must occur."""
COMMITTEE = (("kinds",), ("grams", "letters"), ("grams", "letters", "signs", "kinds"))
CLASS_RATIO_BLOCKS = ("grams", "letters")
"""Blocks that the class-ratio model of categories sees."""
CLASS_RATIO_C = 0.6
"""Regularisation parameter C of the class-ratio model."""
CLASS_RATIO_SHARE = 0.33
"""Share of the class-ratio model in the category outputs; the committee has the rest.

On rows of other writers a quarter to a half is equally good; confidences change less with a smaller share.
"""
LEVEL_2_WEIGHT = 0.2
"""Weight of a level-2 row when danger is separated from calm.

It is neither, and a machine that must call it calm misses more dangerous messages.
"""
NEVER_TALK = 99.0
"""Log-odds of a report over talk in a model that was trained without comments."""
BLOCKS = ("grams", "letters", "signs", "kinds")
"""Blocks of features in the order of the model file."""
Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """Hyperparameters tuned on the dev split: softmax temperature, and the thresholds of classify/classifier.py."""

    temperature: float = 1.0
    thresholds: dict[str, float] = field(default_factory=lambda: {"danger": 0.0, "sure": 0.5})


class Vocabulary:
    """Integer ids of feature names per block, in order of first occurrence.

    Texts stored as ids need less memory.
    """

    def __init__(self) -> None:
        self.numbers: tuple[dict[str, int], ...] = tuple({} for _ in BLOCKS)

    def take(self, text_features: Features) -> tuple[Numbers, ...]:
        """Return the feature ids of one text, block by block, adding new names."""
        return tuple(
            np.array([ids.setdefault(name, len(ids)) for name in sorted(getattr(text_features, block))], np.int32)
            for block, ids in zip(BLOCKS, self.numbers, strict=True)
        )


@dataclass(frozen=True, slots=True)
class EncodedRow:
    """One training row, and the feature ids of its text with filled slots."""

    row: TrainingRow
    feature_ids: tuple[Numbers, ...]


@dataclass(frozen=True, slots=True)
class FeatureMatrix:
    """Feature names by block with their idf, and the matrix of the texts (one block-normalised vector each)."""

    names: tuple[tuple[str, ...], ...]
    idf: npt.NDArray[np.float32]
    matrix: "sparse.csr_matrix"


def encode_rows(rows: Sequence[TrainingRow], vocabulary: Vocabulary) -> list[EncodedRow]:
    return [EncodedRow(row, encode_text(model_input(row), vocabulary)) for row in rows]


def encode_text(text: str, vocabulary: Vocabulary) -> tuple[Numbers, ...]:
    """Return the feature ids of a text."""
    tokenized = tokenize(text)
    return vocabulary.take(extract_text_features(tokenized, shipped_lexicon().find(tokenized)))


def build_feature_matrix(encoded: Sequence[tuple[Numbers, ...]], vocabulary: Vocabulary) -> FeatureMatrix:
    """Return the names that occur in at least MIN_ROWS_PER_FEATURE texts, idf over all texts, and the matrix."""
    names: list[tuple[str, ...]] = []
    idf: list[npt.NDArray[np.float32]] = []
    for number, block in enumerate(BLOCKS):
        ids = vocabulary.numbers[number]
        flat = np.concatenate([text_ids[number] for text_ids in encoded])
        rows = np.bincount(flat, minlength=len(ids))
        kept_names = tuple(sorted(name for name, place in ids.items() if rows[place] >= MIN_ROWS_PER_FEATURE))
        place = np.array([ids[name] for name in kept_names], np.int64)
        weight = np.log((1 + len(encoded)) / (1 + rows[place])) + 1
        if block == "signs":
            weight = np.ones(len(kept_names))
        names.append(kept_names)
        idf.append(weight.astype(np.float16).astype(np.float32))
    return FeatureMatrix(tuple(names), np.concatenate(idf), _build_matrix(encoded, vocabulary, names, idf))


def _build_matrix(
    encoded: Sequence[tuple[Numbers, ...]],
    vocabulary: Vocabulary,
    names: Sequence[Sequence[str]],
    idf: Sequence[npt.NDArray[np.float32]],
) -> "sparse.csr_matrix":
    """Return the matrix of the texts for features and idf of each block; features of other names are left out."""
    from scipy import sparse

    blocks = []
    for number, (kept_names, weight) in enumerate(zip(names, idf, strict=True)):
        ids = vocabulary.numbers[number]
        column = np.full(len(ids), -1)
        column[np.array([ids[name] for name in kept_names], np.int64)] = np.arange(len(kept_names))
        sizes = [len(text_ids[number]) for text_ids in encoded]
        flat = np.concatenate([text_ids[number] for text_ids in encoded])
        blocks.append(_normalize_block(column[flat], sizes, weight))
    return sparse.hstack(blocks, format="csr")


def _normalize_block(
    columns: npt.NDArray[Any], sizes: Sequence[int], idf: npt.NDArray[np.float32]
) -> "sparse.csr_matrix":
    from scipy import sparse

    is_kept = columns >= 0
    text = np.repeat(np.arange(len(sizes)), sizes)[is_kept]
    matrix = sparse.csr_matrix((idf[columns[is_kept]], (text, columns[is_kept])), shape=(len(sizes), len(idf)))
    matrix.sort_indices()
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.diags(1 / np.maximum(lengths, 1e-6)).dot(matrix).tocsr()


def fit_classifier(
    encoded: Sequence[EncodedRow],
    vocabulary: Vocabulary,
    dials: Hyperparameters | None = None,
    comments: Sequence[tuple[Numbers, ...]] = (),
) -> dict[str, npt.NDArray[Any]]:
    """Train the arrays of a model on all of `encoded`; `dials` are its temperature and thresholds.

    `comments`: feature ids of real comments, none of which is a report. Only the outputs of talk are trained on them.
    """
    dials = dials or Hyperparameters()
    learnt = build_feature_matrix([entry.feature_ids for entry in encoded], vocabulary)
    weights, bias = _fit_outputs(learnt, encoded)
    talk_weights, talk_bias = _fit_talk_outputs(learnt, encoded, vocabulary, comments)
    return pack_model(
        learnt,
        np.hstack([weights, talk_weights]),
        np.concatenate([bias, talk_bias]),
        {"outputs": OUTPUTS, "rows": len(encoded), **asdict(dials)},
    )


def _fit_talk_outputs(
    learnt: FeatureMatrix,
    encoded: Sequence[EncodedRow],
    vocabulary: Vocabulary,
    comments: Sequence[tuple[Numbers, ...]],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return weights and bias that tell dangers, and all reports, from real comments; columns as in TALK_OUTPUTS.

    Without comments nothing is talk.
    """
    if not comments:
        return np.zeros((len(learnt.idf), len(TALK_OUTPUTS))), np.full(len(TALK_OUTPUTS), NEVER_TALK)
    from scipy import sparse
    from sklearn.svm import LinearSVC
    from threadpoolctl import threadpool_limits

    ends = np.cumsum([len(block) for block in learnt.names])
    talk = _build_matrix(comments, vocabulary, learnt.names, np.split(learnt.idf, ends[:-1]))
    dangers = np.array([entry.row.urgency == len(LEVELS) for entry in encoded])
    reports = np.array([entry.row.category not in IDLE_CATEGORIES for entry in encoded])
    weights, bias = [], []
    for mask in (dangers, reports):
        model = LinearSVC(C=SVM_C, tol=0.05, max_iter=4000, random_state=0)
        labels = np.repeat((1, 0), (int(mask.sum()), len(comments)))
        with threadpool_limits(limits=1):
            model.fit(sparse.vstack([learnt.matrix[mask], talk], format="csr"), labels)
        weights.append(model.coef_.T * MARGIN_SCALE)
        bias.append(model.intercept_ * MARGIN_SCALE)
    return np.hstack(weights), np.concatenate(bias)


def pack_model(
    learnt: FeatureMatrix, weights: npt.NDArray[np.float64], bias: npt.NDArray[np.float64], header: Mapping[str, Any]
) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of a model file. `weights`: features × outputs; `header`: its outputs and other metadata."""
    weights = weights * learnt.idf[:, None]
    scale = np.maximum(np.abs(weights).max(axis=0) / 127, 1e-9).astype(np.float32)
    header = {"version": VERSION, **header}
    return {
        "header": np.frombuffer(json.dumps(header).encode(), np.uint8),
        "names": np.frombuffer("\n".join(name for block in learnt.names for name in block).encode(), np.uint8),
        "blocks": np.array([len(block) for block in learnt.names], np.int64),
        "weights": np.rint(weights / scale).astype(np.int8),
        "scale": scale,
        "idf": learnt.idf.astype(np.float16),
        "bias": bias.astype(np.float32),
    }


def _fit_outputs(
    learnt: FeatureMatrix, encoded: Sequence[EncodedRow]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return weights and bias for category, levels below danger, danger and sensitivity; columns as in OUTPUTS."""
    rows = [entry.row for entry in encoded]
    urgency = np.array([row.urgency for row in rows])
    is_labelled = np.array([row.sensitive is not None for row in rows])
    is_below_danger, all_rows = urgency < len(LEVELS), np.ones(len(rows), bool)
    jobs = (
        ([CATEGORIES.index(row.category) for row in rows], all_rows, all_rows),
        (urgency, is_below_danger, all_rows),
        (urgency == len(LEVELS), all_rows, np.where(urgency == len(LEVELS) - 1, LEVEL_2_WEIGHT, 1.0)),
        ([bool(row.sensitive) for row in rows], is_labelled, all_rows),
    )
    fitted = [_fit_committee(learnt, np.array(labels), row_mask, row_weights) for labels, row_mask, row_weights in jobs]
    fitted[0] = _mix_models(fitted[0], _fit_class_ratios(learnt, np.array(jobs[0][0])), CLASS_RATIO_SHARE)
    return np.hstack([weights for weights, _ in fitted]), np.concatenate([bias for _, bias in fitted])


def _fit_committee(
    learnt: FeatureMatrix, labels: npt.NDArray[Any], row_mask: npt.NDArray[np.bool_], row_weights: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Average SVMs that each see some blocks: still one linear model, and less dependent on one feature.

    `row_mask`: the rows to train on; `row_weights`: the weight of each row.
    """
    from sklearn.svm import LinearSVC
    from threadpoolctl import threadpool_limits

    columns = learnt.matrix.tocsc()
    outputs = len(set(labels[row_mask].tolist()))
    weights, bias = np.zeros((len(learnt.idf), 1 if outputs == 2 else outputs)), 0.0
    for member in COMMITTEE:
        column_ids = _list_columns(learnt, member)
        model = LinearSVC(C=SVM_C, tol=0.05, max_iter=4000, random_state=0)
        # Sums of several threads come in varying order, but the bytes must be reproducible.
        with threadpool_limits(limits=1):
            model.fit(columns[:, column_ids].tocsr()[row_mask], labels[row_mask], row_weights[row_mask].astype(float))
        weights[column_ids] += model.coef_.T * MARGIN_SCALE / len(COMMITTEE)
        bias = bias + model.intercept_ * MARGIN_SCALE / len(COMMITTEE)
    return weights, np.asarray(bias)


def _list_columns(learnt: FeatureMatrix, blocks: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the columns of the matrix that belong to these blocks."""
    ends = np.cumsum([0, *map(len, learnt.names)])
    return np.concatenate([np.arange(ends[BLOCKS.index(name)], ends[BLOCKS.index(name) + 1]) for name in blocks])


def _fit_class_ratios(
    learnt: FeatureMatrix, labels: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Fit an SVM per class on features that are scaled by how much more often they occur in it than elsewhere.

    NBSVM (Wang and Manning, «Baselines and Bigrams: Simple, Good Sentiment and Topic Classification», ACL 2012,
    section 2): the scale of a feature is log(p / sum(p)) − log(q / sum(q)). p: 1 + rows of the class with the
    feature; q: the same of all other rows.
    """
    from scipy import sparse
    from sklearn.svm import LinearSVC
    from threadpoolctl import threadpool_limits

    column_ids = _list_columns(learnt, CLASS_RATIO_BLOCKS)
    columns = learnt.matrix.tocsc()[:, column_ids].tocsr()
    occurs = (columns > 0).astype(np.float64)
    all_counts = np.asarray(occurs.sum(axis=0)).ravel()
    classes = sorted(set(labels.tolist()))
    weights, bias = np.zeros((len(learnt.idf), len(classes))), np.zeros(len(classes))
    for index, label in enumerate(classes):
        is_class = labels == label
        inside = np.asarray(occurs[is_class].sum(axis=0)).ravel()
        ratio = np.log(1 + inside) - np.log(1 + all_counts - inside)
        ratio -= np.log((1 + inside).sum()) - np.log((1 + all_counts - inside).sum())
        model = LinearSVC(C=CLASS_RATIO_C, tol=0.05, max_iter=4000, random_state=0)
        with threadpool_limits(limits=1):
            model.fit(columns.dot(sparse.diags(ratio)).tocsr(), is_class)
        weights[column_ids, index] = model.coef_.ravel() * ratio * MARGIN_SCALE
        bias[index] = model.intercept_[0] * MARGIN_SCALE
    return weights, bias


def _mix_models(
    model: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    other: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    share: float,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the weights and bias of `model` and `other` together; `share` is that of `other`, from 0 to 1."""
    return (1 - share) * model[0] + share * other[0], (1 - share) * model[1] + share * other[1]
