"""Nightly retention sweep: each class loses its expired rows in bounded batches, and its status is recorded."""

import datetime as dt
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import DateTimeField, Min, Q, QuerySet
from django.db.models.functions import Cast, Least

from binhyen.audit.services import Act, record
from binhyen.cases.models import Case
from binhyen.cases.services.erasure import forget_cases
from binhyen.channels.models import Message, Outgoing
from binhyen.channels.services.deletion import sent_before
from binhyen.consents.models import Consent
from binhyen.consents.rules import Purpose
from binhyen.kit import logs
from binhyen.kit.clock import vietnam_day
from binhyen.privacy import queries
from binhyen.privacy.config import span
from binhyen.privacy.models import Request, Sweep
from binhyen.privacy.retention_registry import Retention, Standing, keeps, retentions
from binhyen.privacy.rules.retention_periods import BY_CODE
from binhyen.privacy.services import identities, staff_retention

BATCH = 200
MISSED = dt.timedelta(hours=26)
ACTOR = "system:retention"
log = logs.get("retention")


def sweep_night(*, now: dt.datetime) -> dict[str, int]:
    """Sweep all classes unless the clock may have jumped; then record that nothing was deleted."""
    if queries.clock_holds(now=now):
        return sweep_all(now=now)
    log.error("clock_jumped")
    return {r.group: sweep_one(r, now=now, waits=queries.WAITS) for r in retentions()}


def sweep_missed(*, now: dt.datetime) -> bool:
    """Sweep if the nightly job was missed, because a machine that is off at that hour would never delete anything."""
    last = Sweep.objects.order_by("-pk").values_list("at", flat=True).first()
    if last is not None and now - last <= MISSED:
        return False
    sweep_night(now=now)
    return True


def sweep_all(*, now: dt.datetime, most: int = BATCH, only: Iterable[str] = ()) -> dict[str, int]:
    """Delete all expired rows; return how many by class. A failing class does not stop the others."""
    wanted = set(only)
    return {r.group: sweep_one(r, now=now, most=most) for r in retentions() if not wanted or r.group in wanted}


def sweep_one(retention: Retention, *, now: dt.datetime, most: int = BATCH, waits: str = "") -> int:
    """Sweep one class; return how many rows were deleted. `skip_reason`: why nothing is deleted this time."""
    removed, failed, stands = 0, waits, Standing(0)
    try:
        while not waits and retention.sweep is not None and (went := _batch(retention, now=now, most=most)):
            removed += went
    except Exception as error:  # shown on the page, named in the log; the next class has its turn
        failed = _failed(retention, error)
    try:
        stands = retention.standing(now)
    except Exception as error:
        failed = failed or _failed(retention, error)
    shown = removed
    if not BY_CODE[retention.group].counts:  # a count would reveal that there are some
        shown, stands, failed = 0, Standing(0), failed or ("Late" if stands.late else "")
    Sweep.objects.create(
        group=retention.group, at=now, removed=shown, kept=stands.kept, late=stands.late, oldest_at=stands.oldest_at,
        next_at=stands.next_at, failed=failed,
    )  # fmt: skip
    return removed


def _failed(retention: Retention, error: Exception) -> str:
    log.error("sweep_failed", group=retention.group, problem=type(error).__name__)
    return type(error).__name__


@transaction.atomic
def _batch(retention: Retention, *, now: dt.datetime, most: int) -> int:
    assert retention.sweep is not None
    went = retention.sweep(now, most)
    if went:
        # Classes without public counts get an audit name that its readers cannot see (people/access.py).
        name = f"class:{retention.group}" if BY_CODE[retention.group].counts else f"conduct:class:{retention.group}"
        record([Act(ACTOR, "retention.deleted", name, None, {"n": went})], now=now)
    return went


def _sweep_cases(group: str, now: dt.datetime, most: int) -> int:
    ids = list(queries.over(group, now=now).order_by("closed_at").values_list("pk", flat=True)[:most])
    return forget_cases(ids, now=now) if ids else 0


def cases(group: str, now: dt.datetime) -> Standing:
    """Return the status of the closed cases of a class."""
    rows = queries.closed_of(group, now=now)
    column = "handed_at" if group == "crime" else "closed_at"
    return _standing(rows, column, group, late=queries.over(group, now=now).count())


def _standing(rows: "QuerySet[Case]", column: str, time: str, *, late: int) -> Standing:
    oldest = rows.aggregate(at=Min(column))["at"]
    return Standing(rows.count(), late, oldest, oldest + span(time) if oldest else None)


def _mirror(in_group: bool, now: dt.datetime) -> Standing:
    rows = Message.objects.filter(keep_until__isnull=False, group__isnull=not in_group)
    late = rows.filter(keep_until__lte=now - dt.timedelta(hours=2)).count()  # the hourly job has its turn first
    first = rows.aggregate(at=Min("received_at"), goes=Min("keep_until"))
    return Standing(rows.count(), late, first["at"], first["goes"])


def _sent(now: dt.datetime) -> Standing:
    rows = Outgoing.objects.filter(case=None)
    oldest = rows.aggregate(at=Min("created_at"))["at"]
    late = rows.filter(created_at__lt=now - span("sent")).count()
    return Standing(rows.count(), late, oldest, oldest + span("sent") if oldest else None)


def _worded(now: dt.datetime) -> "QuerySet[Request]":
    """Return answered requests that still have text or a link to the person."""
    bare = Q(words="", answer="", link_hash="", duty="", reporter=None, conversation=None)
    return Request.objects.filter(answered_at__isnull=False).exclude(bare)


def _sweep_requests(now: dt.datetime, most: int) -> int:
    rows = _worded(now).filter(state__in=["DONE", "REFUSED"], answered_at__lte=now - span("request"))
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:most])
    gone = Request.objects.filter(pk__in=ids)
    return gone.update(words="", answer="", link_hash="", duty="", reporter=None, conversation=None)


def _requests(now: dt.datetime) -> Standing:
    rows = _worded(now)
    oldest = rows.aggregate(at=Min("answered_at"))["at"]
    late = rows.filter(state__in=["DONE", "REFUSED"], answered_at__lte=now - span("request")).count()
    return Standing(rows.count(), late, oldest, oldest + span("request") if oldest else None)


def _ended_consents() -> "QuerySet[Any]":
    """Return consents with their past or future end."""
    # LEAST ignores NULL: the result is the moment.
    return Consent.objects.annotate(ended_at=Least("withdrawn_at", Cast("until", DateTimeField())))


def _end_pointless(now: dt.datetime) -> None:
    """End consents to store a name or number that is already deleted, because these are never withdrawn."""
    # nosemgrep: identity-through-relation  whether there is one, never its content
    rows = Consent.objects.filter(purpose=Purpose.CONTACT, withdrawn_at=None, until=None, reporter__lock=None)
    rows.update(until=vietnam_day(now))


def _sweep_consents(now: dt.datetime, most: int) -> int:
    _end_pointless(now)
    over = _ended_consents().filter(ended_at__lte=now - span("consent"))
    ids = list(over.order_by("pk").values_list("pk", flat=True)[:most])
    Consent.objects.filter(pk__in=ids).delete()
    return len(ids)


def _consents(now: dt.datetime) -> Standing:
    rows = _ended_consents().filter(ended_at__lte=now)
    oldest = rows.aggregate(at=Min("ended_at"))["at"]
    late = rows.filter(ended_at__lte=now - span("consent")).count()
    return Standing(rows.count(), late, oldest, oldest + span("consent") if oldest else None)


def _sweep_sent(now: dt.datetime, most: int) -> int:
    return sent_before(now - span("sent"), most=most)


def declare() -> None:
    """Register the classes of this layer and below. Called once, when the jobs are loaded."""
    for group in ("reflection", "crime", "child"):
        keeps(Retention(group, partial(cases, group), partial(_sweep_cases, group)))
    keeps(Retention("group", partial(_mirror, True)))
    keeps(Retention("talk", partial(_mirror, False)))
    keeps(Retention("identity", identities.standing, identities.sweep))
    keeps(Retention("member", identities.members, identities.sweep_members))
    keeps(Retention("sent", _sent, _sweep_sent))
    keeps(Retention("request", _requests, _sweep_requests))
    keeps(Retention("consent", _consents, _sweep_consents))
    staff_retention.declare()
