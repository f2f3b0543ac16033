"""Writes of the channels: messages, the outbox, the inbox, groups."""

from binhyen.channels.services.drafts import Draft, Private
from binhyen.channels.services.gate import persons_in
from binhyen.channels.services.messages import Heard, hear_messages, hold, purge, release
from binhyen.channels.services.outbox import cancel, queue, retry

__all__ = [
    "Draft", "Heard", "Private", "cancel", "hear_messages", "hold", "persons_in", "purge", "queue", "release", "retry",
]  # fmt: skip
