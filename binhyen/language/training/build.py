"""Training pipeline: fit on train, tune on dev, fit again on both. The test split is never used."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from binhyen.language.classify import Classifier
from binhyen.language.classify.classifier import APART, SHIPPED
from binhyen.language.classify.model import Model, save
from binhyen.language.classify.negation import ENDS, ends, settled
from binhyen.language.classify.scores import Scores
from binhyen.language.classify.strip_courtesy import comes_to, rest
from binhyen.language.classify.urgency_levels import ASIDE, CALM, IDLE, emergencies, leaning, loudness
from binhyen.language.lexicon import Hit
from binhyen.language.lexicon import shipped as shipped_lexicon
from binhyen.language.reading import CATEGORIES, SURE
from binhyen.language.tokenizer import Words, words
from binhyen.language.training import rows as stored
from binhyen.language.training.augmentation import framed, placed
from binhyen.language.training.fit import Dials, Vocabulary, fit, read
from binhyen.language.training.metrics import Figures, measure
from binhyen.language.training.rows import Row, of_split, seen

FALSE_ALARMS = 0.065
"""Maximum false alarm rate on calm dev rows (urgency 0-1). They are harder than most: on other rows it is lower."""
BARS = tuple(step / 20 for step in range(-80, 81))
TEMPERATURES = tuple(t / 20 for t in range(4, 41))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Old and new model on the same rows; `better` is true if the new one is at least as good."""

    old: Figures
    new: Figures
    better: bool


def train(out: Path = SHIPPED, extra: Path | None = None, rows: Sequence[Row] | None = None) -> Path:
    """Train a model on the shipped rows, or `rows`, and officers' corrections in `extra` (JSON lines); write its file.

    The same rows, lexicon and locked packages give the same bytes. Raises ValueError on a row with a wrong label.
    """
    known = list(stored.shipped() if rows is None else rows)
    corrections = [row for row in stored.read(extra) if row.split != "test"] if extra else []
    learn = [*of_split(known, "train"), *(row for row in corrections if row.split == "train")]
    tune = of_split(known, "dev")
    vocabulary = Vocabulary()
    told = read([*learn, *framed(learn), *placed(learn)], vocabulary)
    dials = set_dials(Model(fit(told, vocabulary)), tune)
    arrays = fit([*told, *read([*tune, *framed(tune), *placed(tune)], vocabulary)], vocabulary, dials)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=out.parent, delete=False) as draft:
        draft_path = Path(draft.name)
    save(draft_path, arrays)
    draft_path.chmod(0o644)  # nosemgrep: file-open-to-all  a word list of the source tree
    os.replace(draft_path, out)  # atomic: a reader never sees a partial file
    return out


def compare(old: Path, new: Path, rows: Sequence[Row]) -> Comparison:
    """Compare two models on `rows`: the new one may go live if macro-F1, alertness and sensitivity do not drop."""
    before, after = measure(Classifier.load(old), rows), measure(Classifier.load(new), rows)
    return Comparison(before, after, all(gain >= 0 for gain in _gains(before, after)))


def _gains(before: Figures, after: Figures) -> tuple[float, ...]:
    """Return the gains of the new model.

    Sensitivity counts by recall, because a missed tip may stay in a group; and by F1 besides, so that calling
    everything sensitive is no gain.
    """
    return (
        after.macro_f1 - before.macro_f1,
        _alertness(after) - _alertness(before),
        after.sensitive_recall - before.sensitive_recall,
        after.sensitive_f1 - before.sensitive_f1,
    )


def _alertness(figures: Figures) -> float:
    """Return recall of urgency 3 minus false alarms: calling everything urgent must not count as a gain."""
    return figures.urgency3_recall - figures.false_alarms


def set_dials(model: Model, rows: Sequence[Row]) -> Dials:
    """Tune the temperature by likelihood, then the threshold of urgency 3: the lowest within MAX_FALSE_ALARM_RATE."""
    lexicon = shipped_lexicon()

    def look(text: str) -> tuple[Words, list[Hit]]:
        said = words(text)
        return said, lexicon.find(said)

    def idle(text: str) -> bool:
        return model.likely(*look(text)) in IDLE

    def calm(text: str) -> bool:
        return model.likely(*look(text)) in CALM

    def aside(text: str) -> bool:
        said, hits = look(text)
        return model.likely(said, hits) in ASIDE and not ends(said, hits)

    def danger(text: str) -> float:
        """Return the danger as `Classifier.classify` does: of the whole, without courtesy, and of the essence."""
        told = rest(text, idle)
        whole, remains, last = look(text), look(told), look(comes_to(told or text, calm, aside))
        settles = settled(*whole)
        kind = settles.phrase.value if settles else ""
        return max(
            _danger(model, *whole, calm=settles is not None),
            _danger(model, *remains, calm=kind in ENDS or settled(*remains) is not None),
            _danger(model, *last, calm=kind not in {"", "past"} or settled(*last) is not None) - APART,
        )

    texts = [seen(row) for row in rows]
    scores = [model.score(*look(text)) for text in texts]
    temperature = _temperature(scores, [CATEGORIES.index(row.category) for row in rows])
    model.set_temperature(temperature)
    quiet = [text for text, row in zip(texts, rows, strict=True) if row.urgency <= 1]
    found = np.array([danger(text) for text in quiet])
    bar = next((bar for bar in BARS if (found >= bar).mean() <= FALSE_ALARMS), BARS[-1])
    return Dials(temperature, {"danger": bar, "sure": SURE})


def _danger(model: Model, said: Words, hits: list[Hit], *, calm: bool) -> float:
    """Return the danger in log-odds, relative to a common threshold."""
    scores = model.score(said, hits)
    return scores.danger - leaning(scores, scores.likely, 0 if calm else loudness(emergencies(hits)), calm, SURE)


def _temperature(scores: Sequence[Scores], labels: Sequence[int]) -> float:
    logs = np.log(np.array([s.category for s in scores], np.float64) + 1e-12)

    def loss(temperature: float) -> float:
        scaled: npt.NDArray[Any] = logs / temperature
        scaled -= np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        return float(-scaled[np.arange(len(labels)), labels].mean())

    return min(TEMPERATURES, key=loss)
