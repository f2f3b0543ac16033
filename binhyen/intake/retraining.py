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
from binhyen.language.model_selection import FILE, MARK, PLAIN_NAME, SHIPPED_NAME, choose
from binhyen.language.training import rows as stored
from binhyen.language.training.metrics import Figures
from binhyen.language.training.rows import Row, of_split

REFUSED = "refused.json"
_SHOWN = ("macro_f1", "top3", "urgency3_recall", "false_alarms", "sensitive_recall", "sensitive_f1")


@dataclass(frozen=True, slots=True)
class Taught:
    """Result of a training run. `is_live`: in use. `figures`, `previous`: metrics on the evaluation set."""

    version: str
    live: bool
    corrections: int
    figures: dict[str, float]
    before: dict[str, float]


def teach(*, now: dt.datetime, rows: Sequence[Row] | None = None) -> Taught:
    """Train, compare on the evaluation set, and go live or be rejected. `rows`: instead of the shipped ones.

    Raises ValueError on a row with an unknown label. Nothing is live before its marker file, written last.
    """
    from binhyen.language.training.build import compare, train  # numpy, only loaded for training

    root = Path(settings.MODELS_ROOT)
    version = root / now.strftime("%Y%m%dT%H%M%SZ")
    version.mkdir(parents=True)
    extra = version / "corrections.jsonl"
    try:
        count = corrections.export(extra)
        new = train(version / FILE, extra, rows)
        known = stored.shipped() if rows is None else rows
        old_name, old = _old(root)
        result = compare(old, new, of_split(known, "test"))
    except BaseException:
        shutil.rmtree(version)
        raise
    extra.unlink()  # the rows stay in the database only
    figures, before = _shown(result.new), _shown(result.old)
    note = {"at": now.isoformat(), "corrections": count, **figures, "before": before, "compared_with": old_name}
    _write(version / (MARK if result.better else REFUSED), note)
    return Taught(version.name, result.better, count, figures, before)


def _old(root: Path) -> tuple[str, Path]:
    """Return the model to beat: the one in use, so a broken one beats none."""
    name = choose(root).version
    return (name, SHIPPED) if name in {SHIPPED_NAME, PLAIN_NAME} else (name, root / name / FILE)


def _shown(figures: Figures) -> dict[str, float]:
    return {name: float(getattr(figures, name)) for name in _SHOWN}


def _write(path: Path, note: dict[str, Any]) -> None:
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(note, ensure_ascii=False), encoding="utf-8")
    os.replace(draft, path)
