"""Login backoff. Pure. Never a lock-out: after the shown seconds the next attempt is accepted.

A device that once signed in counts by itself; an unknown one counts by the pair of name and network. So an attacker
elsewhere does not lock out the owner of a name, not on a new machine either. Against one name guessed from many
networks each name has a budget of wrong passwords a day: once it is spent, every unknown network gets few tries
(`STRICT`), but its first ones are always checked. Attempts at codes after a right password wait longer: a stranger
cannot cause that.

Wrong passwords for one name in a day: one network 160 at most, an IPv6 /48 with all its networks 200, N networks of
different sites 100 + 11 N (tests/test_login_throttle.py counts them).
"""

import datetime as dt
from dataclasses import dataclass

FREE_ATTEMPTS = 3
# More than requests side by side ever are apart: a try that was read first and counted second is no clock set back.
_SET_BACK = dt.timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class BackoffPolicy:
    """`longest`: the longest wait between two tries. `forgotten_after`: quiet time that wipes the count; longer than
    `longest`. `free`: tries before the first wait. `first`: that wait; each further one is twice as long.
    """

    longest: dt.timedelta
    reset_after: dt.timedelta
    free: int = FREE_ATTEMPTS
    first: dt.timedelta = dt.timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Budget:
    """`count` failures in `per`, refilled evenly."""

    count: int
    per: dt.timedelta


PASSWORD_POLICY = BackoffPolicy(longest=dt.timedelta(seconds=30), reset_after=dt.timedelta(minutes=15))
# Three of a million codes are valid at a time: at most 100 attempts a day give a chance of 1 in 3,000.
CODE_POLICY = BackoffPolicy(longest=dt.timedelta(minutes=15), reset_after=dt.timedelta(hours=24))
NAME_BUDGET = Budget(count=100, per=dt.timedelta(hours=24))
# Of one name whose budget is spent: an unknown network, and an IPv6 /48 with all the /64 networks in it.
STRICT = BackoffPolicy(dt.timedelta(hours=12), dt.timedelta(hours=24), first=dt.timedelta(minutes=5))
STRICT_SITE = BackoffPolicy(dt.timedelta(hours=12), dt.timedelta(hours=24), free=24, first=dt.timedelta(minutes=5))
RESET_AFTER = max(brake.reset_after for brake in (PASSWORD_POLICY, CODE_POLICY, STRICT, STRICT_SITE))


@dataclass(frozen=True, slots=True)
class AttemptState:
    """Consecutive failed attempts, and when the next one is accepted."""

    failures: int
    last_at: dt.datetime
    next_at: dt.datetime


def compute_wait(failures: int, policy: BackoffPolicy = PASSWORD_POLICY) -> dt.timedelta:
    """Nothing for the free ones, then the first wait (2, 4, 8, 16 … seconds), doubled up to the longest."""
    if failures < policy.free:
        return dt.timedelta()
    doubled: int = 2 ** min(20, failures - policy.free)
    return min(policy.longest, policy.first * doubled)


def register_attempt(
    state: AttemptState | None, now: dt.datetime, policy: BackoffPolicy = PASSWORD_POLICY
) -> AttemptState | None:
    """Return the state with one more try, counted before the secret is looked at; None: too early, not heard.

    A wait that a stricter brake set ends before anything is forgotten. The count survives a clock that is set back;
    only the wait begins anew.
    """
    if state is None or now - state.last_at > max(policy.reset_after, state.next_at - state.last_at):
        return AttemptState(1, now, now + compute_wait(1, policy))
    if now < state.last_at - _SET_BACK:  # the clock was set back: that time is not added to the wait
        return AttemptState(state.failures + 1, now, now + compute_wait(state.failures + 1, policy))
    if now < state.next_at:
        return None
    return AttemptState(state.failures + 1, now, now + compute_wait(state.failures + 1, policy))


def spend(tries: AttemptState | None, now: dt.datetime, budget: Budget = NAME_BUDGET) -> AttemptState:
    """Return the budget with one more failure.

    `next_at`: when all of it will be back, at most two `per` from now, so that a spent budget stays spent while the
    failures go on, and a while longer.
    """
    back_at = max(tries.next_at, now) if tries else now
    back_at = min(back_at + budget.per / budget.count, now + 2 * budget.per)
    return AttemptState(tries.failures + 1 if tries else 1, now, back_at)


def is_spent(tries: AttemptState | None, now: dt.datetime, budget: Budget = NAME_BUDGET) -> bool:
    return tries is not None and tries.next_at - now > budget.per - budget.per / budget.count
