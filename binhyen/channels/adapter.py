"""The adapter interface of a channel kind.

One folder and one small class a kind; adapters share nothing with each other.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from binhyen.channels.types import Incoming, Media, OutgoingMessage, SendReceipt, WebhookRejected


@dataclass(frozen=True, slots=True)
class ChannelAccount:
    """The data an adapter needs about its channel: public settings, secrets and the current access token."""

    channel_id: int
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]
    access_token: str = ""
    newest_signed: dt.datetime | None = None  # at the gateway: about when its last webhooks were signed (rules.py)


@dataclass(frozen=True, slots=True)
class AcceptedWebhook:
    """A webhook that passed the gateway: `external_id` is unique per channel, a second delivery gives the same one.
    `signed_at`: the sender's own time, where its signature covers one. `doubt`: why a person, not the program, has to
    say whether it is read.
    """

    external_id: str
    event: str
    signed_at: dt.datetime | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class ChannelLimits:
    """Rate limit, text length and messaging windows of a channel.

    `per_minute` 0 means no limit; windows count from the last interaction of the person. `window_error`: error code and
    reason for a person silent for longer than the last window. `unreachable_codes`: error codes for a person accepting
    no message from us now; only the person can change that.
    """

    per_minute: int = 0
    text_length: int = 2000
    free_window: dt.timedelta | None = None
    last_window: dt.timedelta | None = None
    closed: tuple[str, str] = ("", "")
    unheard: frozenset[str] = frozenset()


class ChannelAdapter(Protocol):
    """The interface of one kind of channel. Instances are stateless: everything comes in as an argument."""

    kind: str
    label: str
    limits: ChannelLimits
    is_immediate: bool  # True: nothing is sent, the person reads it on our own page

    def accept_webhook(
        self, account: ChannelAccount, headers: Mapping[str, str], body: bytes, *, now: dt.datetime
    ) -> AcceptedWebhook:
        """Check signature, age and shape of a webhook. Raises `Refused`. No Django: the gateway runs it. Old is what is
        old beside `account.newest_signed`; `now` may be wrong by days, so it leads to a doubt at most.
        """
        ...

    def parse(self, account: ChannelAccount, event: str, body: bytes) -> Incoming:
        """Convert external JSON to the channel types. Raises ValueError where a known event has a wrong shape."""
        ...

    def open_client(self) -> AbstractAsyncContextManager[Any]:
        """Open the resources a batch of sends shares (an HTTP session with its timeouts); entered once a batch."""
        ...

    def get_token(self, channel_id: int, *, now: dt.datetime, rejected_token: str = "") -> str:
        """Return the current access token, "" for a kind without tokens.

        `rejected_token`: the token that the channel just rejected, so that only the first of many callers refreshes
        (single-flight). Runs with Django, which is imported lazily. Raises `SendFailed`.
        """
        ...

    async def send(self, client: Any, account: ChannelAccount, message: OutgoingMessage) -> SendReceipt:
        """Send the message; the only network call of a send. Raises `SendFailed`."""
        ...

    async def find_sent(self, client: Any, account: ChannelAccount, message: OutgoingMessage) -> SendReceipt | None:
        """Return the receipt of a send whose receipt was lost, None if it was not sent.

        Raises `SendFailed` if it cannot tell.
        """
        ...

    async def fetch_media(self, client: Any, account: ChannelAccount, media: Media) -> bytes:
        """Download a received file. Raises `SendFailed`, permanent where the file is forbidden or unavailable."""
        ...


class WithoutWebhook:
    """Base of adapters that receive nothing: people answer on our own pages."""

    def accept_webhook(
        self, account: ChannelAccount, headers: Mapping[str, str], body: bytes, *, now: dt.datetime
    ) -> AcceptedWebhook:
        raise WebhookRejected(404, "this kind of channel has no webhook")

    def parse(self, account: ChannelAccount, event: str, body: bytes) -> Incoming:
        raise ValueError("this kind of channel has no webhook")


@dataclass(frozen=True, slots=True)
class BrowserSubscription:
    """Fields that a browser sends after `pushManager.subscribe`. `key`: the public key of ours that it used."""

    endpoint: str
    p256dh: str
    auth: str
    key: str


@runtime_checkable
class PushAdapter(ChannelAdapter, Protocol):
    """An adapter whose recipients are subscriptions of browsers."""

    def encrypt_content(self, recipient: str, text: str) -> bytes:
        """Return `OutgoingMessage.content`; computation only, since another process may do it. Raises `SendFailed`."""
        ...

    def read_public_key(self, settings: Mapping[str, Any]) -> str:
        """Return the public key under which browsers subscribe now; "" before there is one."""
        ...

    def build_recipient(self, settings: Mapping[str, Any], subscription: BrowserSubscription) -> str:
        """Return the recipient of later messages. Raises ValueError for a broken or forbidden subscription."""
        ...


@runtime_checkable
class MailAdapter(ChannelAdapter, Protocol):
    """An adapter whose recipients are addresses that people type."""

    def normalize_recipient(self, text: str) -> str:
        """Return the address in the form under which it is found again. Raises ValueError."""
        ...

    def build_recipient(self, address: str, token: str) -> str:
        """Return the recipient of later messages; `token`: of the links in them."""
        ...


@dataclass(frozen=True, slots=True)
class ChannelGroup:
    """A group as the channel reports it. `is_enabled`: it accepts messages from us."""

    external_id: str
    link: str
    name: str
    description: str
    is_enabled: bool = True


@dataclass(frozen=True, slots=True)
class GroupSlot:
    """The right of an account to one group. `group`: external id of the group that uses it, "" while free;
    `is_included`: held by the package, so without a fee of its own; `ends_on`: last day.
    """

    size: str
    is_included: bool
    is_lapsed: bool
    group: str
    ends_on: dt.date | None
    renews: bool


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """What an account pays for. `messages_total` 0: the channel does not tell."""

    account_id: str
    name: str
    package: str
    ends_on: dt.date | None
    renews: bool
    messages_left: int
    messages_total: int
    slots: tuple[GroupSlot, ...] = ()


@runtime_checkable
class PlanAdapter(ChannelAdapter, Protocol):
    """An adapter whose accounts have packages that run out."""

    async def read_plan(self, client: Any, account: ChannelAccount) -> AccountPlan:
        """Return the account's package. Raises `SendFailed`."""
        ...


@dataclass(frozen=True, slots=True)
class MissedWebhook:
    """An entry of the channel's history in the shape of the webhook that should have brought it."""

    external_id: str
    event: str
    body: bytes
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class ChannelHistory:
    """What people wrote to an account, oldest first. `until`: the channel's own time up to which it is complete, None
    where there is nothing at all; `skipped`: chats that the channel does not show.
    """

    entries: tuple[MissedWebhook, ...]
    until: dt.datetime | None
    skipped: int = 0


@runtime_checkable
class HistoryAdapter(ChannelAdapter, Protocol):
    """An adapter that can read messages its webhooks missed."""

    async def read_history(
        self, client: Any, account: ChannelAccount, *, since: dt.datetime | None, now: dt.datetime
    ) -> ChannelHistory:
        """Return all messages of people from `since` on; None: none of them, only how far the history goes.

        Raises `SendFailed` rather than return a history with gaps.
        """
        ...


@runtime_checkable
class SharedAppAdapter(ChannelAdapter, Protocol):
    """An adapter whose accounts may belong to one app, which has one webhook address for all of them."""

    def get_account_key(self, settings: Mapping[str, Any]) -> tuple[str, str]:
        """Return app and account of a channel's settings."""
        ...

    def read_account_key(self, body: bytes) -> tuple[str, str]:
        """Return app and account that a webhook names, "" for a missing one. Raises nothing."""
        ...


@runtime_checkable
class GroupAdapter(ChannelAdapter, Protocol):
    """An adapter that can create chat groups."""

    async def open_group(self, client: Any, account: ChannelAccount, *, name: str, description: str) -> ChannelGroup:
        """Create the group.

        Raises `SendFailed`. Not idempotent at the channel: check `list_own_groups` first after a crash.
        """
        ...

    async def list_own_groups(self, client: Any, account: ChannelAccount) -> tuple[ChannelGroup, ...]:
        """List all groups of the account. Raises `SendFailed` rather than return an incomplete list."""
        ...

    async def list_join_requests(self, client: Any, account: ChannelAccount, group: str) -> frozenset[str]:
        """Return external ids of the people waiting to join a group.

        Raises `SendFailed` rather than an incomplete set.
        """
        ...

    async def answer_join_requests(
        self, client: Any, account: ChannelAccount, group: str, people: Sequence[str], *, accept: bool
    ) -> None:
        """Accept or reject these join requests. Raises `SendFailed`, permanent where one of them no longer waits."""
        ...
