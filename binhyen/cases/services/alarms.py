"""Alarms of urgent cases until acknowledged, and silent notices of overdue clocks.

Without acknowledgement both escalate one level at a time, each level an event of the case. Complaints about police have
their own: conduct/services/alarms.py.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from binhyen.cases.choices import OPEN_STATES, Lane, State, Verb
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.kinds import get_kind
from binhyen.cases.models import Alarm, Case, Clock
from binhyen.cases.queries.alarm_recipients import can_silence
from binhyen.cases.queries.overdue import get_overdue_level
from binhyen.cases.rules import (
    AlarmLevel,
    EscalationDelays,
    NotAllowed,
    OverdueLevel,
    decide_overdue_notice,
    find_deadline,
    get_next_escalation,
    should_alarm,
)
from binhyen.cases.services.unit_of_work import (
    ESCALATION_ACTOR,
    Actor,
    ChangeRecord,
    lock_case,
    lock_case_for_system,
    record_changes,
    save_change,
    to_actor,
)
from binhyen.people import access
from binhyen.people.models import Officer

ESCALATE = "cases.escalate"  # the job, and its heartbeat
MIN_RING_INTERVAL = dt.timedelta(minutes=3)
SKEW = dt.timedelta(seconds=30)  # between the clocks of two machines; more is a clock that was set back


def start_alarm(case: Case, *, delays: EscalationDelays, now: dt.datetime) -> list[str]:
    """Start the alarm from the first level, also where an officer has the case: they do not know yet that it is urgent.

    Returns the changed fields of the locked case.
    """
    case.acknowledged_at = None
    alarm_fields = {
        "raised_at": now,
        "next_at": get_next_escalation(AlarmLevel.OFFICERS, opened_at=now, delays=delays),
        "escalation_level": 0,
    }
    cleared = dict.fromkeys(("acknowledged_at", "acknowledged_by", "left_at", "arrived_at"))
    Alarm.objects.update_or_create(case=case, defaults=alarm_fields | cleared | {"arrival_late": False})
    return ["acknowledged_at"]


def restart_alarm(case: Case, *, delays: EscalationDelays, now: dt.datetime) -> list[str]:
    """Restart the alarm of an acknowledged, locked case for a new message of danger.

    At most once per `MIN_RING_INTERVAL`. The acknowledgement was for another message. A message within that time rings
    after it. Returns the changed fields; none where it rings already or will ring later.
    """
    if case.acknowledged_at is None:
        return []
    recent_alarm = Alarm.objects.filter(case=case, raised_at__gt=max(case.opened_at, now - MIN_RING_INTERVAL)).first()
    if recent_alarm is None:
        return start_alarm(case, delays=delays, now=now)
    recent_alarm.next_at = recent_alarm.raised_at + MIN_RING_INTERVAL
    recent_alarm.save(update_fields=["next_at"])
    return []


def update_urgency(case: Case, urgency: int, *, officer: Officer, delays: EscalationDelays, now: dt.datetime) -> bool:
    """Update the urgency of a locked case by an officer's correction; return whether the alarm starts.

    A new danger rings as if just reported, except where the correcting officer has the case and belongs to its unit:
    they know it, and the alarm would only escalate past them. Without danger the alarm ends. The caller saves `urgency`
    and `acknowledged_at`.
    Raises NotAllowed where the alarm rings for the unit and the officer is no recipient.
    """
    previous_urgency, case.urgency = case.urgency, urgency
    if case.state not in OPEN_STATES or should_alarm(previous_urgency) == should_alarm(urgency):
        return False
    if not should_alarm(urgency):
        if not can_silence(officer, case):
            raise NotAllowed(_("Chuông đang reo ở xã. Cán bộ xã nhận, hoặc chuông lên tới tỉnh, bạn mới hạ mức được."))
        silence(case, by=officer.pk, now=now)
        return False
    if case.assignee_id == officer.pk and case.unit_id == officer.unit_id:
        case.acknowledged_at = case.acknowledged_at or now
        return False
    start_alarm(case, delays=delays, now=now)
    return True


def silence(case: Case, *, by: int | None, now: dt.datetime) -> None:
    """End the alarm, because the case is taken or over. `by`: the officer's id."""
    to_come = Alarm.objects.filter(Q(acknowledged_at=None) | Q(next_at__isnull=False), case=case)
    to_come.update(acknowledged_at=now, acknowledged_by=by, next_at=None)


@transaction.atomic
def escalate_alarms(*, ladder: EscalationDelays, now: dt.datetime, limit: int = 200) -> int:
    """Escalate every due alarm one level; one that is to restart (`restart_alarm`) begins at the first.

    Returns how many.
    """
    rows = Alarm.objects.select_for_update(skip_locked=True).filter(next_at__isnull=False)
    _rebase(rows.filter(raised_at__gt=now + SKEW), ladder=ladder, now=now)
    alarms = list(rows.filter(next_at__lte=now).order_by("next_at")[:limit])
    for alarm in alarms:
        case, changed = lock_case_for_system(alarm.case_id), []
        if alarm.acknowledged_at is None:
            alarm.escalation_level += 1
            alarm.next_at = get_next_escalation(alarm.escalation_level, opened_at=alarm.raised_at, delays=ladder)
            alarm.save(update_fields=["escalation_level", "next_at"])
        else:
            alarm.escalation_level, changed = AlarmLevel.OFFICERS, start_alarm(case, delays=ladder, now=now)
        data = {"stage": alarm.escalation_level}
        save_change(
            case,
            Verb.ALARMED,
            actor=ESCALATION_ACTOR,
            now=now,
            data=data,
            changed=changed,
            rings=True,
            stage=alarm.escalation_level,
        )
    return len(alarms)


def _rebase(rows: QuerySet[Alarm], *, ladder: EscalationDelays, now: dt.datetime) -> None:
    """Alarms raised «in the future»: the clock was set back since, and they would be silent for as long as the step.
    They count from now.
    """
    for alarm in rows:
        alarm.raised_at = now
        if alarm.acknowledged_at is None:
            alarm.next_at = get_next_escalation(alarm.escalation_level, opened_at=now, delays=ladder)
        else:
            alarm.next_at = now + MIN_RING_INTERVAL
        alarm.save(update_fields=["raised_at", "next_at"])


@transaction.atomic
def send_overdue_notices(*, ladder: EscalationDelays, now: dt.datetime, limit: int = 200) -> int:
    """Send the due notice of every clock, one level each; return how many.

    The version of a case stays, so that a form submitted at that moment gets no conflict.
    """
    rows = Clock.objects.select_for_update(of=("self",), skip_locked=True).select_related("case", "inherited_from")
    due = rows.filter(stopped_at=None, next_at__lte=now, case__is_open=True, case__is_restricted=False)
    clocks = list(due.order_by("next_at")[:limit])
    records = []
    for clock in clocks:
        owner = clock.inherited_from or clock.case
        rule = find_deadline(get_kind(owner.kind), Lane(owner.lane), clock.name)
        stage, clock.next_at = decide_overdue_notice(
            rule,
            OverdueLevel(clock.escalation_level),
            due_at=clock.due_at,
            acknowledged=OverdueLevel(clock.acknowledged_level),
            delays=ladder,
            now=now,
        )
        is_notified = stage > clock.escalation_level or stage is OverdueLevel.SOON
        if is_notified and stage <= OverdueLevel.OFFICERS:
            clock.acknowledged_level = OverdueLevel.QUIET
        clock.escalation_level = stage
        clock.save(update_fields=["escalation_level", "acknowledged_level", "next_at"])
        if is_notified:
            records.append(
                ChangeRecord(clock.case, Verb.LATE, ESCALATION_ACTOR, {"clock": clock.name, "stage": int(stage)})
            )
    record_changes(records, now=now)
    return len(records)


@transaction.atomic
def acknowledge_overdue(*, code: str, officer: Officer, now: dt.datetime) -> Case:
    """Acknowledge the running clocks of a case: no more notices at this officer's level.

    Higher levels get none either where the officer ranks above the case holder. Idempotent.
    """
    case = lock_case(code, officer=officer, version=None)
    level = OverdueLevel.OFFICERS if case.assignee_id == officer.pk else get_overdue_level(officer)
    notified_clocks = Clock.objects.filter(
        case=case, stopped_at=None, escalation_level__gt=OverdueLevel.QUIET, acknowledged_level__lt=level
    )
    if notified_clocks.update(acknowledged_level=level):
        record_changes([ChangeRecord(case, Verb.LATE_HEARD, to_actor(officer), {"level": int(level)})], now=now)
    return case


# Unassign open cases after the assignee moved, was locked or changed roles, and notify the unit.

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
