"""OAuth v4 of an Official Account: authorisation link, code exchange, token refresh. HTTP only; tokens.py stores."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
import orjson

from binhyen.channels.adapter import ChannelAccount
from binhyen.channels.kinds.zalo_oa.client import get_oauth_url, open_zalo_client
from binhyen.channels.kinds.zalo_oa.payloads import TokenResponse
from binhyen.channels.kinds.zalo_oa.webhook import get_switches
from binhyen.channels.types import SendFailed
from binhyen.kit.i18n_markers import N_

DEFAULT_TOKEN_SECONDS = 25 * 3600  # default where Zalo returns none
_MAX_RESPONSE_BYTES = 64 * 1024
# Codes of a refresh that say «this refresh token is worthless». The sources disagree about -14020 (invalid or used
# refresh token, or a wrong secret): either way a person has to connect again. Switch: `grant_lost_codes`.
LOST_CODES = (-14014, -14020)
_LOST_WORDS = re.compile(
    r"invalid[ _-]?grant|refresh[ _-]?token|(grant|permission)[ _-]?(expired|revoked)", re.IGNORECASE
)
_REFUSALS = {200, 400, 401, 403}  # statuses under which a readable body says why
_EMPTY_BODY = "SPENT"
_RETRY_SECONDS = 30.0
_GRANT_LOST_SECONDS = 600.0


class GrantLost(SendFailed):
    """The grant is withdrawn: no message passes until an operator authorises again."""

    def __init__(self, code: str, *, refusal: str = "") -> None:
        super().__init__(
            N_("Mất quyền gửi qua Zalo OA: cần cấp quyền lại"),
            code=code,
            pause_channel=True,
            retry_after=_GRANT_LOST_SECONDS,
        )
        self.refusal = refusal


class RefreshRefused(SendFailed):
    """Zalo answered, readably, and gave no pair for a reason that is not known. `refusal`: its own words."""

    def __init__(self, code: str, *, refusal: str = "") -> None:
        super().__init__(
            N_("Zalo từ chối cấp mã truy cập"), code=code[:20], retry_after=_GRANT_LOST_SECONDS, pause_channel=True
        )
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An access token, valid for `lifetime_seconds`, and the single-use refresh token issued with it."""

    access_token: str
    refresh_token: str
    seconds: int

    def __repr__(self) -> str:
        return f"TokenPair(…, seconds={self.seconds})"  # never into a log


def build_authorization_url(account: ChannelAccount, *, redirect_uri: str, challenge: str, state: str) -> str:
    """Return the URL where an operator grants the permission.

    Zalo may not return `state`, so also put it into `redirect_uri`.
    """
    query = {
        "app_id": str(account.settings.get("app_id", "")),
        "redirect_uri": redirect_uri,
        "code_challenge": challenge,
        "state": state,
    }
    return f"{get_oauth_url(account)}/v4/oa/permission?{urlencode(query)}"


async def exchange_code(account: ChannelAccount, *, code: str, verifier: str) -> TokenPair:
    """Exchange a code (10 minutes, one use) for the first token pair. Raises `SendFailed`."""
    return await _request_tokens(account, {"grant_type": "authorization_code", "code": code, "code_verifier": verifier})


async def refresh_tokens(account: ChannelAccount, refresh_token: str) -> TokenPair:
    """Return a new token pair; this call spends the old refresh token.

    Raises `GrantLost` where it was spent before (an empty body, twice: a gateway's hiccup looks the same, and what is
    spent stays spent) or is unknown, `RefreshRefused` where Zalo refused in words that are not known, else
    `SendFailed`: Zalo did not answer readably, and a further call with the same token will tell.
    """
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    try:
        return await _request_tokens(account, form)
    except GrantLost as grant_error:
        if grant_error.code != _EMPTY_BODY:
            raise
    return await _request_tokens(account, form)


async def _request_tokens(account: ChannelAccount, form: Mapping[str, str]) -> TokenPair:
    fields = {"app_id": str(account.settings.get("app_id", "")), **form}
    headers = {"secret_key": account.secrets.get("app_secret", "")}
    url = f"{get_oauth_url(account)}/v4/oa/access_token"
    try:
        async with (
            open_zalo_client() as api,
            api.session.post(url, data=fields, headers=headers, allow_redirects=False) as response,
        ):
            raw = await response.content.read(_MAX_RESPONSE_BYTES) if response.status in _REFUSALS else None
            if raw is not None:
                while len(raw) < _MAX_RESPONSE_BYTES and (chunk := await response.content.read(_MAX_RESPONSE_BYTES)):
                    raw += chunk
            status = response.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise _unclear_failure(type(error).__name__) from error
    if raw is None or (status != 200 and not _is_refusal(raw)):
        raise _unclear_failure(f"HTTP {status}")
    return _parse_pair(raw, lost_codes=_lost_codes(account))


def _is_refusal(raw: bytes) -> bool:
    try:
        return any(TokenResponse.model_validate(orjson.loads(raw)).refusal())
    except ValueError:
        return False


def _lost_codes(account: ChannelAccount) -> frozenset[int]:
    given = get_switches(account).get("grant_lost_codes")
    codes = given if isinstance(given, list | tuple) else LOST_CODES
    return frozenset(code for code in codes if isinstance(code, int))


def _unclear_failure(code: str) -> SendFailed:
    return SendFailed(
        N_("Chưa lấy được mã truy cập Zalo"), code=code[:20], retry_after=_RETRY_SECONDS, pause_channel=True
    )


def _parse_pair(raw: bytes, *, lost_codes: Collection[int] = LOST_CODES) -> TokenPair:
    if not raw.strip():
        raise GrantLost(_EMPTY_BODY)
    try:
        tokens = TokenResponse.model_validate(orjson.loads(raw))
    except ValueError as error:
        raise _unclear_failure("BODY") from error
    number, words = tokens.refusal()
    if not number and tokens.access_token and tokens.refresh_token:
        return TokenPair(tokens.access_token, tokens.refresh_token, tokens.expires_in or DEFAULT_TOKEN_SECONDS)
    if number in lost_codes or (not number and _LOST_WORDS.search(words)):
        raise GrantLost(str(number) if number else "REFUSED", refusal=words)
    if number or (words and not tokens.access_token):
        raise RefreshRefused(str(number) if number else "REFUSED", refusal=words)
    raise _unclear_failure("BODY")
