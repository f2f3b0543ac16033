"""Pure decisions of delivery: when to try again, when to give up, how long things are kept."""

import datetime as dt

LADDER = (1, 5, 30, 120, 600, 1800, 3600)  # seconds before the next try; the last repeats
TRIES = 12
INBOUND_TRIES = 8
LEASE = dt.timedelta(seconds=60)


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
