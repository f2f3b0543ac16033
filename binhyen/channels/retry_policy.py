"""Pure decisions of delivery: retry, give up, retention."""

import datetime as dt
from collections import deque
from collections.abc import Iterable, Sequence

from binhyen.kit.i18n_markers import N_

# Reason shown while every channel of a restored copy is off, until an operator confirms that it is not a trial
# (backup.py).
RESTORED_COPY_REASON = N_("Bản phục hồi: chưa gửi gì ra ngoài cho tới khi người vận hành xác nhận chạy thật")
RETRY_DELAYS = (1, 5, 30, 120, 600, 1800, 3600)  # seconds before the next attempt (backoff); the last repeats
REMINDER_INTERVAL = 3  # days between two reminders in a group
MAX_SEND_ATTEMPTS = 12
MAX_INBOUND_ATTEMPTS = 8
SEND_LEASE = dt.timedelta(seconds=60)
# What was written so much later than now was written before the clock was set back: its times hold no longer.
LONGEST_WAIT = dt.timedelta(seconds=RETRY_DELAYS[-1]) + dt.timedelta(minutes=1)  # of a webhook that is tried again
LONGEST_PAUSE = dt.timedelta(hours=7)  # of a channel or a message: six hours are the longest of the codes
SKEW = dt.timedelta(seconds=30)
VIETNAM_UTC_OFFSET = dt.timedelta(hours=7)
DAY_START, DAY_END = dt.timedelta(hours=6), dt.timedelta(hours=22)
# Minimum of webhooks on a usual day → waking time after which silence is an alert: hours, a day, three days, a week.
SILENCE_LIMITS = tuple(
    (least, dt.timedelta(hours=hours)) for least, hours in ((200, 6), (20, 16), (1, 3 * 16), (0, 7 * 16))
)
KNOWN = 9  # webhooks whose median counts: one wrong time among them moves nothing
LEAST_KNOWN = 3  # fewer tell nothing
READABLE_TIME = dt.timedelta(hours=6)  # so long the words of an urgent tip in a group stay open to its unit


def retry_at(attempts: int, *, retry_after: float | None, now: dt.datetime) -> dt.datetime:
    """Return the time of the next attempt after `attempts` attempts."""
    delay = retry_after if retry_after is not None else RETRY_DELAYS[min(attempts, len(RETRY_DELAYS)) - 1]
    return now + dt.timedelta(seconds=delay)


def should_give_up(attempts: int, *, is_permanent: bool) -> bool:
    return is_permanent or attempts >= MAX_SEND_ATTEMPTS


def get_message_expiry(days: int, *, now: dt.datetime) -> dt.datetime:
    """Return the expiry of a message that belongs to no case."""
    return now + dt.timedelta(days=days)


def format_credential_context(channel_id: int) -> str:
    """Return the encryption context (associated data) of a channel's secrets."""
    return f"channels_credential.ciphertext:{channel_id}"


def format_inbound_context(channel_id: int, external_id: str) -> str:
    """Return the encryption context (associated data) of the body of a webhook."""
    return f"channels_inbound.sealed_body:{channel_id}:{external_id}"


def get_waking_time(first: dt.datetime, last: dt.datetime) -> dt.timedelta:
    """Return the part of the time between two moments that lay between 06:00 and 22:00 in Viet Nam."""
    return _waking_time_since_epoch(last) - _waking_time_since_epoch(first)


def _waking_time_since_epoch(moment: dt.datetime) -> dt.timedelta:
    """Return the waking time since day 0."""
    local_time = moment.astimezone(dt.UTC) + VIETNAM_UTC_OFFSET
    time_of_day = dt.timedelta(hours=local_time.hour, minutes=local_time.minute, seconds=local_time.second)
    return local_time.toordinal() * (DAY_END - DAY_START) + min(max(time_of_day, DAY_START), DAY_END) - DAY_START


def get_silence_limit(daily_counts: Sequence[int]) -> dt.timedelta:
    """Return the waking time without a webhook after which a channel counts as silent.

    `daily_counts`: webhooks on each of the last days until the latest webhook, days with none included. Decided by the
    median: one busy day makes no busy channel.
    """
    median = sorted(daily_counts)[len(daily_counts) // 2] if daily_counts else 0
    return next(silence for minimum, silence in SILENCE_LIMITS if median >= minimum)


def is_reminder_day(group_id: int, day: dt.date) -> bool:
    """Return whether a group is reminded on a day: by its number alone, so that a reminder reveals no event."""
    return (day.toordinal() + group_id) % REMINDER_INTERVAL == 0


class SignedTimes:
    """The signed times of one channel's last webhooks: they identify a replay. Our own clock does not: beside it every
    genuine webhook may look two days old. `newest`, their median, never moves back: a row of replays, each a
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
