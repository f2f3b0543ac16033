"""Services of the channels: messages, outbox, inbox, groups."""

from binhyen.channels.services.channel_events import request_inbound_retry, resume_channel
from binhyen.channels.services.messages import (
    CLEARED_FIELDS,
    MessageToStore,
    clear_content,
    delete_expired_messages,
    release_from_case,
    retain_cleared_message,
    retain_for_case,
    set_dismissed,
    store_messages,
)
from binhyen.channels.services.outbound_dlp import (
    URGENT_PRIORITY,
    GroupPost,
    OutgoingDraft,
    ReplyPrivacy,
    extract_person_names,
)
from binhyen.channels.services.outbox import (
    DEFERRED_PREFIX,
    cancel_deferred,
    cancel_message,
    queue_group_post,
    queue_messages,
    retry_message,
    retry_messages,
)

__all__ = [
    "CLEARED_FIELDS",
    "DEFERRED_PREFIX",
    "URGENT_PRIORITY",
    "GroupPost",
    "MessageToStore",
    "OutgoingDraft",
    "ReplyPrivacy",
    "cancel_deferred",
    "cancel_message",
    "clear_content",
    "delete_expired_messages",
    "extract_person_names",
    "queue_group_post",
    "queue_messages",
    "release_from_case",
    "request_inbound_retry",
    "resume_channel",
    "retain_cleared_message",
    "retain_for_case",
    "retry_message",
    "retry_messages",
    "set_dismissed",
    "store_messages",
]
