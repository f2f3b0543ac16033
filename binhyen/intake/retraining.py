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
from django.db import connection

from binhyen.intake import corrections
from binhyen.intake.models import Correction
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
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


# Correction statistics: how often officers left the classification unchanged. Sums only.
#
# The view checks the permission; no message, person or unit is shown.

SHOWN_WEEKS = 8
_MAX_TRAINING_RUNS = 5
# Messages that opened a case which an officer then worked on: the predicted category against today's.
_CATEGORY_COUNTS_SQL = """
SELECT m.category, floor(extract(epoch FROM %(now)s - c.opened_at) / 604800)::int AS week,
    count(*), count(*) FILTER (WHERE m.category = c.category)
FROM cases_case AS c
CROSS JOIN LATERAL (SELECT message_id FROM cases_casemessage WHERE case_id = c.id
    AND detached_at IS NULL ORDER BY id LIMIT 1) AS first
JOIN channels_message AS m ON m.id = first.message_id
WHERE c.opened_at > %(since)s AND c.opened_at <= %(now)s AND m.category <> ''
    AND EXISTS (SELECT FROM cases_caseevent AS e WHERE e.case_id = c.id AND e.officer_id IS NOT NULL)
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class CategoryStats:
    """Messages of a category that officers worked on, and how many of them retained the predicted category."""

    category: str
    acted_on: int
    unchanged: int
    weeks: tuple[float, ...]  # share unchanged per week, oldest first; 0 in a week without any

    @property
    def share(self) -> float:
        return self.unchanged / self.acted_on if self.acted_on else 0.0


def get_category_stats(*, now: dt.datetime, weeks: int = SHOWN_WEEKS) -> list[CategoryStats]:
    """Return statistics by predicted category, most frequent first; the first row, category "", sums all."""
    with (
        rls_scope(PROGRAM_SCOPE),
        connection.cursor() as cursor,
    ):  # the viewer of these statistics may see no case, only sums
        cursor.execute(_CATEGORY_COUNTS_SQL, {"now": now, "since": now - dt.timedelta(weeks=weeks)})
        rows = cursor.fetchall()
    sums: dict[str, dict[int, tuple[int, int]]] = {"": {}}
    for category, week, total, unchanged in rows:
        for name in ("", category):
            week_sums = sums.setdefault(name, {}).get(week, (0, 0))
            sums[name][week] = (week_sums[0] + total, week_sums[1] + unchanged)
    stats = [_build_category_stats(name, by_week, weeks) for name, by_week in sums.items()]
    return sorted(stats, key=lambda entry: (entry.category != "", -entry.acted_on, entry.category))


def _build_category_stats(category: str, by_week: dict[int, tuple[int, int]], weeks: int) -> CategoryStats:
    total, unchanged_total = (sum(pair[index] for pair in by_week.values()) for index in (0, 1))
    shares = (by_week.get(week, (0, 0)) for week in reversed(range(weeks)))
    return CategoryStats(
        category,
        total,
        unchanged_total,
        tuple(round(unchanged / count, 4) if count else 0.0 for count, unchanged in shares),
    )


def count_corrections(*, now: dt.datetime, weeks: int = SHOWN_WEEKS) -> tuple[int, int]:
    """Return the number of all training rows from officers, and of the recent weeks."""
    rows = Correction.objects.all()
    return rows.count(), rows.filter(at__gt=now - dt.timedelta(weeks=weeks), at__lte=now).count()


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """A training run of this installation: its input, its score, the previous score, and whether it is live."""

    version: str
    at: dt.datetime
    live: bool
    corrections: int
    score: float
    before: float


def list_training_runs(root: Path) -> list[TrainingRun]:
    """Return the newest runs first, without those whose note is unreadable."""
    notes = sorted(
        (*root.glob(f"*/{LIVE_FILE}"), *root.glob(f"*/{REJECTED_FILE}")),
        key=lambda path: path.parent.name,
        reverse=True,
    )
    return [training_run for note in notes[:_MAX_TRAINING_RUNS] if (training_run := _read_training_note(note))]


def _read_training_note(note: Path) -> TrainingRun | None:
    try:
        data = json.loads(note.read_text(encoding="utf-8"))
        trained_at = dt.datetime.fromisoformat(data["at"])
        scores = float(data["macro_f1"]), float(data["before"]["macro_f1"])
        return TrainingRun(note.parent.name, trained_at, note.name == LIVE_FILE, int(data["corrections"]), *scores)
    except (OSError, ValueError, KeyError, TypeError):
        return None
