"""Transfer of a complaint to a higher desk: after new information, a take-over, or without handlers.

Never downwards.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction

from binhyen.cases.choices import OPEN_STATES
from binhyen.cases.services.exclusions import follow_later
from binhyen.conduct import queries
from binhyen.conduct.models import Complaint, Move
from binhyen.conduct.routing import GROUPS, Rank, Route, Subject, route
from binhyen.conduct.services import alarms
from binhyen.kit.rls_scope import also
from binhyen.people.conflicts import Desk
from binhyen.people.models import Officer, Veto
from binhyen.vault import envelopes
from binhyen.vault import services as vault


def known(row: Complaint) -> Subject:
    """Return a subject with all present exclusions, because an exclusion is never lifted."""
    return Subject(Rank.UNKNOWN, frozenset(row.veto.kept_from))


def learn(row: Complaint, about: Iterable[Subject], *, officer: Officer | None = None, now: dt.datetime) -> Route:
    """Add possible subjects. The row is locked."""
    subjects = list(about)
    to = route([*subjects, known(row)], queries.handlers(), at_least=Desk(row.veto.desk))
    ranks = sorted({*row.ranks, *(s.rank.value for s in subjects)})
    if ranks != row.ranks:
        row.ranks = ranks
        row.save(update_fields=["ranks"])
    if officer is not None or to.desk != row.veto.desk or to.kept_from != set(row.veto.kept_from):
        go(row, to, why=Move.Why.NAMED, officer=officer, now=now)
    return to


def go(
    row: Complaint, to: Route, *, why: Move.Why, officer: Officer | None, reason: str = "", now: dt.datetime
) -> None:
    """Set the desk, the exclusions and the key groups: keys of people with a conflict are removed."""
    sealed = b""
    if reason:
        sealed = envelopes.seal(
            reason.encode(), to=vault.lock_key(row.lock_id or 0), context=f"conduct_move:{row.public_id}"
        )
    Move.objects.create(complaint=row, desk=to.desk, why=why, reason=sealed, officer=officer, at=now)
    if to.keys:  # without a free desk the envelopes stay as they are, hidden from everyone
        vault.drop_copies(row.lock_id or 0, _groups_without(to.keys))
    # From here on the officer may have lost access.
    with also("program"):
        row.veto.desk, row.veto.kept_from = to.desk, sorted(to.kept_from)
        Veto.objects.filter(pk=row.veto_id).update(desk=to.desk, kept_from=row.veto.kept_from)
        alarms.follow(row, now=now)
    follow_later(row.case_id)


def _groups_without(keys: Sequence[Desk]) -> list[str]:
    return [group for desk, group in GROUPS.items() if desk not in keys]


def raise_orphans(*, now: dt.datetime) -> int:
    """Escalate complaints of desks without a free handler to the next desk that has one; return how many.

    Where all handlers have a conflict the complaint stays and rings: none comes back from outside, and tomorrow a
    handler may be free.
    """
    able = queries.handlers()
    moved = 0
    for row in Complaint.objects.filter(lock__isnull=False, case__state__in=OPEN_STATES).select_related("veto", "case"):
        to = route([known(row)], able, at_least=Desk(row.veto.desk))
        if to.desk is Desk.OUTSIDE and row.veto.desk != Desk.OUTSIDE:
            with transaction.atomic():
                alarms.ring_stuck(row, able, now=now)
        elif to.desk != row.veto.desk:
            with transaction.atomic():
                go(row, to, why=Move.Why.NOBODY, officer=None, now=now)
            moved += 1
    return moved
