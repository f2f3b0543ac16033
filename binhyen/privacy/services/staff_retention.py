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
from binhyen.channels.services.pruning import KEPT as WEBHOOKS
from binhyen.people.models import SignIn, Tie
from binhyen.people.services import anonymize
from binhyen.privacy.config import span
from binhyen.privacy.models import Breach, Hold
from binhyen.privacy.retention_registry import Retention, Standing, keeps
from binhyen.vault.services import sealed_reasons
from binhyen.vault.services.expiry import asked

GRACE = dt.timedelta(days=2)  # a separate job has its turn first


@dataclass(frozen=True, slots=True)
class Rows:
    """Class whose rows are deleted whole. `ended`: candidates, `column`: start of the period; `first`: runs before."""

    group: str
    column: str
    ended: "Callable[[], QuerySet[Any]]"
    first: "Callable[[list[int]], None] | None" = None

    def over(self, now: dt.datetime) -> "QuerySet[Any]":
        return self.ended().filter(**{f"{self.column}__lte": now - span(self.group)})

    def sweep(self, now: dt.datetime, most: int) -> int:
        rows = self.over(now).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:most])
        if self.first:
            self.first(ids)
        rows.model._base_manager.filter(pk__in=ids).delete()
        return len(ids)

    def standing(self, now: dt.datetime) -> Standing:
        rows = self.ended()
        oldest = rows.aggregate(at=Min(self.column))["at"]
        return Standing(rows.count(), self.over(now).count(), oldest, oldest + span(self.group) if oldest else None)


def _holds() -> "QuerySet[Any]":
    """Return holds with their end, which for active ones lies ahead."""
    # LEAST ignores NULL: the result is the day.
    return Hold.objects.annotate(over_at=Least("ended_at", Cast("until", DateTimeField())))


WHOLE = (
    Rows("opening", "asked_at", asked, sealed_reasons.forget),
    Rows("conflict", "ended_at", lambda: Tie.objects.filter(ended_at__isnull=False)),
    Rows("breach", "closed_at", lambda: Breach.objects.filter(closed_at__isnull=False)),
    Rows("hold", "over_at", _holds),
)


def _left(now: dt.datetime, most: int) -> int:
    return anonymize.forget(now - span("staff"), most=most)


def _staff(now: dt.datetime) -> Standing:
    rows = anonymize.gone()
    oldest = rows.aggregate(at=Min("rights_since"))["at"]
    late = rows.filter(rights_since__lte=now - span("staff")).count()
    return Standing(rows.count(), late, oldest, oldest + span("staff") if oldest else None)


def _webhooks(now: dt.datetime) -> Standing:
    rows = Inbound.objects.exclude(raw=b"")
    first = rows.aggregate(at=Min("received_at"))["at"]
    late = rows.filter(received_at__lt=now - WEBHOOKS - GRACE).count()
    return Standing(rows.count(), late, first, first + WEBHOOKS if first else None)


def _sign_ins(now: dt.datetime) -> Standing:
    first = SignIn.objects.aggregate(at=Min("started_at"), goes=Min("expires_at"))
    late = SignIn.objects.filter(Q(expires_at__lt=now - GRACE) | Q(ended_at__lt=now - GRACE)).count()
    return Standing(SignIn.objects.count(), late, first["at"], first["goes"])


def declare() -> None:
    for rows in WHOLE:
        keeps(Retention(rows.group, rows.standing, rows.sweep))
    keeps(Retention("staff", _staff, _left))
    keeps(Retention("webhook", _webhooks))
    keeps(Retention("signin", _sign_ins))
