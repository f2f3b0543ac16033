"""Urgent cases ring until somebody acknowledges; a clock that runs out is told, without a sound. What nobody took note
of goes a step up, each step an event of the case. For complaints about police: conduct/services/ringing.py, apart.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from binhyen.cases.kinds import kind
from binhyen.cases.models import Alarm, Case, Clock
from binhyen.cases.queries.bell import stops
from binhyen.cases.queries.late import seat
from binhyen.cases.rules import Ladder, Late, NotAllowed, Stage, alarm_starts, deadline, next_step, tell_late
from binhyen.cases.services.steps import ESCALATION, Trace, acting, finish, leave_traces, lock, lock_for_system
from binhyen.cases.words import OPEN_STATES, Lane, Verb
from binhyen.people.models import Officer

ESCALATE = "cases.escalate"  # the job, and its heartbeat
AGAIN = dt.timedelta(minutes=3)
SKEW = dt.timedelta(seconds=30)  # between the clocks of two machines; more is a clock that was set back


def ring(case: Case, *, ladder: Ladder, now: dt.datetime) -> list[str]:
    """From the first step, for whoever has it now: they have not yet heard that it is urgent. Gives the fields of the
    locked case that changed.
    """
    case.acknowledged_at = None
    again = {"raised_at": now, "next_at": next_step(Stage.OFFICERS, opened_at=now, ladder=ladder), "stage": 0}
    Alarm.objects.update_or_create(case=case, defaults=again | {"acknowledged_at": None, "acknowledged_by": None})
    return ["acknowledged_at"]


def ring_anew(case: Case, *, ladder: Ladder, now: dt.datetime) -> list[str]:
    """Danger is told of a locked case that somebody has: what they took note of was another word. At most once in
    `AGAIN`: what comes sooner rings when that is over. The fields that changed; none where it rings still, or later.
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
    """An officer corrects how urgent a locked case is. Does it ring for that? Danger rings as if told just now, except
    where who says so has the case and is of the unit that goes there: they have heard it, and a bell would only climb
    over their head. What is no danger any more rings for nobody. The caller saves `urgency` and `acknowledged_at`.

    Raises NotAllowed where it rings for those who have to go there and the officer is none of them.
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
    """Somebody has it, or it is over: it rings for nobody. `by`: the officer's id."""
    to_come = Alarm.objects.filter(Q(acknowledged_at=None) | Q(next_at__isnull=False), case=case)
    to_come.update(acknowledged_at=now, acknowledged_by=by, next_at=None)


@transaction.atomic
def escalate(*, ladder: Ladder, now: dt.datetime, most: int = 200) -> int:
    """Raise every alarm whose time has come by one step; one that is to ring anew (`ring_anew`) rings from the first.
    How many.
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
    """Tell of every clock whose time for it has come, one step each; how many. No case's version goes up for it:
    whoever writes on the page just then is not sent back.
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
    """Somebody took note that clocks of the case run out: it is told to nobody of their level any more, and goes up no
    further where they stand above whoever has the case. A second time changes nothing.
    """
    case = lock(code, officer=officer, version=None)
    level = Late.OFFICERS if case.assignee_id == officer.pk else seat(officer)
    told = Clock.objects.filter(case=case, stopped_at=None, stage__gt=Late.QUIET, heard__lt=level)
    if told.update(heard=level):
        leave_traces([Trace(case, Verb.LATE_HEARD, acting(officer), {"level": int(level)})], now=now)
    return case
