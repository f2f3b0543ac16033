"""Correction statistics: how often officers left the classification unchanged. Sums only.

The view checks the permission; no message, person or unit is shown.
"""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from binhyen.intake.models import Correction
from binhyen.intake.retraining import REFUSED
from binhyen.kit.rls_scope import PROGRAM, entered
from binhyen.language.model_selection import MARK

WEEKS = 8
_TRIES = 5
# Messages that opened a case which an officer then worked on: the predicted category against today's.
_ACTED_ON = """
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
class Kept:
    """Messages of a category that officers worked on, and how many of them retained the predicted category."""

    category: str
    acted_on: int
    unchanged: int
    weeks: tuple[float, ...]  # share unchanged per week, oldest first; 0 in a week without any

    @property
    def share(self) -> float:
        return self.unchanged / self.acted_on if self.acted_on else 0.0


def kept(*, now: dt.datetime, weeks: int = WEEKS) -> list[Kept]:
    """Return statistics by predicted category, most frequent first; the first row, category "", sums all."""
    with entered(PROGRAM), connection.cursor() as cursor:  # the viewer of these statistics may see no case, only sums
        cursor.execute(_ACTED_ON, {"now": now, "since": now - dt.timedelta(weeks=weeks)})
        counted = cursor.fetchall()
    sums: dict[str, dict[int, tuple[int, int]]] = {"": {}}
    for category, week, total, same in counted:
        for name in ("", category):
            known = sums.setdefault(name, {}).get(week, (0, 0))
            sums[name][week] = (known[0] + total, known[1] + same)
    made = [_kept(name, by_week, weeks) for name, by_week in sums.items()]
    return sorted(made, key=lambda k: (k.category != "", -k.acted_on, k.category))


def _kept(category: str, by_week: dict[int, tuple[int, int]], weeks: int) -> Kept:
    total, same = (sum(pair[i] for pair in by_week.values()) for i in (0, 1))
    shares = (by_week.get(week, (0, 0)) for week in reversed(range(weeks)))
    return Kept(category, total, same, tuple(round(s / n, 4) if n else 0.0 for n, s in shares))


def corrections(*, now: dt.datetime, weeks: int = WEEKS) -> tuple[int, int]:
    """Return the number of all training rows from officers, and of the recent weeks."""
    rows = Correction.objects.all()
    return rows.count(), rows.filter(at__gt=now - dt.timedelta(weeks=weeks), at__lte=now).count()


@dataclass(frozen=True, slots=True)
class Try:
    """A training run of this installation: its input, its score, the previous score, and whether it is live."""

    version: str
    at: dt.datetime
    live: bool
    corrections: int
    score: float
    before: float


def tries(root: Path) -> list[Try]:
    """Return the newest runs first, without those whose note is unreadable."""
    notes = sorted((*root.glob(f"*/{MARK}"), *root.glob(f"*/{REFUSED}")), key=lambda p: p.parent.name, reverse=True)
    return [found for note in notes[:_TRIES] if (found := _try(note))]


def _try(note: Path) -> Try | None:
    try:
        known = json.loads(note.read_text(encoding="utf-8"))
        at = dt.datetime.fromisoformat(known["at"])
        scores = float(known["macro_f1"]), float(known["before"]["macro_f1"])
        return Try(note.parent.name, at, note.name == MARK, int(known["corrections"]), *scores)
    except (OSError, ValueError, KeyError, TypeError):
        return None
