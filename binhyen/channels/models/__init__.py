"""Models of channels, groups, incoming messages and outgoing messages."""

from binhyen.channels.models.accounts import Channel, Credential, EventCount, Inbound
from binhyen.channels.models.groups import Group, GroupRules, GroupSize, Membership
from binhyen.channels.models.messages import Attachment, Conversation, Flag, Message
from binhyen.channels.models.outgoing import ChildGround, DlpOverride, Outgoing, PublishedText, TextFingerprint
from binhyen.channels.models.push import PushDelivery, PushNotice, PushSubscription

__all__ = [
    "Attachment",
    "Channel",
    "ChildGround",
    "Conversation",
    "Credential",
    "DlpOverride",
    "EventCount",
    "Flag",
    "Group",
    "GroupRules",
    "GroupSize",
    "Inbound",
    "Membership",
    "Message",
    "Outgoing",
    "PublishedText",
    "PushDelivery",
    "PushNotice",
    "PushSubscription",
    "TextFingerprint",
]
