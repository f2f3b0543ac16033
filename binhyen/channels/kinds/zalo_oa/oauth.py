"""OAuth v4 of an Official Account: authorisation link, code exchange, token refresh. HTTP only; tokens.py stores."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp
import orjson

from binhyen.channels.adapter import Account
from binhyen.channels.kinds.zalo_oa.client import client, oauth_url
from binhyen.channels.kinds.zalo_oa.payloads import Tokens
from binhyen.channels.kinds.zalo_oa.webhook import switches
from binhyen.channels.types import SendFailed
from binhyen.kit.i18n_markers import N_

ACCESS_SECONDS = 25 * 3600  # default where Zalo returns none
_ANSWER_LIMIT = 64 * 1024
# Codes of a refresh that say «this refresh token is worthless». The sources disagree about -14020 (invalid or used
# refresh token, or a wrong secret): either way a person has to connect again. Switch: `grant_lost_codes`.
LOST_CODES = (-14014, -14020)
_LOST_WORDS = re.compile(
    r"invalid[ _-]?grant|refresh[ _-]?token|(grant|permission)[ _-]?(expired|revoked)", re.IGNORECASE
)
_REFUSALS = {200, 400, 401, 403}  # statuses under which a readable body says why
_EMPTY = "SPENT"
_TRY_AGAIN = 30.0
_GRANT_GONE = 600.0


class GrantLost(SendFailed):
    """The grant is withdrawn: no message passes until an operator authorises again."""

    def __init__(self, code: str, *, refusal: str = "") -> None:
        super().__init__(
            N_("Mất quyền gửi qua Zalo OA: cần cấp quyền lại"),
            code=code,
            pause_channel=True,
            retry_after=_GRANT_GONE,
        )
        self.refusal = refusal


class RefreshRefused(SendFailed):
    """Zalo answered, readably, and gave no pair for a reason that is not known. `refusal`: its own words."""

    def __init__(self, code: str, *, refusal: str = "") -> None:
        super().__init__(
            N_("Zalo từ chối cấp mã truy cập"), code=code[:20], retry_after=_GRANT_GONE, pause_channel=True
        )
        self.refusal = refusal


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

    Raises `GrantLost` where it was spent before (an empty body, twice: a gateway's hiccup looks the same, and what is
    spent stays spent) or is unknown, `RefreshRefused` where Zalo refused in words that are not known, else
    `SendFailed`: Zalo did not answer readably, and a further call with the same token will tell.
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
            raw = await response.content.read(_ANSWER_LIMIT) if response.status in _REFUSALS else None
            if raw is not None:
                while len(raw) < _ANSWER_LIMIT and (more := await response.content.read(_ANSWER_LIMIT)):
                    raw += more
            status = response.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise _unclear(type(error).__name__) from error
    if raw is None or (status != 200 and not _is_refusal(raw)):
        raise _unclear(f"HTTP {status}")
    return _pair(raw, lost_codes=_lost_codes(account))


def _is_refusal(raw: bytes) -> bool:
    try:
        return any(Tokens.model_validate(orjson.loads(raw)).refusal())
    except ValueError:
        return False


def _lost_codes(account: Account) -> frozenset[int]:
    given = switches(account).get("grant_lost_codes")
    codes = given if isinstance(given, list | tuple) else LOST_CODES
    return frozenset(code for code in codes if isinstance(code, int))


def _unclear(code: str) -> SendFailed:
    return SendFailed(N_("Chưa lấy được mã truy cập Zalo"), code=code[:20], retry_after=_TRY_AGAIN, pause_channel=True)


def _pair(raw: bytes, *, lost_codes: Collection[int] = LOST_CODES) -> Pair:
    if not raw.strip():
        raise GrantLost(_EMPTY)
    try:
        tokens = Tokens.model_validate(orjson.loads(raw))
    except ValueError as error:
        raise _unclear("BODY") from error
    number, words = tokens.refusal()
    if not number and tokens.access_token and tokens.refresh_token:
        return Pair(tokens.access_token, tokens.refresh_token, tokens.expires_in or ACCESS_SECONDS)
    if number in lost_codes or (not number and _LOST_WORDS.search(words)):
        raise GrantLost(str(number) if number else "REFUSED", refusal=words)
    if number or (words and not tokens.access_token):
        raise RefreshRefused(str(number) if number else "REFUSED", refusal=words)
    raise _unclear("BODY")
