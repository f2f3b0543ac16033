"""Train the deduplication model: features of pairs of reports about one incident (`binhyen language together`).

From `data/dev/cluster.jsonl` only: first the weights of a pair by itself, then those of a pair in context. The second
score is trained on first scores of rows whose writer was left out (stacking): on training rows they are overconfident.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from binhyen.language.dedup.clustering import TABLE as SECOND
from binhyen.language.dedup.clustering import ContextModel, ReportStream
from binhyen.language.dedup.pair_model import (
    TABLE,
    PairFeatures,
    PairModel,
    extract_pair_features,
    is_comparable,
    share_identifier,
)
from binhyen.language.dedup.report_features import TABLE as RARITY
from binhyen.language.dedup.report_features import ReportFeatures, extract_report_features, hours_between_events
from binhyen.language.entities import extract_entities
from binhyen.language.entities.gazetteers import DATA
from binhyen.language.reader import Reader
from binhyen.language.reading import IDLE_CATEGORIES
from binhyen.language.tokenizer import tokenize
from binhyen.language.training.evaluate_sets import Rows, compute_f1, count_pairs, group_by_set, read_rows_of_set
from binhyen.language.training.rows import TrainingRow, fill_row, filter_split, load_shipped_rows

_REGULARIZATION: Final = 0.1
_MAX_LETTERS: Final = 80  # letters; only short messages are counted, as a long one holds every word
_MIN_COUNT: Final = 3  # rarer words all have the same weight
# Streams of unrelated reports of one group: how many, how long, and the gaps between two reports.
_UNRELATED_STREAMS, _UNRELATED_REPORTS, _UNRELATED_SEED = 5, 90, 15
_UNRELATED_MINUTES: Final = (2, 5, 10, 15, 15, 20, 40)
_UNRELATED_START: Final = datetime.fromisoformat("2026-11-20T07:00:00+07:00")
_UNRELATED_GROUP: Final = "Thạch Hà"
_REMARK: Final = "# {}; written by `binhyen language together`, not by hand.\n"

LabelledPairs = Sequence[tuple[PairFeatures, bool]]
"""Features of pairs, and whether both reports concern one incident."""


@dataclass(frozen=True, slots=True)
class ReportSet:
    """Reports of one writer: their features, their incidents, and the training pairs of the first score."""

    writer: str
    rows: Rows
    features: Sequence[ReportFeatures]
    pairs: LabelledPairs

    def is_same_incident(self, left: int, right: int) -> bool:
        """Return True if these two concern one incident."""
        gold = self.rows[left]["gold"]
        return gold is not None and gold == self.rows[right]["gold"]


def write_word_counts(folder: Path = DATA) -> Path:
    """Count the short training messages that hold each word and pair of words; slots count as plain words."""
    counts: Counter[str] = Counter()
    messages = [row for row in filter_split(load_shipped_rows(), "train") if len(row.text) <= _MAX_LETTERS]
    for row in messages:
        tokens = tokenize(row.text.replace("{", "").replace("}", "")).tokens
        counts.update({*tokens, *(f"{left} {right}" for left, right in pairwise(tokens))})
    frequent = sorted(
        (gram, count) for gram, count in counts.items() if count >= _MIN_COUNT and not gram.startswith("#")
    )
    lines = [f"*\t{len(messages)}\n", *(f"{gram}\t{count}\n" for gram, count in frequent)]
    path = folder / RARITY
    path.write_text(_REMARK.format("Messages that hold a word or a pair of words") + "".join(lines), encoding="utf-8")
    return path


def train_dedup(sets: Sequence[ReportSet], folder: Path = DATA) -> tuple[Path, Path]:
    """Train and write the weights of both scores; return the paths. The same rows give the same files."""
    first, second = fit_dedup(sets)
    return (
        _write_weights(folder / TABLE, "Weights of the signs of a pair of reports", first.weights, first.bias),
        _write_weights(
            folder / SECOND, "Weights of the signs of a pair beside all others", second.weights, second.bias
        ),
    )


def evaluate_left_out(sets: Sequence[ReportSet], writer: str) -> float:
    """Return F1 over pairs of this writer's reports, clustered as by `binhyen cluster`, excluded from training."""
    first, second = fit_dedup([report_set for report_set in sets if report_set.writer != writer])
    total: Counter[str] = Counter()
    for report_set in sets:
        if report_set.writer == writer:
            groups = _build_stream(report_set, first, second).groups()
            total += count_pairs(
                report_set.rows, {row["id"]: str(group) for row, group in zip(report_set.rows, groups, strict=True)}
            )
    return compute_f1(total)


def fit_dedup(sets: Sequence[ReportSet]) -> tuple[PairModel, ContextModel]:
    """Train the weights of both scores. Raises ValueError if all pairs or none are of one incident."""
    writers = sorted({report_set.writer for report_set in sets})
    models_by_writer = {
        writer: _fit_pair_model([report_set for report_set in sets if report_set.writer != writer])
        for writer in writers
    }
    context_pairs = [
        pair for report_set in sets for pair in _label_context_pairs(report_set, models_by_writer[report_set.writer])
    ]
    return _fit_pair_model(sets), ContextModel(*_fit_weights(context_pairs))


def _fit_pair_model(sets: Sequence[ReportSet]) -> PairModel:
    return PairModel(*_fit_weights([pair for report_set in sets for pair in report_set.pairs]))


def _fit_weights(labelled: LabelledPairs) -> tuple[dict[str, float], float]:
    """Return the weight of each feature and the bias, by logistic regression."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    names = list(labelled[0][0])
    values: npt.NDArray[np.float64] = np.array([[row[name] for name in names] for row, _ in labelled])
    spread = values.std(axis=0)
    spread[spread == 0] = 1.0
    mean = values.mean(axis=0)
    with threadpool_limits(limits=1):
        model = LogisticRegression(C=_REGULARIZATION, max_iter=2000).fit(
            (values - mean) / spread, [same for _, same in labelled]
        )
    weights = model.coef_[0] / spread
    bias = round(float(model.intercept_[0] - (weights * mean).sum()), 4)
    return {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}, bias


def _write_weights(path: Path, remark: str, weights: Mapping[str, float], bias: float) -> Path:
    lines = [f"bias\t{bias:.4f}\n", *(f"{name}\t{weight:.4f}\n" for name, weight in weights.items())]
    path.write_text(_REMARK.format(remark) + "".join(lines), encoding="utf-8")
    return path


def build_unrelated_streams(rows: Iterable[TrainingRow], *, streams: int, seed: int) -> list[list[dict[str, Any]]]:
    """Return streams of unrelated reports of one group, minutes apart: each row is an incident of its own."""
    # nosemgrep: dice-for-secrets  variety of training rows, repeatable
    rng = random.Random(seed)  # noqa: S311 - variety, not secrecy
    families = {row.template: row for row in rows if row.category not in IDLE_CATEGORIES | {"admin_question"}}
    chosen = rng.sample(sorted(families.values(), key=lambda row: row.id), streams * _UNRELATED_REPORTS)
    built = []
    for number in range(streams):
        moment = _UNRELATED_START
        stream: list[dict[str, Any]] = []
        for row in chosen[number::streams]:
            moment += timedelta(minutes=rng.choice(_UNRELATED_MINUTES))
            report = {"id": row.id, "text": fill_row(row).text, "posted_at": moment.isoformat(), "gold": None}
            stream.append(report | {"group": _UNRELATED_GROUP, "urgency": row.urgency, "writer": f"unrelated{number}"})
        built.append(stream)
    return built


def read_sets(reader: Reader) -> list[ReportSet]:
    """Read the sets of `data/dev`, and build streams of unrelated reports from the training messages."""
    sets: list[ReportSet] = []
    unrelated = build_unrelated_streams(
        filter_split(load_shipped_rows(), "train"), streams=_UNRELATED_STREAMS, seed=_UNRELATED_SEED
    )
    groups: list[Rows] = [*group_by_set(read_rows_of_set("dev", "cluster")).values(), *unrelated]
    for rows in groups:
        reports = [_extract_report(row, reader) for row in rows]
        labelled = list(_label_pairs(reports, [row["gold"] for row in rows]))
        sets.append(ReportSet(str(rows[0]["writer"]), rows, reports, labelled))
    return sets


def _extract_report(row: Mapping[str, Any], reader: Reader) -> ReportFeatures:
    entities = extract_entities(row["text"], reader.gazetteer)
    chances = dict(reader.model.classify(row["text"], entities).top)
    group = reader.gazetteer.find_commune_of_group(row["group"] or "")
    return extract_report_features(
        row["text"], datetime.fromisoformat(row["posted_at"]), group, chances, entities, reader.gazetteer
    )


def _label_pairs(reports: Sequence[ReportFeatures], golds: Sequence[str | None]) -> Iterator[tuple[PairFeatures, bool]]:
    """Yield features of the pairs that the first score is trained on."""
    for (left, left_gold), (right, right_gold) in combinations(zip(reports, golds, strict=True), 2):
        posted = abs((right.at - left.at).total_seconds()) / 3600
        hours = hours_between_events(left.span, left.at, right.span, right.at)
        window = max(left.window, right.window)
        if min(hours, posted) <= 2 * window and is_comparable(left, right) and not share_identifier(left, right):
            yield extract_pair_features(left, right, hours, window), left_gold is not None and left_gold == right_gold


class _RecordingStream(ReportStream):
    """Stream that records the features of the second score instead of summing them up."""

    noted: dict[tuple[int, int], PairFeatures]

    def score_context(self, earlier: int, index: int, new: ReportFeatures, features: PairFeatures) -> float:
        self.noted[earlier, index] = self.context_features(earlier, index, new, features)
        return 0.0


def _build_stream(of: ReportSet, first: PairModel, second: ContextModel) -> ReportStream:
    stream = ReportStream(first, second)
    for report in of.features:
        stream.add(report)
    return stream


def _label_context_pairs(of: ReportSet, first: PairModel) -> Iterator[tuple[PairFeatures, bool]]:
    """Yield features of the pairs that the second score is trained on."""
    stream = _RecordingStream(first, ContextModel({}, 0.0))
    stream.noted = {}
    for report in of.features:
        stream.add(report)
    for (left, right), features in stream.noted.items():
        yield features | stream.neighbour_features(left, right), of.is_same_incident(left, right)
