"""Download of received files and user profiles from Zalo. Only listed hosts, only public addresses (SSRF defence)."""

import ipaddress
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from binhyen.channels.base import Account
from binhyen.channels.kinds.zalo_oa import errors
from binhyen.channels.kinds.zalo_oa.client import Client, openapi_url
from binhyen.channels.kinds.zalo_oa.payloads import UserDetail
from binhyen.channels.messages import Media, SendFailed
from binhyen.kit.text import nfc, squeeze
from binhyen.kit.wording import N_

LONGEST = 20 * 1024 * 1024
TOTAL_SECONDS = 30.0
CONNECT_SECONDS = 3.0
_REDIRECTS = 3
# Zalo's file hosts (zdn.vn, zadn.vn) as seen in its documents; settings["media_hosts"] replaces the list.
HOSTS = ("zdn.vn", "zadn.vn", "zalo.me", "zaloapp.com")
_REDIRECT = {301, 302, 303, 307, 308}
_FETCHED = {"image", "gif", "file", "audio", "video", "sticker"}


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A downloaded file. `mime` is the host's claim; trust only the bytes."""

    data: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Person:
    """A user as reported by Zalo."""

    user_id: str
    name: str
    follower: bool


def _refused(reason: str) -> SendFailed:
    return SendFailed(reason, code="MEDIA", permanent=True)


class PublicResolver(AbstractResolver):
    """A resolver that drops private, loopback and reserved addresses. Checked at connect time (DNS rebinding)."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        public = [row for row in found if is_public(row["host"])]
        if not public:
            raise OSError(f"no public address for {host}")
        return public

    async def close(self) -> None:
        await self._inner.close()


def is_public(address: str) -> bool:
    """Return whether the address is public, also for IPv4 embedded in IPv6."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None)
    return parsed.is_global and not parsed.is_multicast and (mapped is None or mapped.is_global)


def stand_in(account: Account) -> str:
    """Return `host:port` of the emulator on this machine or network, "" for the real Zalo."""
    parts = urlsplit(openapi_url(account))
    hosts = account.settings.get("media_hosts") or HOSTS
    return "" if _named(parts.hostname or "", hosts) else parts.netloc


def check_url(account: Account, url: str) -> None:
    """Check that the address is one of Zalo's or of the configured emulator.

    Raises a permanent `SendFailed` otherwise.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused(N_("Địa chỉ tệp không hợp lệ")) from error
    if parts.scheme not in {"http", "https"} or parts.username or parts.password:
        raise _refused(N_("Địa chỉ tệp không hợp lệ"))
    if parts.netloc and parts.netloc == stand_in(account):
        return
    if port not in {None, 80, 443} or not _named(parts.hostname or "", account.settings.get("media_hosts") or HOSTS):
        raise _refused(N_("Tệp nằm ngoài máy chủ của Zalo"))


def _named(host: str, allowed: Any) -> bool:
    names = [str(name).lower() for name in allowed] if isinstance(allowed, list | tuple) else []
    return any(host.lower() == name or host.lower().endswith(f".{name}") for name in names)


async def download(account: Account, media: Media, *, limit: int = LONGEST) -> Downloaded:
    """Download a received file, at most `limit` bytes. Raises `SendFailed`, permanent where it is unavailable."""
    if media.kind not in _FETCHED:
        raise _refused(N_("Liên kết, không phải tệp"))
    check_url(account, media.url)
    local = urlsplit(media.url).netloc == stand_in(account)
    connector = aiohttp.TCPConnector(resolver=None if local else PublicResolver())
    timeout = aiohttp.ClientTimeout(total=TOTAL_SECONDS, connect=CONNECT_SECONDS, sock_read=10)
    session = aiohttp.ClientSession(timeout=timeout, connector=connector, cookie_jar=aiohttp.DummyCookieJar())
    try:
        async with session:
            return await _follow(session, account, media.url, limit)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise errors.lost(type(error).__name__, effect=False) from error


async def _follow(session: aiohttp.ClientSession, account: Account, url: str, limit: int) -> Downloaded:
    """Download the file; follow redirects on the same host only."""
    for _ in range(_REDIRECTS + 1):
        async with session.get(url, allow_redirects=False) as response:
            if response.status in _REDIRECT:
                target = urljoin(url, response.headers.get("Location", ""))
                if urlsplit(target).netloc != urlsplit(url).netloc:
                    raise _refused(N_("Tệp bị chuyển sang máy chủ khác"))
                check_url(account, target)
                url = target
                continue
            if response.status in {403, 404, 410}:
                raise _refused(N_("Tệp không còn trên máy chủ của Zalo"))
            if response.status != 200:
                raise errors.http_failure(response.status, response.headers.get("Retry-After", ""), effect=False)
            return Downloaded(await _read(response, limit), response.content_type)
    raise _refused(N_("Tệp bị chuyển chỗ quá nhiều lần"))


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    too_long = _refused(N_("Tệp quá lớn"))
    if (response.content_length or 0) > limit:
        raise too_long
    raw = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        raw += chunk
        if len(raw) > limit:
            raise too_long
    return bytes(raw)


async def person(client: Client, account: Account, user_id: str) -> Person:
    """Return name and follower status of a user. Raises `SendFailed`; -213 (permanent) for an unknown user."""
    data = await client.get_data(account, "/v3.0/oa/user/detail", {"user_id": user_id})
    try:
        found = UserDetail.model_validate(data)
    except ValueError as error:
        raise errors.unreadable(effect=False) from error
    return Person(user_id, squeeze(nfc(found.display_name)), found.user_is_follower)
