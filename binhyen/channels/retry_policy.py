"""Pure decisions of delivery: retry, give up, retention."""

import datetime as dt
from collections import deque
from collections.abc import Iterable, Sequence

from binhyen.kit.i18n_markers import N_

# Reason shown while every channel of a restored copy is off, until an operator confirms that it is not a trial
# (backup.py).
RESTORED = N_("Bản phục hồi: chưa gửi gì ra ngoài cho tới khi người vận hành xác nhận chạy thật")
LADDER = (1, 5, 30, 120, 600, 1800, 3600)  # seconds before the next attempt (backoff); the last repeats
REMIND_EVERY = 3  # days between two reminders in a group
TRIES = 12
INBOUND_TRIES = 8
LEASE = dt.timedelta(seconds=60)
# What was written so much later than now was written before the clock was set back: its times hold no longer.
LONGEST_WAIT = dt.timedelta(seconds=LADDER[-1]) + dt.timedelta(minutes=1)  # of a webhook that is tried again
LONGEST_PAUSE = dt.timedelta(hours=7)  # of a channel or a message: six hours are the longest of the codes
SKEW = dt.timedelta(seconds=30)
IN_VIETNAM = dt.timedelta(hours=7)
MORNING, NIGHT = dt.timedelta(hours=6), dt.timedelta(hours=22)
# Minimum of webhooks on a usual day → waking time after which silence is an alert: hours, a day, three days, a week.
SILENCES = tuple((least, dt.timedelta(hours=hours)) for least, hours in ((200, 6), (20, 16), (1, 3 * 16), (0, 7 * 16)))
KNOWN = 9  # webhooks whose median counts: one wrong time among them moves nothing
LEAST_KNOWN = 3  # fewer tell nothing
READABLE = dt.timedelta(hours=6)  # so long the words of an urgent tip in a group stay open to its unit


def next_try(attempts: int, *, retry_after: float | None, now: dt.datetime) -> dt.datetime:
    """Return the time of the next attempt after `attempts` attempts."""
    wait = retry_after if retry_after is not None else LADDER[min(attempts, len(LADDER)) - 1]
    return now + dt.timedelta(seconds=wait)


def gives_up(attempts: int, *, permanent: bool) -> bool:
    return permanent or attempts >= TRIES


def keep_until(days: int, *, now: dt.datetime) -> dt.datetime:
    """Return the expiry of a message that belongs to no case."""
    return now + dt.timedelta(days=days)


def credential_context(channel_id: int) -> str:
    """Return the encryption context (associated data) of a channel's secrets."""
    return f"channels_credential.sealed:{channel_id}"


def inbound_context(channel_id: int, outside_id: str) -> str:
    """Return the encryption context (associated data) of the body of a webhook."""
    return f"channels_inbound.raw:{channel_id}:{outside_id}"


def waking(first: dt.datetime, last: dt.datetime) -> dt.timedelta:
    """Return the part of the time between two moments that lay between 06:00 and 22:00 in Viet Nam."""
    return _awake(last) - _awake(first)


def _awake(moment: dt.datetime) -> dt.timedelta:
    """Return the waking time since day 0."""
    there = moment.astimezone(dt.UTC) + IN_VIETNAM
    today = dt.timedelta(hours=there.hour, minutes=there.minute, seconds=there.second)
    return there.toordinal() * (NIGHT - MORNING) + min(max(today, MORNING), NIGHT) - MORNING


def quiet_after(days: Sequence[int]) -> dt.timedelta:
    """Return the waking time without a webhook after which a channel counts as silent.

    `daily_counts`: webhooks on each of the last days until the latest webhook, days with none included. Decided by the
    median: one busy day makes no busy channel.
    """
    usual = sorted(days)[len(days) // 2] if days else 0
    return next(silence for least, silence in SILENCES if usual >= least)


def reminded_on(group_id: int, day: dt.date) -> bool:
    """Return whether a group is reminded on a day: by its number alone, so that a reminder reveals no event."""
    return (day.toordinal() + group_id) % REMIND_EVERY == 0


class SignedTimes:
    """The signed times of one channel's last webhooks: a replay is told by them, never by our own clock, beside which
    every genuine webhook may look two days old. `newest`, their median, never moves back: a row of replays, each a
    little older than the one before, would lead it to any day.
    """

    def __init__(self, known: Iterable[dt.datetime] = ()) -> None:
        self._known: deque[dt.datetime] = deque(maxlen=KNOWN)
        self.newest: dt.datetime | None = None
        for moment in known:
            self.add(moment)

    def add(self, moment: dt.datetime) -> None:
        """Take note of a webhook that was stored."""
        self._known.append(moment)
        if len(self._known) >= LEAST_KNOWN:
            middle = sorted(self._known)[len(self._known) // 2]
            self.newest = max(self.newest or middle, middle)
