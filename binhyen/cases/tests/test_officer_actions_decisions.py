"""Requirement 12: a commune receives and transfers; the events of a crime report name its recipients and deciders."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from binhyen.cases.choices import DECISIONS, Outcome, State
from binhyen.cases.models import CaseEvent
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import closing, officer_actions
from binhyen.cases.tests.scene import open_case, reload_case
from binhyen.kit import clock
from binhyen.people import access
from binhyen.people.roles import Permission

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
SAID = {"result": "Đã quyết định.", "evidence": "QĐ 7"}


@pytest.fixture
def passed_on(unit: Make, officer: Make) -> Any:
    """Create a crime report that its commune passed on, still on the commune's list and assigned to
    an officer there."""
    case, chief = open_case(unit("18568")), officer("CHIEF")
    more = {"code": case.code, "version": None, "now": clock.now()}
    officer_actions.assign_case(officer=chief, to=officer(), **more)
    with pytest.raises(NotAllowed):
        officer_actions.set_case_state(officer=chief, to=State.PASSED_ON, receiver="Cơ quan điều tra", **more)
    officer_actions.set_case_state(officer=chief, to=State.PASSED_ON, receiver="PC02", receipt="BN 4", **more)
    return reload_case(case)


@pytest.mark.parametrize("outcome", DECISIONS)
def test_no_commune_officer_decides_not_even_the_assignee(passed_on: Any, officer: Make, outcome: Outcome) -> None:
    team = officer("VILLAGE_TEAM")
    for user in (passed_on.assignee, officer("CHIEF"), team):
        with pytest.raises((NotAllowed, LookupError)):
            closing.close_case(
                code=passed_on.code, officer=user, outcome=outcome, version=None, now=clock.now(), **SAID
            )
    assert reload_case(passed_on).state == State.PASSED_ON


def test_control_without_that_right_the_communes_officer_would(passed_on: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    may = access.officer_may
    monkeypatch.setattr(access, "officer_may", lambda who, what: what is Permission.DECIDE or may(who, what))
    closing.close_case(
        code=passed_on.code, officer=passed_on.assignee, outcome=DECISIONS[0], version=None, now=clock.now(), **SAID
    )
    assert reload_case(passed_on).state == State.CLOSED


def test_its_events_record_recipients_and_deciders(passed_on: Any, unit: Make, officer: Make) -> None:
    first, second = officer("PROVINCE_DUTY", "42"), officer("PROVINCE_DUTY", "42")
    more = {"code": passed_on.code, "version": None, "now": clock.now()}
    officer_actions.transfer(officer=first, unit=unit("42"), reason="Cơ quan điều tra thụ lý", **more)
    officer_actions.assign_case(officer=first, to=second, **more)
    with pytest.raises(NotAllowed):  # an investigator, but not the one of this case
        closing.close_case(officer=first, outcome=Outcome.CASE_NOT_OPENED, **SAID, **more)
    closing.close_case(officer=second, outcome=Outcome.CASE_NOT_OPENED, **SAID, **more)
    rows = passed_on.events.order_by("id").values_list("verb", "officer", "data")
    given = [(actor, data["to"]) for verb, actor, data in rows if verb == "assigned"]
    assert given[-1] == (first.pk, str(second.public_id)) and len(given) == 2
    assert [(actor, data["outcome"]) for verb, actor, data in rows if verb == "closed"] == [
        (second.pk, "CASE_NOT_OPENED")
    ]
    for change in (lambda e: e.update(officer=first), lambda e: e.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(CaseEvent.objects.filter(case=passed_on, verb__in=["assigned", "closed"]))
