"""Alarm budget: the bar follows the unlabelled stream; named dangers never count; private messages have a lower bar."""

import datetime as dt
import json
from dataclasses import replace

import pytest

from binhyen.cases.tests.scene import create_message, sign_in_browser
from binhyen.channels.models import Message
from binhyen.intake import alarm_budget, model_cache
from binhyen.intake.alarm_budget import (
    BUDGET_REASON,
    CALIBRATION_FILE,
    MAX_BAR,
    MIN_MESSAGES,
    Calibration,
    _store_calibration,
    apply_alarm_bar,
    calibrate_alarms,
    choose_bar,
    compute_curve,
    read_calibration,
)
from binhyen.intake.model_cache import ModelCache
from binhyen.intake.tests.chat_reports import create_group
from binhyen.language.classify.urgency import DANGER_TALK_BAR, PRIVATE_TALK_BAR, TALK_REASON
from binhyen.language.reading import Reading

SCORES = [DANGER_TALK_BAR + step / 12 for step in range(20)]
ALARM = Reading("violence", 0.9, (("violence", 0.9),), 3, False, (), ("bạo lực",), learnt_alarm=2.0)
NOW = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("budget", "messages", "remaining"),
    [(0, 2000, 20), (4, MIN_MESSAGES - 1, 20), (10, 2000, 20), (4, 2000, 8), (1, 2000, 2), (4, 100_000, 20)],
)
def test_the_bar_keeps_the_surest_alarms_within_the_budget(budget: int, messages: int, remaining: int) -> None:
    bar = choose_bar(SCORES, messages, budget)
    assert sum(score >= bar for score in SCORES) == remaining


def test_no_budget_raises_the_bar_beyond_the_highest() -> None:
    assert choose_bar([9.0] * 500, 1000, 1) == MAX_BAR
    assert choose_bar([-5.0] * 500, 1000, 1) == DANGER_TALK_BAR
    curve = compute_curve(SCORES, 2000)
    assert curve[0] == (DANGER_TALK_BAR, 10.0)
    assert curve[-1] == (MAX_BAR, 0.0)


def test_only_learnt_alarms_are_weighed() -> None:
    assert apply_alarm_bar(ALARM, 1.5) is ALARM
    lowered = apply_alarm_bar(ALARM, 2.5)
    assert (lowered.urgency, lowered.reasons[-1], lowered.learnt_alarm) == (2, BUDGET_REASON, 2.0)
    named = replace(ALARM, learnt_alarm=None)
    assert apply_alarm_bar(named, MAX_BAR) is named
    quiet = replace(ALARM, urgency=1, learnt_alarm=-1.0, is_talk=True, reasons=("bạo lực", TALK_REASON))
    assert apply_alarm_bar(quiet, DANGER_TALK_BAR) is quiet
    private = apply_alarm_bar(quiet, PRIVATE_TALK_BAR)
    assert (private.urgency, private.is_talk) == (3, False)
    assert TALK_REASON not in private.reasons


def test_a_calibration_is_stored_and_a_broken_file_is_none(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert read_calibration(tmp_path) is None
    calibration = Calibration(NOW, 2000, 4, 1.7, ((1.2, 10.0), (1.5, 7.0)))
    _store_calibration(tmp_path / CALIBRATION_FILE, calibration)
    assert read_calibration(tmp_path) == calibration
    for content in ("{", json.dumps({"at": "x"}), "[]"):
        (tmp_path / CALIBRATION_FILE).write_text(content, encoding="utf-8")
        assert read_calibration(tmp_path) is None


@pytest.mark.django_db
def test_the_stream_of_the_groups_sets_the_bar_and_the_page_shows_it(officer, unit, settings, tmp_path, monkeypatch):  # type: ignore[no-untyped-def]
    settings.MODELS_ROOT, settings.ALARM_BUDGET = tmp_path, 500
    monkeypatch.setattr(model_cache, "_model_cache", ModelCache())
    group = create_group(unit("18568"), NOW)
    for score in (DANGER_TALK_BAR - 1, DANGER_TALK_BAR + 0.5, None, None):
        message = create_message(unit("18568"), now=NOW)
        Message.objects.filter(pk=message.pk).update(group=group, reading={"learnt_alarm": score})
    create_message(unit("18568"), now=NOW)  # private: not counted
    operator = sign_in_browser(officer("OPERATOR", "42"))
    assert "Báo khẩn do máy đoán" not in operator.get("/hoc-may").content.decode()
    few = calibrate_alarms(now=NOW)
    assert (few.messages, few.bar) == (4, DANGER_TALK_BAR)
    assert "Còn ít tin" in operator.get("/hoc-may").content.decode()
    monkeypatch.setattr(alarm_budget, "MIN_MESSAGES", 1)
    settings.ALARM_BUDGET = 250
    assert DANGER_TALK_BAR - 1 < calibrate_alarms(now=NOW).bar < DANGER_TALK_BAR + 0.5
    monkeypatch.setattr(model_cache, "_model_cache", ModelCache())
    assert DANGER_TALK_BAR - 1 < model_cache.get_alarm_bar() < DANGER_TALK_BAR + 0.5
    page = operator.get("/hoc-may").content.decode()
    assert "Báo khẩn do máy đoán" in page and "<b>250</b>" in page
