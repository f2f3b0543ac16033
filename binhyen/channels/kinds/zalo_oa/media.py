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

from binhyen.channels.adapter import ChannelAccount
from binhyen.channels.kinds.zalo_oa import errors
from binhyen.channels.kinds.zalo_oa.client import get_openapi_url
from binhyen.channels.types import Media, SendFailed
from binhyen.kit.i18n_markers import N_

MAX_FILE_BYTES = 20 * 1024 * 1024
TOTAL_SECONDS = 30.0
CONNECT_SECONDS = 3.0
_MAX_REDIRECTS = 3
# Zalo's file hosts: the first four stand in its documents, the others were seen to serve files, also by redirects from
# one to another. settings["media_hosts"] adds to the list.
DEFAULT_MEDIA_HOSTS = ("zdn.vn", "zadn.vn", "zalo.me", "zaloapp.com", "dlfl.vn", "flchat.vn", "dlmd.me")
_API_HOSTS = ("zalo.me", "zaloapp.com")  # an API anywhere else is a stand-in
# nosemgrep: pattern-that-hangs  each label ends at a dot, so there is one way to match: linear
HOST_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.ASCII)
LONGEST_HOST = 120  # characters: as much as an attachment's row holds of its name
_OUTSIDE = N_("Tệp nằm ngoài máy chủ của Zalo")
_ELSEWHERE = N_("Tệp bị chuyển sang máy chủ khác")
_REDIRECT_STATUSES = {301, 302, 303, 307, 308}
_DOWNLOADABLE_KINDS = {"image", "gif", "file", "audio", "video", "sticker"}


@dataclass(frozen=True, slots=True)
class DownloadedFile:
    """A downloaded file. `mime` is the host's claim; trust only the bytes."""

    data: bytes
    mime: str


def _media_failure(reason: str) -> SendFailed:
    return SendFailed(reason, code="MEDIA", is_permanent=True)


class PublicResolver(AbstractResolver):
    """A resolver that drops private, loopback and reserved addresses. Checked at connect time (DNS rebinding)."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        resolved = await self._inner.resolve(host, port, family)
        public_addresses = [row for row in resolved if is_public_address(row["host"])]
        if not public_addresses:
            raise OSError(f"no public address for {host}")
        return public_addresses

    async def close(self) -> None:
        await self._inner.close()


def is_public_address(address: str) -> bool:
    """Return whether the address is public, also for IPv4 embedded in IPv6."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    embedded_ipv4 = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None)
    return parsed.is_global and not parsed.is_multicast and (embedded_ipv4 is None or embedded_ipv4.is_global)


def get_emulator_netloc(account: ChannelAccount) -> str:
    """Return `host:port` of the emulator on this machine or network, "" for the real Zalo."""
    parts = urlsplit(get_openapi_url(account))
    return "" if is_listed(parts.hostname or "", _API_HOSTS) else parts.netloc


def stand_in_hosts(account: ChannelAccount) -> frozenset[str]:
    """`host:port` of everything that serves files for a stand-in; empty for the real Zalo."""
    first = get_emulator_netloc(account)
    return frozenset({first, *(name for name in _added(account) if ":" in name)}) if first else frozenset()


def hosts(account: ChannelAccount) -> tuple[str, ...]:
    """Hosts whose files, and whose subdomains' files, may be fetched: the known ones and those an operator added."""
    return (*DEFAULT_MEDIA_HOSTS, *(name for name in _added(account) if HOST_NAME.fullmatch(name)))


def _added(account: ChannelAccount) -> tuple[str, ...]:
    given = account.settings.get("media_hosts")
    return tuple(str(name).lower() for name in given) if isinstance(given, list | tuple) else ()


def check_media_url(account: ChannelAccount, url: str) -> None:
    """Raise `SendFailed` unless the address is one of Zalo's (or of the configured stand-in): with `unlisted_host`
    where an operator may allow the host, permanent otherwise.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _media_failure(N_("Địa chỉ tệp không hợp lệ")) from error
    if parts.scheme not in {"http", "https"} or parts.username or parts.password:
        raise _media_failure(N_("Địa chỉ tệp không hợp lệ"))
    if parts.netloc and parts.netloc in stand_in_hosts(account):
        return
    host = (parts.hostname or "").lower()
    if port in {None, 80, 443} and is_listed(host, hosts(account)):
        return
    if port in {None, 80, 443} and HOST_NAME.fullmatch(host) and len(host) <= LONGEST_HOST:
        raise SendFailed(_OUTSIDE, code="MEDIA", unlisted_host=host)
    raise _media_failure(_OUTSIDE)


def is_listed(host: str, names: Iterable[str]) -> bool:
    return any(host.lower() == name or host.lower().endswith(f".{name}") for name in names)


async def download_file(account: ChannelAccount, media: Media, *, limit: int = MAX_FILE_BYTES) -> DownloadedFile:
    """Download a received file, at most `limit` bytes. Raises `SendFailed`, permanent where it is unavailable."""
    if media.kind not in _DOWNLOADABLE_KINDS:
        raise _media_failure(N_("Liên kết, không phải tệp"))
    check_media_url(account, media.url)
    is_emulator = urlsplit(media.url).netloc in stand_in_hosts(account)
    connector = aiohttp.TCPConnector(resolver=None if is_emulator else PublicResolver())
    timeout = aiohttp.ClientTimeout(total=TOTAL_SECONDS, connect=CONNECT_SECONDS, sock_read=10)
    session = aiohttp.ClientSession(timeout=timeout, connector=connector, cookie_jar=aiohttp.DummyCookieJar())
    try:
        async with session:
            return await _download_following(session, account, media.url, limit)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise errors.to_no_response_failure(type(error).__name__, has_effect=False) from error


async def _download_following(
    session: aiohttp.ClientSession, account: ChannelAccount, url: str, limit: int
) -> DownloadedFile:
    """Follow redirects among listed hosts; to another host, and from https, by https only."""
    for _ in range(_MAX_REDIRECTS + 1):
        async with session.get(url, allow_redirects=False) as response:
            if response.status in _REDIRECT_STATUSES:
                target = urljoin(url, response.headers.get("Location", ""))
                _check_redirect(account, url, target)
                url = target
                continue
            if response.status in {403, 404, 410}:
                raise _media_failure(N_("Tệp không còn trên máy chủ của Zalo"))
            if response.status != 200:
                raise errors.to_http_failure(response.status, response.headers.get("Retry-After", ""), has_effect=False)
            return DownloadedFile(await _read_limited(response, limit), response.content_type)
    raise _media_failure(N_("Tệp bị chuyển chỗ quá nhiều lần"))


def _check_redirect(account: ChannelAccount, url: str, target: str) -> None:
    """Raise as `check_url` does. A stand-in and the real hosts never lead to each other: their resolvers differ."""
    check_media_url(account, target)
    before, after = urlsplit(url), urlsplit(target)
    local = stand_in_hosts(account)
    if (before.netloc in local) != (after.netloc in local):
        raise _media_failure(_ELSEWHERE)
    if after.netloc in local or after.scheme == "https" or (after.netloc == before.netloc and before.scheme == "http"):
        return
    raise _media_failure(_ELSEWHERE)


async def _read_limited(response: aiohttp.ClientResponse, limit: int) -> bytes:
    too_long = _media_failure(N_("Tệp quá lớn"))
    if (response.content_length or 0) > limit:
        raise too_long
    raw = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        raw += chunk
        if len(raw) > limit:
            raise too_long
    return bytes(raw)
