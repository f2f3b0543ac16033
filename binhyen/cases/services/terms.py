"""A term that the law lets be prolonged: who decided it enters that, with the reason."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.cases import kept
from binhyen.cases.kinds import kind
from binhyen.cases.models import Case, Clock
from binhyen.cases.rules import Late, NotAllowed, deadline, first_told, next_term, who_prolongs
from binhyen.cases.rules import prolong as further
from binhyen.cases.services.steps import acting, finish, keep_clocks, lock, require
from binhyen.cases.words import OPEN_STATES, Lane, State, Verb
from binhyen.kit.clock import VIETNAM
from binhyen.people.models import Officer


@transaction.atomic
def prolong(*, code: str, clock: str, officer: Officer, reason: str, version: int | None, now: dt.datetime) -> Case:
    """One more prolongation of the clock of this name, counted from its end; it is told anew. Raises NotFound,
    StaleCase, NotAllowed.
    """
    case = lock(code, officer=officer, version=version)
    rows = Clock.objects.filter(case=case, name=clock, stopped_at=None).select_related("lent_by").order_by("due_at")
    moved = []
    for row in rows if State(case.state) in OPEN_STATES else ():
        owner = row.lent_by or case
        known = deadline(kind(owner.kind), Lane(owner.lane), clock)
        longer = next_term(known, row.prolonged)
        if known is None or longer is None:
            continue
        require(officer, who_prolongs(Lane(owner.lane)))
        row.due_at = further(longer, row.due_at.astimezone(VIETNAM))
        row.prolonged += 1
        row.stage, row.heard, row.next_at = Late.QUIET, Late.QUIET, first_told(known, row.due_at)
        moved.append(row)
    if not moved:
        raise NotAllowed(_("Thời hạn này không gia hạn được nữa."))
    if len(reason.strip()) < 5:
        raise NotAllowed(_("Hãy ghi lý do gia hạn và số quyết định."))
    Clock.objects.bulk_update(moved, ["due_at", "prolonged", "stage", "heard", "next_at"])
    case.notes.create(officer=officer, text=kept.prolonged(moved[0].label, reason), at=now)
    keep_clocks(case, now=now)
    data = {"clock": clock, "times": moved[0].prolonged, "due": moved[0].due_at.isoformat()}
    finish(case, Verb.PROLONGED, actor=acting(officer), now=now, data=data, changed=["due_at"])
    return case
