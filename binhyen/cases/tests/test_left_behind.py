"""A transfer, lock or change of role leaves no open case in the officer's name: the unit sees it as unassigned."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.cases.choices import News, State, Verb
from binhyen.cases.models import Case, Clock, Uncounted
from binhyen.cases.queries.overdue import late
from binhyen.cases.rules import Late
from binhyen.cases.services import officer_actions
from binhyen.cases.services.unassign import let_go
from binhyen.cases.services.unit_of_work import CITIZEN, finish
from binhyen.cases.tests.scene import browser, fresh, open_case, url
from binhyen.kit.models import LiveEvent
from binhyen.people.models import Officer
from binhyen.people.services import deactivate, transfer

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture
def mine(officer: Make) -> Officer:
    person: Officer = officer(name="Người Sắp Đi")
    return person


def taken(unit: Any, person: Officer, now: dt.datetime, **more: Any) -> Case:
    case = open_case(unit, now=now, **more)
    return officer_actions.take(code=case.code, officer=person, version=None, now=now)


def moved(person: Officer, unit: Any, now: dt.datetime) -> None:
    transfer(officer_id=person.pk, unit_id=unit.pk, actor="t", now=now)


WAYS: dict[str, Callable[[Officer, Make, dt.datetime], Any]] = {
    "moved": lambda person, unit, now: moved(person, unit("18073"), now),
    "locked": lambda person, unit, now: deactivate(officer_id=person.pk, actor="t", now=now),
    "other work": lambda person, unit, now: transfer(
        officer_id=person.pk, unit_id=unit("42").pk, role="INSPECTOR", actor="t", now=now
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_open_cases_are_nobodys_again_and_the_unit_hears(
    way: str, mine: Officer, officer: Make, unit: Make, now: dt.datetime
) -> None:
    mate, chief = officer(), officer("CHIEF")
    case, done = taken(unit("18568"), mine, now), taken(unit("18568"), mine, now)
    Case.objects.filter(pk=done.pk).update(state=State.CLOSED, outcome="ANSWERED", closed_at=now)
    assert let_go(now=now) == 0, "control: an officer still in the unit retains it"
    ProcrastinateJob.objects.all().delete()
    WAYS[way](mine, unit, now)
    assert ProcrastinateJob.objects.filter(task_name="cases.let_go").count() == 1, (
        "immediately, not in the next periodic run"
    )
    Uncounted.objects.all().delete()
    assert let_go(now=now) == 1 and let_go(now=now) == 0
    assert (fresh(case).assignee, fresh(done).assignee) == (None, mine)
    assert Uncounted.objects.filter(case=case).exists()
    free = browser(mate).get("/ban-truc?cua=khong").content.decode()
    assert case.code in free and "Người giữ đã rời" in free
    event = LiveEvent.objects.get(data__verb="left")
    assert {f"unit:{case.unit_id}", f"officer:{mine.pk}"} <= set(event.topics)
    log = browser(mate).get(url(case)).content.decode().partition("Nhật ký")[2]
    assert "Người giữ đã rời" in log and "Người Sắp Đi" in log
    page = browser(chief).get("/ban-truc").content.decode()
    assert "1 việc không còn người giữ" in page
    assert case.code in browser(chief).get("/ban-truc?cua=da-roi").content.decode()
    assert "không còn người giữ" not in browser(mate).get("/ban-truc").content.decode()
    officer_actions.take(code=case.code, officer=mate, version=None, now=now)
    assert "không còn người giữ" not in browser(chief).get("/ban-truc").content.decode()


def test_a_further_word_does_not_hide_that_nobody_has_it(mine: Officer, unit: Make, now: dt.datetime) -> None:
    case = taken(unit("18568"), mine, now)
    deactivate(officer_id=mine.pk, actor="t", now=now)
    let_go(now=now)
    finish(fresh(case), Verb.HEARD, actor=CITIZEN, now=now)
    assert fresh(case).news == News.LEFT


def test_a_clock_that_they_took_note_of_is_told_to_the_unit(
    mine: Officer, officer: Make, unit: Make, now: dt.datetime
) -> None:
    mate = officer()
    case = taken(unit("18568"), mine, now)
    Clock.objects.filter(case=case).update(stage=Late.SOON, heard=Late.OFFICERS)
    assert not late(mate).exists()
    moved(mine, unit("18073"), now)
    let_go(now=now)
    assert late(mate).filter(case=case).exists()


def test_danger_that_nobody_began_rings_anew(mine: Officer, officer: Make, unit: Make, now: dt.datetime) -> None:
    mate = officer()
    fight, begun = taken(unit("18568"), mine, now, urgency=3), taken(unit("18568"), mine, now, urgency=3)
    officer_actions.set_state(code=begun.code, officer=mine, to=State.WORKING, version=None, now=now)
    deactivate(officer_id=mine.pk, actor="t", now=now)
    let_go(now=now)
    page = browser(mate).get("/ban-truc").content.decode()
    assert f'data-alarm="{fight.code}"' in page and f'data-alarm="{begun.code}"' not in page


def test_a_village_team_keeps_its_task_while_it_serves_there(officer: Make, unit: Make, now: dt.datetime) -> None:
    team, case = officer("VILLAGE_TEAM"), open_case(unit("18568"), now=now)
    officer_actions.assign(code=case.code, officer=officer("CHIEF"), to=team, version=None, now=now)
    assert let_go(now=now) == 0
    moved(team, unit("18073"), now)
    assert let_go(now=now) == 1 and fresh(case).news == News.LEFT


def test_the_province_keeps_what_it_took_of_a_commune(officer: Make, unit: Make, now: dt.datetime) -> None:
    taken(unit("18568"), officer("PROVINCE_DUTY", "42"), now)
    assert let_go(now=now) == 0


def test_a_round_goes_by_itself_for_what_was_left_before(mine: Officer, unit: Make, now: dt.datetime) -> None:
    from binhyen.cases import jobs

    case = taken(unit("18568"), mine, now)
    Officer.objects.filter(pk=mine.pk).update(is_active=False)
    while_there = Case.objects.filter(assignee=mine)
    assert while_there.exists()
    jobs.let_go()
    assert not while_there.exists() and fresh(case).news == News.LEFT
