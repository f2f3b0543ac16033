"""Who hears of a complaint that waits, and when the alarm goes a desk up. Pure.

Nobody in its conflict set ever hears it; a desk where nobody is left to hear is passed over. An urgent one (danger to
life, violence under way) rings at its own desk at once; one whose time is over, at the desk above. Unacknowledged it
goes up a desk at a time: two steps of at most 450 seconds, so the highest hears within 15 minutes (reference E.13).
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from binhyen.conduct.rules import Handler
from binhyen.people.veto import LADDER, Desk, barred, office


@dataclass(frozen=True, slots=True)
class Step:
    """Where it rings up to, whom it calls (ids of officers, may be none), and when it goes on; None at the highest."""

    desk: Desk
    officers: frozenset[int]
    next_at: dt.datetime | None


def able(handlers: Iterable[Handler], kept_from: Collection[str], *, at: Desk) -> dict[Desk, frozenset[int]]:
    """Who may hear it, by desk from its own upwards; only desks that have somebody."""
    found: dict[Desk, set[int]] = {}
    for handler in handlers:
        open_to = LADDER.index(handler.desk) >= LADDER.index(at) and office(handler.desk) not in kept_from
        if open_to and not barred(kept_from, handler.sides):
            found.setdefault(handler.desk, set()).add(handler.officer_id)
    return {desk: frozenset(found[desk]) for desk in LADDER if desk in found}


def below(handlers: Iterable[Handler], kept_from: Collection[str], *, at: Desk) -> frozenset[int]:
    """Who hears where nobody may who could handle it: of the desks below, whom nothing bars. They learn that one waits
    and no more. Of what lies outside nobody here is told.
    """
    lower = LADDER[: LADDER.index(at)] if at is not Desk.OUTSIDE else ()
    free = (h for h in handlers if h.desk in lower and office(h.desk) not in kept_from)
    return frozenset(h.officer_id for h in free if not barred(kept_from, h.sides))


def first(ears: dict[Desk, frozenset[int]], *, at: Desk, late: bool, now: dt.datetime, step: int) -> Step:
    """When it begins to ring. `step`: seconds a desk."""
    desks = list(ears)
    higher = [desk for desk in desks if not late or desk is not at]
    start = (higher or desks or [at])[0]
    return _up_to(start, ears, now=now, step=step)


def further(ears: dict[Desk, frozenset[int]], *, desk: Desk, now: dt.datetime, step: int) -> Step:
    """Its time at `desk` passed: the next one that has somebody; where there is none it goes on ringing there."""
    above = [one for one in ears if LADDER.index(one) > LADDER.index(desk)]
    return _up_to(above[0] if above else desk, ears, now=now, step=step)


def here(ears: dict[Desk, frozenset[int]], *, desk: Desk) -> frozenset[int]:
    """Whom an alarm that reached `desk` calls now: people come, leave, and turn out to be concerned."""
    return frozenset().union(*(who for one, who in ears.items() if LADDER.index(one) <= LADDER.index(desk)))


def _up_to(desk: Desk, ears: dict[Desk, frozenset[int]], *, now: dt.datetime, step: int) -> Step:
    more = any(LADDER.index(one) > LADDER.index(desk) for one in ears)
    return Step(desk, here(ears, desk=desk), now + dt.timedelta(seconds=step) if more else None)
