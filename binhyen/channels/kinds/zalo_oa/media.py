"""Download of received files and user profiles from Zalo. Only listed hosts, only public addresses (SSRF defence)."""

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from binhyen.channels.adapter import Account
from binhyen.channels.kinds.zalo_oa import errors
from binhyen.channels.kinds.zalo_oa.client import Client, openapi_url
from binhyen.channels.kinds.zalo_oa.payloads import UserDetail
from binhyen.channels.types import Media, SendFailed
from binhyen.kit.i18n_markers import N_
from binhyen.kit.text import nfc, squeeze

LONGEST = 20 * 1024 * 1024
TOTAL_SECONDS = 30.0
CONNECT_SECONDS = 3.0
_REDIRECTS = 3
# Zalo's file hosts: the first four stand in its documents, the others were seen to serve files, also by redirects from
# one to another. settings["media_hosts"] adds to the list.
HOSTS = ("zdn.vn", "zadn.vn", "zalo.me", "zaloapp.com", "dlfl.vn", "flchat.vn", "dlmd.me")
_API_HOSTS = ("zalo.me", "zaloapp.com")  # an API anywhere else is a stand-in
HOST_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.ASCII)
LONGEST_HOST = 120  # characters: as much as an attachment's row holds of its name
_OUTSIDE = N_("Tệp nằm ngoài máy chủ của Zalo")
_ELSEWHERE = N_("Tệp bị chuyển sang máy chủ khác")
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
    return "" if is_listed(parts.hostname or "", _API_HOSTS) else parts.netloc


def stand_in_hosts(account: Account) -> frozenset[str]:
    """`host:port` of everything that serves files for a stand-in; empty for the real Zalo."""
    first = stand_in(account)
    return frozenset({first, *(name for name in _added(account) if ":" in name)}) if first else frozenset()


def hosts(account: Account) -> tuple[str, ...]:
    """Hosts whose files, and whose subdomains' files, may be fetched: the known ones and those an operator added."""
    return (*HOSTS, *(name for name in _added(account) if HOST_NAME.fullmatch(name)))


def _added(account: Account) -> tuple[str, ...]:
    given = account.settings.get("media_hosts")
    return tuple(str(name).lower() for name in given) if isinstance(given, list | tuple) else ()


def check_url(account: Account, url: str) -> None:
    """Raises `SendFailed` unless the address is one of Zalo's (or of the configured stand-in): with `unlisted_host`
    where an operator may allow the host, permanent where nobody may.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refused(N_("Địa chỉ tệp không hợp lệ")) from error
    if parts.scheme not in {"http", "https"} or parts.username or parts.password:
        raise _refused(N_("Địa chỉ tệp không hợp lệ"))
    if parts.netloc and parts.netloc in stand_in_hosts(account):
        return
    host = (parts.hostname or "").lower()
    if port in {None, 80, 443} and is_listed(host, hosts(account)):
        return
    if port in {None, 80, 443} and HOST_NAME.fullmatch(host) and len(host) <= LONGEST_HOST:
        raise SendFailed(_OUTSIDE, code="MEDIA", unlisted_host=host)
    raise _refused(_OUTSIDE)


def is_listed(host: str, names: Iterable[str]) -> bool:
    return any(host.lower() == name or host.lower().endswith(f".{name}") for name in names)


async def download(account: Account, media: Media, *, limit: int = LONGEST) -> Downloaded:
    """Download a received file, at most `limit` bytes. Raises `SendFailed`, permanent where it is unavailable."""
    if media.kind not in _FETCHED:
        raise _refused(N_("Liên kết, không phải tệp"))
    check_url(account, media.url)
    local = urlsplit(media.url).netloc in stand_in_hosts(account)
    connector = aiohttp.TCPConnector(resolver=None if local else PublicResolver())
    timeout = aiohttp.ClientTimeout(total=TOTAL_SECONDS, connect=CONNECT_SECONDS, sock_read=10)
    session = aiohttp.ClientSession(timeout=timeout, connector=connector, cookie_jar=aiohttp.DummyCookieJar())
    try:
        async with session:
            return await _follow(session, account, media.url, limit)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise errors.lost(type(error).__name__, effect=False) from error


async def _follow(session: aiohttp.ClientSession, account: Account, url: str, limit: int) -> Downloaded:
    """Follow redirects among listed hosts; to another host, and from https, by https only."""
    for _ in range(_REDIRECTS + 1):
        async with session.get(url, allow_redirects=False) as response:
            if response.status in _REDIRECT:
                target = urljoin(url, response.headers.get("Location", ""))
                _check_redirect(account, url, target)
                url = target
                continue
            if response.status in {403, 404, 410}:
                raise _refused(N_("Tệp không còn trên máy chủ của Zalo"))
            if response.status != 200:
                raise errors.http_failure(response.status, response.headers.get("Retry-After", ""), effect=False)
            return Downloaded(await _read(response, limit), response.content_type)
    raise _refused(N_("Tệp bị chuyển chỗ quá nhiều lần"))


def _check_redirect(account: Account, url: str, target: str) -> None:
    """Raises as `check_url`. A stand-in and the real hosts never lead to each other: their resolvers differ."""
    check_url(account, target)
    before, after = urlsplit(url), urlsplit(target)
    local = stand_in_hosts(account)
    if (before.netloc in local) != (after.netloc in local):
        raise _refused(_ELSEWHERE)
    if after.netloc in local or after.scheme == "https" or (after.netloc == before.netloc and before.scheme == "http"):
        return
    raise _refused(_ELSEWHERE)


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
