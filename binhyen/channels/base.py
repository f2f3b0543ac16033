"""The contract of a channel kind. One folder a kind, one small class; nothing shared sideways."""

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from binhyen.channels.messages import Incoming, Media, OutgoingMessage, Receipt


@dataclass(frozen=True, slots=True)
class Account:
    """What an adapter needs to know of its channel: settings (not secret), secrets and the token of the moment."""

    channel_id: int
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]
    access_token: str = ""
    newest_signed: dt.datetime | None = None  # at the door: about when its last webhooks were signed (rules.py)


@dataclass(frozen=True, slots=True)
class Taken:
    """A webhook that passed the door: `outside_id` is unique per channel, a second delivery gives the same one.
    `signed_at`: the sender's own time, where its signature covers one. `doubt`: why a person, not the program, has to
    say whether it is read.
    """

    outside_id: str
    event: str
    signed_at: dt.datetime | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a channel allows. `per_minute` 0 = no limit; windows count from the person's last interaction. `closed`:
    code and reason with which it refuses who was silent for longer than the last one. `unheard`: codes that say that
    this person takes no word of ours now; nobody but they can change it.
    """

    per_minute: int = 0
    text_length: int = 2000
    free_window: dt.timedelta | None = None
    last_window: dt.timedelta | None = None
    closed: tuple[str, str] = ("", "")
    unheard: frozenset[str] = frozenset()


class Adapter(Protocol):
    """One kind of channel. Instances hold no state: everything comes in as an argument."""

    kind: str
    label: str
    limits: Limits
    immediate: bool  # True: nothing to send, the person reads it on our own page

    def take(self, account: Account, headers: Mapping[str, str], body: bytes, *, now: dt.datetime) -> Taken:
        """Check signature, age and shape of a webhook. Raises `Refused`. No Django: the door runs it. Old is what is
        old beside `account.newest_signed`; `now` may be wrong by days, so it leads to a doubt at most.
        """
        ...

    def parse(self, account: Account, event: str, body: bytes) -> Incoming:
        """Outside JSON → our words. Raises ValueError where a known event has a wrong shape."""
        ...

    def client(self) -> AbstractAsyncContextManager[Any]:
        """What a batch of sends shares (an HTTP session with its time-outs); entered once a batch."""
        ...

    def token(self, channel_id: int, *, now: dt.datetime, refused: str = "") -> str:
        """The access token of the moment, "" where a kind has none. `refused`: the token that was just refused, so
        that only the first of many callers refreshes. Django side (imports lazily). Raises `SendFailed`."""
        ...

    async def send(self, client: Any, account: Account, message: OutgoingMessage) -> Receipt:
        """The only network call of a send. Raises `SendFailed`."""
        ...

    async def find_sent(self, client: Any, account: Account, message: OutgoingMessage) -> Receipt | None:
        """Was this send, whose receipt was lost, taken after all? None: no. Raises `SendFailed` if it cannot tell."""
        ...

    async def fetch(self, client: Any, account: Account, media: Media) -> bytes:
        """The bytes of a file somebody sent. Raises `SendFailed`, permanent where it must not or cannot be had."""
        ...


@dataclass(frozen=True, slots=True)
class OpenedGroup:
    """A group as the channel has it. `enabled`: it takes words of ours."""

    outside_id: str
    link: str
    name: str
    description: str
    enabled: bool = True


@runtime_checkable
class KeepsGroups(Adapter, Protocol):
    """A kind that can open chat groups."""

    async def open_group(self, client: Any, account: Account, *, name: str, description: str) -> OpenedGroup:
        """Create the group. Raises `SendFailed`. Not idempotent outside: look in `own_groups` first after a crash."""
        ...

    async def own_groups(self, client: Any, account: Account) -> tuple[OpenedGroup, ...]:
        """All groups that the account has now. Raises `SendFailed` rather than leave one out."""
        ...

    async def who_asks(self, client: Any, account: Account, group: str) -> frozenset[str]:
        """Who waits to be let into a group, by outside id. Raises `SendFailed` rather than leave one out."""
        ...

    async def answer_asking(
        self, client: Any, account: Account, group: str, people: Sequence[str], *, let_in: bool
    ) -> None:
        """Let these in, or turn them away. Raises `SendFailed`, permanent where one of them no longer waits."""
        ...
