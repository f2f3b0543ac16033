"""Deadline alerts of data requests and breaches, for the responsible officers and the province; each is audited.

Navigation counts the rows of this package (navigation.py). Requests after a complaint about police alert
custodians only.
"""

import datetime as dt

from django.db import transaction

from binhyen.audit.services import Act, record
from binhyen.kit.live_events import Live, publish
from binhyen.privacy.models import Breach, Request
from binhyen.privacy.rules.alarms import SOON, Stage, stage

CLOCK = "system:clock"
_PROVINCE = ("province",)


@transaction.atomic
def raise_alarms(*, now: dt.datetime) -> int:
    """Raise alerts that are due; return how many. Each stage is raised once."""
    acts: list[Act] = []
    heard = False
    asked = Request.objects.select_for_update(skip_locked=True, of=("self",)).filter(state="OPEN")
    for row in asked.filter(due_at__lte=now + SOON, alarm__lt=Stage.LATE).order_by("due_at"):
        if (found := stage(due=row.due_at, met=False, now=now)) > row.alarm:
            Request.objects.filter(pk=row.pk).update(alarm=found)
            acts.append(Act(CLOCK, f"data.{found.name.lower()}", f"data:{row.code}", None, {"kind": row.kind}))
            heard = heard or not row.apart
    breaches = Breach.objects.select_for_update(skip_locked=True).filter(reported_at=None, closed_at=None)
    for breach in breaches.filter(due_at__lte=now + SOON, alarm__lt=Stage.LATE).order_by("due_at"):
        if (found := stage(due=breach.due_at, met=False, now=now)) > breach.alarm:
            Breach.objects.filter(pk=breach.pk).update(alarm=found)
            acts.append(Act(CLOCK, f"breach.{found.name.lower()}", f"breach:{breach.code}", None))
            heard = True
    if acts:
        record(acts, now=now)
    if heard:
        publish([Live(_PROVINCE, "late", {})], now=now)
    return len(acts)
