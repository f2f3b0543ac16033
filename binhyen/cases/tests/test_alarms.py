"""A transfer, lock or change of role leaves no open case in the officer's name: the unit sees it as unassigned."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.cases.choices import State, UnreadUpdate, Verb
from binhyen.cases.models import Case, Clock, StatsDirty
from binhyen.cases.queries.overdue import select_overdue
from binhyen.cases.rules import OverdueLevel
from binhyen.cases.services import officer_actions
from binhyen.cases.services.alarms import unassign_departed
from binhyen.cases.services.unit_of_work import CITIZEN_ACTOR, save_change
from binhyen.cases.tests.scene import build_case_url, open_case, reload_case, sign_in_browser
from binhyen.kit.models import LiveEvent
from binhyen.people.models import Officer
from binhyen.people.services import deactivate_officer, transfer_officer

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture
def handler(officer: Make) -> Officer:
    person: Officer = officer(name="Người Sắp Đi")
    return person


def open_assigned_case(unit: Any, person: Officer, now: dt.datetime, **more: Any) -> Case:
    case = open_case(unit, now=now, **more)
    return officer_actions.assign_to_self(code=case.code, officer=person, version=None, now=now)


def transfer_to_unit(person: Officer, unit: Any, now: dt.datetime) -> None:
    transfer_officer(officer_id=person.pk, unit_id=unit.pk, actor="t", now=now)


WAYS: dict[str, Callable[[Officer, Make, dt.datetime], Any]] = {
    "moved": lambda person, unit, now: transfer_to_unit(person, unit("18073"), now),
    "locked": lambda person, unit, now: deactivate_officer(officer_id=person.pk, actor="t", now=now),
    "other work": lambda person, unit, now: transfer_officer(
        officer_id=person.pk, unit_id=unit("42").pk, role="INSPECTOR", actor="t", now=now
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_open_cases_become_unassigned_and_the_unit_is_notified(
    way: str, handler: Officer, officer: Make, unit: Make, now: dt.datetime
) -> None:
    mate, chief = officer(), officer("CHIEF")
    case, done = open_assigned_case(unit("18568"), handler, now), open_assigned_case(unit("18568"), handler, now)
    Case.objects.filter(pk=done.pk).update(state=State.CLOSED, outcome="ANSWERED", closed_at=now)
    assert unassign_departed(now=now) == 0, "control: an officer still in the unit retains it"
    ProcrastinateJob.objects.all().delete()
    WAYS[way](handler, unit, now)
    assert ProcrastinateJob.objects.filter(task_name="cases.unassign_departed").count() == 1, (
        "immediately, not in the next periodic run"
    )
    StatsDirty.objects.all().delete()
    assert unassign_departed(now=now) == 1 and unassign_departed(now=now) == 0
    assert (reload_case(case).assignee, reload_case(done).assignee) == (None, handler)
    assert StatsDirty.objects.filter(case=case).exists()
    free = sign_in_browser(mate).get("/ban-truc?cua=khong").content.decode()
    assert case.code in free and "Người giữ đã rời" in free
    event = LiveEvent.objects.get(data__verb="left")
    assert {f"unit:{case.unit_id}", f"officer:{handler.pk}"} <= set(event.topics)
    log = sign_in_browser(mate).get(build_case_url(case)).content.decode().partition("Nhật ký")[2]
    assert "Người giữ đã rời" in log and "Người Sắp Đi" in log
    page = sign_in_browser(chief).get("/ban-truc").content.decode()
    assert "1 việc không còn người giữ" in page
    assert case.code in sign_in_browser(chief).get("/ban-truc?cua=da-roi").content.decode()
    assert "không còn người giữ" not in sign_in_browser(mate).get("/ban-truc").content.decode()
    officer_actions.assign_to_self(code=case.code, officer=mate, version=None, now=now)
    assert "không còn người giữ" not in sign_in_browser(chief).get("/ban-truc").content.decode()


def test_a_follow_up_does_not_hide_that_it_is_unassigned(handler: Officer, unit: Make, now: dt.datetime) -> None:
    case = open_assigned_case(unit("18568"), handler, now)
    deactivate_officer(officer_id=handler.pk, actor="t", now=now)
    unassign_departed(now=now)
    save_change(reload_case(case), Verb.HEARD, actor=CITIZEN_ACTOR, now=now)
    assert reload_case(case).unread_reason == UnreadUpdate.ORPHANED


def test_an_acknowledged_deadline_is_notified_to_the_unit(
    handler: Officer, officer: Make, unit: Make, now: dt.datetime
) -> None:
    mate = officer()
    case = open_assigned_case(unit("18568"), handler, now)
    Clock.objects.filter(case=case).update(escalation_level=OverdueLevel.SOON, acknowledged_level=OverdueLevel.OFFICERS)
    assert not select_overdue(mate).exists()
    transfer_to_unit(handler, unit("18073"), now)
    unassign_departed(now=now)
    assert select_overdue(mate).filter(case=case).exists()


def test_an_unstarted_danger_raises_the_alarm_again(
    handler: Officer, officer: Make, unit: Make, now: dt.datetime
) -> None:
    mate = officer()
    fight, begun = (
        open_assigned_case(unit("18568"), handler, now, urgency=3),
        open_assigned_case(unit("18568"), handler, now, urgency=3),
    )
    officer_actions.set_case_state(code=begun.code, officer=handler, to=State.WORKING, version=None, now=now)
    deactivate_officer(officer_id=handler.pk, actor="t", now=now)
    unassign_departed(now=now)
    page = sign_in_browser(mate).get("/ban-truc").content.decode()
    assert f'data-alarm="{fight.code}"' in page and f'data-alarm="{begun.code}"' not in page


def test_a_village_team_keeps_its_task_while_it_serves_there(officer: Make, unit: Make, now: dt.datetime) -> None:
    team, case = officer("VILLAGE_TEAM"), open_case(unit("18568"), now=now)
    officer_actions.assign_case(code=case.code, officer=officer("CHIEF"), to=team, version=None, now=now)
    assert unassign_departed(now=now) == 0
    transfer_to_unit(team, unit("18073"), now)
    assert unassign_departed(now=now) == 1 and reload_case(case).unread_reason == UnreadUpdate.ORPHANED


def test_the_province_retains_cases_taken_from_a_commune(officer: Make, unit: Make, now: dt.datetime) -> None:
    open_assigned_case(unit("18568"), officer("PROVINCE_DUTY", "42"), now)
    assert unassign_departed(now=now) == 0


def test_a_periodic_job_handles_cases_left_before(handler: Officer, unit: Make, now: dt.datetime) -> None:
    from binhyen.cases import jobs

    case = open_assigned_case(unit("18568"), handler, now)
    Officer.objects.filter(pk=handler.pk).update(is_active=False)
    while_there = Case.objects.filter(assignee=handler)
    assert while_there.exists()
    jobs.run_unassignment()
    assert not while_there.exists() and reload_case(case).unread_reason == UnreadUpdate.ORPHANED
