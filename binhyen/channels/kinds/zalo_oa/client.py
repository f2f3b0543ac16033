"""HTTP client of Zalo's API: one session a run, timeouts everywhere, every failure typed."""

import asyncio
import datetime as dt
import threading
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson

from binhyen import settings
from binhyen.channels.adapter import ChannelAccount
from binhyen.channels.kinds.zalo_oa import errors
from binhyen.channels.kinds.zalo_oa.protocol import compute_appsecret_proof
from binhyen.channels.kinds.zalo_oa.webhook import get_switches
from binhyen.channels.types import SendFailed
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_

# Rate limiter of API calls per minute: own count, corrected by Zalo's X-RateLimit headers.
#
# Pure: `now` is an argument.

PER_MINUTE = 4000  # for the app; packages of the account allow less: settings["per_minute"]
_MINUTE = dt.timedelta(seconds=60)
# Zalo counts a call when it arrives, which may be this much later than we count it: then it is also still in Zalo's
# minute when it has left ours.
_MAX_TRANSIT = dt.timedelta(seconds=1)
_WINDOW = _MINUTE + _MAX_TRANSIT


class SlidingWindowLimiter:
    """Sliding-window rate limiter: at most `per_minute` calls within any `_WINDOW`; 0 = no own limit."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._calls: deque[dt.datetime] = deque()
        self._closed_until: dt.datetime | None = None
        self._lock = threading.Lock()

    def take(self, now: dt.datetime) -> float:
        """Count a call and return 0.0, or return the seconds to wait and count nothing."""
        with self._lock:
            self._forget_future(now)
            if self._closed_until and now < self._closed_until:
                return (self._closed_until - now).total_seconds()
            while self._calls and now - self._calls[0] >= _WINDOW:
                self._calls.popleft()
            if self.per_minute and len(self._calls) >= self.per_minute:
                return (self._calls[0] + _WINDOW - now).total_seconds()
            self._calls.append(now)
            return 0.0

    def has_room(self, now: dt.datetime, *, share: float) -> bool:
        """Return whether less than this share of the minute is used; counts nothing."""
        with self._lock:
            self._forget_future(now)
            used = sum(now - call < _WINDOW for call in self._calls)
            is_closed = self._closed_until is not None and now < self._closed_until
            return not is_closed and (not self.per_minute or used < max(1, int(self.per_minute * share)))

    def _forget_future(self, now: dt.datetime) -> None:
        """Forget times later than now: a clock set back since would close the minute for hours."""
        if self._calls and self._calls[-1] > now:
            self._calls.clear()
        if self._closed_until and self._closed_until - now > 2 * _MINUTE:
            self._closed_until = None

    def update_from_headers(self, headers: Mapping[str, str], now: dt.datetime) -> None:
        """Update the limit from a response: a smaller limit holds from now on; nothing remaining closes the minute.

        Zalo does not tell the start of its minute, so after the last call it is assumed to end a minute after our
        first.
        """
        limit, remaining = (
            _parse_count(headers.get("X-RateLimit-Limit")),
            _parse_count(headers.get("X-RateLimit-Remain")),
        )
        with self._lock:
            if limit and (not self.per_minute or limit < self.per_minute):
                self.per_minute = limit
            if remaining == 0 and limit:
                first_call = self._calls[0] if self._calls else now
                self._closed_until = max(first_call + _MINUTE, now + dt.timedelta(seconds=1))


def _parse_count(value: str | None) -> int | None:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 10 else None


# Per process: of each account by its package, and of each app, which several accounts may share.
_limiters: dict[tuple[str, ...], SlidingWindowLimiter] = {}


def get_limiter(account: ChannelAccount) -> SlidingWindowLimiter:
    """Return the single limiter of this process for an account: the package's limit, corrected by the headers."""
    configured = account.settings.get("per_minute", PER_MINUTE)
    per_minute = configured if isinstance(configured, int) and configured > 0 else PER_MINUTE
    key = (*_get_app_key(account), str(account.settings.get("oa_id", "")))
    return _limiters.setdefault(key, SlidingWindowLimiter(per_minute))


def _get_app_key(account: ChannelAccount) -> tuple[str, str]:
    return str(account.settings.get("openapi_url", "")), str(account.settings.get("app_id", ""))


def take_turn(account: ChannelAccount, now: dt.datetime) -> float:
    """Count a call of the account and of its app and return 0.0, or return the seconds to wait."""
    app_limiter = _limiters.setdefault(_get_app_key(account), SlidingWindowLimiter(PER_MINUTE))
    return get_limiter(account).take(now) or app_limiter.take(now)


CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 10.0
MAX_CONNECTIONS = 200  # a call that waits for a connection longer than CONNECT_SECONDS fails
_MAX_RESPONSE_BYTES = 4 * 1024 * 1024
# The request was not sent, so it had no effect.
_NOT_SENT_ERRORS = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


@dataclass(frozen=True, slots=True)
class ZaloClient:
    """The client shared by the calls of a run."""

    session: aiohttp.ClientSession
    upload_turn: asyncio.Lock = field(default_factory=asyncio.Lock)  # one upload of a picture for hundreds of groups

    async def get(self, account: ChannelAccount, path: str, query: Mapping[str, str]) -> Any:
        """Return `data` of the response. Raises `SendFailed`."""
        return await self._call(account, "GET", path, query=query, has_effect=False)

    async def get_json_query(self, account: ChannelAccount, path: str, data: Mapping[str, Any]) -> Any:
        """Send a GET of the users and conversations API: the query is one JSON object in `data`."""
        return await self.get(account, path, {"data": orjson.dumps(dict(data)).decode()})

    async def post(
        self, account: ChannelAccount, path: str, body: Mapping[str, Any], *, has_effect: bool = True
    ) -> Any:
        """Return `data` of the response, None where there is none. Raises `SendFailed`."""
        return await self._call(account, "POST", path, body=body, has_effect=has_effect)

    async def upload(self, account: ChannelAccount, path: str, name: str, data: bytes) -> Any:
        """Send one file as the multipart field `file`. Without effect: an upload that nothing uses expires."""
        form = aiohttp.FormData()
        form.add_field("file", data, filename=name, content_type="application/octet-stream")
        return await self._call(account, "POST", path, form=form, has_effect=False)

    async def _call(
        self,
        account: ChannelAccount,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        form: aiohttp.FormData | None = None,
        has_effect: bool,
    ) -> Any:
        if wait_seconds := take_turn(account, clock.now()):
            raise SendFailed(N_("Chờ đến lượt gọi Zalo"), code="PACE", retry_after=wait_seconds, pause_channel=True)
        headers = _build_headers(account)
        if form is None:
            headers["Content-Type"] = "application/json"
        try:
            async with self.session.request(
                method,
                get_openapi_url(account) + path,
                params=query,
                data=form if form is not None else None if body is None else orjson.dumps(dict(body)),
                headers=headers,
                allow_redirects=False,
            ) as response:
                get_limiter(account).update_from_headers(response.headers, clock.now())
                if response.status == 401:  # some sources see a refused token here instead of in a body
                    raise errors.token_refused("HTTP 401")
                if response.status != 200:
                    retry_after = response.headers.get("Retry-After", "")
                    raise errors.to_http_failure(response.status, retry_after, has_effect=has_effect)
                raw = await _read_body(response)
        except _NOT_SENT_ERRORS as error:
            raise errors.to_no_response_failure(type(error).__name__, has_effect=False) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise errors.to_no_response_failure(type(error).__name__, has_effect=has_effect) from error
        return _parse_data(raw, path, has_effect=has_effect)


async def _read_body(response: aiohttp.ClientResponse) -> bytes:
    """Return the whole body up to a limit: Zalo's responses have a few kilobytes."""
    raw = bytearray()
    async for chunk in response.content.iter_any():
        raw += chunk
        if len(raw) > _MAX_RESPONSE_BYTES:
            raise aiohttp.ClientPayloadError("answer too long")
    return bytes(raw)


def _parse_data(raw: bytes, path: str, *, has_effect: bool) -> Any:
    try:
        payload = orjson.loads(raw)
        code = int(payload["error"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise errors.to_unreadable_failure(has_effect=has_effect) from error
    if code != 0:
        raise errors.to_failure(code, group="/group" in path, words=str(payload.get("message") or ""))
    return payload.get("data")


def _build_headers(account: ChannelAccount) -> dict[str, str]:
    headers = {"access_token": account.access_token}
    if get_switches(account).get("proof"):
        headers["appsecret_proof"] = compute_appsecret_proof(
            account.secrets.get("app_secret", ""), account.access_token
        )
    return headers


def get_openapi_url(account: ChannelAccount) -> str:
    return str(account.settings.get("openapi_url") or settings.ZALO_OPENAPI_URL).rstrip("/")


def get_oauth_url(account: ChannelAccount) -> str:
    return str(account.settings.get("oauth_url") or settings.ZALO_OAUTH_URL).rstrip("/")


@asynccontextmanager
async def open_zalo_client(
    *, connect: float = CONNECT_SECONDS, total: float = TOTAL_SECONDS
) -> AsyncIterator[ZaloClient]:
    """Open a session for one batch of calls; `connect` and `total` in seconds."""
    timeout = aiohttp.ClientTimeout(total=total, connect=connect, sock_connect=connect)
    connector = aiohttp.TCPConnector(limit=MAX_CONNECTIONS, force_close=False)
    async with aiohttp.ClientSession(
        timeout=timeout, connector=connector, cookie_jar=aiohttp.DummyCookieJar()
    ) as session:
        yield ZaloClient(session)
