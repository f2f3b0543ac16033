"""Metrics of a model on labelled rows: category, urgency, sensitivity; the same text without diacritics and in NFD."""

import json
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from binhyen.kit.text import fold_text, normalize
from binhyen.language.classify.classifier import Classifier, MessageClassification
from binhyen.language.model_selection import SHIPPED_METRICS_FILE
from binhyen.language.reading import CATEGORIES
from binhyen.language.training.rows import TrainingRow, model_input


@dataclass(frozen=True, slots=True)
class Metrics:
    """Metrics, all in 0..1 but `rows`. `false_alarms`: share of rows of urgency 0-1 that were classified as 3.

    `macro_f1_stripped`, `macro_f1_nfd`: of the texts without diacritics and in NFD; NaN if not measured.
    """

    rows: int
    accuracy: float
    macro_f1: float
    top3: float
    macro_f1_stripped: float
    macro_f1_nfd: float
    urgency3_recall: float
    false_alarms: float
    urgency_accuracy: float
    sensitive_recall: float
    sensitive_f1: float
    asks_person: float
    by_category: dict[str, dict[str, float]]
    confusion: dict[str, dict[str, int]]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def measure_model(classifier: Classifier, rows: Sequence[TrainingRow], *, respelled: bool = True) -> Metrics:
    """Classify every row (slots filled deterministically) and compare with its labels.

    `respelled`: also without diacritics and in NFD. Raises ValueError without rows.
    """
    if not rows:
        raise ValueError("no rows to measure on")
    texts = [model_input(row) for row in rows]
    answers = [classifier.classify(text, ()) for text in texts]
    truth = [row.category for row in rows]
    predicted = [answer.category for answer in answers]
    by_category = {name: _class_scores(truth, predicted, name) for name in CATEGORIES}
    dangers = [
        classified.urgency == 3
        for labelled_row, classified in zip(rows, answers, strict=True)
        if labelled_row.urgency == 3
    ]
    calm = [
        classified.urgency == 3
        for labelled_row, classified in zip(rows, answers, strict=True)
        if labelled_row.urgency <= 1
    ]
    secret = [
        (str(labelled_row.sensitive), str(classified.sensitive))
        for labelled_row, classified in zip(rows, answers, strict=True)
        if labelled_row.sensitive is not None
    ]
    sensitivity = _class_scores([label for label, _ in secret], [given for _, given in secret], "True")
    return Metrics(
        rows=len(rows),
        accuracy=_mean_share(
            [true_label == predicted_label for true_label, predicted_label in zip(truth, predicted, strict=True)]
        ),
        macro_f1=_macro_f1(truth, predicted),
        top3=_mean_share(
            [true_label in dict(classified.top) for true_label, classified in zip(truth, answers, strict=True)]
        ),
        macro_f1_stripped=_macro_f1(truth, _classify_changed(classifier, texts, fold_text)) if respelled else math.nan,
        macro_f1_nfd=_macro_f1(truth, _classify_changed(classifier, texts, _decompose)) if respelled else math.nan,
        urgency3_recall=_mean_share(dangers),
        false_alarms=_mean_share(calm),
        urgency_accuracy=_mean_share(
            [labelled_row.urgency == classified.urgency for labelled_row, classified in zip(rows, answers, strict=True)]
        ),
        sensitive_recall=sensitivity["recall"],
        sensitive_f1=sensitivity["f1"],
        asks_person=_mean_share([_needs_person(answer) for answer in answers]),
        by_category=by_category,
        confusion=_confusion_matrix(truth, predicted),
    )


def save_shipped_metrics(figures: Metrics) -> None:
    """Write the shipped model's metrics beside it: a page shows them without reading a thousand messages first."""
    single = {name: round(value, 6) for name, value in figures.as_dict().items() if not isinstance(value, dict)}
    SHIPPED_METRICS_FILE.write_text(json.dumps(single, indent=1) + "\n", encoding="utf-8")


def _classify_changed(classifier: Classifier, texts: Sequence[str], change: Callable[[str], str]) -> list[str]:
    return [classifier.classify(change(text), ()).category for text in texts]


def _decompose(text: str) -> str:
    return normalize("NFD", text)


def _needs_person(answer: MessageClassification) -> bool:
    return any("cần cán bộ xem" in reason for reason in answer.reasons)


def _mean_share(marks: Sequence[bool]) -> float:
    return round(sum(marks) / len(marks), 4) if marks else 0.0


def _class_scores(truth: list[str], predicted: list[str], label: str) -> dict[str, float]:
    hit = sum(
        true_label == predicted_label == label for true_label, predicted_label in zip(truth, predicted, strict=True)
    )
    total, claimed = truth.count(label), predicted.count(label)
    precision, recall = hit / claimed if claimed else 0.0, hit / total if total else 0.0
    f1 = 2 * precision * recall / (precision + recall) if hit else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4), "rows": total}


def _macro_f1(truth: list[str], predicted: list[str]) -> float:
    """Return the mean F1 of the categories that occur."""
    present = [name for name in CATEGORIES if name in truth]
    return round(sum(_class_scores(truth, predicted, name)["f1"] for name in present) / len(present), 4)


def _confusion_matrix(truth: list[str], predicted: list[str]) -> dict[str, dict[str, int]]:
    counts = Counter(zip(truth, predicted, strict=True))
    return {
        name: {
            predicted_label: counts[name, predicted_label]
            for predicted_label in CATEGORIES
            if counts[name, predicted_label]
        }
        for name in CATEGORIES
    }


def format_metrics(figures: Metrics) -> str:
    """Format the metrics as text for a terminal."""
    head = [
        f"rows {figures.rows} · accuracy {figures.accuracy:.3f}"
        f" · macro-F1 {figures.macro_f1:.3f} · top-3 {figures.top3:.3f}",
        f"macro-F1 stripped {figures.macro_f1_stripped:.3f} · NFD {figures.macro_f1_nfd:.3f}",
        f"urgency 3: recall {figures.urgency3_recall:.3f}, false alarms on 0-1 {figures.false_alarms:.3f}"
        f" · urgency accuracy {figures.urgency_accuracy:.3f}",
        f"sensitive: recall {figures.sensitive_recall:.3f}, F1 {figures.sensitive_f1:.3f}"
        f" · sent to a person {figures.asks_person:.3f}",
        "",
        f"{'category':18} {'prec':>5} {'rec':>5} {'F1':>5} {'rows':>5}   taken for",
    ]
    for name, score in figures.by_category.items():
        wrong = sorted(
            (
                (count_wrong, other_label)
                for other_label, count_wrong in figures.confusion[name].items()
                if other_label != name
            ),
            reverse=True,
        )
        taken = ", ".join(f"{label} {count}" for count, label in wrong)
        head.append(
            f"{name:18} {score['precision']:5.2f} {score['recall']:5.2f} {score['f1']:5.2f}"
            f" {score['rows']:5.0f}   {taken}"
        )
    return "\n".join(head)
