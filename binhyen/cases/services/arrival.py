"""Arrival at an urgent case: departures and arrivals with their times, against the target; late ones are notified once.

The target runs beside the legal deadlines: it starts with the alarm and ends with the arrival.
"""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.cases.choices import OPEN_STATES, State, Verb
from binhyen.cases.models import Alarm, Case
from binhyen.cases.rules import NotAllowed, OverdueLevel
from binhyen.cases.services.unit_of_work import (
    ESCALATION_ACTOR,
    ChangeRecord,
    lock_case,
    record_changes,
    require_permission,
    save_change,
    to_actor,
)
from binhyen.people.models import Officer
from binhyen.people.roles import Permission

ARRIVAL_CLOCK = "arrive"  # name in the data of LATE


@transaction.atomic
def record_departure(*, code: str, officer: Officer, now: dt.datetime) -> Case:
    """Record that officers set out. Idempotent; without a version check, since it overwrites nothing."""
    case, alarm = _lock_alarm(code, officer)
    if alarm.left_at is None and alarm.arrived_at is None:
        alarm.left_at = now
        alarm.save(update_fields=["left_at"])
        save_change(case, Verb.SET_OUT, actor=to_actor(officer), now=now)
    return case


@transaction.atomic
def record_arrival(*, code: str, officer: Officer, now: dt.datetime) -> Case:
    """Record that officers arrived; the case is being worked on from now. Idempotent."""
    case, alarm = _lock_alarm(code, officer)
    if alarm.arrived_at is None:
        alarm.arrived_at = now
        alarm.save(update_fields=["arrived_at"])
        changed = []
        if case.state in (State.NEW, State.RECEIVED):
            case.state, changed = State.WORKING, ["state"]
        minutes = int((now - alarm.raised_at).total_seconds() // 60)
        save_change(case, Verb.ARRIVED, actor=to_actor(officer), now=now, data={"minutes": minutes}, changed=changed)
    return case


def _lock_alarm(code: str, officer: Officer) -> tuple[Case, Alarm]:
    require_permission(officer, Permission.WORK_CASES)
    case = lock_case(code, officer=officer, version=None)
    alarm = Alarm.objects.select_for_update().filter(case=case).first()
    if alarm is None or case.state not in OPEN_STATES:
        raise NotAllowed(_("Chỉ ghi cho vụ khẩn cấp đang mở."))
    if alarm.acknowledged_at is None:
        raise NotAllowed(_("Nhận việc, tắt chuông trước đã."))
    return case, alarm


@transaction.atomic
def notify_late_arrivals(*, target: dt.timedelta, now: dt.datetime, limit: int = 100) -> int:
    """Notify the chief once of each acknowledged urgent case without an arrival within the target."""
    if not target:
        return 0
    rows = Alarm.objects.select_for_update(of=("self",), skip_locked=True).filter(
        raised_at__lte=now - target,
        raised_at__gt=now - target - dt.timedelta(hours=1),  # an old alarm after an outage is useless
        acknowledged_at__isnull=False,
        arrived_at=None,
        arrival_late=False,
        case__is_open=True,
        case__is_restricted=False,
    )
    alarms = list(rows.select_related("case").order_by("raised_at")[:limit])
    Alarm.objects.filter(pk__in=[alarm.pk for alarm in alarms]).update(arrival_late=True)
    data = {"clock": ARRIVAL_CLOCK, "stage": int(OverdueLevel.CHIEF)}
    record_changes([ChangeRecord(alarm.case, Verb.LATE, ESCALATION_ACTOR, data) for alarm in alarms], now=now)
    return len(alarms)
