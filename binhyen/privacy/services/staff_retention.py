"""Retention of staff data.

Disclosure requests, accounts of former officers, relationships, breaches, holds, sign-ins.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import DateTimeField, Min, Q, QuerySet
from django.db.models.functions import Cast, Least

from binhyen.channels.models import Inbound
from binhyen.channels.services.pruning import WEBHOOK_RETENTION as WEBHOOKS
from binhyen.people.models import SignIn, Tie
from binhyen.people.services import anonymize
from binhyen.privacy.config import get_retention_span
from binhyen.privacy.models import Breach, Hold
from binhyen.privacy.retention_registry import Retention, RetentionStatus, register_retention
from binhyen.vault.services import sealed_reasons
from binhyen.vault.services.expiry import list_ended_requests

GRACE_PERIOD = dt.timedelta(days=2)  # a separate job has its turn first


@dataclass(frozen=True, slots=True)
class TableRetention:
    """Class whose rows are deleted whole. `ended`: candidates, `column`: start of the period; `first`: runs before."""

    group: str
    column: str
    ended: "Callable[[], QuerySet[Any]]"
    first: "Callable[[list[int]], None] | None" = None

    def over(self, now: dt.datetime) -> "QuerySet[Any]":
        return self.ended().filter(**{f"{self.column}__lte": now - get_retention_span(self.group)})

    def delete_batch(self, now: dt.datetime, limit: int) -> int:
        rows = self.over(now).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:limit])
        if self.first:
            self.first(ids)
        rows.model._base_manager.filter(pk__in=ids).delete()
        return len(ids)

    def get_status(self, now: dt.datetime) -> RetentionStatus:
        rows = self.ended()
        oldest = rows.aggregate(at=Min(self.column))["at"]
        return RetentionStatus(
            rows.count(), self.over(now).count(), oldest, oldest + get_retention_span(self.group) if oldest else None
        )


def _list_holds() -> "QuerySet[Any]":
    """Return holds with their end, which for active ones lies ahead."""
    # LEAST ignores NULL: the result is the day.
    return Hold.objects.annotate(over_at=Least("ended_at", Cast("until", DateTimeField())))


TABLE_RETENTIONS = (
    TableRetention("opening", "asked_at", list_ended_requests, sealed_reasons.destroy_reasons),
    TableRetention("conflict", "ended_at", lambda: Tie.objects.filter(ended_at__isnull=False)),
    TableRetention("breach", "closed_at", lambda: Breach.objects.filter(closed_at__isnull=False)),
    TableRetention("hold", "over_at", _list_holds),
)


def _erase_former_staff(now: dt.datetime, limit: int) -> int:
    return anonymize.anonymize_officers(now - get_retention_span("staff"), limit=limit)


def _get_staff_status(now: dt.datetime) -> RetentionStatus:
    rows = anonymize.list_locked_with_name()
    oldest = rows.aggregate(at=Min("rights_since"))["at"]
    late = rows.filter(rights_since__lte=now - get_retention_span("staff")).count()
    return RetentionStatus(rows.count(), late, oldest, oldest + get_retention_span("staff") if oldest else None)


def _get_webhook_status(now: dt.datetime) -> RetentionStatus:
    rows = Inbound.objects.exclude(raw=b"")
    first = rows.aggregate(at=Min("received_at"))["at"]
    late = rows.filter(received_at__lt=now - WEBHOOKS - GRACE_PERIOD).count()
    return RetentionStatus(rows.count(), late, first, first + WEBHOOKS if first else None)


def _get_sign_in_status(now: dt.datetime) -> RetentionStatus:
    first = SignIn.objects.aggregate(at=Min("started_at"), goes=Min("expires_at"))
    late = SignIn.objects.filter(Q(expires_at__lt=now - GRACE_PERIOD) | Q(ended_at__lt=now - GRACE_PERIOD)).count()
    return RetentionStatus(SignIn.objects.count(), late, first["at"], first["goes"])


def register_staff_retentions() -> None:
    for rows in TABLE_RETENTIONS:
        register_retention(Retention(rows.group, rows.get_status, rows.delete_batch))
    register_retention(Retention("staff", _get_staff_status, _erase_former_staff))
    register_retention(Retention("webhook", _get_webhook_status))
    register_retention(Retention("signin", _get_sign_in_status))
