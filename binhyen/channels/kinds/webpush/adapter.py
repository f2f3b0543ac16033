"""Web push as a channel kind: one encrypted HTTPS request per device (RFC 8030, 8291, 8292).

A recipient is a push subscription as JSON (`Device`). Push services cannot be asked what they took; a message with the
same topic replaces the earlier one, so a second attempt shows nothing twice.
"""

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from binhyen import settings
from binhyen.channels.adapter import BrowserSubscription, ChannelAccount, ChannelLimits, WithoutWebhook
from binhyen.channels.kinds.webpush import errors
from binhyen.channels.kinds.webpush.encryption import check_device_keys, encrypt_payload
from binhyen.channels.kinds.webpush.vapid import VapidSigner, get_current_key, list_vapid_keys, name_secret
from binhyen.channels.types import (
    GONE,
    WAITING,
    Media,
    OutgoingMessage,
    SendFailed,
    SendReceipt,
)
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_

KIND = "webpush"
# Push services of the browsers; a subscription elsewhere would make the sender call any host.
KNOWN_HOSTS = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "web.push.apple.com",
    "*.notify.windows.com",
    "*.push.apple.com",
)
CONNECT_SECONDS, TOTAL_SECONDS = 3.0, 10.0
MAX_CONNECTIONS = 64
_NOT_SENT_ERRORS = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


class Device(BaseModel):
    """A push subscription of a browser. `kid`: the key of ours under which it was made."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    endpoint: str = Field(max_length=1000)
    p256dh: str = Field(max_length=120)
    auth: str = Field(max_length=60)
    kid: str = Field(max_length=16)


def parse_device(text: str) -> Device:
    """Parse a stored or received subscription. Raises ValueError, without its content."""
    try:
        device = Device.model_validate_json(text)
        check_device_keys(device.p256dh, device.auth)
    except (ValidationError, ValueError) as error:
        raise ValueError("not a push subscription") from error
    return device


def is_allowed_endpoint(endpoint: str, channel_settings: Mapping[str, Any]) -> bool:
    """Return whether the sender may call this address: HTTPS of a known push service, or the stand-in."""
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        return False
    if parts.username or parts.password or parts.fragment or not parts.hostname:
        return False
    stand_in = channel_settings.get("stand_in")
    if isinstance(stand_in, str) and stand_in and f"{parts.scheme}://{parts.netloc}" == stand_in:
        return True
    return parts.scheme == "https" and port in (None, 443) and any(_is_host(parts.hostname, h) for h in KNOWN_HOSTS)


def _is_host(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


@dataclass(frozen=True, slots=True)
class PushClient:
    """The resources of a batch: one session, the tokens signed so far, and the services that asked to wait."""

    session: aiohttp.ClientSession
    signer: VapidSigner = field(default_factory=VapidSigner)
    waiting: dict[str, dt.datetime] = field(default_factory=dict)


class WebPush(WithoutWebhook):
    """Channel kind `webpush`. Receives nothing: people answer on our pages."""

    kind = KIND
    label = N_("Thông báo trên máy")
    limits = ChannelLimits(text_length=3000)
    is_immediate = False

    @asynccontextmanager
    async def open_client(self) -> AsyncIterator[PushClient]:
        timeout = aiohttp.ClientTimeout(total=TOTAL_SECONDS, sock_connect=CONNECT_SECONDS)
        connector = aiohttp.TCPConnector(limit=MAX_CONNECTIONS)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
            yield PushClient(session)

    def get_token(self, channel_id: int, *, now: dt.datetime, rejected_token: str = "") -> str:
        return ""

    async def send(self, client: PushClient, account: ChannelAccount, message: OutgoingMessage) -> SendReceipt:
        """Encrypt the text for the device and post it. Raises `SendFailed`."""
        now = clock.now()
        url, headers, body = build_request(client.signer, account, message, now=now)
        host = urlsplit(url).netloc
        until = client.waiting.get(host)
        if until is not None and now < until:
            wait = (until - now).total_seconds()
            raise SendFailed(N_("nhà cung cấp thông báo bảo chờ"), code=WAITING, retry_after=wait)
        try:
            async with client.session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                if response.status not in errors.ACCEPTED:
                    retry_after = response.headers.get("Retry-After", "")
                    failure = errors.to_status_failure(response.status, retry_after, now=now)
                    if response.status == 429 and failure.retry_after:
                        client.waiting[host] = now + dt.timedelta(seconds=failure.retry_after)
                    raise failure
                location = response.headers.get("Location", "")
        except _NOT_SENT_ERRORS as error:
            raise errors.to_no_answer_failure(was_sent=False) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise errors.to_no_answer_failure(was_sent=True) from error
        return SendReceipt((location[:200],) if location else (), now)

    async def find_sent(
        self, client: PushClient, account: ChannelAccount, message: OutgoingMessage
    ) -> SendReceipt | None:
        return None

    def read_public_key(self, settings: Mapping[str, Any]) -> str:
        key = get_current_key(settings)
        return key["public"] if key else ""

    def build_recipient(self, settings: Mapping[str, Any], subscription: BrowserSubscription) -> str:
        """Return the subscription as JSON of `Device`; only one under a key of ours at a known push service."""
        kid = next((key["kid"] for key in list_vapid_keys(settings) if key["public"] == subscription.key), "")
        device = parse_device(
            Device.model_construct(
                endpoint=subscription.endpoint, p256dh=subscription.p256dh, auth=subscription.auth, kid=kid
            ).model_dump_json()
        )
        if not kid or not is_allowed_endpoint(device.endpoint, settings):
            raise ValueError("another key, or an unknown push service")
        return device.model_dump_json()

    async def fetch_media(self, client: PushClient, account: ChannelAccount, media: Media) -> bytes:
        raise SendFailed(N_("kênh thông báo không nhận tệp"), is_permanent=True)


def build_request(
    signer: VapidSigner, account: ChannelAccount, message: OutgoingMessage, *, now: dt.datetime
) -> tuple[str, dict[str, str], bytes]:
    """Return address, headers and encrypted body of a message. Raises `SendFailed`, permanent."""
    try:
        device = parse_device(message.recipient_id or "")
    except ValueError as error:
        raise SendFailed(N_("không còn địa chỉ để gửi"), code=GONE, is_permanent=True) from error
    if not is_allowed_endpoint(device.endpoint, account.settings):
        raise SendFailed(N_("địa chỉ không thuộc nhà cung cấp thông báo nào"), code="HOST", is_permanent=True)
    public = next((key["public"] for key in list_vapid_keys(account.settings) if key["kid"] == device.kid), "")
    secret = account.secrets.get(name_secret(device.kid), "")
    if not public or not secret:
        raise SendFailed(N_("khóa của lần đăng ký này đã bỏ"), code=GONE, is_permanent=True)
    try:
        body = encrypt_payload(message.text.encode(), p256dh=device.p256dh, auth=device.auth)
    except ValueError as error:
        raise SendFailed(N_("thông báo dài quá mức cho phép"), code="TOO_LONG", is_permanent=True) from error
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(device.endpoint))
    subject = str(account.settings.get("subject") or settings.PUBLIC_URL)
    headers = {
        "Authorization": signer.build_header(
            origin=origin, kid=device.kid, public=public, secret=secret, subject=subject, now=now
        ),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(message.ttl),
        "Urgency": message.urgency,
    }
    return device.endpoint, headers | ({"Topic": message.topic} if message.topic else {}), body
