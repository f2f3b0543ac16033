"""Channel kind `zalo_oa`: an Official Account of Zalo, in private chats and in the groups it created."""

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from binhyen.channels.adapter import (
    AcceptedWebhook,
    AccountPlan,
    ChannelAccount,
    ChannelGroup,
    ChannelHistory,
    ChannelLimits,
)
from binhyen.channels.kinds.zalo_oa import account as account_info
from binhyen.channels.kinds.zalo_oa import client, events, groups, history, sending, webhook
from binhyen.channels.kinds.zalo_oa import client as http
from binhyen.channels.kinds.zalo_oa import media as files
from binhyen.channels.kinds.zalo_oa.errors import UNREACHABLE_CODES, WINDOW_CLOSED
from binhyen.channels.kinds.zalo_oa.groups import MAX_FOUNDERS
from binhyen.channels.kinds.zalo_oa.payloads import ZaloEvent
from binhyen.channels.types import Incoming, Media, OutgoingMessage, SendReceipt, UnknownEvent


class ZaloOA:
    """Zalo adapter, see `binhyen.channels.adapter.ChannelAdapter`.

    Settings: app_id, oa_id, oauth_url, openapi_url, per_minute, media_hosts, switches (webhook.py). Secrets:
    app_secret, webhook_secret.
    """

    kind = "zalo_oa"
    label = "Zalo OA"
    limits = ChannelLimits(
        per_minute=client.PER_MINUTE,
        text_length=2000,
        free_window=dt.timedelta(hours=48),
        last_window=dt.timedelta(days=7),
        closed=WINDOW_CLOSED,
        unheard=UNREACHABLE_CODES,
    )
    is_immediate = False

    def accept_webhook(
        self, account: ChannelAccount, headers: Mapping[str, str], body: bytes, *, now: dt.datetime
    ) -> AcceptedWebhook:
        return webhook.verify_webhook(account, headers, body, now=now)

    def parse(self, account: ChannelAccount, event: str, body: bytes) -> Incoming:
        """Return the event in channel types; UnknownEvent `other_oa` for another account of the same app."""
        zalo_event = ZaloEvent.model_validate(webhook.parse_json_object(body))
        own_oa_id, named_oa_id = str(account.settings.get("oa_id", "")), webhook.find_account_id(zalo_event)
        if own_oa_id and named_oa_id and named_oa_id != own_oa_id:
            return UnknownEvent("other_oa")
        return events.parse_event(zalo_event, event)

    def open_client(self) -> AbstractAsyncContextManager[http.ZaloClient]:
        return http.open_zalo_client()

    def get_token(self, channel_id: int, *, now: dt.datetime, rejected_token: str = "") -> str:
        from binhyen.channels.kinds.zalo_oa import tokens  # needs Django: the gateway must not load it

        return tokens.get_valid_token(channel_id, now=now, rejected_token=rejected_token)

    async def send(self, client: http.ZaloClient, account: ChannelAccount, message: OutgoingMessage) -> SendReceipt:
        return await sending.send_message(client, account, message)

    async def find_sent(
        self, client: http.ZaloClient, account: ChannelAccount, message: OutgoingMessage
    ) -> SendReceipt | None:
        return await sending.find_sent_message(client, account, message)

    async def fetch_media(self, client: http.ZaloClient, account: ChannelAccount, media: Media) -> bytes:
        return (await files.download_file(account, media)).data

    def get_account_key(self, settings: Mapping[str, Any]) -> tuple[str, str]:
        return str(settings.get("app_id", "")), str(settings.get("oa_id", ""))

    def read_account_key(self, body: bytes) -> tuple[str, str]:
        return webhook.read_account_key(body)

    async def read_plan(self, client: http.ZaloClient, account: ChannelAccount) -> AccountPlan:
        return await account_info.fetch_plan(client, account)

    async def read_history(
        self, client: http.ZaloClient, account: ChannelAccount, *, since: dt.datetime | None, now: dt.datetime
    ) -> ChannelHistory:
        return await history.read_history(client, account, since=since, now=now)

    async def open_group(
        self, client: http.ZaloClient, account: ChannelAccount, *, name: str, description: str
    ) -> ChannelGroup:
        """Create a group with the account's administrators (setting `oa_admins`); citizens join by the link."""
        admins = [str(admin_id) for admin_id in account.settings.get("oa_admins", ())][:MAX_FOUNDERS]
        facts = await groups.create_zalo_group(client, account, name=name, description=description, members=admins)
        return _to_channel_group(facts)

    async def list_own_groups(self, client: http.ZaloClient, account: ChannelAccount) -> tuple[ChannelGroup, ...]:
        return tuple(_to_channel_group(facts) for facts in await groups.list_account_groups(client, account))

    async def list_join_requests(self, client: http.ZaloClient, account: ChannelAccount, group: str) -> frozenset[str]:
        return frozenset(member.user_id for member in await groups.list_waiting_members(client, account, group))

    async def answer_join_requests(
        self, client: http.ZaloClient, account: ChannelAccount, group: str, people: Sequence[str], *, accept: bool
    ) -> None:
        await (groups.accept_members if accept else groups.reject_members)(client, account, group, people)


def _to_channel_group(facts: groups.ZaloGroup) -> ChannelGroup:
    return ChannelGroup(facts.group_id, facts.link, facts.name, facts.description, facts.is_enabled)
