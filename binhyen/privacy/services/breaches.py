"""Breach register: a breach is recorded when found; steps are added; nothing is changed."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit.live_events import LiveEventData, publish_live
from binhyen.people.models import Officer
from binhyen.people.services import RuleViolation, get_audit_actor
from binhyen.privacy.models import Breach, BreachStep, Request
from binhyen.privacy.rules.breaches import (
    SOON_BEFORE,
    AlertStage,
    compute_breach_deadline,
    find_breach_problem,
    get_alert_stage,
)

# Deadline alerts of data requests and breaches, for the responsible officers and the province; each is audited.
#
# Navigation counts the rows of this package (navigation.py). Requests after a complaint about police alert
# custodians only.

CLOCK = "system:clock"
_TOPICS = ("province",)


@transaction.atomic
def raise_deadline_alerts(*, now: dt.datetime) -> int:
    """Raise alerts that are due; return how many. Each stage is raised once."""
    acts: list[AuditAction] = []
    has_public_alert = False
    open_requests = Request.objects.select_for_update(skip_locked=True, of=("self",)).filter(state="OPEN")
    for row in open_requests.filter(due_at__lte=now + SOON_BEFORE, alarm__lt=AlertStage.LATE).order_by("due_at"):
        if (new_stage := get_alert_stage(due=row.due_at, is_done=False, now=now)) > row.alarm:
            Request.objects.filter(pk=row.pk).update(alarm=new_stage)
            acts.append(
                AuditAction(CLOCK, f"data.{new_stage.name.lower()}", f"data:{row.code}", None, {"kind": row.kind})
            )
            has_public_alert = has_public_alert or not row.is_restricted
    breaches = Breach.objects.select_for_update(skip_locked=True).filter(reported_at=None, closed_at=None)
    for breach in breaches.filter(due_at__lte=now + SOON_BEFORE, alarm__lt=AlertStage.LATE).order_by("due_at"):
        if (new_stage := get_alert_stage(due=breach.due_at, is_done=False, now=now)) > breach.alarm:
            Breach.objects.filter(pk=breach.pk).update(alarm=new_stage)
            acts.append(AuditAction(CLOCK, f"breach.{new_stage.name.lower()}", f"breach:{breach.code}", None))
            has_public_alert = True
    if acts:
        record_actions(acts, now=now)
    if has_public_alert:
        publish_live([LiveEventData(_TOPICS, "late", {})], now=now)
    return len(acts)


Kind = BreachStep.Kind
_STEP_COLUMNS = {Kind.REPORTED: "reported_at", Kind.TOLD: "notified_at", Kind.CLOSED: "closed_at"}


@transaction.atomic
def record_breach(
    *, what: str, who: str, people: int | None, measures: str, found_at: dt.datetime, officer: Officer, now: dt.datetime
) -> Breach:
    """Record a breach. Raises Refusal. The 72 hours run from `found_at`."""
    if problem_text := find_breach_problem(
        description=what, affected_groups=who, people=people, measures=measures, found_at=found_at, now=now
    ):
        raise RuleViolation(problem_text)
    row = Breach.objects.create(
        what=what.strip()[:4000],
        who=who.strip()[:2000],
        people=people,
        measures=measures.strip()[:4000],
        found_at=found_at,
        due_at=compute_breach_deadline(found_at),
        officer=officer,
        at=now,
    )
    record_actions(
        [AuditAction(get_audit_actor(officer), "breach.recorded", f"breach:{row.code}", officer.unit_id)], now=now
    )
    return row


@transaction.atomic
def add_step(*, public_id: str, kind: str, text: str, officer: Officer, now: dt.datetime) -> Breach:
    """Add a step. Raises Refusal.

    A breach cannot be closed before the authority was notified; the step's text reports that, or the reason against it.
    """
    row = Breach.objects.select_for_update(of=("self",)).filter(public_id=public_id).first()
    if row is None or row.closed_at is not None:
        raise RuleViolation(_("Sự cố này đã kết thúc."))
    if kind not in set(Kind) or len(text.strip()) < 5:
        raise RuleViolation(_("Chọn việc đã làm và viết rõ."))
    if kind == Kind.CLOSED and row.reported_at is None:
        raise RuleViolation(_("Chưa báo cơ quan chuyên trách thì chưa kết thúc được."))
    BreachStep.objects.create(breach=row, kind=kind, text=text.strip()[:4000], officer=officer, at=now)
    column_name = _STEP_COLUMNS.get(Kind(kind))
    if column_name and getattr(row, column_name) is None:
        setattr(row, column_name, now)
        row.save(update_fields=[column_name])
    record_actions(
        [
            AuditAction(
                get_audit_actor(officer), "breach.step", f"breach:{row.code}", officer.unit_id, {"kind": str(kind)}
            )
        ],
        now=now,
    )
    return row
