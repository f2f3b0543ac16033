"""Exclusion of officers from a case with facts of a sealed case, if they are excluded from the sealed one."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import Q

from binhyen.areas import queries as areas
from binhyen.cases import event_data
from binhyen.cases.choices import OPEN_STATES, Verb
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Case, Clock, DerivedCase, Relation, StatsDirty
from binhyen.cases.rules import OverdueLevel, should_alarm
from binhyen.cases.services.alarms import start_alarm
from binhyen.cases.services.linking import separate_cases
from binhyen.cases.services.unit_of_work import (
    INTAKE_ACTOR,
    audit_subject,
    build_live_data,
    lock_case_for_system,
    save_change,
)
from binhyen.kit.jobs import defer_once
from binhyen.kit.live_events import LiveEventData, publish_live
from binhyen.kit.rls_scope import PROGRAM_SCOPE, extra_rls_scope
from binhyen.people import access
from binhyen.people.queries import list_viewers_of_unit


def link_to_source(case_id: int, *, source_id: int) -> None:
    """Link a case to the sealed case `source_id` that its facts come from; by the worker."""
    DerivedCase.objects.create(case_id=case_id, source_id=source_id)
    enqueue_exclusion_update(source_id)


def enqueue_exclusion_update(source_id: int) -> None:
    """Enqueue the update of excluded officers on the derived cases: only the worker can read the link."""
    with extra_rls_scope(PROGRAM_SCOPE):  # jobs of complaints are visible to no officer
        key = f"conduct.follow:{source_id}"
        defer_once(queue="urgent", task="conduct.update_exclusions", key=key, arguments={"case_id": source_id})


@transaction.atomic
def exclude_officers(case_id: int, *, officers: Collection[int], now: dt.datetime) -> bool:
    """Set the officers excluded from a case, and move it away from an excluded unit; return whether it changed.

    To them and to observers it looks like an ordinary transfer. The conflict rule must exist already.
    """
    case = lock_case_for_system(case_id)
    leaves_unit = case.state in OPEN_STATES and bool(access.excluded_units(audit_subject(case), [case.unit_id]))
    if case.excluded_officers is not None and set(case.excluded_officers) == set(officers) and not leaves_unit:
        return False
    if case.excluded_officers is None:
        _isolate_case(case, now=now)
    lost = _list_lost_topics(case, officers)
    case.excluded_officers = excluded = sorted(officers)
    Case.objects.filter(pk=case.pk).update(excluded_officers=excluded)
    if leaves_unit:
        _move_to_province(case, lost, now=now)
        return True
    if case.assignee_id in excluded:
        case.assignee = None
        save_change(case, Verb.ASSIGNED, actor=INTAKE_ACTOR, now=now, changed=["assignee"])
    publish_live([LiveEventData(lost, "case", build_live_data(case, Verb.HANDED_ON))] if lost else [], now=now)
    return True


def _isolate_case(case: Case, *, now: dt.datetime) -> None:
    """Remove the case from merges, relations and statistics; messages of other reporters stay with it."""
    for absorbed in case.absorbed.select_for_update(of=("self",)).order_by("pk"):
        separate_cases(absorbed, case, actor=INTAKE_ACTOR, now=now)
    if case.merged_into_id is not None:
        separate_cases(case, lock_case_for_system(case.merged_into_id), actor=INTAKE_ACTOR, now=now)
    Relation.objects.filter(Q(case=case) | Q(related_case=case)).delete()
    StatsDirty.objects.create(case=case)


def _list_lost_topics(case: Case, officers: Collection[int]) -> tuple[str, ...]:
    """Return the live event topics of officers losing access now."""
    previous_viewers = {*list_viewers_of_unit(case.unit_id), *([case.assignee_id] if case.assignee_id else [])} - set(
        case.excluded_officers or ()
    )
    return tuple(f"officer:{pk}" for pk in sorted(previous_viewers & set(officers)))


def _move_to_province(case: Case, lost: tuple[str, ...], *, now: dt.datetime) -> None:
    previous_unit_id, case.unit_id, case.assignee = case.unit_id, areas.get_directory().province_unit_id, None
    # the province has not acknowledged them yet
    Clock.objects.filter(case=case, stopped_at=None).update(acknowledged_level=OverdueLevel.QUIET)
    rings = should_alarm(case.urgency)
    save_change(
        case,
        Verb.HANDED_ON,
        actor=INTAKE_ACTOR,
        now=now,
        data=event_data.build_moved_data(previous_unit_id, case.unit_id),
        changed=["unit", "assignee", *(start_alarm(case, delays=get_alarm_delays(), now=now) if rings else ())],
        extra_topics=lost,
        rings=rings,
    )
