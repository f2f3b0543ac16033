"""Deadline alerts of data requests and breaches, for the responsible officers and the province; each is audited.

Navigation counts the rows of this package (navigation.py). Requests after a complaint about police alert
custodians only.
"""

import datetime as dt

from django.db import transaction

from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit.live_events import LiveEventData, publish_live
from binhyen.privacy.models import Breach, Request
from binhyen.privacy.rules.alarms import SOON_BEFORE, AlertStage, get_alert_stage

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
            has_public_alert = has_public_alert or not row.apart
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
