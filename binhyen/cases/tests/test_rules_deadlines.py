"""Legal deadlines count from the time of the report: no later change of a case moves its clocks."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.choices import Lane, Outcome, State
from binhyen.cases.escalation_settings import get_alarm_delays, get_work_calendar
from binhyen.cases.models import Case, CaseMessage
from binhyen.cases.services import closing, linking, officer_actions, splitting
from binhyen.cases.tests.scene import create_message, open_case
from binhyen.env import SettingsError
from binhyen.kit import clock
from binhyen.kit.business_days import add_working_hours

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
PASS_ON, ANSWER, ACCEPT = (dt.timedelta(hours=hours) for hours in (24, 72, 7 * 24))


class ClockScene:
    """A fight reported five hours ago, and again by a second person three hours ago; «now» is the present."""

    def __init__(self, unit: Make, officer: Make) -> None:
        self.now = clock.now()
        self.first, self.second = (self.now - dt.timedelta(hours=h) for h in (5, 3))
        self.home, self.beside, self.chief = unit("18568"), unit("18073"), officer("CHIEF")
        self.case = open_case(self.home, now=self.first)
        self.witness = create_message(self.home, is_held=True, now=self.second)
        CaseMessage.objects.create(case=self.case, message=self.witness, attached_at=self.second, attached_by="t")

    def do(self, deed: Callable[..., Case], **more: Any) -> Case:
        return deed(code=self.case.code, officer=self.chief, version=None, now=self.now, **more)


def split_case(s: ClockScene) -> Case:
    return s.do(splitting.split_case, message_id=str(s.witness.public_id), ladder=get_alarm_delays())


def promote_message(s: ClockScene, category: str = "violence") -> Case:
    lay = create_message(s.home, now=s.second)
    return linking.promote_message(
        message_id=str(lay.public_id),
        officer=s.chief,
        category=category,
        urgency=1,
        ladder=get_alarm_delays(),
        now=s.now,
    )


def split_then_reclassify(s: ClockScene) -> Case:
    private_case = split_case(s)
    return officer_actions.reclassify_case(
        code=private_case.code, officer=s.chief, category="traffic", urgency=1, version=None, now=s.now
    )


def merge_and_back(s: ClockScene) -> Case:
    other = open_case(s.home, now=s.now)
    s.do(linking.merge_cases, into=other.code)
    return s.do(linking.unmerge_case)


def reopen_case(s: ClockScene) -> Case:
    s.do(closing.close_case, outcome=Outcome.ANSWERED, result="Đã giải quyết.")
    return s.do(closing.reopen_closed_case, reason="còn việc")


DEEDS: dict[str, tuple[Callable[[ClockScene], Case], str, dt.timedelta, str]] = {
    "split": (split_case, "pass_on", PASS_ON, "second"),
    "split, then another kind": (split_then_reclassify, "answer", ANSWER, "second"),
    "made of a loose message": (promote_message, "pass_on", PASS_ON, "second"),
    "made of a loose complaint": (lambda s: promote_message(s, "officer_complaint"), "accept", ACCEPT, "second"),
    "handed on": (
        lambda s: s.do(officer_actions.transfer, unit=s.beside, reason="xảy ra ở đó"),
        "pass_on",
        PASS_ON,
        "first",
    ),
    "another kind": (
        lambda s: s.do(officer_actions.reclassify_case, category="traffic", urgency=1),
        "answer",
        ANSWER,
        "first",
    ),
    "a complaint after all": (
        lambda s: s.do(officer_actions.reclassify_case, category="officer_complaint", urgency=1),
        "accept",
        ACCEPT,
        "first",
    ),
    "another state": (lambda s: s.do(officer_actions.set_case_state, to=State.WORKING), "pass_on", PASS_ON, "first"),
    "merged and taken out": (merge_and_back, "pass_on", PASS_ON, "first"),
    "opened again": (reopen_case, "pass_on", PASS_ON, "first"),
    "one more message": (
        lambda s: s.do(linking.attach_message, message_id=str(create_message(s.home).public_id)),
        "pass_on",
        PASS_ON,
        "first",
    ),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_the_clock_counts_from_the_report(unit: Make, officer: Make, deed: str) -> None:
    act, name, hours, since = DEEDS[deed]
    scene = ClockScene(unit, officer)
    case = Case.objects.get(pk=act(scene).pk)
    reported_at = getattr(scene, since)
    running = case.clocks.get(name=name)
    assert (running.due_at, running.stopped_at) == (reported_at + hours, None)
    assert case.opened_at == reported_at, "the start for a later correction"
    assert case.due_at == case.clocks.filter(stopped_at=None).order_by("due_at")[0].due_at


def test_derived_cases_count_from_now(unit: Make, now: dt.datetime) -> None:
    case = Case.objects.get(pk=open_case(unit("18568"), now=now).pk)
    assert case.opened_at == now


def test_an_urgent_reflection_is_taken_up_within_four_office_hours(unit: Make) -> None:
    morning = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)  # Monday, 8 o'clock in Viet Nam
    for urgency, hours in ((1, 8), (2, 4)):
        case = open_case(unit("18568"), category="environment_noise", urgency=urgency, now=morning)
        due = add_working_hours(morning.astimezone(clock.VIETNAM), hours)
        assert case.clocks.get(name="receive").due_at == due


def test_a_lane_changed_twice_in_a_minute_has_the_clocks_of_the_last_one(unit: Make, officer: Make) -> None:
    now, chief = clock.now(), officer("CHIEF")
    case = open_case(unit("18568"), category="theft", now=now)
    clocks = set(case.clocks.values_list("name", "due_at"))
    for second, lane in enumerate((Lane.REFLECTION, Lane.CRIME_REPORT)):
        officer_actions.reclassify_case(
            code=case.code,
            officer=chief,
            category="theft",
            urgency=case.urgency,
            lane=lane,
            version=None,
            now=now + dt.timedelta(seconds=second),
        )
    assert set(case.clocks.values_list("name", "due_at")) == clocks, "counted from the report, none twice"
    assert case.events.filter(verb="reclassified").count() == 2, "each change is on record"


def test_a_holiday_announced_a_week_before_moves_office_hours(unit: Make, settings: Any) -> None:
    monday = dt.datetime(2026, 11, 16, 8, tzinfo=clock.VIETNAM)
    dues = []
    for free_days in ("", "2026-11-16, 2026-11-17"):
        settings.FREE_DAYS = free_days
        get_work_calendar.cache_clear()
        case = open_case(unit("18568"), category="environment_noise", now=monday)
        dues.append(case.clocks.get(name="receive").due_at)
    settings.FREE_DAYS = "the day after tomorrow"
    get_work_calendar.cache_clear()
    with pytest.raises(SettingsError, match="BINHYEN_FREE_DAYS"):
        get_work_calendar()
    settings.FREE_DAYS = ""
    get_work_calendar.cache_clear()
    announced = frozenset({dt.date(2026, 11, 16), dt.date(2026, 11, 17)})
    assert dues == [add_working_hours(monday, 8), add_working_hours(monday, 8, extra=announced)]
    assert dues[0].day == 17 and dues[1].day == 18
