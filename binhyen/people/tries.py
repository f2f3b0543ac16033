"""How sign-in tries are slowed. Pure. Never a lock-out: whoever waits the shown seconds is heard again.

A device that once signed in counts by itself, so that somebody who hammers a name from elsewhere does not keep its
owner out. Who knows the password and tries codes waits longer: no stranger can bring the owner there.
"""

import datetime as dt
from dataclasses import dataclass

FREE_TRIES = 3
# More than requests side by side ever are apart: a try that was read first and counted second is no clock set back.
_SET_BACK = dt.timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Brake:
    """`longest`: the longest wait between two tries. `forgotten_after`: quiet time that wipes the count."""

    longest: dt.timedelta
    forgotten_after: dt.timedelta


PASSWORDS = Brake(longest=dt.timedelta(seconds=30), forgotten_after=dt.timedelta(minutes=15))
# Three of a million codes are right at a time: at most 100 tries a day leave a chance of 1 in 3,000.
CODES = Brake(longest=dt.timedelta(minutes=15), forgotten_after=dt.timedelta(hours=24))
FORGOTTEN_AFTER = max(PASSWORDS.forgotten_after, CODES.forgotten_after)


@dataclass(frozen=True, slots=True)
class Tries:
    """Tries in a row that did not succeed, and when the next one is heard."""

    failures: int
    last_at: dt.datetime
    next_at: dt.datetime


def wait_after(failures: int, brake: Brake = PASSWORDS) -> dt.timedelta:
    """Nothing for the first three, then 2, 4, 8, 16 … seconds up to the longest."""
    if failures < FREE_TRIES:
        return dt.timedelta()
    return min(brake.longest, dt.timedelta(seconds=2 ** min(20, failures - FREE_TRIES + 1)))


def claim(tries: Tries | None, now: dt.datetime, brake: Brake = PASSWORDS) -> Tries | None:
    """Return the state with one more try, counted before the secret is looked at; None: too early, not heard.

    The count survives a clock that is set back; only the wait begins anew.
    """
    if tries is None or now - tries.last_at > brake.forgotten_after:
        return Tries(1, now, now + wait_after(1, brake))
    if now < tries.last_at - _SET_BACK:  # whoever waits must not wait for as long as the clock was set back
        return Tries(tries.failures + 1, now, now + wait_after(tries.failures + 1, brake))
    if now < tries.next_at:
        return None
    return Tries(tries.failures + 1, now, now + wait_after(tries.failures + 1, brake))
