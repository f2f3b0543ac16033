"""Transfer of a complaint to a higher desk: after new information, a take-over, or without handlers.

Never downwards.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction

from binhyen.cases.choices import OPEN_STATES
from binhyen.cases.services.exclusions import enqueue_exclusion_update
from binhyen.conduct import queries
from binhyen.conduct.models import Complaint, Move
from binhyen.conduct.routing import DESK_KEY_GROUPS, Route, Subject, SubjectRank, route_complaint
from binhyen.conduct.services import alarms
from binhyen.kit.rls_scope import extra_rls_scope
from binhyen.people.conflicts import Desk
from binhyen.people.models import Officer, Veto
from binhyen.vault import envelopes
from binhyen.vault import services as vault


def build_known_subject(row: Complaint) -> Subject:
    """Return a subject with all present exclusions, because an exclusion is never lifted."""
    return Subject(SubjectRank.UNKNOWN, frozenset(row.veto.kept_from))


def add_subjects(
    row: Complaint, new_subjects: Iterable[Subject], *, officer: Officer | None = None, now: dt.datetime
) -> Route:
    """Add possible subjects. The row is locked."""
    subjects = list(new_subjects)
    new_route = route_complaint(
        [*subjects, build_known_subject(row)], queries.list_handlers(), at_least=Desk(row.veto.desk)
    )
    ranks = sorted({*row.ranks, *(subject.rank.value for subject in subjects)})
    if ranks != row.ranks:
        row.ranks = ranks
        row.save(update_fields=["ranks"])
    if officer is not None or new_route.desk != row.veto.desk or new_route.conflict_keys != set(row.veto.kept_from):
        move_to_desk(row, new_route, why=Move.Why.NAMED, officer=officer, now=now)
    return new_route


def move_to_desk(
    row: Complaint, new_route: Route, *, why: Move.Why, officer: Officer | None, reason: str = "", now: dt.datetime
) -> None:
    """Set the desk, the exclusions and the key groups: keys of people with a conflict are removed."""
    sealed = b""
    if reason:
        sealed = envelopes.seal_envelope(
            reason.encode(), to=vault.get_public_key(row.lock_id or 0), context=f"conduct_move:{row.public_id}"
        )
    Move.objects.create(complaint=row, desk=new_route.desk, why=why, reason=sealed, officer=officer, at=now)
    if new_route.keys:  # without a free desk the envelopes stay as they are, hidden from everyone
        vault.revoke_group_access(row.lock_id or 0, _list_other_groups(new_route.keys))
    # From here on the officer may have lost access.
    with extra_rls_scope("program"):
        row.veto.desk, row.veto.kept_from = new_route.desk, sorted(new_route.conflict_keys)
        Veto.objects.filter(pk=row.veto_id).update(desk=new_route.desk, kept_from=row.veto.kept_from)
        alarms.update_alarms(row, now=now)
    enqueue_exclusion_update(row.case_id)


def _list_other_groups(keys: Sequence[Desk]) -> list[str]:
    return [group for desk, group in DESK_KEY_GROUPS.items() if desk not in keys]


def escalate_orphans(*, now: dt.datetime) -> int:
    """Escalate complaints of desks without a free handler to the next desk that has one; return how many.

    Where all handlers have a conflict the complaint stays and rings: none comes back from outside, and tomorrow a
    handler may be free.
    """
    all_handlers = queries.list_handlers()
    moved = 0
    for row in Complaint.objects.filter(lock__isnull=False, case__state__in=OPEN_STATES).select_related("veto", "case"):
        new_route = route_complaint([build_known_subject(row)], all_handlers, at_least=Desk(row.veto.desk))
        if new_route.desk is Desk.OUTSIDE and row.veto.desk != Desk.OUTSIDE:
            with transaction.atomic():
                alarms.raise_unhandled_alarm(row, all_handlers, now=now)
        elif new_route.desk != row.veto.desk:
            with transaction.atomic():
                move_to_desk(row, new_route, why=Move.Why.NOBODY, officer=None, now=now)
            moved += 1
    return moved
