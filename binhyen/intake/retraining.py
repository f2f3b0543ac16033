"""Retraining with the repository's rows and officers' corrections; the new model goes live only if not worse."""

import datetime as dt
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from binhyen.intake import corrections
from binhyen.language.classify.classifier import SHIPPED
from binhyen.language.model_selection import LEXICON_NAME, LIVE_FILE, MODEL_FILE, SHIPPED_NAME, select_model
from binhyen.language.training import rows as stored
from binhyen.language.training.metrics import Metrics
from binhyen.language.training.rows import TrainingRow, filter_split

REJECTED_FILE = "refused.json"
_SHOWN_METRICS = ("macro_f1", "top3", "urgency3_recall", "false_alarms", "sensitive_recall", "sensitive_f1")


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """Result of a training run. `is_live`: in use. `figures`, `previous`: metrics on the evaluation set."""

    version: str
    live: bool
    corrections: int
    figures: dict[str, float]
    before: dict[str, float]


def retrain_model(*, now: dt.datetime, rows: Sequence[TrainingRow] | None = None) -> TrainingResult:
    """Train, compare on the evaluation set, and go live or be rejected. `rows`: instead of the shipped ones.

    Raises ValueError on a row with an unknown label. Nothing is live before its marker file, written last.
    """
    from binhyen.language.training.build import compare_models, train_model  # numpy, only loaded for training

    root = Path(settings.MODELS_ROOT)
    version = root / now.strftime("%Y%m%dT%H%M%SZ")
    version.mkdir(parents=True)
    corrections_path = version / "corrections.jsonl"
    try:
        count = corrections.export_corrections(corrections_path)
        new_model = train_model(version / MODEL_FILE, corrections_path, rows)
        training_rows = stored.load_shipped_rows() if rows is None else rows
        old_name, old_model = _get_current_model(root)
        result = compare_models(old_model, new_model, filter_split(training_rows, "test"))
    except BaseException:
        shutil.rmtree(version)
        raise
    corrections_path.unlink()  # the rows stay in the database only
    figures, previous = _select_metrics(result.new), _select_metrics(result.old)
    note = {"at": now.isoformat(), "corrections": count, **figures, "before": previous, "compared_with": old_name}
    _write_note(version / (LIVE_FILE if result.better else REJECTED_FILE), note)
    return TrainingResult(version.name, result.better, count, figures, previous)


def _get_current_model(root: Path) -> tuple[str, Path]:
    """Return the model to beat: the one in use, so a broken one beats none."""
    name = select_model(root).version
    return (name, SHIPPED) if name in {SHIPPED_NAME, LEXICON_NAME} else (name, root / name / MODEL_FILE)


def _select_metrics(figures: Metrics) -> dict[str, float]:
    return {name: float(getattr(figures, name)) for name in _SHOWN_METRICS}


def _write_note(path: Path, note: dict[str, Any]) -> None:
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(note, ensure_ascii=False), encoding="utf-8")
    os.replace(draft, path)
