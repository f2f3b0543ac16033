"""The state of the emulator. Plain records, saved to JSON by store.py; times are epoch milliseconds."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from emulator.errors import RequestRejected
from emulator.switches import Switches

Json = dict[str, Any]

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
ACCESS_MS = 25 * HOUR_MS
REFRESH_MS = 90 * DAY_MS
CODE_MS = 600_000
FREE_WINDOW_MS = 48 * HOUR_MS
LAST_WINDOW_MS = 7 * DAY_MS
UPLOAD_MS = 7 * DAY_MS
LAPSED_MS = 45 * DAY_MS
MAX_MESSAGES = 50_000


@dataclass(slots=True)
class EmulatorAccount:
    """The app and its Official Account."""

    app_id: str = ""
    app_secret: str = ""
    oa_id: str = ""
    oa_secret_key: str = ""
    name: str = ""
    description: str = ""
    active: bool = True
    callback_url: str = ""  # the console setting; empty: any redirect is accepted
    package: str = "Tăng trưởng"
    package_until_ms: int = 0  # 0: 300 days from now
    sub_quota: int = 2000
    sub_quota_used: int = 0
    uploads_this_month: int = 0
    upload_month: str = ""


@dataclass(slots=True)
class WebhookSubscription:
    """The webhook subscription. `enabled` turns false after the last retry and is set again by hand."""

    url: str = ""
    enabled: bool = True
    reason: str = ""


@dataclass(slots=True)
class Code:
    code: str
    challenge: str
    expires_ms: int
    used: bool = False


@dataclass(slots=True)
class TokenGrant:
    """One token pair; `dead`: why it is no longer valid (replaced, revoked)."""

    access_token: str
    refresh_token: str
    issued_ms: int
    access_until_ms: int
    refresh_until_ms: int
    refresh_used: bool = False
    dead: str = ""


@dataclass(slots=True)
class Citizen:
    """A Zalo user from the OA's view. `conversation_id` is set for anonymous web visitors only."""

    user_id: str
    user_id_by_app: str
    name: str
    follower: bool = False
    last_interaction_ms: int = 0
    oa_admin: bool = False
    blocked: bool = False
    banned: bool = False
    conversation_id: str = ""
    alias: str = ""
    clicked_chat: bool = False
    tags: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    shared: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Asset:
    """The right to one group of a size (`gmf10` … `gmf1000`)."""

    asset_id: str
    product_type: str
    valid_until_ms: int
    quota_type: str = "sub_quota"
    auto_renew: bool = False
    group_id: str = ""
    disabled: bool = False

    @property
    def size(self) -> int:
        return int(self.product_type.removeprefix("gmf"))


@dataclass(slots=True)
class ChatGroup:
    group_id: str
    name: str
    description: str
    asset_id: str
    link: str
    created_ms: int
    avatar: str = ""
    members: dict[str, int] = field(default_factory=dict)  # user id → joined
    admins: list[str] = field(default_factory=list)
    pending: dict[str, int] = field(default_factory=dict)
    lock_send_msg: bool = False
    join_appr: bool = True
    enable_msg_history: bool = True
    enable_link_join: bool = True
    deleted: bool = False


@dataclass(slots=True)
class MediaFile:
    """A sent or uploaded file; its bytes are in `World.blobs`."""

    media_id: str
    mime: str
    name: str
    size: int


@dataclass(slots=True)
class StoredUpload:
    upload_id: str
    kind: str  # image, gif, file
    media_id: str
    created_ms: int


@dataclass(slots=True)
class ChatBubble:
    """One chat bubble. `chat` is `u:<user id>` or `g:<group id>`; src 0 = OA, 1 = citizen."""

    seq: int
    message_id: str
    chat: str
    src: int
    from_id: str
    time: int
    type: str
    text: str = ""
    quote: str = ""
    attachments: list[Json] = field(default_factory=list)
    reactions: dict[str, str] = field(default_factory=dict)
    seen: bool = False
    request: Json = field(default_factory=dict)  # body of the API call, for messages of the OA


@dataclass(slots=True)
class Delivery:
    """One event on its way to the webhook. `state`: queued, held, delivered, retrying, failed, skipped."""

    n: int
    event_name: str
    key: str
    body: str
    timestamp: str
    mac: str
    state: str = "queued"
    due_ms: int = 0
    attempts: list[Json] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    drop: int = 0


@dataclass(slots=True)
class World:
    account: EmulatorAccount = field(default_factory=EmulatorAccount)
    subscription: WebhookSubscription = field(default_factory=WebhookSubscription)
    switches: Switches = field(default_factory=Switches)
    codes: dict[str, Code] = field(default_factory=dict)
    grants: list[TokenGrant] = field(default_factory=list)
    citizens: dict[str, Citizen] = field(default_factory=dict)
    assets: dict[str, Asset] = field(default_factory=dict)
    groups: dict[str, ChatGroup] = field(default_factory=dict)
    media: dict[str, MediaFile] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, StoredUpload] = field(default_factory=dict)
    messages: dict[str, ChatBubble] = field(default_factory=dict)
    chats: dict[str, list[str]] = field(default_factory=dict)  # chat → message ids, oldest first
    deliveries: dict[int, Delivery] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    seq: int = 0
    clock_offset_ms: int = 0

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq

    def find_citizen(self, id_or_name: str) -> Citizen:
        """Return a citizen by user id or exact name; rejects with 404."""
        if id_or_name in self.citizens:
            return self.citizens[id_or_name]
        for citizen in self.citizens.values():
            if citizen.name == id_or_name:
                return citizen
        raise RequestRejected(f"no citizen {id_or_name}", 404)

    def find_group(self, id_or_name: str) -> ChatGroup:
        """Return a group by id or by exact name of an open group; rejects with 404."""
        if id_or_name in self.groups:
            return self.groups[id_or_name]
        for group in self.groups.values():
            if group.name == id_or_name and not group.deleted:
                return group
        raise RequestRejected(f"no group {id_or_name}", 404)

    def keep(self, message: ChatBubble) -> ChatBubble:
        self.messages[message.message_id] = message
        self.chats.setdefault(message.chat, []).append(message.message_id)
        if len(self.messages) > MAX_MESSAGES * 1.2:
            self._delete_oldest_messages(len(self.messages) - MAX_MESSAGES)
        return message

    def _delete_oldest_messages(self, number: int) -> None:
        oldest_ids = set(itertools.islice(self.messages, number))
        for chat, ids in self.chats.items():
            self.chats[chat] = [message_id for message_id in ids if message_id not in oldest_ids]
        for message_id in oldest_ids:
            del self.messages[message_id]

    def list_chat_messages(self, chat: str) -> list[ChatBubble]:
        return [self.messages[message_id] for message_id in self.chats.get(chat, [])]

    def get_asset(self, group: ChatGroup) -> Asset:
        return self.assets[group.asset_id]

    def is_group_enabled(self, group: ChatGroup, now_ms: int) -> bool:
        asset = self.get_asset(group)
        return not group.deleted and not asset.disabled and asset.valid_until_ms > now_ms
