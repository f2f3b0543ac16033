"""Channel kind `zalo_oa`: an Official Account of Zalo, in private chats and in the groups it created."""

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from binhyen.channels.adapter import Account, Limits, OpenedGroup, Taken
from binhyen.channels.kinds.zalo_oa import client as http
from binhyen.channels.kinds.zalo_oa import events, groups, rate_limiter, sending, webhook
from binhyen.channels.kinds.zalo_oa import media as files
from binhyen.channels.kinds.zalo_oa.errors import CLOSED, UNHEARD
from binhyen.channels.kinds.zalo_oa.groups import MOST_FOUNDERS
from binhyen.channels.kinds.zalo_oa.payloads import Event
from binhyen.channels.types import Incoming, Media, OutgoingMessage, Receipt, Unknown


class ZaloOA:
    """Zalo adapter, see `binhyen.channels.adapter.ChannelAdapter`.

    Settings: app_id, oa_id, oauth_url, openapi_url, per_minute, media_hosts, switches (webhook.py). Secrets:
    app_secret, webhook_secret.
    """

    kind = "zalo_oa"
    label = "Zalo OA"
    limits = Limits(
        per_minute=rate_limiter.PER_MINUTE,
        text_length=2000,
        free_window=dt.timedelta(hours=48),
        last_window=dt.timedelta(days=7),
        closed=CLOSED,
        unheard=UNHEARD,
    )
    immediate = False

    def take(self, account: Account, headers: Mapping[str, str], body: bytes, *, now: dt.datetime) -> Taken:
        return webhook.take(account, headers, body, now=now)

    def parse(self, account: Account, event: str, body: bytes) -> Incoming:
        """Return the event in channel types; UnknownEvent `other_oa` for another account of the same app."""
        outside = Event.model_validate(webhook.load(body))
        own = str(account.settings.get("oa_id", ""))
        if own and outside.oa_id and outside.oa_id != own:
            return Unknown("other_oa")
        return events.read(outside, event)

    def client(self) -> AbstractAsyncContextManager[http.Client]:
        return http.client()

    def token(self, channel_id: int, *, now: dt.datetime, refused: str = "") -> str:
        from binhyen.channels.kinds.zalo_oa import tokens  # needs Django: the gateway must not load it

        return tokens.access_token(channel_id, now=now, refused=refused)

    async def send(self, client: http.Client, account: Account, message: OutgoingMessage) -> Receipt:
        return await sending.send(client, account, message)

    async def find_sent(self, client: http.Client, account: Account, message: OutgoingMessage) -> Receipt | None:
        return await sending.find_sent(client, account, message)

    async def fetch(self, client: http.Client, account: Account, media: Media) -> bytes:
        return (await files.download(account, media)).data

    async def open_group(self, client: http.Client, account: Account, *, name: str, description: str) -> OpenedGroup:
        """Create a group with the account's administrators (setting `oa_admins`); citizens join by the link."""
        admins = [str(a) for a in account.settings.get("oa_admins", ())][:MOST_FOUNDERS]
        facts = await groups.create(client, account, name=name, description=description, members=admins)
        return _opened(facts)

    async def own_groups(self, client: http.Client, account: Account) -> tuple[OpenedGroup, ...]:
        return tuple(_opened(facts) for facts in await groups.own(client, account))

    async def who_asks(self, client: http.Client, account: Account, group: str) -> frozenset[str]:
        return frozenset(one.user_id for one in await groups.waiting(client, account, group))

    async def answer_asking(
        self, client: http.Client, account: Account, group: str, people: Sequence[str], *, let_in: bool
    ) -> None:
        await (groups.accept if let_in else groups.reject)(client, account, group, people)


def _opened(facts: groups.GroupFacts) -> OpenedGroup:
    return OpenedGroup(facts.group_id, facts.link, facts.name, facts.description, facts.enabled)
