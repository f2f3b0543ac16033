"""Access tokens. The single-use refresh token is read, spent and replaced only under a row lock.

What may go wrong, and what then happens:
- Many callers at once: the first that gets the row refreshes, the others wait for the row and find the new pair.
- No answer from Zalo: everything stays. While the old token is good it is used; the next attempt sends the same
  refresh token and thereby learns the truth: a new pair (the first request never arrived), or an empty body.
- Empty body twice, or «unknown»: the pair went to an answer we never read. `lost_at` is set: to authorise again.
- Database gone between answer and save: the pair is kept in memory and saved over a new connection.
- Refused in words that are not known: asked again every ten minutes; after half an hour of it the grant counts as lost,
  so that the operator's page says «connect again». Zalo's words stay in `refusal`.
- Process killed between answer and save (milliseconds): as an empty body. `refresh_started_at`, committed before the
  call, tells the operator why.
"""

import asyncio
import datetime as dt
from contextlib import suppress

from django.db import Error, connection, transaction

from binhyen.channels.adapter import ChannelAccount
from binhyen.channels.kinds.zalo_oa import oauth
from binhyen.channels.kinds.zalo_oa.oauth import GrantLost, RefreshRefused, TokenPair
from binhyen.channels.models import Channel, Credential
from binhyen.channels.types import SendFailed
from binhyen.kit import logs
from binhyen.kit.i18n_markers import N_

# Zalo's tokens live 25 h: refreshed with 5 h left, so that an outage of a night does no harm.
REFRESH_BEFORE = dt.timedelta(hours=5)
_MIN_VALIDITY = dt.timedelta(minutes=1)
_BACK_OFF = dt.timedelta(seconds=60)
_REFUSED_BACK_OFF = dt.timedelta(minutes=10)
REFUSED_FOR = dt.timedelta(minutes=30)  # of nothing but refusals: then the grant counts as lost
_MAX_SAVE_ATTEMPTS = 3
_CHANNEL_OFF = N_("Kênh đang tắt")
_CHANNEL_OFF_SECONDS = 3600.0
log = logs.get_logger("zalo.tokens")


def get_valid_token(channel_id: int, *, now: dt.datetime, rejected_token: str = "") -> str:
    """Return an access token that should work. `rejected_token`: rejected by Zalo (-216, -220), replaced once.

    Not inside a transaction: marks must be durable before the call. Raises `GrantLost`, or `SendFailed` where no token
    is available for now; both pause the channel.
    """
    row = Credential.objects.select_related("channel").get(pk=channel_id)
    if (
        not row.channel.is_active
    ):  # switched off, or a restored copy: a refresh would end the grant of the running installation
        raise SendFailed(_CHANNEL_OFF, retry_after=_CHANNEL_OFF_SECONDS)
    if not _is_refresh_due(row, rejected_token, now):
        return row.access_token
    if row.lost_at is not None:
        return _use_old_token(row, rejected_token, now, GrantLost("LOST"))
    if _is_usable(row, rejected_token, now) and _is_recently_tried(row, now):
        return row.access_token
    _mark_refresh_started(channel_id, rejected_token, now)
    return _refresh_locked(channel_id, rejected_token, now)


def save_grant(channel_id: int, pair: TokenPair, *, is_active: bool = True, now: dt.datetime) -> None:
    """Save the token pair of a new authorisation and resume the channel."""
    with transaction.atomic():
        row, _ = Credential.objects.select_for_update().get_or_create(pk=channel_id)
        _save_pair(row, pair, now)
        Channel.objects.filter(pk=channel_id).update(is_active=is_active, paused_until=None, paused_reason="")


def _is_refresh_due(row: Credential, rejected_token: str, now: dt.datetime) -> bool:
    # nosemgrep: secret-compared-plainly  both are our own stored token
    if not row.access_token or row.access_token == rejected_token or row.expires_at is None:
        return True
    return row.expires_at - now <= REFRESH_BEFORE


def _is_usable(row: Credential, rejected_token: str, now: dt.datetime) -> bool:
    # nosemgrep: secret-compared-plainly  both are our own stored token
    is_valid = row.access_token and row.access_token != rejected_token and row.expires_at is not None
    return bool(is_valid and row.expires_at and row.expires_at - now > _MIN_VALIDITY)


def _is_recently_tried(row: Credential, now: dt.datetime) -> bool:
    """Return whether another process refreshes now or failed a moment ago; a valid token needs no second attempt."""
    back_off = _BACK_OFF if row.refused_since is None else _REFUSED_BACK_OFF
    started = row.refresh_started_at
    return started is not None and dt.timedelta() <= now - started < back_off  # in the future: the clock was set back


def _use_old_token(row: Credential, rejected_token: str, now: dt.datetime, failure: SendFailed) -> str:
    """Return the old token while it works, else raise the failure."""
    if _is_usable(row, rejected_token, now):
        return row.access_token
    raise failure


def _lock_credential(channel_id: int) -> Credential:
    return Credential.objects.select_for_update().get(pk=channel_id)


def _mark_refresh_started(channel_id: int, rejected_token: str, now: dt.datetime) -> None:
    """Store the start of a refresh, durable before the call, so that it is visible after a crash."""
    with transaction.atomic(durable=True):
        row = _lock_credential(channel_id)
        if _is_refresh_due(row, rejected_token, now):
            row.refresh_started_at = now
            row.save(update_fields=["refresh_started_at"])


def _refresh_locked(channel_id: int, rejected_token: str, now: dt.datetime) -> str:
    result: TokenPair | SendFailed | None = None
    spent_token = ""
    try:
        with transaction.atomic(durable=True):
            row = _lock_credential(channel_id)
            spent_token = row.refresh_token
            if _is_refresh_due(row, rejected_token, now):
                result = _try_refresh(row)
                _save_result(row, result, rejected_token, now)
    except Error:
        if not isinstance(result, TokenPair):
            raise
        return _retry_save(channel_id, result, spent_token, now)
    if isinstance(result, SendFailed):
        words = result.refusal if isinstance(result, GrantLost | RefreshRefused) else ""
        log.warning("refresh_failed", channel=channel_id, code=result.code, refusal=words, lost=row.lost_at is not None)
        if row.lost_at is not None and not isinstance(result, GrantLost):
            result = GrantLost(result.code, refusal=words)
        return _use_old_token(row, rejected_token, now, result)
    return row.access_token


def _try_refresh(row: Credential) -> TokenPair | SendFailed:
    if row.lost_at is not None:
        return GrantLost("LOST")
    try:
        return _request_refresh(row)
    except SendFailed as error:
        return error


def _save_result(row: Credential, result: TokenPair | SendFailed, rejected_token: str, now: dt.datetime) -> None:
    """Save a pair or mark a loss; an unclear result changes nothing, and the same token is tried again."""
    if isinstance(result, TokenPair):
        _save_pair(row, result, now)
        return
    if isinstance(result, RefreshRefused):
        row.refused_since = min(row.refused_since or now, now)
        row.refusal = result.refusal
        row.save(update_fields=["refused_since", "refusal"])
    if isinstance(result, GrantLost) or _is_refused_for_good(row, result, now):
        row.lost_at = row.lost_at or now
        row.refusal = getattr(result, "refusal", "") or row.refusal
        if row.access_token == rejected_token:  # nosemgrep: secret-compared-plainly  both are our own stored token
            row.update_secrets(access_token="")
        row.save(update_fields=["lost_at", "refusal", *row.SEALED])


def _is_refused_for_good(row: Credential, answer: SendFailed, now: dt.datetime) -> bool:
    refused = isinstance(answer, RefreshRefused) and row.refused_since is not None
    return refused and now - (row.refused_since or now) >= REFUSED_FOR


def _request_refresh(row: Credential) -> TokenPair:
    if not row.refresh_token:
        raise GrantLost("NONE")
    channel = Channel.objects.get(pk=row.pk)
    account = ChannelAccount(channel_id=row.pk, settings=channel.settings, secrets=row.secrets)
    return asyncio.run(oauth.refresh_tokens(account, row.refresh_token))


def _save_pair(row: Credential, pair: TokenPair, now: dt.datetime) -> None:
    row.update_secrets(access_token=pair.access_token, refresh_token=pair.refresh_token)
    row.expires_at = now + dt.timedelta(seconds=pair.seconds)
    row.refresh_started_at = row.lost_at = row.refused_since = None
    row.refusal = ""
    columns = ["expires_at", "refresh_started_at", "lost_at", "refused_since", "refusal"]
    row.save(update_fields=[*row.SEALED, *columns])


def _retry_save(channel_id: int, pair: TokenPair, spent_token: str, now: dt.datetime) -> str:
    """Save the pair over new connections after the database was lost with a spent refresh token in it."""
    for attempt in range(_MAX_SAVE_ATTEMPTS):
        connection.close()
        with suppress(Error), transaction.atomic(durable=True):
            row = _lock_credential(channel_id)
            if row.refresh_token == spent_token:  # nosemgrep: secret-compared-plainly  both are our own stored token
                _save_pair(row, pair, now)
            return row.access_token
        log.error("pair_not_saved", channel=channel_id, attempt=attempt + 1)
    raise SendFailed(N_("Chưa lưu được mã truy cập Zalo"), code="SAVE", retry_after=30.0, pause_channel=True)
