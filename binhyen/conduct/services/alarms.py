"""Alarms of complaints: raised, escalated, acknowledged. People with a conflict get no row, event or number.

An alerted officer has a row of their own (HandlerAlert) and gets a live event without content; the custody page alone
shows the subject.
"""

import datetime as dt
from collections.abc import Collection

from django.conf import settings
from django.db import transaction

from binhyen.audit.services import Act, record
from binhyen.cases.choices import OPEN_STATES, State
from binhyen.cases.models import Clock
from binhyen.cases.rules import alarm_starts
from binhyen.cases.services.unit_of_work import matter
from binhyen.conduct import escalation_rules, queries
from binhyen.conduct.models import Alarm, Complaint, Summons
from binhyen.conduct.routing import Handler
from binhyen.kit import clock
from binhyen.kit.live_events import Live, publish
from binhyen.people.conflicts import LADDER, Desk
from binhyen.people.models import Officer
from binhyen.people.services import actor_of

Cause = Alarm.Cause
TICK = "conduct.ring"  # the job, and its heartbeat
SKEW = dt.timedelta(seconds=30)  # between the clocks of two machines
_EVENT = "summons"


def ring_if_urgent(complaint: Complaint, urgency: int, *, now: dt.datetime) -> None:
    """Raise an alarm at once, in the transaction of the report; again where an earlier one was acknowledged."""
    if alarm_starts(urgency) and State(complaint.case.state) in OPEN_STATES:
        Alarm.objects.filter(complaint=complaint, cause=Cause.URGENT).exclude(ended_at=None).delete()
        _ring(complaint, Cause.URGENT, "", queries.handlers(), now=now)


def ring_late(complaint: Complaint, name: str, able: Collection[Handler], *, now: dt.datetime) -> bool:
    """Raise an alarm for an overdue clock; once for each clock."""
    return _ring(complaint, Cause.LATE, name, able, now=now)


def ring_stuck(complaint: Complaint, able: Collection[Handler], *, now: dt.datetime) -> bool:
    """Raise an alarm because all handlers have a conflict; again where an earlier one was acknowledged."""
    Alarm.objects.filter(complaint=complaint, cause=Cause.NOBODY).exclude(ended_at=None).delete()
    return _ring(complaint, Cause.NOBODY, "", able, now=now)


def _ring(complaint: Complaint, cause: Cause, name: str, able: Collection[Handler], *, now: dt.datetime) -> bool:
    if Alarm.objects.filter(complaint=complaint, cause=cause, clock=name).exists():
        return False
    at = Desk(complaint.veto.desk)
    to = escalation_rules.first(
        escalation_rules.able(able, complaint.veto.kept_from, at=at), at=at, late=cause == Cause.LATE, now=now,
        step=settings.ALARM_CONDUCT_SECONDS,
    )  # fmt: skip
    row = Alarm.objects.create(
        complaint=complaint, cause=cause, clock=name, desk=to.desk, raised_at=now, next_at=to.next_at
    )
    _note(complaint, "alarmed", now=now, desk=to.desk, cause=cause)
    _call(row, to.officers or escalation_rules.below(able, complaint.veto.kept_from, at=at), now=now)
    return True


@transaction.atomic
def tick(*, now: dt.datetime) -> int:
    """Raise late alarms, escalate unacknowledged ones, end finished ones; return how many moved up a desk."""
    able = queries.handlers()
    late = Clock.objects.filter(stopped_at=None, due_at__lte=now, case__apart=True, case__state__in=OPEN_STATES)
    for complaint, name in _of(late):
        ring_late(complaint, name, able, now=now)
    moved = 0
    rows = Alarm.objects.select_for_update(of=("self",), skip_locked=True).filter(ended_at=None)
    for row in rows.select_related("complaint__case", "complaint__veto").order_by("id"):
        if _over(row, now):
            _end(row, None, now=now)
            continue
        before = row.desk
        _adjust(row, able, now=now)
        moved += row.desk != before
    return moved


def _of(late: "object") -> list[tuple[Complaint, str]]:
    found = list(late.values_list("case_id", "name"))  # type: ignore[attr-defined]
    by_case = {
        c.case_id: c for c in Complaint.objects.filter(case__in=[pk for pk, _ in found]).select_related("case", "veto")
    }
    return [(by_case[pk], name) for pk, name in found if pk in by_case]


def _over(row: Alarm, now: dt.datetime) -> bool:
    """Return whether it is closed, or its clock was stopped in time."""
    if State(row.complaint.case.state) not in OPEN_STATES:
        return True
    running = Clock.objects.filter(case=row.complaint.case_id, name=row.clock, stopped_at=None, due_at__lte=now)
    return row.cause == Cause.LATE and not running.exists()


def follow(complaint: Complaint, *, now: dt.datetime) -> None:
    """Update alarms after a move or new exclusions: other officers are not alerted any more."""
    able = queries.handlers()
    for row in Alarm.objects.filter(complaint=complaint, ended_at=None):
        row.complaint = complaint
        _adjust(row, able, now=now)


def _adjust(row: Alarm, able: Collection[Handler], *, now: dt.datetime) -> None:
    """Set the present desk of the alarm and its recipients."""
    at = Desk(row.complaint.veto.desk)
    ears = escalation_rules.able(able, row.complaint.veto.kept_from, at=at)
    reached = max(Desk(row.desk), at, key=LADDER.index)
    step = settings.ALARM_CONDUCT_SECONDS
    if row.raised_at > now + SKEW:  # the clock was set back since: it would be silent for as long as the step
        row.raised_at = now
        row.next_at = row.next_at and now + dt.timedelta(seconds=step)
    due = row.next_at is not None and row.next_at <= now
    nobody = not escalation_rules.here(ears, desk=reached)
    if due or nobody:
        to = escalation_rules.further(ears, desk=reached, now=now, step=step)
        reached, row.next_at = to.desk, to.next_at
    if reached != row.desk:
        row.desk = reached
        _note(row.complaint, "alarmed", now=now, desk=reached, cause=row.cause)
    row.save(update_fields=["desk", "raised_at", "next_at"])
    _call(
        row,
        escalation_rules.here(ears, desk=reached) or escalation_rules.below(able, row.complaint.veto.kept_from, at=at),
        now=now,
    )


def heard(complaint: Complaint, officer: Officer, *, now: dt.datetime) -> int:
    """End the alarms after a handler acknowledged; return how many."""
    rows = list(Alarm.objects.select_for_update(of=("self",)).filter(complaint=complaint, ended_at=None))
    for row in rows:
        row.complaint = complaint
        _end(row, officer, now=now)
    return len(rows)


def _end(row: Alarm, officer: Officer | None, *, now: dt.datetime) -> None:
    row.ended_at, row.ended_by, row.next_at = now, officer, None
    row.save(update_fields=["ended_at", "ended_by", "next_at"])
    if officer is not None:
        _note(row.complaint, "alarm_heard", now=now, actor=actor_of(officer), cause=row.cause)
    _call(row, frozenset(), now=now)


def _call(row: Alarm, wanted: frozenset[int], *, now: dt.datetime) -> None:
    """Alert exactly these officers; changed ones get a live event without content."""
    have = set(Summons.objects.filter(alarm=row).values_list("officer_id", flat=True))
    if gone := have - wanted:
        Summons.objects.filter(alarm=row, officer__in=gone).delete()
    Summons.objects.bulk_create(Summons(alarm=row, officer_id=pk, at=now) for pk in sorted(wanted - have))
    topics = tuple(f"officer:{pk}" for pk in sorted(have ^ wanted))
    still = set(Summons.objects.filter(officer__in=have ^ wanted).values_list("officer_id", flat=True))
    publish(
        [Live((topic,), _EVENT, {"on": int(topic.removeprefix("officer:")) in still}) for topic in topics],
        now=clock.now(),
    )


def _note(complaint: Complaint, verb: str, *, now: dt.datetime, actor: str = "system:escalation", **data: str) -> None:
    record([Act(actor, f"case.{verb}", matter(complaint.case), None, dict(data))], now=now)
