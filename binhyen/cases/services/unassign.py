"""Unassign open cases after the assignee moved, was locked or changed roles, and notify the unit."""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from binhyen.cases.choices import OPEN_STATES, State, Verb
from binhyen.cases.escalation_settings import ladder
from binhyen.cases.models import Case, Clock
from binhyen.cases.rules import Late, alarm_starts
from binhyen.cases.services.alarms import ring
from binhyen.cases.services.unit_of_work import Actor, finish
from binhyen.people import access
from binhyen.people.models import Officer

LEAVING = Actor("system:leaving")


def left() -> QuerySet[Case]:
    """Return open cases whose assignee may no longer work on them."""
    able = Officer.objects.filter(access.holders(OuterRef("unit")), pk=OuterRef("assignee"))
    # By `state`, to use the index of open cases: a scan over all closed ones takes a second.
    return Case.objects.filter(~Exists(able), state__in=OPEN_STATES, apart=False, assignee__isnull=False)


@transaction.atomic
def let_go(*, now: dt.datetime, most: int = 500) -> int:
    """Unassign these cases; return how many.

    A danger that was acknowledged but not started rings again: the officer who meant to go there does not.
    """
    found = left().select_for_update(of=("self",), skip_locked=True).select_related("assignee").order_by("pk")
    cases = list(found[:most])
    for case in cases:
        _let_go(case, now=now)
    return len(cases)


def _let_go(case: Case, *, now: dt.datetime) -> None:
    officer = case.assignee
    assert isinstance(officer, Officer)
    case.assignee = None
    # The unit itself has not acknowledged these clocks.
    Clock.objects.filter(case=case, stopped_at=None, heard__lt=Late.CHIEF).update(heard=Late.QUIET)
    begun = case.state not in (State.NEW, State.RECEIVED)
    rings = alarm_starts(case.urgency) and not begun and case.acknowledged_at is not None
    finish(
        case, Verb.LEFT, actor=LEAVING, now=now, data={"from": str(officer.public_id)},
        changed=["assignee", *(ring(case, ladder=ladder(), now=now) if rings else ())],
        also=(f"officer:{officer.pk}",), alarms=rings,
    )  # fmt: skip
