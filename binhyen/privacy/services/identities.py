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
    cancel_unsent,
    delete_conversations,
    delete_past_memberships,
    find_current_members,
    reassign_memberships,
)
from binhyen.privacy import queries
from binhyen.privacy.config import get_retention_span
from binhyen.privacy.models import Request
from binhyen.privacy.retention_registry import RetentionStatus
from binhyen.privacy.rules.data_requests import DataRequestKind, DataRequestState
from binhyen.vault.services.expiry import erase_reporters

# nosemgrep: identity-through-relation  whether there is one, never its content
_HAS_IDENTITY = Q(reporter__lock__isnull=False) | Q(reporter__contacts__isnull=False)
DELIVERY_TIME = dt.timedelta(days=1)  # time allowed for the delivery of the answer
_CLOSED_AT = Coalesce("case__merged_into__closed_at", "case__closed_at")


def erase_identities(reporter_ids: Collection[int], *, now: dt.datetime) -> int:
    """Erase identities in the caller's transaction; return how many. Group members stay under a new pseudonym."""
    ids = set(reporter_ids)
    if ids:
        cancel_unsent(ids)
        reassign_memberships(erase_reporters(ids, staying=find_current_members(ids), now=now))
        delete_past_memberships(ids)
    return len(ids)


def sweep_identities(now: dt.datetime, limit: int) -> int:
    erased_ids = list(_list_notified_erasures(now)[:limit])
    reporting_ids = _find_reporting(erased_ids)
    erasable_ids = [pk for pk in erased_ids if pk not in reporting_ids]
    delete_conversations(erasable_ids)
    ids = list(dict.fromkeys([*erasable_ids, *islice(_list_informed(now), limit), *islice(_list_silent(now), limit)]))[
        :limit
    ]
    erased_count = erase_identities(ids, now=now)
    done_requests = Request.objects.filter(
        kind=DataRequestKind.ERASE, state=DataRequestState.DONE, reporter__in=erased_ids
    )
    done_requests.update(reporter=None, conversation=None)
    return erased_count


def _list_notified_erasures(now: dt.datetime) -> "QuerySet[Request, int]":
    """Return people whose erasure by chat was done and notified a day ago, without later unassigned messages.

    Without a way to them such a message would go unread and unanswered. It waits as long as any other.
    """
    done = Request.objects.filter(kind=DataRequestKind.ERASE, state=DataRequestState.DONE, reporter__isnull=False)
    unassigned_messages = queries.list_unassigned_since(OuterRef("reporter"), OuterRef("asked_at"))
    return (
        done.filter(~Exists(unassigned_messages), done_at__lte=now - DELIVERY_TIME)
        .order_by("pk")
        .values_list("reporter_id", flat=True)
    )


def _find_reporting(candidate_ids: Collection[int]) -> set[int]:
    """Return those with reports about police or new reports: without a way to them no answer is possible."""
    return set(Report.objects.filter(reporter__in=candidate_ids).values_list("reporter", flat=True))


def _list_informed(now: dt.datetime) -> Any:
    """Return people whose cases all ended long enough ago for notice and questions."""
    return (
        _aggregate_reporters(now)
        .filter(open=0, last__lte=now - get_retention_span("identity_told"))
        .order_by("reporter")
        .values_list("reporter", flat=True)
    )


def _aggregate_reporters(now: dt.datetime) -> Any:
    """Aggregate reporters with stored data and without a hold: number of open cases, end of the last."""
    is_open = Q(case__state__in=OPEN_STATES) | Q(case__merged_into__state__in=OPEN_STATES)
    return (
        Report.objects.filter(_HAS_IDENTITY)
        .exclude(reporter__in=_list_protected(now))
        .values("reporter")
        .annotate(open=Count("pk", filter=is_open), last=Max(_CLOSED_AT))
    )


def _list_silent(now: dt.datetime) -> "QuerySet[Conversation, int]":
    """Return people without any message for half a year, for any result of their cases."""
    silent_people = (
        Conversation.objects.filter(_HAS_IDENTITY).exclude(reporter__in=_list_protected(now)).values("reporter")
    )
    silent_people = silent_people.annotate(last=Max(Coalesce("last_interaction_at", F("reporter__created_at"))))
    members = Membership.objects.filter(left_at=None, group__state="OPEN").values("reporter")
    rows = silent_people.filter(last__lte=now - get_retention_span("identity"))
    # nosemgrep: identity-through-relation  whether there is one, never its content
    return rows.exclude(reporter__in=members, reporter__reports__isnull=True).values_list("reporter", flat=True)


def _list_protected(now: dt.datetime) -> "QuerySet[Report, int]":
    """Return people with a legal hold on one of their cases, or on the case it was merged into."""
    held_ids = set(queries.list_held_case_ids(now))
    is_on_hold = Q(case__in=held_ids) | Q(case__merged_into__in=held_ids)
    return Report.objects.filter(is_on_hold).values_list("reporter", flat=True)


def get_identity_status(now: dt.datetime) -> RetentionStatus:
    rows = Conversation.objects.filter(_HAS_IDENTITY).values("reporter").distinct()
    oldest = Conversation.objects.filter(_HAS_IDENTITY).aggregate(at=Min("reporter__created_at"))["at"]
    late = len(set(_list_informed(now)) | set(_list_silent(now)))
    next_informed = _aggregate_reporters(now).filter(open=0, last__isnull=False).order_by("last")[:1]
    ends = [row["last"] + get_retention_span("identity_told") for row in next_informed]
    quiet = Conversation.objects.filter(_HAS_IDENTITY).aggregate(at=Min("last_interaction_at"))["at"]
    ends += [quiet + get_retention_span("identity")] if quiet else []
    return RetentionStatus(rows.count(), late, oldest, min(ends, default=None))


def sweep_former_members(now: dt.datetime, limit: int) -> int:
    return erase_identities(list(_list_former_members(now)[:limit]), now=now)


def _list_former_members(now: dt.datetime) -> "QuerySet[Membership, int]":
    """Return people that left all our groups long ago and never had a private conversation."""
    members = Membership.objects.filter(_HAS_IDENTITY).values("reporter")
    rows = members.annotate(inside=Count("pk", filter=Q(left_at=None)), last=Max("left_at"))
    rows = rows.filter(inside=0, last__lte=now - get_retention_span("member"))
    # nosemgrep: identity-through-relation  whether there is one, never its content
    without_conversation = rows.exclude(reporter__conversations__isnull=False).exclude(reporter__reports__isnull=False)
    return without_conversation.order_by("reporter").values_list("reporter", flat=True)


def get_member_status(now: dt.datetime) -> RetentionStatus:
    former_members = Membership.objects.filter(left_at__isnull=False)
    oldest = former_members.aggregate(at=Min("left_at"))["at"]
    return RetentionStatus(
        former_members.count(),
        len(_list_former_members(now)),
        oldest,
        oldest + get_retention_span("member") if oldest else None,
    )
