"""Extension of a legal deadline, recorded with the reason by an officer with the authority to decide it."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from binhyen.cases import event_data, message_texts
from binhyen.cases.choices import OPEN_STATES, Lane, State, Verb
from binhyen.cases.kinds import Deadline, DeadlineExtension, get_kind
from binhyen.cases.models import Case, Clock
from binhyen.cases.rules import (
    ANSWER_DEADLINES,
    NotAllowed,
    OverdueLevel,
    compute_first_reminder,
    find_deadline,
    get_extension_permission,
    get_next_extension,
)
from binhyen.cases.rules import compute_extended_deadline as further
from binhyen.cases.services.officer_actions import message_reporters
from binhyen.cases.services.unit_of_work import (
    Actor,
    lock_case,
    lock_case_for_system,
    require_permission,
    save_change,
    to_actor,
    update_clocks,
)
from binhyen.kit.clock import VIETNAM
from binhyen.people.models import Officer

_EXTENSION_COLUMNS = ["due_at", "prolonged", "escalation_level", "acknowledged_level", "next_at"]


@transaction.atomic
def extend_clock(
    *, code: str, clock: str, officer: Officer, reason: str, version: int | None, now: dt.datetime
) -> Case:
    """Extend the clock of this name once more, from its end; its notices start again.

    Raises NotFound, StaleCase, NotAllowed.
    """
    case = lock_case(code, officer=officer, version=version)
    rows = (
        Clock.objects.filter(case=case, name=clock, stopped_at=None).select_related("inherited_from").order_by("due_at")
    )
    moved = []
    for row in rows if State(case.state) in OPEN_STATES else ():
        owner = row.inherited_from or case
        if (rule_and_extension := _find_extension(row, owner)) is None:
            continue
        require_permission(officer, get_extension_permission(Lane(owner.lane)))
        _apply_extension(row, *rule_and_extension)
        moved.append(row)
    if not moved:
        raise NotAllowed(_("Thời hạn này không gia hạn được nữa."))
    if len(reason.strip()) < 5:
        raise NotAllowed(_("Hãy ghi lý do gia hạn và số quyết định."))
    Clock.objects.bulk_update(moved, _EXTENSION_COLUMNS)
    case.notes.create(officer=officer, text=event_data.format_extension_note(moved[0].label, reason), at=now)
    if clock in ANSWER_DEADLINES:
        day = f"{moved[0].due_at.astimezone(VIETNAM):%d/%m/%Y}"
        message_reporters(
            case, message_texts.format_extended(case.code, day), officer=None, purpose="EXTENDED", now=now
        )
    update_clocks(case, now=now)
    data = {"clock": clock, "times": moved[0].prolonged, "due": moved[0].due_at.isoformat()}
    save_change(case, Verb.PROLONGED, actor=to_actor(officer), now=now, data=data, changed=["due_at"])
    return case


@transaction.atomic
def extend_restricted_clock(*, case_id: int, clock: str, actor: Actor, now: dt.datetime) -> dt.datetime:
    """Extend a running clock of a restricted case from its own desk; return the new deadline.

    The reason is sealed elsewhere. Raises NotAllowed.
    """
    case = lock_case_for_system(case_id)
    row = Clock.objects.filter(case=case, name=clock, stopped_at=None, due_at__gt=now).first()
    rule_and_extension = _find_extension(row, case) if row else None
    if row is None or rule_and_extension is None:
        raise NotAllowed(_("Thời hạn này không gia hạn được nữa."))
    _apply_extension(row, *rule_and_extension)
    row.save(update_fields=_EXTENSION_COLUMNS)
    update_clocks(case, now=now)
    data = {"clock": clock, "times": row.prolonged, "due": row.due_at.isoformat()}
    save_change(case, Verb.PROLONGED, actor=actor, now=now, data=data, changed=["due_at"])
    return row.due_at


def _find_extension(row: Clock, owner: Case) -> tuple[Deadline, DeadlineExtension] | None:
    rule = find_deadline(get_kind(owner.kind), Lane(owner.lane), row.name)
    extension = get_next_extension(rule, row.prolonged)
    return (rule, extension) if rule and extension else None


def _apply_extension(row: Clock, rule: Deadline, extension: DeadlineExtension) -> None:
    row.due_at = further(extension, row.due_at.astimezone(VIETNAM))
    row.prolonged += 1
    row.escalation_level, row.acknowledged_level, row.next_at = (
        OverdueLevel.QUIET,
        OverdueLevel.QUIET,
        compute_first_reminder(rule, row.due_at),
    )
