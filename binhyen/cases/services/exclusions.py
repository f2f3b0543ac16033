"""Exclusion of officers from a case with facts of a sealed case, if they are excluded from the sealed one."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import Q

from binhyen.areas import queries as areas
from binhyen.cases import event_data
from binhyen.cases.choices import OPEN_STATES, Verb
from binhyen.cases.escalation_settings import ladder
from binhyen.cases.models import Case, Clock, Drawn, Relation, Uncounted
from binhyen.cases.rules import Late, alarm_starts
from binhyen.cases.services.alarms import ring
from binhyen.cases.services.linking import part
from binhyen.cases.services.unit_of_work import INTAKE, finish, live_data, lock_for_system, matter
from binhyen.kit.jobs import defer_once
from binhyen.kit.live_events import Live, publish
from binhyen.kit.rls_scope import PROGRAM, also
from binhyen.people import access
from binhyen.people.queries import who_see


def draw(case_id: int, *, source_id: int) -> None:
    """Link a case to the sealed case `source_id` that its facts come from; by the worker."""
    Drawn.objects.create(case_id=case_id, source_id=source_id)
    follow_later(source_id)


def follow_later(source_id: int) -> None:
    """Enqueue the update of excluded officers on the derived cases: only the worker can read the link."""
    with also(PROGRAM):  # jobs of complaints are visible to no officer
        key = f"conduct.follow:{source_id}"
        defer_once(queue="urgent", task="conduct.follow", key=key, arguments={"case_id": source_id})


@transaction.atomic
def withhold(case_id: int, *, officers: Collection[int], now: dt.datetime) -> bool:
    """Set the officers excluded from a case, and move it away from an excluded unit; return whether it changed.

    To them and to observers it looks like an ordinary transfer. The conflict rule must exist already.
    """
    case = lock_for_system(case_id)
    leaves = case.state in OPEN_STATES and bool(access.shut_out(matter(case), [case.unit_id]))
    if case.barred is not None and set(case.barred) == set(officers) and not leaves:
        return False
    if case.barred is None:
        _alone(case, now=now)
    lost = _lose(case, officers)
    case.barred = barred = sorted(officers)
    Case.objects.filter(pk=case.pk).update(barred=barred)
    if leaves:
        _to_the_province(case, lost, now=now)
        return True
    if case.assignee_id in barred:
        case.assignee = None
        finish(case, Verb.ASSIGNED, actor=INTAKE, now=now, changed=["assignee"])
    publish([Live(lost, "case", live_data(case, Verb.HANDED_ON))] if lost else [], now=now)
    return True


def _alone(case: Case, *, now: dt.datetime) -> None:
    """Remove the case from merges, relations and statistics; messages of other reporters stay with it."""
    for absorbed in case.absorbed.select_for_update(of=("self",)).order_by("pk"):
        part(absorbed, case, actor=INTAKE, now=now)
    if case.merged_into_id is not None:
        part(case, lock_for_system(case.merged_into_id), actor=INTAKE, now=now)
    Relation.objects.filter(Q(case=case) | Q(other=case)).delete()
    Uncounted.objects.create(case=case)


def _lose(case: Case, officers: Collection[int]) -> tuple[str, ...]:
    """Return the live event topics of officers losing access now."""
    saw = {*who_see(case.unit_id), *([case.assignee_id] if case.assignee_id else [])} - set(case.barred or ())
    return tuple(f"officer:{pk}" for pk in sorted(saw & set(officers)))


def _to_the_province(case: Case, lost: tuple[str, ...], *, now: dt.datetime) -> None:
    before, case.unit_id, case.assignee = case.unit_id, areas.directory().province_unit_id, None
    # the province has not acknowledged them yet
    Clock.objects.filter(case=case, stopped_at=None).update(heard=Late.QUIET)
    rings = alarm_starts(case.urgency)
    finish(
        case, Verb.HANDED_ON, actor=INTAKE, now=now, data=event_data.moved(before, case.unit_id),
        changed=["unit", "assignee", *(ring(case, ladder=ladder(), now=now) if rings else ())], also=lost, alarms=rings,
    )  # fmt: skip
