"""OAuth v4 of an Official Account: authorisation link, code exchange, token refresh. HTTP only; tokens.py stores."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
import orjson

from binhyen.channels.base import Account
from binhyen.channels.kinds.zalo_oa.client import client, oauth_url
from binhyen.channels.kinds.zalo_oa.payloads import Tokens
from binhyen.channels.messages import SendFailed
from binhyen.kit.wording import N_

ACCESS_SECONDS = 25 * 3600  # default where Zalo returns none
_ANSWER_LIMIT = 64 * 1024
_SPENT = {-14014}  # unknown or expired refresh token
_EMPTY = "SPENT"
_TRY_AGAIN = 30.0
_GRANT_GONE = 600.0


class GrantLost(SendFailed):
    """The grant is withdrawn: no message passes until an operator authorises again."""

    def __init__(self, code: str) -> None:
        super().__init__(
            N_("Mất quyền gửi qua Zalo OA: cần cấp quyền lại"),
            code=code,
            pause_channel=True,
            retry_after=_GRANT_GONE,
        )


@dataclass(frozen=True, slots=True)
class Pair:
    """An access token, valid for `lifetime_seconds`, and the single-use refresh token issued with it."""

    access_token: str
    refresh_token: str
    seconds: int

    def __repr__(self) -> str:
        return f"Pair(…, seconds={self.seconds})"  # never into a log


def authorise_url(account: Account, *, redirect_uri: str, challenge: str, state: str) -> str:
    """Return the URL where an operator grants the permission.

    Zalo may not return `state`, so also put it into `redirect_uri`.
    """
    query = {
        "app_id": str(account.settings.get("app_id", "")),
        "redirect_uri": redirect_uri,
        "code_challenge": challenge,
        "state": state,
    }
    return f"{oauth_url(account)}/v4/oa/permission?{urlencode(query)}"


async def exchange(account: Account, *, code: str, verifier: str) -> Pair:
    """Exchange a code (10 minutes, one use) for the first token pair. Raises `SendFailed`."""
    return await _ask(account, {"grant_type": "authorization_code", "code": code, "code_verifier": verifier})


async def refresh(account: Account, refresh_token: str) -> Pair:
    """Return a new token pair; this call spends the old refresh token.

    Raises `GrantLost` where it was spent before (an empty body, twice: a proxy error looks the same, and a spent token
    stays spent) or is unknown, else `SendFailed`: Zalo's response was unreadable, and a retry with the same token will
    tell.
    """
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    try:
        return await _ask(account, form)
    except GrantLost as lost:
        if lost.code != _EMPTY:
            raise
    return await _ask(account, form)


async def _ask(account: Account, form: Mapping[str, str]) -> Pair:
    fields = {"app_id": str(account.settings.get("app_id", "")), **form}
    headers = {"secret_key": account.secrets.get("app_secret", "")}
    url = f"{oauth_url(account)}/v4/oa/access_token"
    try:
        async with (
            client() as api,
            api.session.post(url, data=fields, headers=headers, allow_redirects=False) as response,
        ):
            raw = await response.content.read(_ANSWER_LIMIT) if response.status == 200 else None
            if raw is not None:
                while len(raw) < _ANSWER_LIMIT and (more := await response.content.read(_ANSWER_LIMIT)):
                    raw += more
            status = response.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise _unclear(type(error).__name__) from error
    if raw is None:
        raise _unclear(f"HTTP {status}")
    return _pair(raw)


def _unclear(code: str) -> SendFailed:
    return SendFailed(N_("Chưa lấy được mã truy cập Zalo"), code=code[:20], retry_after=_TRY_AGAIN, pause_channel=True)


def _pair(raw: bytes) -> Pair:
    if not raw.strip():
        raise GrantLost(_EMPTY)
    try:
        tokens = Tokens.model_validate(orjson.loads(raw))
    except ValueError as error:
        raise _unclear("BODY") from error
    if tokens.error in _SPENT:
        raise GrantLost(str(tokens.error))
    if tokens.error:
        raise SendFailed(
            N_("Zalo từ chối cấp mã truy cập"), code=str(tokens.error), retry_after=3600.0, pause_channel=True
        )
    if not tokens.access_token or not tokens.refresh_token:
        raise _unclear("BODY")
    return Pair(tokens.access_token, tokens.refresh_token, tokens.expires_in or ACCESS_SECONDS)
