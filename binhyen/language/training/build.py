"""Training pipeline: fit on train, tune on dev, fit again on both. The test split is never used."""

import os
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from binhyen.kit.text import fold_text
from binhyen.language.classify.classifier import PARTIAL_TEXT_MARGIN, SHIPPED, Classifier
from binhyen.language.classify.labels import Scores
from binhyen.language.classify.model import CategoryModel, save_arrays
from binhyen.language.classify.strip_courtesy import extract_core, remove_courtesy
from binhyen.language.classify.urgency import (
    CALM_CATEGORIES,
    ENDS,
    SIDE_CATEGORIES,
    is_negated_or_past,
    is_over_or_untrue,
    literal_emergencies,
    max_alarm_level,
    threshold_shift,
)
from binhyen.language.lexicon import Hit, shipped_lexicon
from binhyen.language.reading import CATEGORIES, IDLE_CATEGORIES, MIN_CONFIDENCE
from binhyen.language.tokenizer import TokenizedText, tokenize
from binhyen.language.training import rows as stored
from binhyen.language.training.comments import load_comment_features
from binhyen.language.training.fit import Hyperparameters, Vocabulary, encode_rows, fit_classifier
from binhyen.language.training.metrics import Metrics, measure_model
from binhyen.language.training.rows import TrainingRow, filter_split, model_input

# Data augmentation: rows repeated with courteous phrases around them, and calm rows with a place added.
#
# So a greeting or thanks in advance hides no danger, and a place name causes no alarm. Few original rows are courteous,
# and dangers name their place more often than small talk does. The phrases that the tests put around held-out rows are
# different ones.

_SEED = 5
_DANGER_SHARE, _OTHER_SHARE = 0.6, 0.15  # share of rows of level 3, and of others, that are augmented
_IDLE = frozenset({"other", "thanks"})  # categories that a courteous phrase would change
HEADS = (
    "Dạ thưa các chú, ",
    "Chào cán bộ, ",
    "Em chào anh chị ạ, em xin phép được báo là ",
    "Kính thưa lãnh đạo công an phường, gia đình tôi xin báo cáo sự việc sau: ",
    "Mong các anh thông cảm vì nhắn muộn, ",
    "Con xin phép các bác cho con hỏi chút, ",
    "Trước hết con xin cám ơn các anh đã vất vả vì dân. ",
    "Đêm hôm thế này em ngại quá nhưng ",
    "Chúc cả nhà ngày mới tốt lành, ",
    "A lô cán bộ ơi, ",
    "Em biết các anh bận lắm, nhưng ",
    "Cám ơn đội dân phòng đã giúp xóm em lâu nay, hôm nay cho em báo ",
)
TAILS = (
    " Dạ con cám ơn ạ",
    " Em xin cảm ơn trước",
    " Mong các anh xem giúp, xin cảm ơn và kính chào",
    " Trân trọng!",
    " Có gì các anh bỏ qua cho em",
    " Khi nào các anh rảnh thì giúp em với ạ",
    " Chúc các anh sức khoẻ, công tác tốt",
    " Tôi xin chịu trách nhiệm về nội dung trên, kính đề nghị xem xét",
    " Không gấp thì mai cũng được ạ",
    "",
    "",
)


PLACED_SHARE = 0.1  # share of the calm rows
PLACE_PHRASES = (
    " ở {thon}",
    " chỗ {thon}",
    " ở cầu {cho}",
    " ngoài sông {thon}",
    " ở bãi biển {xa}",
    " gần hồ {thon}",
    " ngã ba {cho}",
    " ở chợ {cho}",
    " đường {duong}",
    " trước bến xe {xa}",
    " ở đập {cho}",
    " tại trường {truong}",
    " bên chùa {cho}",
    " ở bến xe",
    " gần cầu",
    " ngoài biển",
    " ở bờ sông",
)


def append_places(rows: Sequence[TrainingRow]) -> list[TrainingRow]:
    """Return copies of some calm rows with a place at their end; deterministic."""
    copies = []
    for row in rows:
        dice = _create_random(row, "place")
        if row.urgency > 1 or dice.random() >= PLACED_SHARE:
            continue
        where = dice.choice(PLACE_PHRASES)
        where = fold_text(where) if row.register == "bare" else where
        copies.append(replace(row, id=f"{row.id}-placed", text=f"{row.text}{where}", sensitive=None))
    return copies


def _create_random(row: TrainingRow, purpose: str) -> random.Random:
    """Return the random numbers of a row for one purpose: a new row changes no copy of another."""
    # nosemgrep: dice-for-secrets  which rows get a frame or a place, the same each time
    return random.Random(f"{_SEED} {purpose} {row.id}")  # noqa: S311 - variety, not secrecy


def add_courtesy(rows: Sequence[TrainingRow]) -> list[TrainingRow]:
    """Return copies of some rows between an opening and a closing phrase; deterministic."""
    copies = []
    for row in rows:
        dice = _create_random(row, "courtesy")
        share = _DANGER_SHARE if row.urgency == 3 else _OTHER_SHARE
        if row.category in _IDLE or dice.random() >= share:
            continue
        head, tail = dice.choice(HEADS), dice.choice(TAILS)
        if row.register == "bare":
            head, tail = fold_text(head), fold_text(tail)
        copies.append(replace(row, id=f"{row.id}-courteous", text=f"{head}{row.text}{tail}"))
    return copies


MAX_FALSE_ALARM_RATE = 0.065
"""Maximum false alarm rate on calm dev rows (urgency 0-1). They are harder than most: on other rows it is lower."""
THRESHOLD_CANDIDATES = tuple(step / 20 for step in range(-80, 81))
TEMPERATURE_CANDIDATES = tuple(t / 20 for t in range(4, 41))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Old and new model on the same rows; `better` is true if the new one is at least as good."""

    old: Metrics
    new: Metrics
    better: bool


def train_model(out: Path = SHIPPED, extra: Path | None = None, rows: Sequence[TrainingRow] | None = None) -> Path:
    """Train a model on the shipped rows, or `rows`, and officers' corrections in `extra` (JSON lines); write its file.

    Real comments are added to the shipped rows only: they would outnumber a few. The same rows, lexicon and locked
    packages give the same bytes. Raises ValueError on a row with a wrong label.
    """
    all_rows = list(stored.load_shipped_rows() if rows is None else rows)
    corrections = [row for row in stored.read_rows(extra) if row.split != "test"] if extra else []
    train_rows = [*filter_split(all_rows, "train"), *(row for row in corrections if row.split == "train")]
    dev_rows = filter_split(all_rows, "dev")
    vocabulary = Vocabulary()
    encoded = encode_rows([*train_rows, *add_courtesy(train_rows), *append_places(train_rows)], vocabulary)
    dials = tune_hyperparameters(CategoryModel(fit_classifier(encoded, vocabulary)), dev_rows)
    arrays = fit_classifier(
        [*encoded, *encode_rows([*dev_rows, *add_courtesy(dev_rows), *append_places(dev_rows)], vocabulary)],
        vocabulary,
        dials,
        load_comment_features(vocabulary) if rows is None else (),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=out.parent, delete=False) as draft:
        draft_path = Path(draft.name)
    save_arrays(draft_path, arrays)
    draft_path.chmod(0o644)  # nosemgrep: file-open-to-all  a word list of the source tree
    os.replace(draft_path, out)  # atomic: a reader never sees a partial file
    return out


def compare_models(old: Path, new: Path, rows: Sequence[TrainingRow]) -> Comparison:
    """Compare two models on `rows`: the new one may go live if macro-F1, alertness and sensitivity do not drop."""
    old_metrics, new_metrics = (measure_model(Classifier.load(path), rows, respelled=False) for path in (old, new))
    return Comparison(old_metrics, new_metrics, all(gain >= 0 for gain in _metric_gains(old_metrics, new_metrics)))


def _metric_gains(old_metrics: Metrics, new_metrics: Metrics) -> tuple[float, ...]:
    """Return the gains of the new model.

    Sensitivity counts by recall, because a missed tip may stay in a group; and by F1 besides, so that calling
    everything sensitive is no gain.
    """
    return (
        new_metrics.macro_f1 - old_metrics.macro_f1,
        _net_recall(new_metrics) - _net_recall(old_metrics),
        new_metrics.sensitive_recall - old_metrics.sensitive_recall,
        new_metrics.sensitive_f1 - old_metrics.sensitive_f1,
    )


def _net_recall(figures: Metrics) -> float:
    """Return recall of urgency 3 minus false alarms: calling everything urgent must not count as a gain."""
    return figures.urgency3_recall - figures.false_alarms


def tune_hyperparameters(model: CategoryModel, rows: Sequence[TrainingRow]) -> Hyperparameters:
    """Tune the temperature by likelihood, then the threshold of urgency 3: the lowest within MAX_FALSE_ALARM_RATE."""
    lexicon = shipped_lexicon()

    def tokenize_and_match(text: str) -> tuple[TokenizedText, list[Hit]]:
        tokenized = tokenize(text)
        return tokenized, lexicon.find(tokenized)

    def is_idle(text: str) -> bool:
        return model.likely_category(model.raw(*tokenize_and_match(text))[0]) in IDLE_CATEGORIES

    def is_calm(text: str) -> bool:
        return model.likely_category(model.raw(*tokenize_and_match(text))[0]) in CALM_CATEGORIES

    def is_aside(text: str) -> bool:
        tokenized, hits = tokenize_and_match(text)
        return model.likely_category(model.raw(tokenized, hits)[0]) in SIDE_CATEGORIES and not is_over_or_untrue(
            tokenized, hits
        )

    def measure_danger(text: str) -> float:
        """Return the danger as `Classifier.classify` does: of the whole, without courtesy, and of the essence."""
        essential = remove_courtesy(text, is_idle)
        whole, remains, final_part = (
            tokenize_and_match(text),
            tokenize_and_match(essential),
            tokenize_and_match(extract_core(essential or text, is_calm, is_aside)),
        )
        guard = is_negated_or_past(*whole)
        kind = guard.phrase.value if guard else ""
        return max(
            _relative_danger(model, *whole, calm=guard is not None),
            _relative_danger(model, *remains, calm=kind in ENDS or is_negated_or_past(*remains) is not None),
            _relative_danger(
                model, *final_part, calm=kind not in {"", "past"} or is_negated_or_past(*final_part) is not None
            )
            - PARTIAL_TEXT_MARGIN,
        )

    texts = [model_input(row) for row in rows]
    scores = [model.score(*tokenize_and_match(text)) for text in texts]
    temperature = _fit_temperature(scores, [CATEGORIES.index(row.category) for row in rows])
    model.set_temperature(temperature)
    calm_texts = [text for text, row in zip(texts, rows, strict=True) if row.urgency <= 1]
    dangers = np.array([measure_danger(text) for text in calm_texts])
    bar = next(
        (bar for bar in THRESHOLD_CANDIDATES if (dangers >= bar).mean() <= MAX_FALSE_ALARM_RATE),
        THRESHOLD_CANDIDATES[-1],
    )
    return Hyperparameters(temperature, {"danger": bar, "sure": MIN_CONFIDENCE})


def _relative_danger(model: CategoryModel, tokenized: TokenizedText, hits: list[Hit], *, calm: bool) -> float:
    """Return the danger in log-odds, relative to a common threshold."""
    scores = model.score(tokenized, hits)
    return scores.danger - threshold_shift(
        scores, scores.likely, 0 if calm else max_alarm_level(literal_emergencies(hits)), calm, MIN_CONFIDENCE
    )


def _fit_temperature(scores: Sequence[Scores], labels: Sequence[int]) -> float:
    logs = np.log(np.array([score.category for score in scores], np.float64) + 1e-12)

    def loss(temperature: float) -> float:
        scaled: npt.NDArray[Any] = logs / temperature
        scaled -= np.log(np.exp(scaled).sum(axis=1, keepdims=True))
        return float(-scaled[np.arange(len(labels)), labels].mean())

    return min(TEMPERATURE_CANDIDATES, key=loss)
