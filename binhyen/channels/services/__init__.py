"""Services of the channels: messages, outbox, inbox, groups."""

from binhyen.channels.services.accounts import have_read_again, resume
from binhyen.channels.services.drafts import Draft, Private
from binhyen.channels.services.gate import persons_in
from binhyen.channels.services.messages import BARE, Heard, bare, hear_messages, hold, hold_apart, purge, release
from binhyen.channels.services.outbox import cancel, queue, retry
from binhyen.channels.services.owed import OWED, no_longer_owed

__all__ = [
    "BARE", "OWED", "Draft", "Heard", "Private", "bare", "cancel", "have_read_again", "hear_messages", "hold",
    "hold_apart", "no_longer_owed", "persons_in", "purge", "queue", "release", "resume", "retry",
]  # fmt: skip
