"""Retention of identities: erased after the result was delivered, or after long silence; the key first."""

import datetime as dt
from collections.abc import Collection
from itertools import islice
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from binhyen.cases.choices import OPEN_STATES
from binhyen.cases.models import Report
from binhyen.channels.models import Conversation, Membership
from binhyen.channels.services.deletion import (
    drop_past_memberships,
    drop_talks,
    drop_unsent,
    move_members,
    still_members,
)
from binhyen.privacy import queries
from binhyen.privacy.config import span
from binhyen.privacy.models import Request
from binhyen.privacy.retention_registry import Standing
from binhyen.privacy.rules.data_requests import Kind, State
from binhyen.vault.services.crypto_shredding import erase

# nosemgrep: identity-through-relation  whether there is one, never its content
_KNOWN = Q(reporter__lock__isnull=False) | Q(reporter__contacts__isnull=False)
HEARD = dt.timedelta(days=1)  # time allowed for the delivery of the answer
_DEAD = Coalesce("case__merged_into__closed_at", "case__closed_at")


def erase_identities(reporter_ids: Collection[int], *, now: dt.datetime) -> int:
    """Erase identities in the caller's transaction; return how many. Group members stay under a new pseudonym."""
    ids = set(reporter_ids)
    if ids:
        drop_unsent(ids)
        move_members(erase(ids, staying=still_members(ids), now=now))
        drop_past_memberships(ids)
    return len(ids)


def sweep(now: dt.datetime, most: int) -> int:
    asked = list(_erased(now)[:most])
    telling = _telling(asked)
    erased = [pk for pk in asked if pk not in telling]
    drop_talks(erased)
    ids = list(dict.fromkeys([*erased, *islice(_told(now), most), *islice(_silent(now), most)]))[:most]
    gone = erase_identities(ids, now=now)
    done = Request.objects.filter(kind=Kind.ERASE, state=State.DONE, reporter__in=asked)
    done.update(reporter=None, conversation=None)
    return gone


def _erased(now: dt.datetime) -> "QuerySet[Request, int]":
    """Return people whose erasure by chat was done and notified a day ago, without later unassigned messages.

    Without a way to them such a message would go unread and unanswered. It waits as long as any other.
    """
    done = Request.objects.filter(kind=Kind.ERASE, state=State.DONE, reporter__isnull=False)
    waits = queries.loose_since(OuterRef("reporter"), OuterRef("asked_at"))
    return done.filter(~Exists(waits), done_at__lte=now - HEARD).order_by("pk").values_list("reporter_id", flat=True)


def _telling(asked: Collection[int]) -> set[int]:
    """Return those with reports about police or new reports: without a way to them no answer is possible."""
    return set(Report.objects.filter(reporter__in=asked).values_list("reporter", flat=True))


def _told(now: dt.datetime) -> Any:
    """Return people whose cases all ended long enough ago for notice and questions."""
    return (
        _tellers(now)
        .filter(open=0, last__lte=now - span("identity_told"))
        .order_by("reporter")
        .values_list("reporter", flat=True)
    )


def _tellers(now: dt.datetime) -> Any:
    """Aggregate reporters with stored data and without a hold: number of open cases, end of the last."""
    still = Q(case__state__in=OPEN_STATES) | Q(case__merged_into__state__in=OPEN_STATES)
    return (
        Report.objects.filter(_KNOWN)
        .exclude(reporter__in=_protected(now))
        .values("reporter")
        .annotate(open=Count("pk", filter=still), last=Max(_DEAD))
    )


def _silent(now: dt.datetime) -> "QuerySet[Conversation, int]":
    """Return people without any message for half a year, for any result of their cases."""
    quiet = Conversation.objects.filter(_KNOWN).exclude(reporter__in=_protected(now)).values("reporter")
    quiet = quiet.annotate(last=Max(Coalesce("last_interaction_at", F("reporter__created_at"))))
    members = Membership.objects.filter(left_at=None, group__state="OPEN").values("reporter")
    rows = quiet.filter(last__lte=now - span("identity"))
    # nosemgrep: identity-through-relation  whether there is one, never its content
    return rows.exclude(reporter__in=members, reporter__reports__isnull=True).values_list("reporter", flat=True)


def _protected(now: dt.datetime) -> "QuerySet[Report, int]":
    """Return people with a legal hold on one of their cases, or on the case it was merged into."""
    held = set(queries.held_cases(now))
    theirs = Q(case__in=held) | Q(case__merged_into__in=held)
    return Report.objects.filter(theirs).values_list("reporter", flat=True)


def standing(now: dt.datetime) -> Standing:
    rows = Conversation.objects.filter(_KNOWN).values("reporter").distinct()
    oldest = Conversation.objects.filter(_KNOWN).aggregate(at=Min("reporter__created_at"))["at"]
    late = len(set(_told(now)) | set(_silent(now)))
    first = _tellers(now).filter(open=0, last__isnull=False).order_by("last")[:1]
    ends = [row["last"] + span("identity_told") for row in first]
    quiet = Conversation.objects.filter(_KNOWN).aggregate(at=Min("last_interaction_at"))["at"]
    ends += [quiet + span("identity")] if quiet else []
    return Standing(rows.count(), late, oldest, min(ends, default=None))


def sweep_members(now: dt.datetime, most: int) -> int:
    return erase_identities(list(_left(now)[:most]), now=now)


def _left(now: dt.datetime) -> "QuerySet[Membership, int]":
    """Return people that left all our groups long ago and never had a private conversation."""
    members = Membership.objects.filter(_KNOWN).values("reporter")
    rows = members.annotate(inside=Count("pk", filter=Q(left_at=None)), last=Max("left_at"))
    rows = rows.filter(inside=0, last__lte=now - span("member"))
    # nosemgrep: identity-through-relation  whether there is one, never its content
    alone = rows.exclude(reporter__conversations__isnull=False).exclude(reporter__reports__isnull=False)
    return alone.order_by("reporter").values_list("reporter", flat=True)


def members(now: dt.datetime) -> Standing:
    gone = Membership.objects.filter(left_at__isnull=False)
    oldest = gone.aggregate(at=Min("left_at"))["at"]
    return Standing(gone.count(), len(_left(now)), oldest, oldest + span("member") if oldest else None)
