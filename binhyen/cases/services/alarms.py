"""Alarms of urgent cases until acknowledged, and silent notices of overdue clocks.

Without acknowledgement both escalate one level at a time, each level an event of the case. Complaints about police have
their own: conduct/services/alarms.py.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from binhyen.cases.choices import OPEN_STATES, Lane, Verb
from binhyen.cases.kinds import kind
from binhyen.cases.models import Alarm, Case, Clock
from binhyen.cases.queries.alarm_recipients import stops
from binhyen.cases.queries.overdue import seat
from binhyen.cases.rules import Ladder, Late, NotAllowed, Stage, alarm_starts, deadline, next_step, tell_late
from binhyen.cases.services.unit_of_work import (
    ESCALATION,
    Trace,
    acting,
    finish,
    leave_traces,
    lock,
    lock_for_system,
)
from binhyen.people.models import Officer

ESCALATE = "cases.escalate"  # the job, and its heartbeat
AGAIN = dt.timedelta(minutes=3)
SKEW = dt.timedelta(seconds=30)  # between the clocks of two machines; more is a clock that was set back


def ring(case: Case, *, ladder: Ladder, now: dt.datetime) -> list[str]:
    """Start the alarm from the first level, also where an officer has the case: they do not know yet that it is urgent.

    Returns the changed fields of the locked case.
    """
    case.acknowledged_at = None
    again = {"raised_at": now, "next_at": next_step(Stage.OFFICERS, opened_at=now, ladder=ladder), "stage": 0}
    Alarm.objects.update_or_create(case=case, defaults=again | {"acknowledged_at": None, "acknowledged_by": None})
    return ["acknowledged_at"]


def ring_anew(case: Case, *, ladder: Ladder, now: dt.datetime) -> list[str]:
    """Restart the alarm of an acknowledged, locked case for a new message of danger.

    At most once per `MIN_RING_INTERVAL`. The acknowledgement was for another message. A message within that time rings
    after it. Returns the changed fields; none where it rings already or will ring later.
    """
    if case.acknowledged_at is None:
        return []
    again = Alarm.objects.filter(case=case, raised_at__gt=max(case.opened_at, now - AGAIN)).first()
    if again is None:
        return ring(case, ladder=ladder, now=now)
    again.next_at = again.raised_at + AGAIN
    again.save(update_fields=["next_at"])
    return []


def weigh(case: Case, urgency: int, *, officer: Officer, ladder: Ladder, now: dt.datetime) -> bool:
    """Update the urgency of a locked case by an officer's correction; return whether the alarm starts.

    A new danger rings as if just reported, except where the correcting officer has the case and belongs to its unit:
    they know it, and the alarm would only escalate past them. Without danger the alarm ends. The caller saves `urgency`
    and `acknowledged_at`.
    Raises NotAllowed where the alarm rings for the unit and the officer is no recipient.
    """
    was, case.urgency = case.urgency, urgency
    if case.state not in OPEN_STATES or alarm_starts(was) == alarm_starts(urgency):
        return False
    if not alarm_starts(urgency):
        if not stops(officer, case):
            raise NotAllowed(_("Chuông đang reo ở xã. Cán bộ xã nhận, hoặc chuông lên tới tỉnh, bạn mới hạ mức được."))
        hush(case, by=officer.pk, now=now)
        return False
    if case.assignee_id == officer.pk and case.unit_id == officer.unit_id:
        case.acknowledged_at = case.acknowledged_at or now
        return False
    ring(case, ladder=ladder, now=now)
    return True


def hush(case: Case, *, by: int | None, now: dt.datetime) -> None:
    """End the alarm, because the case is taken or over. `by`: the officer's id."""
    to_come = Alarm.objects.filter(Q(acknowledged_at=None) | Q(next_at__isnull=False), case=case)
    to_come.update(acknowledged_at=now, acknowledged_by=by, next_at=None)


@transaction.atomic
def escalate(*, ladder: Ladder, now: dt.datetime, most: int = 200) -> int:
    """Escalate every due alarm one level; one that is to restart (`restart_alarm`) begins at the first.

    Returns how many.
    """
    rows = Alarm.objects.select_for_update(skip_locked=True).filter(next_at__isnull=False)
    _rebase(rows.filter(raised_at__gt=now + SKEW), ladder=ladder, now=now)
    alarms = list(rows.filter(next_at__lte=now).order_by("next_at")[:most])
    for alarm in alarms:
        case, changed = lock_for_system(alarm.case_id), []
        if alarm.acknowledged_at is None:
            alarm.stage += 1
            alarm.next_at = next_step(alarm.stage, opened_at=alarm.raised_at, ladder=ladder)
            alarm.save(update_fields=["stage", "next_at"])
        else:
            alarm.stage, changed = Stage.OFFICERS, ring(case, ladder=ladder, now=now)
        data = {"stage": alarm.stage}
        finish(
            case, Verb.ALARMED, actor=ESCALATION, now=now, data=data, changed=changed, alarms=True, stage=alarm.stage
        )
    return len(alarms)


def _rebase(rows: QuerySet[Alarm], *, ladder: Ladder, now: dt.datetime) -> None:
    """Alarms raised «in the future»: the clock was set back since, and they would be silent for as long as the step.
    They count from now.
    """
    for alarm in rows:
        alarm.raised_at = now
        if alarm.acknowledged_at is None:
            alarm.next_at = next_step(alarm.stage, opened_at=now, ladder=ladder)
        else:
            alarm.next_at = now + AGAIN
        alarm.save(update_fields=["raised_at", "next_at"])


@transaction.atomic
def remind(*, ladder: Ladder, now: dt.datetime, most: int = 200) -> int:
    """Send the due notice of every clock, one level each; return how many.

    The version of a case stays, so that a form submitted at that moment gets no conflict.
    """
    rows = Clock.objects.select_for_update(of=("self",), skip_locked=True).select_related("case", "lent_by")
    due = rows.filter(stopped_at=None, next_at__lte=now, case__is_open=True, case__apart=False)
    clocks = list(due.order_by("next_at")[:most])
    traces = []
    for clock in clocks:
        owner = clock.lent_by or clock.case
        known = deadline(kind(owner.kind), Lane(owner.lane), clock.name)
        stage, clock.next_at = tell_late(
            known, Late(clock.stage), due_at=clock.due_at, heard=Late(clock.heard), ladder=ladder, now=now
        )
        told = stage > clock.stage or stage is Late.SOON
        if told and stage <= Late.OFFICERS:
            clock.heard = Late.QUIET
        clock.stage = stage
        clock.save(update_fields=["stage", "heard", "next_at"])
        if told:
            traces.append(Trace(clock.case, Verb.LATE, ESCALATION, {"clock": clock.name, "stage": int(stage)}))
    leave_traces(traces, now=now)
    return len(traces)


@transaction.atomic
def heard_late(*, code: str, officer: Officer, now: dt.datetime) -> Case:
    """Acknowledge the running clocks of a case: no more notices at this officer's level.

    Higher levels get none either where the officer ranks above the case holder. Idempotent.
    """
    case = lock(code, officer=officer, version=None)
    level = Late.OFFICERS if case.assignee_id == officer.pk else seat(officer)
    told = Clock.objects.filter(case=case, stopped_at=None, stage__gt=Late.QUIET, heard__lt=level)
    if told.update(heard=level):
        leave_traces([Trace(case, Verb.LATE_HEARD, acting(officer), {"level": int(level)})], now=now)
    return case
