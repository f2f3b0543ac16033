"""Sessions: password check, opened after the second factor, confirmed, ended."""

import datetime as dt
import hmac
import secrets
from uuid import UUID

from django.contrib.auth import authenticate
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from binhyen.audit.services import AuditAction, record_actions
from binhyen.kit import key_files
from binhyen.kit.ids import hash_token
from binhyen.kit.live_events import LiveEventData, publish_live
from binhyen.kit.pruning import BATCH_SIZE, delete_in_batches
from binhyen.kit.rate_limits import RateLimit, is_exhausted, site_of, try_acquire
from binhyen.kit.sessions import shorten_hash
from binhyen.kit.sse import CLOSE_EVENT
from binhyen.people.auth_policy import get_session_policy
from binhyen.people.errors import RuleViolation
from binhyen.people.login_backoff import PASSWORD_POLICY, RESET_AFTER, STRICT, STRICT_SITE
from binhyen.people.models import Activation, LoginAttempts, Officer, SignIn
from binhyen.people.services.login_throttle import (
    RetryLater,
    count_attempt,
    is_budget_spent,
    reset_attempts,
    spend_budget,
)

# Retention of sessions, sign-ins, activation codes and attempts; the audit log keeps the sign-in history.


def prune_sign_in_data(*, now: dt.datetime, batch: int = BATCH_SIZE) -> int:
    """How many rows went. Sessions in one statement: the worker's login may read nothing of them but when they end."""
    return (
        Session.objects.filter(expire_date__lt=now).delete()[0]
        + delete_in_batches(SignIn.objects.filter(Q(expires_at__lt=now) | Q(ended_at__lt=now)), batch=batch)
        + delete_in_batches(Activation.objects.filter(Q(expires_at__lt=now) | Q(used_at__lt=now)), batch=batch)
        + delete_in_batches(LoginAttempts.objects.filter(last_at__lt=now - RESET_AFTER, next_at__lt=now), batch=batch)
    )


# Wrong passwords of one network, whatever the names, at one page process: a whole office may sit behind one address.
WRONG_OF_NETWORK = RateLimit(burst=60, per_second=1 / 30)
Checked = Officer | RetryLater | None


def get_audit_actor(officer: Officer) -> str:
    """Format the officer as an actor of the audit log."""
    return f"officer:{officer.public_id}"


def check_password(*, username: str, password: str, device: str, peer: str, now: dt.datetime) -> Checked:
    """Return the officer; None for a wrong name or password (in the same time); TooEarly.

    `device`: the secret of a device that signed in before, "" for an unknown one. `peer`: the network that asks.
    """
    name = username.casefold()
    if not device:
        if is_exhausted(_network(peer), WRONG_OF_NETWORK):
            return RetryLater(WRONG_OF_NETWORK.retry_after())
        is_strict = is_budget_spent(_budget(name), now=now)
        keys = [(_pair(name, peer), STRICT if is_strict else PASSWORD_POLICY)]
        if is_strict and site_of(peer):
            keys.append((_pair(name, site_of(peer)), STRICT_SITE))
    else:
        keys = [(hash_token(f"{name}|{device}"), PASSWORD_POLICY)]
    counted = []
    for key, brake in keys:
        attempts = count_attempt(key, policy=brake, now=now)
        if isinstance(attempts, RetryLater):
            return attempts
        counted.append(attempts.failures)
    officer = authenticate(username=username, password=password)
    if isinstance(officer, Officer):
        for key, _brake in keys:
            reset_attempts(key)
        return officer
    if not device:
        try_acquire(_network(peer), WRONG_OF_NETWORK)
        spend_budget(_budget(name), now=now)
    _record_failure(username, counted[0], now)
    return None


def _network(peer: str) -> str:
    return f"sign-in/{peer}" if peer else ""


def _budget(name: str) -> str:
    return hash_token(f"{name}|unknown networks")


def _pair(name: str, network: str) -> str:
    """Under which tries of a name from an unknown device of a network are counted. Keyed: all addresses could be tried
    against a plain hash, and no backup holds this key.
    """
    key = key_files.get_or_create_key("pages", "sign-in-networks", lambda: secrets.token_bytes(32))
    return hmac.digest(key, f"{name}|{network}".encode(), "sha256").hex()


def _record_failure(username: str, failures: int, now: dt.datetime) -> None:
    """Record the account that was tried, if it exists; the typed name is not stored (people type passwords into it)."""
    account = Officer.objects.filter(username=username).first()
    act = AuditAction(
        actor="visitor",
        verb="sign_in_failed",
        object=get_audit_actor(account) if account else "",
        unit_id=account.unit_id if account else None,
        detail={"tries": failures},
    )
    record_actions([act], now=now)


@transaction.atomic
def open_sign_in(
    *, officer: Officer, session_key: str, how: str, browser: str = "", proved: bool = False, now: dt.datetime
) -> SignIn:
    """Store a session opened by the second factor `how`; the live feed finds it by the hash.

    `proved`: compare with the account state of `officer`. Raises `Refusal` where it changed since: ending all sessions
    would miss one that is just being opened.
    """
    unchanged = Officer.objects.select_for_update().filter(
        pk=officer.pk, is_active=True, permissions_changed_at=officer.permissions_changed_at
    )
    if proved and not unchanged.exists():
        raise RuleViolation(_("Tài khoản vừa thay đổi. Đăng nhập lại."))
    limits = get_session_policy(officer.role)
    row = SignIn.objects.create(
        officer=officer,
        key_hash=hash_token(session_key),
        started_at=now,
        expires_at=now + limits.longest,
        idle_at=now + limits.idle,
        confirmed_at=now,
        factor=how,
        browser=browser[:40],
    )
    record_actions(
        [AuditAction(get_audit_actor(officer), "sign_in", get_audit_actor(officer), officer.unit_id, {"how": how})],
        now=now,
    )
    return row


def extend_idle_time(sign_in: SignIn, *, now: dt.datetime) -> None:
    """Extend the idle time, because a person is at the screen. Written once a minute at most."""
    new_idle_at = now + get_session_policy(sign_in.officer.role).idle
    if new_idle_at - sign_in.idle_at >= dt.timedelta(minutes=1):
        SignIn.objects.filter(pk=sign_in.pk, ended_at=None).update(idle_at=new_idle_at)


@transaction.atomic
def store_confirmation(*, sign_in: SignIn, session_key: str, how: str, now: dt.datetime) -> None:
    """Store a confirmation; the session continues under a new key and the old key becomes invalid."""
    SignIn.objects.filter(pk=sign_in.pk, ended_at=None).update(
        key_hash=hash_token(session_key),
        confirmed_at=now,
        factor=how,
        idle_at=now + get_session_policy(sign_in.officer.role).idle,
    )
    officer = sign_in.officer
    _end_streams(officer, now)
    record_actions(
        [AuditAction(get_audit_actor(officer), "confirmed", get_audit_actor(officer), officer.unit_id, {"how": how})],
        now=now,
    )


def spend_confirmation(*, sign_in: SignIn) -> bool:
    """Use the confirmation up; False after a concurrent use."""
    unchanged = SignIn.objects.filter(pk=sign_in.pk, ended_at=None, confirmed_at=sign_in.confirmed_at)
    return unchanged.update(confirmed_at=None) == 1


@transaction.atomic
def end_sign_in(*, session_key: str, now: dt.datetime) -> None:
    """End a session, even a locked one, which receives alarms until its end. No effect without one.

    The officer's open live streams end too; those of other sessions reconnect by themselves.
    """
    running = SignIn.objects.select_for_update(of=("self",)).filter(key_hash=hash_token(session_key), ended_at=None)
    row = running.select_related("officer").first()
    if row is None:
        return
    row.ended_at, officer = now, row.officer
    row.save(update_fields=["ended_at"])
    _end_streams(officer, now)
    record_actions(
        [AuditAction(get_audit_actor(officer), "sign_out", get_audit_actor(officer), officer.unit_id)], now=now
    )


@transaction.atomic
def end_own_session(*, officer: Officer, public_id: UUID, now: dt.datetime) -> bool:
    """End an own session on another device; False if there is none."""
    row = SignIn.objects.select_for_update().filter(officer=officer, public_id=public_id, ended_at=None).first()
    if row is None:
        return False
    _end_rows([row.key_hash], now)
    _end_streams(officer, now)
    record_actions(
        [AuditAction(get_audit_actor(officer), "session_ended", get_audit_actor(officer), officer.unit_id)], now=now
    )
    return True


def end_all_sessions(officer: Officer, *, now: dt.datetime, except_session_key: str = "") -> int:
    """End every sign-in, session, live stream and API token at once, in the caller's transaction; return the number of
    sign-ins.

    `but`: a session key to keep; its stream ends too and reconnects by itself.
    """
    Officer.objects.filter(pk=officer.pk).update(permissions_changed_at=now)
    officer.permissions_changed_at = now
    open_rows = SignIn.objects.filter(officer=officer, ended_at=None)
    if except_session_key:
        open_rows = open_rows.exclude(key_hash=hash_token(except_session_key))
    hashes = list(open_rows.values_list("key_hash", flat=True))
    _end_rows(hashes, now)
    _end_streams(officer, now)
    return len(hashes)


def _end_rows(hashes: list[str], now: dt.datetime) -> None:
    if hashes:
        SignIn.objects.filter(key_hash__in=hashes).update(ended_at=now)
        Session.objects.filter(session_key__in=[shorten_hash(key) for key in hashes]).delete()


def _end_streams(officer: Officer, now: dt.datetime) -> None:
    publish_live([LiveEventData((f"officer:{officer.pk}",), CLOSE_EVENT, {})], now=now)
