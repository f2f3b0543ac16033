"""Urgent cases ring until somebody acknowledges; what nobody did goes a step up, each step an event of the case."""

import datetime as dt

from django.db import transaction

from binhyen.cases.models import Alarm, Case
from binhyen.cases.rules import Ladder, Stage, next_step
from binhyen.cases.services.steps import ESCALATION, finish, lock_for_system


def ring_anew(case: Case, *, ladder: Ladder, now: dt.datetime) -> list[str]:
    """Whoever has it now has not yet heard that it is urgent. Gives the fields of the locked case that changed."""
    case.acknowledged_at = None
    again = {"raised_at": now, "next_at": next_step(Stage.OFFICERS, opened_at=now, ladder=ladder), "stage": 0}
    Alarm.objects.update_or_create(case=case, defaults=again | {"acknowledged_at": None, "acknowledged_by": None})
    return ["acknowledged_at"]


@transaction.atomic
def escalate(*, ladder: Ladder, now: dt.datetime, most: int = 200) -> int:
    """Raise every alarm whose time has come by one step; how many."""
    due = Alarm.objects.select_for_update(skip_locked=True).filter(acknowledged_at=None, next_at__lte=now)
    alarms = list(due.order_by("next_at")[:most])
    for alarm in alarms:
        alarm.stage += 1
        alarm.next_at = next_step(alarm.stage, opened_at=alarm.raised_at, ladder=ladder)
        alarm.save(update_fields=["stage", "next_at"])
        case = lock_for_system(alarm.case_id)
        finish(case, "alarmed", actor=ESCALATION, now=now, data={"stage": alarm.stage}, alarms=True)
    return len(alarms)
