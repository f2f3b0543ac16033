"""Metrics of a model on labelled rows: category, urgency, sensitivity; the same text without diacritics and in NFD."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from binhyen.kit.text import fold
from binhyen.kit.unicode import normalize
from binhyen.language.classify import Classified, Classifier
from binhyen.language.model_selection import OF_SHIPPED
from binhyen.language.reading import CATEGORIES
from binhyen.language.training.rows import Row, seen


@dataclass(frozen=True, slots=True)
class Figures:
    """Metrics, all in 0..1 but `rows`. `false_alarms`: share of rows of urgency 0-1 that were classified as 3."""

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


def measure(classifier: Classifier, rows: Sequence[Row]) -> Figures:
    """Classify every row (slots filled deterministically) and compare with its labels.

    Raises ValueError without rows.
    """
    if not rows:
        raise ValueError("no rows to measure on")
    texts = [seen(row) for row in rows]
    answers = [classifier.classify(text, ()) for text in texts]
    truth = [row.category for row in rows]
    said = [answer.category for answer in answers]
    per = {name: _scores(truth, said, name) for name in CATEGORIES}
    dangers = [a.urgency == 3 for r, a in zip(rows, answers, strict=True) if r.urgency == 3]
    calm = [a.urgency == 3 for r, a in zip(rows, answers, strict=True) if r.urgency <= 1]
    secret = [
        (str(r.sensitive), str(a.sensitive)) for r, a in zip(rows, answers, strict=True) if r.sensitive is not None
    ]
    kept_close = _scores([label for label, _ in secret], [given for _, given in secret], "True")
    return Figures(
        rows=len(rows),
        accuracy=_share([t == s for t, s in zip(truth, said, strict=True)]),
        macro_f1=_macro(truth, said),
        top3=_share([t in dict(a.top) for t, a in zip(truth, answers, strict=True)]),
        macro_f1_stripped=_macro(truth, _again(classifier, texts, fold)),
        macro_f1_nfd=_macro(truth, _again(classifier, texts, lambda text: normalize("NFD", text))),
        urgency3_recall=_share(dangers),
        false_alarms=_share(calm),
        urgency_accuracy=_share([r.urgency == a.urgency for r, a in zip(rows, answers, strict=True)]),
        sensitive_recall=kept_close["recall"],
        sensitive_f1=kept_close["f1"],
        asks_person=_share([_doubts(answer) for answer in answers]),
        by_category=per,
        confusion=_confusion(truth, said),
    )


def keep(figures: Figures) -> None:
    """Write the shipped model's metrics beside it: a page shows them without reading a thousand messages first."""
    single = {name: round(value, 6) for name, value in figures.as_dict().items() if not isinstance(value, dict)}
    OF_SHIPPED.write_text(json.dumps(single, indent=1) + "\n", encoding="utf-8")


def _again(classifier: Classifier, texts: Sequence[str], change: Callable[[str], str]) -> list[str]:
    return [classifier.classify(change(text), ()).category for text in texts]


def _doubts(answer: Classified) -> bool:
    return any("cần cán bộ xem" in reason for reason in answer.reasons)


def _share(marks: Sequence[bool]) -> float:
    return round(sum(marks) / len(marks), 4) if marks else 0.0


def _scores(truth: list[str], said: list[str], label: str) -> dict[str, float]:
    hit = sum(t == s == label for t, s in zip(truth, said, strict=True))
    total, claimed = truth.count(label), said.count(label)
    precision, recall = hit / claimed if claimed else 0.0, hit / total if total else 0.0
    f1 = 2 * precision * recall / (precision + recall) if hit else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4), "rows": total}


def _macro(truth: list[str], said: list[str]) -> float:
    """Return the mean F1 of the categories that occur."""
    present = [name for name in CATEGORIES if name in truth]
    return round(sum(_scores(truth, said, name)["f1"] for name in present) / len(present), 4)


def _confusion(truth: list[str], said: list[str]) -> dict[str, dict[str, int]]:
    counts = Counter(zip(truth, said, strict=True))
    return {name: {other: counts[name, other] for other in CATEGORIES if counts[name, other]} for name in CATEGORIES}


def table(figures: Figures) -> str:
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
        wrong = sorted(((n, o) for o, n in figures.confusion[name].items() if o != name), reverse=True)
        taken = ", ".join(f"{other} {count}" for count, other in wrong)
        head.append(
            f"{name:18} {score['precision']:5.2f} {score['recall']:5.2f} {score['f1']:5.2f}"
            f" {score['rows']:5.0f}   {taken}"
        )
    return "\n".join(head)
