"""Pure decisions of delivery: retry, give up, retention."""

import datetime as dt
from collections.abc import Sequence

from binhyen.kit.wording import N_

# Reason shown while every channel of a restored copy is off, until an operator confirms that it is not a trial
# (backup.py).
RESTORED = N_("Bản phục hồi: chưa gửi gì ra ngoài cho tới khi người vận hành xác nhận chạy thật")
LADDER = (1, 5, 30, 120, 600, 1800, 3600)  # seconds before the next attempt (backoff); the last repeats
REMIND_EVERY = 3  # days between two reminders in a group
TRIES = 12
INBOUND_TRIES = 8
LEASE = dt.timedelta(seconds=60)
IN_VIETNAM = dt.timedelta(hours=7)
MORNING, NIGHT = dt.timedelta(hours=6), dt.timedelta(hours=22)
# Minimum of webhooks on a usual day → waking time after which silence is an alert: hours, a day, three days, a week.
SILENCES = tuple((least, dt.timedelta(hours=hours)) for least, hours in ((200, 6), (20, 16), (1, 3 * 16), (0, 7 * 16)))
READABLE = dt.timedelta(hours=6)  # how long the text of an urgent tip in a group stays readable to its unit


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
