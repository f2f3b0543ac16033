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
from binhyen.channels.adapter import AcceptedWebhook, ChannelAccount, ChannelLimits
from binhyen.channels.kinds.webpush import errors
from binhyen.channels.kinds.webpush.encryption import check_device_keys, encrypt_payload
from binhyen.channels.kinds.webpush.vapid import VapidSigner, list_keys, name_secret
from binhyen.channels.types import Incoming, Media, OutgoingMessage, SendFailed, SendReceipt, WebhookRejected
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
    """The resources of a batch: one session, and the tokens signed so far."""

    session: aiohttp.ClientSession
    signer: VapidSigner = field(default_factory=VapidSigner)


class WebPush:
    """Channel kind `webpush`. Receives nothing: people answer on our pages."""

    kind = KIND
    label = N_("Thông báo trên máy")
    limits = ChannelLimits(text_length=3000)
    is_immediate = False

    def take(
        self, account: ChannelAccount, headers: Mapping[str, str], body: bytes, *, now: dt.datetime
    ) -> AcceptedWebhook:
        raise WebhookRejected(404, "web push has no webhook")

    def parse(self, account: ChannelAccount, event: str, body: bytes) -> Incoming:
        raise ValueError("web push has no webhook")

    @asynccontextmanager
    async def open_client(self) -> AsyncIterator[PushClient]:
        timeout = aiohttp.ClientTimeout(total=TOTAL_SECONDS, sock_connect=CONNECT_SECONDS)
        connector = aiohttp.TCPConnector(limit=MAX_CONNECTIONS)
        async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
            yield PushClient(session)

    def token(self, channel_id: int, *, now: dt.datetime, rejected_token: str = "") -> str:
        return ""

    async def send(self, client: PushClient, account: ChannelAccount, message: OutgoingMessage) -> SendReceipt:
        """Encrypt the text for the device and post it. Raises `SendFailed`."""
        now = clock.now()
        url, headers, body = build_request(client.signer, account, message, now=now)
        try:
            async with client.session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                if response.status not in errors.ACCEPTED:
                    raise errors.to_http_failure(response.status, response.headers.get("Retry-After", ""), now=now)
                location = response.headers.get("Location", "")
        except _NOT_SENT_ERRORS as error:
            raise errors.to_no_answer_failure(type(error).__name__, was_sent=False) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise errors.to_no_answer_failure(type(error).__name__, was_sent=True) from error
        return SendReceipt((location[:200],) if location else (), now)

    async def find_sent(
        self, client: PushClient, account: ChannelAccount, message: OutgoingMessage
    ) -> SendReceipt | None:
        return None

    async def fetch(self, client: PushClient, account: ChannelAccount, media: Media) -> bytes:
        raise SendFailed(N_("kênh thông báo không nhận tệp"), is_permanent=True)


def build_request(
    signer: VapidSigner, account: ChannelAccount, message: OutgoingMessage, *, now: dt.datetime
) -> tuple[str, dict[str, str], bytes]:
    """Return address, headers and encrypted body of a message. Raises `SendFailed`, permanent."""
    try:
        device = parse_device(message.recipient_id or "")
    except ValueError as error:
        raise SendFailed(N_("không còn địa chỉ để gửi"), code=errors.GONE, is_permanent=True) from error
    if not is_allowed_endpoint(device.endpoint, account.settings):
        raise SendFailed(N_("địa chỉ không thuộc nhà cung cấp thông báo nào"), code="HOST", is_permanent=True)
    public = next((key["public"] for key in list_keys(account.settings) if key["kid"] == device.kid), "")
    secret = account.secrets.get(name_secret(device.kid), "")
    if not public or not secret:
        raise SendFailed(N_("khóa của lần đăng ký này đã bỏ"), code=errors.GONE, is_permanent=True)
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
