"""Alarm budget: at most so many learnt alarms per thousand group messages, calibrated on this installation's stream.

Dangers that words or rules name are never counted and never lowered. The calibration needs no labels and holds no text:
a file of sums beside the models.
"""

import datetime as dt
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings
from django.db import connection

from binhyen.kit.i18n_markers import L_
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from binhyen.language.classify.urgency import ALIKE_REASON, DANGER_TALK_BAR, TALK_REASON
from binhyen.language.reading import DANGER, Reading

CALIBRATION_FILE = "alarm_budget.json"
CALIBRATION_SPAN = dt.timedelta(days=28)
MIN_MESSAGES = 1000
"""Minimum number of group messages: fewer say little about a rate of a few in a thousand."""
MAX_BAR = 5.5
"""Highest bar: of 510 dangers that the model had not seen 0.8 % are between both, so no budget raises it further."""
_BAR_STEP = 0.25
BUDGET_REASON = L_("giống tin khẩn nhưng chưa đủ chắc, theo mức báo động đã đặt")
_LEARNT_ALARMS_SQL = """
SELECT count(*), coalesce(array_agg((reading ->> 'learnt_alarm')::float)
    FILTER (WHERE reading ->> 'learnt_alarm' IS NOT NULL), '{}')
FROM channels_message
WHERE group_id IS NOT NULL AND received_at > %s AND received_at <= %s
"""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Result of a calibration: log-odds `bar` for learnt alarms in groups, from `messages` group messages.

    `curve`: learnt alarms per thousand group messages at each bar, lowest bar first.
    """

    at: dt.datetime
    messages: int
    budget: int
    bar: float
    curve: tuple[tuple[float, float], ...]


def choose_bar(scores: Sequence[float], messages: int, budget: int) -> float:
    """Return the lowest bar, up to MAX_BAR, with at most `budget` of `scores` per thousand messages.

    A budget of 0 sets no limit.
    """
    allowed = budget * messages // 1000
    if not budget or messages < MIN_MESSAGES or len(scores) <= allowed:
        return DANGER_TALK_BAR
    first_refused = sorted(scores, reverse=True)[allowed]
    return min(max(first_refused + 0.01, DANGER_TALK_BAR), MAX_BAR)


def compute_curve(scores: Sequence[float], messages: int) -> tuple[tuple[float, float], ...]:
    """Return (bar, learnt alarms per thousand messages) in steps from the shipped bar to MAX_BAR."""
    steps = round((MAX_BAR - DANGER_TALK_BAR) / _BAR_STEP) + 1
    bars = [round(DANGER_TALK_BAR + step * _BAR_STEP, 2) for step in range(steps)]
    return tuple((bar, round(1000 * sum(score >= bar for score in scores) / max(messages, 1), 2)) for bar in bars)


def calibrate_alarms(*, now: dt.datetime) -> Calibration:
    """Calibrate on the group messages of the last weeks; every process reads the stored result within a minute."""
    with rls_scope(PROGRAM_SCOPE), connection.cursor() as cursor:
        cursor.execute(_LEARNT_ALARMS_SQL, [now - CALIBRATION_SPAN, now])
        messages, scores = cursor.fetchone()
    budget = settings.ALARM_BUDGET
    result = Calibration(now, messages, budget, choose_bar(scores, messages, budget), compute_curve(scores, messages))
    _store_calibration(Path(settings.MODELS_ROOT) / CALIBRATION_FILE, result)
    return result


def _store_calibration(path: Path, result: Calibration) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    values = {
        "at": result.at.isoformat(),
        "messages": result.messages,
        "budget": result.budget,
        "bar": result.bar,
        "curve": result.curve,
    }
    draft.write_text(json.dumps(values), encoding="utf-8")
    os.replace(draft, path)


def read_calibration(folder: Path) -> Calibration | None:
    """Return the last calibration, None if there is none or it is unreadable."""
    try:
        values = json.loads((folder / CALIBRATION_FILE).read_text(encoding="utf-8"))
        curve = tuple((float(bar), float(rate)) for bar, rate in values["curve"])
        moment = dt.datetime.fromisoformat(values["at"])
        return Calibration(moment, int(values["messages"]), int(values["budget"]), float(values["bar"]), curve)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def apply_alarm_bar(reading: Reading, bar: float) -> Reading:
    """Return the reading with a learnt danger as an alarm from `bar` on, and to be seen today below it."""
    if reading.learnt_alarm is None or (reading.learnt_alarm >= bar) == (reading.urgency >= DANGER):
        return reading
    if reading.urgency >= DANGER:
        return replace(reading, urgency=DANGER - 1, reasons=(*reading.reasons, BUDGET_REASON))
    reasons = tuple(reason for reason in reading.reasons if reason != TALK_REASON)
    return replace(reading, urgency=DANGER, is_talk=False, reasons=(*reasons, ALIKE_REASON))
