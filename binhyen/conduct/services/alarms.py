"""Alarms of complaints: raised, escalated, acknowledged. People with a conflict get no row, event or number.

An alerted officer has a row of their own (HandlerAlert) and gets a live event without content; the custody page alone
shows the subject.
"""

import datetime as dt
import threading
from collections.abc import Collection, Iterable, Sequence

from django.conf import settings
from django.db import transaction

from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.choices import OPEN_STATES, State
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Clock
from binhyen.cases.rules import should_alarm
from binhyen.cases.services import alarms
from binhyen.cases.services.exclusions import enqueue_exclusion_update
from binhyen.cases.services.unit_of_work import audit_subject
from binhyen.conduct import queries, routing
from binhyen.conduct.models import Complaint, ComplaintAlarm, DeskTransfer, HandlerAlert
from binhyen.conduct.routing import DESK_KEY_GROUPS, Handler, Route, Subject, SubjectRank, route_complaint
from binhyen.kit import clock, periodic
from binhyen.kit.live_events import LiveEventData, publish_live
from binhyen.kit.rls_scope import extra_rls_scope
from binhyen.people.conflicts import ESCALATION_ORDER, Desk
from binhyen.people.models import ConflictRule, Officer
from binhyen.people.services import get_audit_actor
from binhyen.vault import envelopes
from binhyen.vault import services as vault

Cause = ComplaintAlarm.Cause
TICK = "conduct.ring"  # the job, and its heartbeat
SKEW = dt.timedelta(seconds=30)  # between the clocks of two machines
_LIVE_EVENT = "summons"


def raise_if_urgent(complaint: Complaint, urgency: int, *, now: dt.datetime) -> None:
    """Raise an alarm at once, in the transaction of the report; again where an earlier one was acknowledged."""
    if should_alarm(urgency) and State(complaint.case.state) in OPEN_STATES:
        ComplaintAlarm.objects.filter(complaint=complaint, cause=Cause.URGENT).exclude(acknowledged_at=None).delete()
        _raise_alarm(complaint, Cause.URGENT, "", queries.list_handlers(), now=now)


def raise_late_alarm(complaint: Complaint, name: str, all_handlers: Collection[Handler], *, now: dt.datetime) -> bool:
    """Raise an alarm for an overdue clock; once for each clock."""
    return _raise_alarm(complaint, Cause.LATE, name, all_handlers, now=now)


def raise_unhandled_alarm(complaint: Complaint, all_handlers: Collection[Handler], *, now: dt.datetime) -> bool:
    """Raise an alarm because all handlers have a conflict; again where an earlier one was acknowledged."""
    ComplaintAlarm.objects.filter(complaint=complaint, cause=Cause.NOBODY).exclude(acknowledged_at=None).delete()
    return _raise_alarm(complaint, Cause.NOBODY, "", all_handlers, now=now)


def _raise_alarm(
    complaint: Complaint, cause: Cause, name: str, all_handlers: Collection[Handler], *, now: dt.datetime
) -> bool:
    if ComplaintAlarm.objects.filter(complaint=complaint, cause=cause, clock=name).exists():
        return False
    current_desk = Desk(complaint.veto.desk)
    first_step = routing.plan_first_step(
        routing.find_recipients(all_handlers, complaint.veto.conflict_keys, own_desk=current_desk),
        own_desk=current_desk,
        late=cause == Cause.LATE,
        now=now,
        step=settings.ALARM_CONDUCT_SECONDS,
    )
    row = ComplaintAlarm.objects.create(
        complaint=complaint, cause=cause, clock=name, desk=first_step.desk, raised_at=now, next_at=first_step.next_at
    )
    _record_event(complaint, "alarmed", now=now, desk=first_step.desk, cause=cause)
    _set_alerts(
        row,
        first_step.officers
        or routing.find_lower_recipients(all_handlers, complaint.veto.conflict_keys, own_desk=current_desk),
        now=now,
    )
    return True


@transaction.atomic
def run_alarms(*, now: dt.datetime) -> int:
    """Raise late alarms, escalate unacknowledged ones, end finished ones; return how many moved up a desk."""
    all_handlers = queries.list_handlers()
    late = Clock.objects.filter(stopped_at=None, due_at__lte=now, case__is_restricted=True, case__state__in=OPEN_STATES)
    for complaint, name in _list_late(late):
        raise_late_alarm(complaint, name, all_handlers, now=now)
    moved = 0
    rows = ComplaintAlarm.objects.select_for_update(of=("self",), skip_locked=True).filter(acknowledged_at=None)
    for row in rows.select_related("complaint__case", "complaint__veto").order_by("id"):
        if _is_over(row, now):
            _end_alarm(row, None, now=now)
            continue
        previous_desk = row.desk
        _adjust_alarm(row, all_handlers, now=now)
        moved += row.desk != previous_desk
    return moved


def _list_late(late_clocks: "object") -> list[tuple[Complaint, str]]:
    values = list(late_clocks.values_list("case_id", "name"))  # type: ignore[attr-defined]
    by_case = {
        complaint.case_id: complaint
        for complaint in Complaint.objects.filter(case__in=[pk for pk, _ in values]).select_related("case", "veto")
    }
    return [(by_case[pk], name) for pk, name in values if pk in by_case]


def _is_over(row: ComplaintAlarm, now: dt.datetime) -> bool:
    """Return whether it is closed, or its clock was stopped in time."""
    if State(row.complaint.case.state) not in OPEN_STATES:
        return True
    running = Clock.objects.filter(case=row.complaint.case_id, name=row.clock, stopped_at=None, due_at__lte=now)
    return row.cause == Cause.LATE and not running.exists()


def update_alarms(complaint: Complaint, *, now: dt.datetime) -> None:
    """Update alarms after a move or new exclusions: other officers are not alerted any more."""
    all_handlers = queries.list_handlers()
    for row in ComplaintAlarm.objects.filter(complaint=complaint, acknowledged_at=None):
        row.complaint = complaint
        _adjust_alarm(row, all_handlers, now=now)


def _adjust_alarm(row: ComplaintAlarm, all_handlers: Collection[Handler], *, now: dt.datetime) -> None:
    """Set the present desk of the alarm and its recipients."""
    current_desk = Desk(row.complaint.veto.desk)
    recipients = routing.find_recipients(all_handlers, row.complaint.veto.conflict_keys, own_desk=current_desk)
    reached = max(Desk(row.desk), current_desk, key=ESCALATION_ORDER.index)
    step = settings.ALARM_CONDUCT_SECONDS
    if row.raised_at > now + SKEW:  # the clock was set back since: it would be silent for as long as the step
        row.raised_at = now
        row.next_at = row.next_at and now + dt.timedelta(seconds=step)
    is_due = row.next_at is not None and row.next_at <= now
    has_no_recipient = not routing.list_alerted(recipients, desk=reached)
    if is_due or has_no_recipient:
        next_step = routing.plan_next_step(recipients, desk=reached, now=now, step=step)
        reached, row.next_at = next_step.desk, next_step.next_at
    if reached != row.desk:
        row.desk = reached
        _record_event(row.complaint, "alarmed", now=now, desk=reached, cause=row.cause)
    row.save(update_fields=["desk", "raised_at", "next_at"])
    _set_alerts(
        row,
        routing.list_alerted(recipients, desk=reached)
        or routing.find_lower_recipients(all_handlers, row.complaint.veto.conflict_keys, own_desk=current_desk),
        now=now,
    )


def acknowledge_alarms(complaint: Complaint, officer: Officer, *, now: dt.datetime) -> int:
    """End the alarms after a handler acknowledged; return how many."""
    rows = list(
        ComplaintAlarm.objects.select_for_update(of=("self",)).filter(complaint=complaint, acknowledged_at=None)
    )
    for row in rows:
        row.complaint = complaint
        _end_alarm(row, officer, now=now)
    return len(rows)


def _end_alarm(row: ComplaintAlarm, officer: Officer | None, *, now: dt.datetime) -> None:
    row.acknowledged_at, row.ended_by, row.next_at = now, officer, None
    row.save(update_fields=["acknowledged_at", "ended_by", "next_at"])
    if officer is not None:
        _record_event(row.complaint, "alarm_heard", now=now, actor=get_audit_actor(officer), cause=row.cause)
    _set_alerts(row, frozenset(), now=now)


def _set_alerts(row: ComplaintAlarm, officer_ids: frozenset[int], *, now: dt.datetime) -> None:
    """Alert exactly these officers; changed ones get a live event without content."""
    existing_ids = set(HandlerAlert.objects.filter(alarm=row).values_list("officer_id", flat=True))
    if withdrawn_ids := existing_ids - officer_ids:
        HandlerAlert.objects.filter(alarm=row, officer__in=withdrawn_ids).delete()
    HandlerAlert.objects.bulk_create(
        HandlerAlert(alarm=row, officer_id=pk, at=now) for pk in sorted(officer_ids - existing_ids)
    )
    topics = tuple(f"officer:{pk}" for pk in sorted(existing_ids ^ officer_ids))
    alerted_ids = set(
        HandlerAlert.objects.filter(officer__in=existing_ids ^ officer_ids).values_list("officer_id", flat=True)
    )
    publish_live(
        [
            LiveEventData((topic,), _LIVE_EVENT, {"on": int(topic.removeprefix("officer:")) in alerted_ids})
            for topic in topics
        ],
        now=clock.now(),
    )


def _record_event(
    complaint: Complaint, verb: str, *, now: dt.datetime, actor: str = "system:escalation", **data: str
) -> None:
    record_actions([AuditAction(actor, f"case.{verb}", audit_subject(complaint.case), None, dict(data))], now=now)


# Transfer of a complaint to a higher desk: after new information, a take-over, or without handlers.
#
# Never downwards.


def build_known_subject(row: Complaint) -> Subject:
    """Return a subject with all present exclusions, because an exclusion is never lifted."""
    return Subject(SubjectRank.UNKNOWN, frozenset(row.veto.conflict_keys))


def add_subjects(
    row: Complaint, new_subjects: Iterable[Subject], *, officer: Officer | None = None, now: dt.datetime
) -> Route:
    """Add possible subjects. The row is locked."""
    subjects = list(new_subjects)
    new_route = route_complaint(
        [*subjects, build_known_subject(row)], queries.list_handlers(), at_least=Desk(row.veto.desk)
    )
    ranks = sorted({*row.subject_ranks, *(subject.rank.value for subject in subjects)})
    if ranks != row.subject_ranks:
        row.subject_ranks = ranks
        row.save(update_fields=["subject_ranks"])
    if officer is not None or new_route.desk != row.veto.desk or new_route.conflict_keys != set(row.veto.conflict_keys):
        move_to_desk(row, new_route, why=DeskTransfer.Why.NAMED, officer=officer, now=now)
    return new_route


def move_to_desk(
    row: Complaint,
    new_route: Route,
    *,
    why: DeskTransfer.Why,
    officer: Officer | None,
    reason: str = "",
    now: dt.datetime,
) -> None:
    """Set the desk, the exclusions and the key groups: keys of people with a conflict are removed."""
    sealed = b""
    if reason:
        sealed = envelopes.seal_envelope(
            reason.encode(), to=vault.get_public_key(row.lock_id or 0), context=f"conduct_desktransfer:{row.public_id}"
        )
    DeskTransfer.objects.create(complaint=row, desk=new_route.desk, why=why, reason=sealed, officer=officer, at=now)
    if new_route.keys:  # without a free desk the envelopes stay as they are, hidden from everyone
        vault.revoke_group_access(row.lock_id or 0, _list_other_groups(new_route.keys))
    # From here on the officer may have lost access.
    with extra_rls_scope("program"):
        row.veto.desk, row.veto.conflict_keys = new_route.desk, sorted(new_route.conflict_keys)
        ConflictRule.objects.filter(pk=row.veto_id).update(desk=new_route.desk, conflict_keys=row.veto.conflict_keys)
        update_alarms(row, now=now)
    enqueue_exclusion_update(row.case_id)


def _list_other_groups(keys: Sequence[Desk]) -> list[str]:
    return [group for desk, group in DESK_KEY_GROUPS.items() if desk not in keys]


def escalate_orphans(*, now: dt.datetime) -> int:
    """Escalate complaints of desks without a free handler to the next desk that has one; return how many.

    Where all handlers have a conflict the complaint stays and rings: none comes back from outside, and tomorrow a
    handler may be free.
    """
    all_handlers = queries.list_handlers()
    moved = 0
    for row in Complaint.objects.filter(lock__isnull=False, case__state__in=OPEN_STATES).select_related("veto", "case"):
        new_route = route_complaint([build_known_subject(row)], all_handlers, at_least=Desk(row.veto.desk))
        if new_route.desk is Desk.OUTSIDE and row.veto.desk != Desk.OUTSIDE:
            with transaction.atomic():
                raise_unhandled_alarm(row, all_handlers, now=now)
        elif new_route.desk != row.veto.desk:
            with transaction.atomic():
                move_to_desk(row, new_route, why=DeskTransfer.Why.NOBODY, officer=None, now=now)
            moved += 1
    return moved


# Alarms rise although the worker stands still: the pages watch its heartbeats and do that part of its work.

WORK: dict[str, periodic.Work] = {
    alarms.ESCALATE: lambda now: alarms.escalate_alarms(ladder=get_alarm_delays(), now=now),
    TICK: lambda now: run_alarms(now=now),
}


def watch_alarms() -> threading.Event:
    """Begin to watch in this process; setting the event ends it."""
    return periodic.start_dead_man_switch(WORK)
