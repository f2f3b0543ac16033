"""Login backoff. Pure. Never a lock-out: after the shown seconds the next attempt is accepted.

A device that once signed in counts by itself; an unknown one counts by the pair of name and network. So whoever hammers
a name from elsewhere does not keep its owner out, on a new machine neither. Against one name guessed from many networks
each name has a budget of wrong passwords a day: once it is spent, every unknown network gets few tries (`STRICT`), but
the first ones are always heard. Who knows the password and tries codes waits longer: no stranger can bring the owner
there.

Wrong passwords for one name in a day: one network 160 at most, an IPv6 /48 with all its networks 200, N networks of
different sites 100 + 11 N (tests/test_guessing.py counts them).
"""

import datetime as dt
from dataclasses import dataclass

FREE_TRIES = 3
# More than requests side by side ever are apart: a try that was read first and counted second is no clock set back.
_SET_BACK = dt.timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Brake:
    """`longest`: the longest wait between two tries. `forgotten_after`: quiet time that wipes the count; longer than
    `longest`. `free`: tries before the first wait. `first`: that wait; each further one is twice as long.
    """

    longest: dt.timedelta
    forgotten_after: dt.timedelta
    free: int = FREE_TRIES
    first: dt.timedelta = dt.timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Budget:
    """`count` failures in `per`, refilled evenly."""

    count: int
    per: dt.timedelta


PASSWORDS = Brake(longest=dt.timedelta(seconds=30), forgotten_after=dt.timedelta(minutes=15))
# Three of a million codes are valid at a time: at most 100 attempts a day give a chance of 1 in 3,000.
CODES = Brake(longest=dt.timedelta(minutes=15), forgotten_after=dt.timedelta(hours=24))
NAME_BUDGET = Budget(count=100, per=dt.timedelta(hours=24))
# Of one name whose budget is spent: an unknown network, and an IPv6 /48 with all the /64 networks in it.
STRICT = Brake(dt.timedelta(hours=12), dt.timedelta(hours=24), first=dt.timedelta(minutes=5))
STRICT_SITE = Brake(dt.timedelta(hours=12), dt.timedelta(hours=24), free=24, first=dt.timedelta(minutes=5))
FORGOTTEN_AFTER = max(brake.forgotten_after for brake in (PASSWORDS, CODES, STRICT, STRICT_SITE))


@dataclass(frozen=True, slots=True)
class Tries:
    """Consecutive failed attempts, and when the next one is accepted."""

    failures: int
    last_at: dt.datetime
    next_at: dt.datetime


def wait_after(failures: int, brake: Brake = PASSWORDS) -> dt.timedelta:
    """Nothing for the free ones, then the first wait (2, 4, 8, 16 … seconds), doubled up to the longest."""
    if failures < brake.free:
        return dt.timedelta()
    doubled: int = 2 ** min(20, failures - brake.free)
    return min(brake.longest, brake.first * doubled)


def claim(tries: Tries | None, now: dt.datetime, brake: Brake = PASSWORDS) -> Tries | None:
    """Return the state with one more try, counted before the secret is looked at; None: too early, not heard.

    A wait that a stricter brake set ends before anything is forgotten. The count survives a clock that is set back;
    only the wait begins anew.
    """
    if tries is None or now - tries.last_at > max(brake.forgotten_after, tries.next_at - tries.last_at):
        return Tries(1, now, now + wait_after(1, brake))
    if now < tries.last_at - _SET_BACK:  # whoever waits must not wait for as long as the clock was set back
        return Tries(tries.failures + 1, now, now + wait_after(tries.failures + 1, brake))
    if now < tries.next_at:
        return None
    return Tries(tries.failures + 1, now, now + wait_after(tries.failures + 1, brake))


def spend(tries: Tries | None, now: dt.datetime, budget: Budget = NAME_BUDGET) -> Tries:
    """The budget with one more failure. `next_at`: when all of it will be back, at most two `per` from now, so that a
    budget that is spent stays so for as long as the failures go on, and a while longer.
    """
    back_at = max(tries.next_at, now) if tries else now
    back_at = min(back_at + budget.per / budget.count, now + 2 * budget.per)
    return Tries(tries.failures + 1 if tries else 1, now, back_at)


def is_spent(tries: Tries | None, now: dt.datetime, budget: Budget = NAME_BUDGET) -> bool:
    return tries is not None and tries.next_at - now > budget.per - budget.per / budget.count
