"""Web push as a channel kind: one encrypted HTTPS request per device (RFC 8030, 8291, 8292).

A recipient is a push subscription as JSON (`Device`). Push services cannot be asked what they took; a message with the
same topic replaces the earlier one, so a second attempt shows nothing twice.
"""

import datetime as dt
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from binhyen import settings
from binhyen.channels.adapter import BrowserSubscription, ChannelAccount, ChannelLimits, WithoutWebhook
from binhyen.channels.kinds.webpush.encryption import (
    MAX_PLAINTEXT,
    VapidSigner,
    check_device_keys,
    encrypt_payload,
    get_current_key,
    list_vapid_keys,
    name_secret,
)
from binhyen.channels.kinds.webpush.http import ACCEPTED, ConnectionPool, to_status_failure
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
_is_plain_url = re.compile(r"[!-~]+").fullmatch  # it becomes the first line of a request as it is


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
    if not _is_plain_url(endpoint) or parts.username or parts.password or parts.fragment or not parts.hostname:
        return False
    stand_in = channel_settings.get("stand_in")
    if isinstance(stand_in, str) and stand_in and f"{parts.scheme}://{parts.netloc}" == stand_in:
        return True
    return parts.scheme == "https" and port in (None, 443) and any(_is_host(parts.hostname, h) for h in KNOWN_HOSTS)


def _is_host(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


@dataclass(frozen=True, slots=True)
class PushClient:
    """The resources of a run: connections, the tokens signed so far, and the services that asked to wait."""

    pool: ConnectionPool = field(default_factory=ConnectionPool)
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
        client = PushClient()
        try:
            yield client
        finally:
            client.pool.close()

    def get_token(self, channel_id: int, *, now: dt.datetime, rejected_token: str = "") -> str:
        return ""

    async def send(self, client: PushClient, account: ChannelAccount, message: OutgoingMessage) -> SendReceipt:
        """Post the text, encrypted for the device. Raises `SendFailed`."""
        now = clock.now()
        url, request = build_request(client.signer, account, message, now=now)
        until = client.waiting.get(url.netloc)
        if until is not None and now < until:
            wait = (until - now).total_seconds()
            raise SendFailed(N_("nhà cung cấp thông báo yêu cầu chờ"), code=WAITING, retry_after=wait)
        port = url.port or (443 if url.scheme == "https" else 80)
        response = await client.pool.post_request(url.scheme, url.hostname or "", port, request)
        if response.status not in ACCEPTED:
            failure = to_status_failure(response.status, response.headers.get(b"retry-after", ""), now=now)
            if response.status == 429 and failure.retry_after:
                client.waiting[url.netloc] = now + dt.timedelta(seconds=failure.retry_after)
            raise failure
        location = response.headers.get(b"location", "")
        return SendReceipt((location[:200],) if location else (), now)

    def encrypt_content(self, recipient: str, text: str) -> bytes:
        """Return the text encrypted for the device. Raises `SendFailed`, permanent."""
        plaintext = text.encode()
        if len(plaintext) > MAX_PLAINTEXT:
            raise SendFailed(N_("thông báo dài quá mức cho phép"), code="TOO_LONG", is_permanent=True)
        try:
            device = Device.model_validate_json(recipient)
            return encrypt_payload(plaintext, p256dh=device.p256dh, auth=device.auth)
        except ValueError as error:
            raise SendFailed(N_("không còn địa chỉ để gửi"), code=GONE, is_permanent=True) from error

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
) -> tuple[SplitResult, bytes]:
    """Return address and whole request of a message. Raises `SendFailed`, permanent."""
    try:
        device = Device.model_validate_json(message.recipient_id or "")
    except ValueError as error:
        raise SendFailed(N_("không còn địa chỉ để gửi"), code=GONE, is_permanent=True) from error
    if not is_allowed_endpoint(device.endpoint, account.settings):
        raise SendFailed(N_("địa chỉ không thuộc nhà cung cấp thông báo nào"), code="HOST", is_permanent=True)
    public = next((key["public"] for key in list_vapid_keys(account.settings) if key["kid"] == device.kid), "")
    secret = account.secrets.get(name_secret(device.kid), "")
    if not public or not secret:
        raise SendFailed(N_("khóa của lần đăng ký này đã bỏ"), code=GONE, is_permanent=True)
    body = message.content or WebPush().encrypt_content(message.recipient_id or "", message.text)
    url = urlsplit(device.endpoint)
    subject = str(account.settings.get("subject") or settings.PUBLIC_URL)
    authorization = signer.build_header(
        origin=f"{url.scheme}://{url.netloc}", kid=device.kid, public=public, secret=secret, subject=subject, now=now
    )
    topic = f"Topic: {message.topic}\r\n" if message.topic else ""
    head = (
        f"POST {url.path or '/'}{'?' + url.query if url.query else ''} HTTP/1.1\r\nHost: {url.netloc}\r\n"
        f"Authorization: {authorization}\r\nContent-Encoding: aes128gcm\r\n"
        f"Content-Type: application/octet-stream\r\nContent-Length: {len(body)}\r\n"
        f"TTL: {message.ttl}\r\nUrgency: {message.urgency}\r\n"
        f"{topic}\r\n"
    )
    return url, head.encode("ascii") + body
