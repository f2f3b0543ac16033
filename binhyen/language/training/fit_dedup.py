"""Train the deduplication model: features of pairs of reports about one incident (`binhyen language together`).

From `data/dev/cluster.jsonl` only: first the weights of a pair by itself, then those of a pair in context. The second
score is trained on first scores of rows whose writer was left out (stacking): on training rows they are overconfident.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from binhyen.language.dedup.clustering import TABLE as SECOND
from binhyen.language.dedup.clustering import Second, Stream
from binhyen.language.dedup.event_time import between
from binhyen.language.dedup.idf import TABLE as RARITY
from binhyen.language.dedup.pair_features import Signs, signs
from binhyen.language.dedup.pair_model import TABLE, Pair, comparable, exact
from binhyen.language.dedup.report_features import Told, told
from binhyen.language.entities import extract
from binhyen.language.entities.gazetteers import DATA
from binhyen.language.reader import Reader
from binhyen.language.tokenizer import words
from binhyen.language.training.evaluate_sets import Rows, by_set, f1, pairs, rows_of
from binhyen.language.training.rows import of_split, shipped

_C: Final = 0.1
_SHORT: Final = 80  # letters; only short messages are counted, as a long one holds every word
_FEWEST: Final = 3  # rarer words all have the same weight
_REMARK: Final = "# {}; written by `binhyen language together`, not by hand.\n"

Labelled = Sequence[tuple[Signs, bool]]
"""Features of pairs, and whether both reports concern one incident."""


@dataclass(frozen=True, slots=True)
class Set:
    """Reports of one writer: their features, their incidents, and the training pairs of the first score."""

    writer: Any
    rows: Rows
    told: Sequence[Told]
    pairs: Labelled

    def same(self, one: int, other: int) -> bool:
        """Return True if these two concern one incident."""
        gold = self.rows[one]["gold"]
        return gold is not None and gold == self.rows[other]["gold"]


def count_words(folder: Path = DATA) -> Path:
    """Count the short training messages that hold each word and pair of words; slots count as plain words."""
    counts: Counter[str] = Counter()
    messages = [row for row in of_split(shipped(), "train") if len(row.text) <= _SHORT]
    for row in messages:
        tokens = words(row.text.replace("{", "").replace("}", "")).tokens
        counts.update({*tokens, *(f"{a} {b}" for a, b in pairwise(tokens))})
    kept = sorted((gram, count) for gram, count in counts.items() if count >= _FEWEST and not gram.startswith("#"))
    lines = [f"*\t{len(messages)}\n", *(f"{gram}\t{count}\n" for gram, count in kept)]
    path = folder / RARITY
    path.write_text(_REMARK.format("Messages that hold a word or a pair of words") + "".join(lines), encoding="utf-8")
    return path


def learn(reader: Reader, folder: Path = DATA) -> tuple[Path, Path]:
    """Train and write the weights of both scores; return the paths. The same rows give the same files."""
    first, second = fit(read(reader))
    return (
        _write(folder / TABLE, "Weights of the signs of a pair of reports", first.weights, first.bias),
        _write(folder / SECOND, "Weights of the signs of a pair beside all others", second.weights, second.bias),
    )


def left_out(sets: Sequence[Set], writer: Any) -> float:
    """Return F1 over pairs of this writer's reports, clustered as by `binhyen cluster`, excluded from training."""
    first, second = fit([each for each in sets if each.writer != writer])
    total: Counter[str] = Counter()
    for each in sets:
        if each.writer == writer:
            groups = _stream(each, first, second).groups()
            total += pairs(each.rows, {row["id"]: str(group) for row, group in zip(each.rows, groups, strict=True)})
    return f1(total)


def fit(sets: Sequence[Set]) -> tuple[Pair, Second]:
    """Train the weights of both scores. Raises ValueError if all pairs or none are of one incident."""
    writers = sorted({each.writer for each in sets})
    without = {writer: _first([each for each in sets if each.writer != writer]) for writer in writers}
    beside = [pair for each in sets for pair in _beside(each, without[each.writer])]
    return _first(sets), Second(*_weights(beside))


def _first(sets: Sequence[Set]) -> Pair:
    return Pair(*_weights([pair for each in sets for pair in each.pairs]))


def _weights(labelled: Labelled) -> tuple[dict[str, float], float]:
    """Return the weight of each feature and the bias, by logistic regression."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    names = list(labelled[0][0])
    values: npt.NDArray[np.float64] = np.array([[row[name] for name in names] for row, _ in labelled])
    spread = values.std(axis=0)
    spread[spread == 0] = 1.0
    mean = values.mean(axis=0)
    with threadpool_limits(limits=1):
        model = LogisticRegression(C=_C, max_iter=2000).fit((values - mean) / spread, [same for _, same in labelled])
    weights = model.coef_[0] / spread
    bias = round(float(model.intercept_[0] - (weights * mean).sum()), 4)
    return {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}, bias


def _write(path: Path, remark: str, weights: Mapping[str, float], bias: float) -> Path:
    lines = [f"bias\t{bias:.4f}\n", *(f"{name}\t{weight:.4f}\n" for name, weight in weights.items())]
    path.write_text(_REMARK.format(remark) + "".join(lines), encoding="utf-8")
    return path


def read(reader: Reader) -> list[Set]:
    """Read the sets of `data/dev`."""
    found = []
    for rows in by_set(rows_of("dev", "cluster")).values():
        telling = [_told(row, reader) for row in rows]
        labelled = list(_pairs(telling, [row["gold"] for row in rows]))
        found.append(Set(rows[0]["writer"], rows, telling, labelled))
    return found


def _told(row: Mapping[str, Any], reader: Reader) -> Told:
    entities = extract(row["text"], reader.gazetteer)
    chances = dict(reader.model.classify(row["text"], entities).top)
    group = reader.gazetteer.commune_of_group(row["group"] or "")
    return told(row["text"], datetime.fromisoformat(row["posted_at"]), group, chances, entities, reader.gazetteer)


def _pairs(telling: Sequence[Told], golds: Sequence[str | None]) -> Iterator[tuple[Signs, bool]]:
    """Yield features of the pairs that the first score is trained on."""
    for (one, gold), (other, too) in combinations(zip(telling, golds, strict=True), 2):
        posted = abs((other.at - one.at).total_seconds()) / 3600
        hours = between(one.span, one.at, other.span, other.at)
        window = max(one.window, other.window)
        if min(hours, posted) <= 2 * window and comparable(one, other) and not exact(one, other):
            yield signs(one, other, hours, window), gold is not None and gold == too


class _Noting(Stream):
    """Stream that records the features of the second score instead of summing them up."""

    noted: dict[tuple[int, int], Signs]

    def see(self, earlier: int, index: int, new: Told, found: Signs) -> float:
        self.noted[earlier, index] = self.signs(earlier, index, new, found)
        return 0.0


def _stream(of: Set, first: Pair, second: Second) -> Stream:
    stream = Stream(first, second)
    for each in of.told:
        stream.add(each)
    return stream


def _beside(of: Set, first: Pair) -> Iterator[tuple[Signs, bool]]:
    """Yield features of the pairs that the second score is trained on."""
    stream = _Noting(first, Second({}, 0.0))
    stream.noted = {}
    for each in of.told:
        stream.add(each)
    for (one, other), found in stream.noted.items():
        yield found | stream.beside(one, other), of.same(one, other)
