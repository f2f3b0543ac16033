"""How sign-in tries are slowed. Pure. Never a lock-out: whoever waits the shown seconds is heard again.

A device that once signed in counts by itself, so that somebody who hammers a name from elsewhere does not keep its
owner out.
"""

import datetime as dt
from dataclasses import dataclass

FREE_TRIES = 3
LONGEST = dt.timedelta(seconds=30)
FORGOTTEN_AFTER = dt.timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Tries:
    """Tries in a row that did not succeed, and when the next one is heard."""

    failures: int
    last_at: dt.datetime
    next_at: dt.datetime


def wait_after(failures: int) -> dt.timedelta:
    """Nothing for the first three, then 2, 4, 8, 16, 30, 30 … seconds."""
    if failures < FREE_TRIES:
        return dt.timedelta()
    return min(LONGEST, dt.timedelta(seconds=2 ** min(10, failures - FREE_TRIES + 1)))


def claim(tries: Tries | None, now: dt.datetime) -> Tries | None:
    """The state with one more try, counted before the password is looked at; None: too early, not heard."""
    if tries is None or now - tries.last_at > FORGOTTEN_AFTER:
        return Tries(1, now, now + wait_after(1))
    if now < tries.next_at:
        return None
    return Tries(tries.failures + 1, now, now + wait_after(tries.failures + 1))
