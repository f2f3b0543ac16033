"""Escalation of waiting complaints: recipients, and the time when an alarm moves a desk up. Pure.

People in the conflict set are never alerted; a desk without recipients is skipped. An urgent complaint (danger to life,
violence under way) rings at its own desk at once; an overdue one at the desk above. Without acknowledgement it moves up
a desk at a time: two steps of at most 450 seconds, so the highest desk is alerted within 15 minutes.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from binhyen.conduct.routing import Handler
from binhyen.people.conflicts import ESCALATION_ORDER, Desk, format_office_key, is_excluded


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """A step of the escalation: highest desk, alerted officers, time of the next step.

    `officers` may be empty; `next_at` is None at the highest desk.
    """

    desk: Desk
    officers: frozenset[int]
    next_at: dt.datetime | None


def find_recipients(
    handlers: Iterable[Handler], conflict_keys: Collection[str], *, own_desk: Desk
) -> dict[Desk, frozenset[int]]:
    """Return possible recipients by desk, from the complaint's own upwards; only desks that have some."""
    recipients: dict[Desk, set[int]] = {}
    for handler in handlers:
        open_to = (
            ESCALATION_ORDER.index(handler.desk) >= ESCALATION_ORDER.index(own_desk)
            and format_office_key(handler.desk) not in conflict_keys
        )
        if open_to and not is_excluded(conflict_keys, handler.conflict_keys):
            recipients.setdefault(handler.desk, set()).add(handler.officer_id)
    return {desk: frozenset(recipients[desk]) for desk in ESCALATION_ORDER if desk in recipients}


def find_lower_recipients(
    handlers: Iterable[Handler], conflict_keys: Collection[str], *, own_desk: Desk
) -> frozenset[int]:
    """Return recipients of lower desks without a conflict, for a complaint without a free handler.

    They learn only that one waits. Complaints outside the province alert no officer here.
    """
    lower = ESCALATION_ORDER[: ESCALATION_ORDER.index(own_desk)] if own_desk is not Desk.OUTSIDE else ()
    free = (
        handler
        for handler in handlers
        if handler.desk in lower and format_office_key(handler.desk) not in conflict_keys
    )
    return frozenset(handler.officer_id for handler in free if not is_excluded(conflict_keys, handler.conflict_keys))


def plan_first_step(
    recipients: dict[Desk, frozenset[int]], *, own_desk: Desk, late: bool, now: dt.datetime, step: int
) -> EscalationStep:
    """Return the first step. `step`: seconds a desk."""
    desks = list(recipients)
    higher = [desk for desk in desks if not late or desk is not own_desk]
    start = (higher or desks or [own_desk])[0]
    return _build_step(start, recipients, now=now, step=step)


def plan_next_step(
    recipients: dict[Desk, frozenset[int]], *, desk: Desk, now: dt.datetime, step: int
) -> EscalationStep:
    """Return the next step after `desk`: the next higher desk with recipients, otherwise it goes on ringing there."""
    above = [candidate for candidate in recipients if ESCALATION_ORDER.index(candidate) > ESCALATION_ORDER.index(desk)]
    return _build_step(above[0] if above else desk, recipients, now=now, step=step)


def list_alerted(recipients: dict[Desk, frozenset[int]], *, desk: Desk) -> frozenset[int]:
    """Return the officers alerted by an alarm at `desk` now: people come, leave, and turn out to have a conflict."""
    return frozenset().union(
        *(
            officer_ids
            for candidate, officer_ids in recipients.items()
            if ESCALATION_ORDER.index(candidate) <= ESCALATION_ORDER.index(desk)
        )
    )


def _build_step(desk: Desk, recipients: dict[Desk, frozenset[int]], *, now: dt.datetime, step: int) -> EscalationStep:
    has_higher = any(ESCALATION_ORDER.index(candidate) > ESCALATION_ORDER.index(desk) for candidate in recipients)
    return EscalationStep(
        desk, list_alerted(recipients, desk=desk), now + dt.timedelta(seconds=step) if has_higher else None
    )
