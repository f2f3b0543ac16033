"""Escalation of waiting complaints: recipients, and the time when an alarm moves a desk up. Pure.

People in the conflict set are never alerted; a desk without recipients is skipped. An urgent complaint (danger to life,
violence under way) rings at its own desk at once; an overdue one at the desk above. Without acknowledgement it moves up
a desk at a time: two steps of at most 450 seconds, so the highest desk is alerted within 15 minutes (reference E.13).
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from binhyen.conduct.routing import Handler
from binhyen.people.conflicts import LADDER, Desk, barred, office


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the escalation: highest desk, alerted officers, time of the next step.

    `officers` may be empty; `next_at` is None at the highest desk.
    """

    desk: Desk
    officers: frozenset[int]
    next_at: dt.datetime | None


def able(handlers: Iterable[Handler], kept_from: Collection[str], *, at: Desk) -> dict[Desk, frozenset[int]]:
    """Return possible recipients by desk, from the complaint's own upwards; only desks that have some."""
    found: dict[Desk, set[int]] = {}
    for handler in handlers:
        open_to = LADDER.index(handler.desk) >= LADDER.index(at) and office(handler.desk) not in kept_from
        if open_to and not barred(kept_from, handler.sides):
            found.setdefault(handler.desk, set()).add(handler.officer_id)
    return {desk: frozenset(found[desk]) for desk in LADDER if desk in found}


def below(handlers: Iterable[Handler], kept_from: Collection[str], *, at: Desk) -> frozenset[int]:
    """Return recipients of lower desks without a conflict, for a complaint without a free handler.

    They learn only that one waits. Complaints outside the province alert no officer here.
    """
    lower = LADDER[: LADDER.index(at)] if at is not Desk.OUTSIDE else ()
    free = (h for h in handlers if h.desk in lower and office(h.desk) not in kept_from)
    return frozenset(h.officer_id for h in free if not barred(kept_from, h.sides))


def first(ears: dict[Desk, frozenset[int]], *, at: Desk, late: bool, now: dt.datetime, step: int) -> Step:
    """Return the first step. `step`: seconds a desk."""
    desks = list(ears)
    higher = [desk for desk in desks if not late or desk is not at]
    start = (higher or desks or [at])[0]
    return _up_to(start, ears, now=now, step=step)


def further(ears: dict[Desk, frozenset[int]], *, desk: Desk, now: dt.datetime, step: int) -> Step:
    """Return the next step after `desk`: the next higher desk with recipients, otherwise it goes on ringing there."""
    above = [one for one in ears if LADDER.index(one) > LADDER.index(desk)]
    return _up_to(above[0] if above else desk, ears, now=now, step=step)


def here(ears: dict[Desk, frozenset[int]], *, desk: Desk) -> frozenset[int]:
    """Return the officers alerted by an alarm at `desk` now: people come, leave, and turn out to have a conflict."""
    return frozenset().union(*(who for one, who in ears.items() if LADDER.index(one) <= LADDER.index(desk)))


def _up_to(desk: Desk, ears: dict[Desk, frozenset[int]], *, now: dt.datetime, step: int) -> Step:
    more = any(LADDER.index(one) > LADDER.index(desk) for one in ears)
    return Step(desk, here(ears, desk=desk), now + dt.timedelta(seconds=step) if more else None)
