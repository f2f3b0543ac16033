"""Unassign open cases after the assignee moved, was locked or changed roles, and notify the unit."""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from binhyen.cases.choices import OPEN_STATES, State, Verb
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Case, Clock
from binhyen.cases.rules import OverdueLevel, should_alarm
from binhyen.cases.services.alarms import start_alarm
from binhyen.cases.services.unit_of_work import Actor, save_change
from binhyen.people import access
from binhyen.people.models import Officer

DEPARTURE_ACTOR = Actor("system:leaving")


def select_orphaned() -> QuerySet[Case]:
    """Return open cases whose assignee may no longer work on them."""
    able = Officer.objects.filter(access.filter_assignees(OuterRef("unit")), pk=OuterRef("assignee"))
    # By `state`, to use the index of open cases: a scan over all closed ones takes a second.
    return Case.objects.filter(~Exists(able), state__in=OPEN_STATES, is_restricted=False, assignee__isnull=False)


@transaction.atomic
def unassign_departed(*, now: dt.datetime, limit: int = 500) -> int:
    """Unassign these cases; return how many.

    A danger that was acknowledged but not started rings again: the officer who meant to go there does not.
    """
    rows = select_orphaned().select_for_update(of=("self",), skip_locked=True).select_related("assignee").order_by("pk")
    cases = list(rows[:limit])
    for case in cases:
        _unassign(case, now=now)
    return len(cases)


def _unassign(case: Case, *, now: dt.datetime) -> None:
    officer = case.assignee
    assert isinstance(officer, Officer)
    case.assignee = None
    # The unit itself has not acknowledged these clocks.
    Clock.objects.filter(case=case, stopped_at=None, acknowledged_level__lt=OverdueLevel.CHIEF).update(
        acknowledged_level=OverdueLevel.QUIET
    )
    is_started = case.state not in (State.NEW, State.RECEIVED)
    rings = should_alarm(case.urgency) and not is_started and case.acknowledged_at is not None
    save_change(
        case,
        Verb.LEFT,
        actor=DEPARTURE_ACTOR,
        now=now,
        data={"from": str(officer.public_id)},
        changed=["assignee", *(start_alarm(case, delays=get_alarm_delays(), now=now) if rings else ())],
        extra_topics=(f"officer:{officer.pk}",),
        rings=rings,
    )
