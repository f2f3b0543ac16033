"""Extension of a legal deadline, recorded with the reason by an officer with the authority to decide it."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.cases import event_data
from binhyen.cases.choices import OPEN_STATES, Lane, State, Verb
from binhyen.cases.kinds import kind
from binhyen.cases.kinds.base import Deadline, Longer
from binhyen.cases.models import Case, Clock
from binhyen.cases.rules import Late, NotAllowed, deadline, first_told, next_term, who_prolongs
from binhyen.cases.rules import prolong as further
from binhyen.cases.services.unit_of_work import (
    Actor,
    acting,
    finish,
    keep_clocks,
    lock,
    lock_for_system,
    require,
)
from binhyen.kit.clock import VIETNAM
from binhyen.people.models import Officer

_MOVED = ["due_at", "prolonged", "stage", "heard", "next_at"]


@transaction.atomic
def prolong(*, code: str, clock: str, officer: Officer, reason: str, version: int | None, now: dt.datetime) -> Case:
    """Extend the clock of this name once more, from its end; its notices start again.

    Raises NotFound, StaleCase, NotAllowed.
    """
    case = lock(code, officer=officer, version=version)
    rows = Clock.objects.filter(case=case, name=clock, stopped_at=None).select_related("lent_by").order_by("due_at")
    moved = []
    for row in rows if State(case.state) in OPEN_STATES else ():
        owner = row.lent_by or case
        if (known := _longer(row, owner)) is None:
            continue
        require(officer, who_prolongs(Lane(owner.lane)))
        _prolong(row, *known)
        moved.append(row)
    if not moved:
        raise NotAllowed(_("Thời hạn này không gia hạn được nữa."))
    if len(reason.strip()) < 5:
        raise NotAllowed(_("Hãy ghi lý do gia hạn và số quyết định."))
    Clock.objects.bulk_update(moved, _MOVED)
    case.notes.create(officer=officer, text=event_data.prolonged(moved[0].label, reason), at=now)
    keep_clocks(case, now=now)
    data = {"clock": clock, "times": moved[0].prolonged, "due": moved[0].due_at.isoformat()}
    finish(case, Verb.PROLONGED, actor=acting(officer), now=now, data=data, changed=["due_at"])
    return case


@transaction.atomic
def prolong_apart(*, case_id: int, clock: str, actor: Actor, now: dt.datetime) -> dt.datetime:
    """Extend a running clock of a restricted case from its own desk; return the new deadline.

    The reason is sealed elsewhere. Raises NotAllowed.
    """
    case = lock_for_system(case_id)
    row = Clock.objects.filter(case=case, name=clock, stopped_at=None, due_at__gt=now).first()
    known = _longer(row, case) if row else None
    if row is None or known is None:
        raise NotAllowed(_("Thời hạn này không gia hạn được nữa."))
    _prolong(row, *known)
    row.save(update_fields=_MOVED)
    keep_clocks(case, now=now)
    data = {"clock": clock, "times": row.prolonged, "due": row.due_at.isoformat()}
    finish(case, Verb.PROLONGED, actor=actor, now=now, data=data, changed=["due_at"])
    return row.due_at


def _longer(row: Clock, owner: Case) -> tuple[Deadline, Longer] | None:
    known = deadline(kind(owner.kind), Lane(owner.lane), row.name)
    longer = next_term(known, row.prolonged)
    return (known, longer) if known and longer else None


def _prolong(row: Clock, known: Deadline, longer: Longer) -> None:
    row.due_at = further(longer, row.due_at.astimezone(VIETNAM))
    row.prolonged += 1
    row.stage, row.heard, row.next_at = Late.QUIET, Late.QUIET, first_told(known, row.due_at)
