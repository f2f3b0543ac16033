"""Alarms raised while the clock was ahead do not stay silent until that time comes again."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import QuerySet

from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Alarm
from binhyen.cases.rules import AlarmLevel
from binhyen.cases.services import alarms
from binhyen.cases.tests.scene import open_case
from binhyen.conduct.services.alarms import WORK
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from tests import rls

pytestmark = pytest.mark.django_db
HOUR, SECOND = dt.timedelta(hours=1), dt.timedelta(seconds=1)


def list_levels(unit: Any, now: dt.datetime, *, ahead: dt.timedelta) -> list[int]:
    """Return the escalation level of an alarm raised while the clock was `ahead`, then every half minute for six
    minutes."""
    case = open_case(unit, urgency=3, now=now + ahead)
    stages = []
    for half in range(13):
        alarms.escalate_alarms(ladder=get_alarm_delays(), now=now + SECOND + half * dt.timedelta(seconds=30))
        stages.append(Alarm.objects.get(case=case).escalation_level)
    return stages


def test_it_climbs_as_if_raised_now(unit: Callable[[str], Any], now: dt.datetime) -> None:
    stages = list_levels(unit("18568"), now, ahead=HOUR)
    assert stages[3] == AlarmLevel.OFFICERS and stages[4] == AlarmLevel.CHIEF and stages[-1] == AlarmLevel.PROVINCE


def test_negative_control_without_the_protection_it_waits_for_the_hour(
    unit: Callable[[str], Any], now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ignore_call(rows: QuerySet[Alarm], **_: Any) -> None:
        return None

    monkeypatch.setattr(alarms, "_rebase", ignore_call)
    assert set(list_levels(unit("18568"), now, ahead=HOUR)) == {AlarmLevel.OFFICERS}


def test_clocks_of_two_machines_that_differ_a_little_change_nothing(
    unit: Callable[[str], Any], now: dt.datetime
) -> None:
    case = open_case(unit("18568"), urgency=3, now=now + 10 * SECOND)
    before = Alarm.objects.values("raised_at", "next_at").get(case=case)
    alarms.escalate_alarms(ladder=get_alarm_delays(), now=now)
    assert Alarm.objects.values("raised_at", "next_at").get(case=case) == before


def test_the_pages_may_raise_alarms_that_the_worker_missed(unit: Callable[[str], Any], now: dt.datetime) -> None:
    case = open_case(unit("18568"), urgency=3, now=now)
    with rls.acting_as("pages"):
        WORK[alarms.ESCALATE](now + dt.timedelta(minutes=3))
    assert Alarm.objects.get(case=case).escalation_level == AlarmLevel.OFFICERS, (
        "control: without a scope it sees no case"
    )
    with rls.acting_as("pages"), rls_scope(PROGRAM_SCOPE):
        for work in WORK.values():
            work(now + dt.timedelta(minutes=3))
    assert Alarm.objects.get(case=case).escalation_level == AlarmLevel.CHIEF
    assert list(case.events.filter(verb="alarmed").values_list("actor", flat=True)) == ["system:escalation"]
