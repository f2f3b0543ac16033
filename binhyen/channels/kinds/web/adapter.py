"""Our own web page as a channel: people write in a form and read replies on their status page. Nothing is sent."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from binhyen.channels.adapter import ChannelAccount, ChannelLimits, WithoutWebhook
from binhyen.channels.types import Media, OutgoingMessage, SendFailed, SendReceipt
from binhyen.kit.i18n_markers import N_


class Web(WithoutWebhook):
    """Channel kind `web`. `is_immediate`: a reply counts as sent when it is written."""

    kind = "web"
    label = N_("Trang web")
    limits = ChannelLimits(text_length=4000)
    is_immediate = True

    @asynccontextmanager
    async def open_client(self) -> AsyncIterator[None]:
        yield None

    def get_token(self, channel_id: int, *, now: dt.datetime, rejected_token: str = "") -> str:
        return ""

    async def send(self, client: object, account: ChannelAccount, message: OutgoingMessage) -> SendReceipt:
        raise SendFailed(N_("trang web không gửi đi đâu"), is_permanent=True)

    async def find_sent(self, client: object, account: ChannelAccount, message: OutgoingMessage) -> SendReceipt | None:
        return None

    async def fetch_media(self, client: object, account: ChannelAccount, media: Media) -> bytes:
        raise SendFailed(N_("trang web không tải tệp từ nơi khác"), is_permanent=True)
