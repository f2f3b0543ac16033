"""Correction statistics: how often officers left the classification unchanged. Sums only.

The view checks the permission; no message, person or unit is shown.
"""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from binhyen.intake.models import Correction
from binhyen.intake.retraining import REJECTED_FILE
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.language.model_selection import LIVE_FILE

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
