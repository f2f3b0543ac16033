"""Pure decisions of delivery: when to try again, when to give up, how long things are kept."""

import datetime as dt

from binhyen.kit.wording import N_

# Why every channel of a restored copy is off, until somebody says that it is no trial (backup.py).
RESTORED = N_("Bản phục hồi: chưa gửi gì ra ngoài cho tới khi người vận hành xác nhận chạy thật")
LADDER = (1, 5, 30, 120, 600, 1800, 3600)  # seconds before the next try; the last repeats
REMIND_EVERY = 3  # days between two reminders in a group
TRIES = 12
INBOUND_TRIES = 8
LEASE = dt.timedelta(seconds=60)
READABLE = dt.timedelta(hours=6)  # so long the words of an urgent tip in a group stay open to its unit


def next_try(attempts: int, *, retry_after: float | None, now: dt.datetime) -> dt.datetime:
    """When to try again after `attempts` tries."""
    wait = retry_after if retry_after is not None else LADDER[min(attempts, len(LADDER)) - 1]
    return now + dt.timedelta(seconds=wait)


def gives_up(attempts: int, *, permanent: bool) -> bool:
    return permanent or attempts >= TRIES


def keep_until(days: int, *, now: dt.datetime) -> dt.datetime:
    """When a message that no case holds goes."""
    return now + dt.timedelta(days=days)


def credential_context(channel_id: int) -> str:
    """What a channel's sealed secrets are bound to."""
    return f"channels_credential.sealed:{channel_id}"


def inbound_context(channel_id: int, outside_id: str) -> str:
    """What the sealed body of a webhook is bound to."""
    return f"channels_inbound.raw:{channel_id}:{outside_id}"


def reminded_on(group_id: int, day: dt.date) -> bool:
    """Whether a group is reminded on a day: by its number alone, so that a reminder tells of nothing that happened."""
    return (day.toordinal() + group_id) % REMIND_EVERY == 0
