"""Services of the channels: messages, outbox, inbox, groups."""

from binhyen.channels.services.channel_state import have_read_again, resume
from binhyen.channels.services.deferred_delivery import OWED, no_longer_owed
from binhyen.channels.services.messages import BARE, Heard, bare, hear_messages, hold, hold_apart, purge, release
from binhyen.channels.services.outbound_dlp import persons_in
from binhyen.channels.services.outbox import cancel, queue, retry
from binhyen.channels.services.outgoing_draft import Draft, Private

__all__ = [
    "BARE", "OWED", "Draft", "Heard", "Private", "bare", "cancel", "have_read_again", "hear_messages", "hold",
    "hold_apart", "no_longer_owed", "persons_in", "purge", "queue", "release", "resume", "retry",
]  # fmt: skip
