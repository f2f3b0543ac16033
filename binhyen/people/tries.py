"""Login backoff. Pure. Never a lock-out: after the shown seconds the next attempt is accepted.

A known device counts by itself, so that attempts from elsewhere do not block the account's owner. Code attempts after
a correct password wait longer: a stranger cannot cause that wait for the owner.
"""

import datetime as dt
from dataclasses import dataclass

FREE_TRIES = 3


@dataclass(frozen=True, slots=True)
class Brake:
    """Backoff policy. `longest`: maximum wait between two attempts. `forgotten_after`: quiet time that resets the
    count.
    """

    longest: dt.timedelta
    forgotten_after: dt.timedelta


PASSWORDS = Brake(longest=dt.timedelta(seconds=30), forgotten_after=dt.timedelta(minutes=15))
# Three of a million codes are valid at a time: at most 100 attempts a day give a chance of 1 in 3,000.
CODES = Brake(longest=dt.timedelta(minutes=15), forgotten_after=dt.timedelta(hours=24))
FORGOTTEN_AFTER = max(PASSWORDS.forgotten_after, CODES.forgotten_after)


@dataclass(frozen=True, slots=True)
class Tries:
    """Consecutive failed attempts, and when the next one is accepted."""

    failures: int
    last_at: dt.datetime
    next_at: dt.datetime


def wait_after(failures: int, brake: Brake = PASSWORDS) -> dt.timedelta:
    """Return the wait: nothing for the first three, then 2, 4, 8, 16 … seconds up to the maximum."""
    if failures < FREE_TRIES:
        return dt.timedelta()
    return min(brake.longest, dt.timedelta(seconds=2 ** min(20, failures - FREE_TRIES + 1)))


def claim(tries: Tries | None, now: dt.datetime, brake: Brake = PASSWORDS) -> Tries | None:
    """Return the state with one more attempt, counted before the secret is checked; None: too early, rejected."""
    if tries is None or now - tries.last_at > brake.forgotten_after:
        return Tries(1, now, now + wait_after(1, brake))
    if now < tries.next_at:
        return None
    return Tries(tries.failures + 1, now, now + wait_after(tries.failures + 1, brake))
