"""Learn which signs say that two reports are about one incident (`binhyen language together`).

From `data/dev/cluster.jsonl` only. How far reports are joined is chosen by leaving each writer out in turn, so that the
figure printed is of sets by people from whom the weights have not learnt.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from binhyen.language.cluster import Clusterer
from binhyen.language.entities import extract
from binhyen.language.entities.tables import DATA
from binhyen.language.reader import Reader
from binhyen.language.together.pair import TABLE, Pair, comparable, exact
from binhyen.language.together.rarity import TABLE as RARITY
from binhyen.language.together.signs import Signs, signs
from binhyen.language.together.told import Told, told
from binhyen.language.together.when import between
from binhyen.language.training.judge import Rows, by_set, f1, pairs, rows_of
from binhyen.language.training.rows import of_split, shipped
from binhyen.language.words import words

_C: Final = 0.1
_THRESHOLDS: Final = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
_ALIKE: Final = 0.02  # figures that differ by less are alike: writers differ by ten times as much
_SHORT: Final = 80  # letters of messages whose words are counted: a long one holds every word
_FEWEST: Final = 3  # rarer words all weigh alike
_REMARK: Final = "# {}; written by `binhyen language together`, not by hand.\n"


def count_words(folder: Path = DATA) -> Path:
    """How many short training messages hold each word and pair of words; slots count as words of no meaning."""
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


def learn(reader: Reader, folder: Path = DATA) -> tuple[Path, float]:
    """Write the weights; returns where, and the F1 over pairs of writers left out, each writer counting the same. The
    same rows give the same file.
    """
    sets = by_set(rows_of("dev", "cluster"))
    telling = {number: _told(rows, reader) for number, rows in sets.items()}
    by = {number: rows[0]["writer"] for number, rows in sets.items()}
    learnt = {writer: fit([t for n, t in telling.items() if by[n] != writer]) for writer in sorted({*by.values()})}
    left_out = {number: learnt[by[number]] for number in sets}
    figures = {bar: _figure(sets, telling, by, left_out, bar) for bar in _THRESHOLDS}
    best = max(figures.values())
    alike = [candidate for candidate in _THRESHOLDS if figures[candidate] >= best - _ALIKE]
    bar = alike[len(alike) // 2]  # some writers fare better below, some above
    pair = fit(list(telling.values()), bar)
    lines = [f"bias\t{pair.bias:.4f}\n", f"threshold\t{bar}\n", *(f"{k}\t{v:.4f}\n" for k, v in pair.weights.items())]
    path = folder / TABLE
    path.write_text(_REMARK.format("Weights of the signs of a pair of reports") + "".join(lines), encoding="utf-8")
    return path, figures[bar]


Labelled = tuple[Told, Any]


def fit(sets: Sequence[Sequence[Labelled]], threshold: float = 0.5) -> Pair:
    """Weights learnt from the pairs of each set. Raises ValueError where all or none are of one incident."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    found = [pair for rows in sets for pair in _pairs(rows)]
    names = list(found[0][0])
    values = np.array([[row[name] for name in names] for row, _ in found])
    spread = values.std(axis=0)
    spread[spread == 0] = 1.0
    mean = values.mean(axis=0)
    with threadpool_limits(limits=1):
        model = LogisticRegression(C=_C, max_iter=2000).fit((values - mean) / spread, [same for _, same in found])
    weights = model.coef_[0] / spread
    bias = float(model.intercept_[0] - (weights * mean).sum())
    return Pair({name: round(float(w), 4) for name, w in zip(names, weights, strict=True)}, bias, threshold)


def _told(rows: Rows, reader: Reader) -> list[Labelled]:
    out: list[Labelled] = []
    for row in rows:
        entities = extract(row["text"], reader.gazetteer)
        chances = dict(reader.model.classify(row["text"], entities).top)
        group = reader.gazetteer.commune_of_group(row["group"] or "")
        at = datetime.fromisoformat(row["posted_at"])
        out.append((told(row["text"], at, group, chances, entities, reader.gazetteer), row["gold"]))
    return out


def _pairs(rows: Sequence[Labelled]) -> Iterator[tuple[Signs, bool]]:
    """Signs of the pairs for which the weights are asked, and whether both are of one incident."""
    for (one, gold), (other, too) in combinations(rows, 2):
        posted = abs((other.at - one.at).total_seconds()) / 3600
        hours = between(one.span, one.at, other.span, other.at)
        window = max(one.window, other.window)
        if min(hours, posted) <= 2 * window and comparable(one, other) and not exact(one, other):
            yield signs(one, other, hours, window), gold is not None and gold == too


def _figure(
    sets: Mapping[int, Rows], telling: Mapping[int, Sequence[Labelled]], by: Mapping[int, Any],
    learnt: Mapping[int, Pair], threshold: float,
) -> float:  # fmt: skip
    """The mean over writers of F1 over pairs, joined as `binhyen cluster` joins."""
    total: dict[Any, Counter[str]] = {}
    for number, rows in sets.items():
        reports = Clusterer(lambda *_: (), pair=replace(learnt[number], threshold=threshold))
        for row, (read, _) in zip(rows, telling[number], strict=True):
            reports.put(row["id"], read)
        total.setdefault(by[number], Counter()).update(pairs(rows, reports.clusters()))
    return sum(map(f1, total.values())) / len(total)
