"""Writes of the channels: messages, the outbox, the inbox, groups."""

from binhyen.channels.services.messages import Heard, hear_messages, hold, purge, release
from binhyen.channels.services.outbox import Draft, cancel, queue, retry

__all__ = ["Draft", "Heard", "cancel", "hear_messages", "hold", "purge", "queue", "release", "retry"]
