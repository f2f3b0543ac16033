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

from binhyen.channels.adapter import Account
from binhyen.channels.kinds.zalo_oa import oauth
from binhyen.channels.kinds.zalo_oa.oauth import GrantLost, Pair, RefreshRefused
from binhyen.channels.models import Channel, Credential
from binhyen.channels.types import SendFailed
from binhyen.kit import logs
from binhyen.kit.i18n_markers import N_

# Zalo's tokens live 25 h: refreshed with 5 h left, so that an outage of a night does no harm.
REFRESH_BEFORE = dt.timedelta(hours=5)
_LAST_MOMENT = dt.timedelta(minutes=1)
_BACK_OFF = dt.timedelta(seconds=60)
_REFUSED_BACK_OFF = dt.timedelta(minutes=10)
REFUSED_FOR = dt.timedelta(minutes=30)  # of nothing but refusals: then the grant counts as lost
_SAVES = 3
_OFF = N_("Kênh đang tắt")
_OFF_FOR = 3600.0
log = logs.get("zalo.tokens")


def access_token(channel_id: int, *, now: dt.datetime, refused: str = "") -> str:
    """Return an access token that should work. `rejected_token`: rejected by Zalo (-216, -220), replaced once.

    Not inside a transaction: marks must be durable before the call. Raises `GrantLost`, or `SendFailed` where no token
    is available for now; both pause the channel.
    """
    row = Credential.objects.select_related("channel").get(pk=channel_id)
    if (
        not row.channel.is_active
    ):  # switched off, or a restored copy: a refresh would end the grant of the running installation
        raise SendFailed(_OFF, retry_after=_OFF_FOR)
    if not _due(row, refused, now):
        return row.access_token
    if row.lost_at is not None:
        return _last_use(row, refused, now, GrantLost("LOST"))
    if _usable(row, refused, now) and _tried_lately(row, now):
        return row.access_token
    _mark(channel_id, refused, now)
    return _refresh(channel_id, refused, now)


def keep_grant(channel_id: int, pair: Pair, *, now: dt.datetime) -> None:
    """Save the token pair of a new authorisation and resume the channel."""
    with transaction.atomic():
        row, _ = Credential.objects.select_for_update().get_or_create(pk=channel_id)
        _put(row, pair, now)
        Channel.objects.filter(pk=channel_id).update(is_active=True, paused_until=None, paused_reason="")


def _due(row: Credential, refused: str, now: dt.datetime) -> bool:
    # nosemgrep: secret-compared-plainly  both are our own stored token
    if not row.access_token or row.access_token == refused or row.expires_at is None:
        return True
    return row.expires_at - now <= REFRESH_BEFORE


def _usable(row: Credential, refused: str, now: dt.datetime) -> bool:
    # nosemgrep: secret-compared-plainly  both are our own stored token
    good = row.access_token and row.access_token != refused and row.expires_at is not None
    return bool(good and row.expires_at and row.expires_at - now > _LAST_MOMENT)


def _tried_lately(row: Credential, now: dt.datetime) -> bool:
    """Somebody is at it, or failed a moment ago: with a good token in hand nobody need wait for the same again."""
    back_off = _BACK_OFF if row.refused_since is None else _REFUSED_BACK_OFF
    started = row.refresh_started_at
    return started is not None and dt.timedelta() <= now - started < back_off  # in the future: the clock was set back


def _last_use(row: Credential, refused: str, now: dt.datetime, failure: SendFailed) -> str:
    """Return the old token while it works, else raise the failure."""
    if _usable(row, refused, now):
        return row.access_token
    raise failure


def _locked(channel_id: int) -> Credential:
    return Credential.objects.select_for_update().get(pk=channel_id)


def _mark(channel_id: int, refused: str, now: dt.datetime) -> None:
    """Store the start of a refresh, durable before the call, so that it is visible after a crash."""
    with transaction.atomic(durable=True):
        row = _locked(channel_id)
        if _due(row, refused, now):
            row.refresh_started_at = now
            row.save(update_fields=["refresh_started_at"])


def _refresh(channel_id: int, refused: str, now: dt.datetime) -> str:
    answer: Pair | SendFailed | None = None
    spent = ""
    try:
        with transaction.atomic(durable=True):
            row = _locked(channel_id)
            spent = row.refresh_token
            if _due(row, refused, now):
                answer = _ask(row)
                _write_down(row, answer, refused, now)
    except Error:
        if not isinstance(answer, Pair):
            raise
        return _save_again(channel_id, answer, spent, now)
    if isinstance(answer, SendFailed):
        words = answer.refusal if isinstance(answer, GrantLost | RefreshRefused) else ""
        log.warning("refresh_failed", channel=channel_id, code=answer.code, words=words, lost=row.lost_at is not None)
        if row.lost_at is not None and not isinstance(answer, GrantLost):
            answer = GrantLost(answer.code, refusal=words)
        return _last_use(row, refused, now, answer)
    return row.access_token


def _ask(row: Credential) -> Pair | SendFailed:
    if row.lost_at is not None:
        return GrantLost("LOST")
    try:
        return _call(row)
    except SendFailed as failed:
        return failed


def _write_down(row: Credential, answer: Pair | SendFailed, refused: str, now: dt.datetime) -> None:
    """Save a pair or mark a loss; an unclear result changes nothing, and the same token is tried again."""
    if isinstance(answer, Pair):
        _put(row, answer, now)
        return
    if isinstance(answer, RefreshRefused):
        row.refused_since = min(row.refused_since or now, now)
        row.refusal = answer.refusal
        row.save(update_fields=["refused_since", "refusal"])
    if isinstance(answer, GrantLost) or _is_refused_for_good(row, answer, now):
        row.lost_at = row.lost_at or now
        row.refusal = getattr(answer, "refusal", "") or row.refusal
        if row.access_token == refused:  # nosemgrep: secret-compared-plainly  both are our own stored token
            row.put(access_token="")
        row.save(update_fields=["lost_at", "refusal", *row.SEALED])


def _is_refused_for_good(row: Credential, answer: SendFailed, now: dt.datetime) -> bool:
    refused = isinstance(answer, RefreshRefused) and row.refused_since is not None
    return refused and now - (row.refused_since or now) >= REFUSED_FOR


def _call(row: Credential) -> Pair:
    if not row.refresh_token:
        raise GrantLost("NONE")
    channel = Channel.objects.get(pk=row.pk)
    account = Account(channel_id=row.pk, settings=channel.settings, secrets=row.secrets)
    return asyncio.run(oauth.refresh(account, row.refresh_token))


def _put(row: Credential, pair: Pair, now: dt.datetime) -> None:
    row.put(access_token=pair.access_token, refresh_token=pair.refresh_token)
    row.expires_at = now + dt.timedelta(seconds=pair.seconds)
    row.refresh_started_at = row.lost_at = row.refused_since = None
    row.refusal = ""
    columns = ["expires_at", "refresh_started_at", "lost_at", "refused_since", "refusal"]
    row.save(update_fields=[*row.SEALED, *columns])


def _save_again(channel_id: int, pair: Pair, spent: str, now: dt.datetime) -> str:
    """Save the pair over new connections after the database was lost with a spent refresh token in it."""
    for attempt in range(_SAVES):
        connection.close()
        with suppress(Error), transaction.atomic(durable=True):
            row = _locked(channel_id)
            if row.refresh_token == spent:  # nosemgrep: secret-compared-plainly  both are our own stored token
                _put(row, pair, now)
            return row.access_token
        log.error("pair_not_saved", channel=channel_id, attempt=attempt + 1)
    raise SendFailed(N_("Chưa lưu được mã truy cập Zalo"), code="SAVE", retry_after=30.0, pause_channel=True)
