"""HTTP client of Zalo's API: one session a batch, timeouts everywhere, every failure typed."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from binhyen import settings
from binhyen.channels.adapter import Account
from binhyen.channels.kinds.zalo_oa import errors, rate_limiter
from binhyen.channels.kinds.zalo_oa.protocol import appsecret_proof
from binhyen.channels.kinds.zalo_oa.webhook import switches
from binhyen.channels.types import SendFailed
from binhyen.kit import clock
from binhyen.kit.i18n_markers import N_

CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 10.0
_ANSWER_LIMIT = 4 * 1024 * 1024
# The request was not sent, so it had no effect.
_NOT_GONE = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


@dataclass(frozen=True, slots=True)
class Client:
    """The client shared by a batch of calls."""

    session: aiohttp.ClientSession

    async def get(self, account: Account, path: str, query: Mapping[str, str]) -> Any:
        """Return `data` of the response. Raises `SendFailed`."""
        return await self._call(account, "GET", path, query=query, effect=False)

    async def get_data(self, account: Account, path: str, data: Mapping[str, Any]) -> Any:
        """Send a GET of the users and conversations API: the query is one JSON object in `data`."""
        return await self.get(account, path, {"data": orjson.dumps(dict(data)).decode()})

    async def post(self, account: Account, path: str, body: Mapping[str, Any], *, effect: bool = True) -> Any:
        """Return `data` of the response, None where there is none. Raises `SendFailed`."""
        return await self._call(account, "POST", path, body=body, effect=effect)

    async def _call(
        self,
        account: Account,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        effect: bool,
    ) -> Any:
        pace = rate_limiter.shared(account)
        if wait := pace.take(clock.now()):
            raise SendFailed(N_("Chờ đến lượt gọi Zalo"), code="PACE", retry_after=wait, pause_channel=True)
        try:
            async with self.session.request(
                method,
                openapi_url(account) + path,
                params=query,
                data=None if body is None else orjson.dumps(dict(body)),
                headers=_headers(account),
                allow_redirects=False,
            ) as response:
                pace.heard(response.headers, clock.now())
                if response.status == 401:  # some sources see a refused token here instead of in a body
                    raise errors.token_refused("HTTP 401")
                if response.status != 200:
                    after = response.headers.get("Retry-After", "")
                    raise errors.http_failure(response.status, after, effect=effect)
                raw = await _all(response)
        except _NOT_GONE as error:
            raise errors.lost(type(error).__name__, effect=False) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise errors.lost(type(error).__name__, effect=effect) from error
        return _data(raw, path, effect=effect)


async def _all(response: aiohttp.ClientResponse) -> bytes:
    """Return the whole body up to a limit: Zalo's responses have a few kilobytes."""
    raw = bytearray()
    async for chunk in response.content.iter_any():
        raw += chunk
        if len(raw) > _ANSWER_LIMIT:
            raise aiohttp.ClientPayloadError("answer too long")
    return bytes(raw)


def _data(raw: bytes, path: str, *, effect: bool) -> Any:
    try:
        answer = orjson.loads(raw)
        code = int(answer["error"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise errors.unreadable(effect=effect) from error
    if code != 0:
        raise errors.failure(code, group="/group" in path, words=str(answer.get("message") or ""))
    return answer.get("data")


def _headers(account: Account) -> dict[str, str]:
    headers = {"access_token": account.access_token, "Content-Type": "application/json"}
    if switches(account).get("proof"):
        headers["appsecret_proof"] = appsecret_proof(account.secrets.get("app_secret", ""), account.access_token)
    return headers


def openapi_url(account: Account) -> str:
    return str(account.settings.get("openapi_url") or settings.ZALO_OPENAPI_URL).rstrip("/")


def oauth_url(account: Account) -> str:
    return str(account.settings.get("oauth_url") or settings.ZALO_OAUTH_URL).rstrip("/")


@asynccontextmanager
async def client(*, connect: float = CONNECT_SECONDS, total: float = TOTAL_SECONDS) -> AsyncIterator[Client]:
    """Open a session for one batch of calls; `connect` and `total` in seconds."""
    timeout = aiohttp.ClientTimeout(total=total, connect=connect, sock_connect=connect)
    connector = aiohttp.TCPConnector(limit=32, force_close=False)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as made:
        yield Client(made)
