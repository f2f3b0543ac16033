"""API tokens, and idempotent writes."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.utils.crypto import salted_hmac

from binhyen.api.models import Answer, Token
from binhyen.api.scopes import ANSWER_HOURS, Scope, TokenRejected, check_token
from binhyen.audit.rules.action_families import ReadEvent, ReadKind
from binhyen.audit.services import AuditAction, record_actions, record_read
from binhyen.cases.models import Case
from binhyen.kit import ids
from binhyen.people.models import Officer
from binhyen.people.queries import get_usable_factors
from binhyen.privacy.config import get_retention_span
from binhyen.privacy.retention_registry import RetentionStatus

PREFIX = "binhyen_"  # lets secret scanners find a leaked token


class IdempotencyKeyReused(Exception):
    """An Idempotency-Key was reused with another request."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A newly created token. `value` is shown once and not stored."""

    token: Token
    value: str


@transaction.atomic
def create_token(
    *, officer: Officer, name: str, scopes: frozenset[Scope], days: int, actor: str, now: dt.datetime
) -> NewToken:
    """Create a token that acts as `officer`, within its scopes. Raises rules.Refused."""
    check_token(officer.role, scopes, days)
    if not get_usable_factors(officer):
        raise TokenRejected("This officer has no second step yet: enrol the officer first, then create tokens.")
    value = PREFIX + ids.generate_token()
    token = Token.objects.create(
        name=name[:60],
        officer=officer,
        hash=ids.hash_token(value),
        scopes=sorted(scopes),
        created_at=now,
        expires_at=now + dt.timedelta(days=days),
    )
    detail = {"officer": str(officer.public_id), "scopes": sorted(scopes), "days": days}
    record_actions([AuditAction(actor, "token.created", f"token:{token.public_id}", officer.unit_id, detail)], now=now)
    return NewToken(token, value)


@transaction.atomic
def revoke_token(*, public_id: str, actor: str, now: dt.datetime) -> bool:
    """Revoke a token for good. False if it does not exist or was revoked before."""
    token = Token.objects.select_for_update().filter(public_id=public_id, revoked_at=None).first()
    if token is None:
        return False
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
    record_actions([AuditAction(actor, "token.revoked", f"token:{token.public_id}")], now=now)
    return True


@transaction.atomic
def run_idempotent(
    *,
    token: Token,
    verb: str,
    target: str,
    key: str,
    request: bytes,
    act: Callable[[], dict[str, Any]],
    now: dt.datetime,
) -> dict[str, Any]:
    """Run `act` and return its answer; with a repeated `key`, only the stored answer. `request`: the whole request.

    The key's row and the action are one transaction: a rejected action leaves the key unused. Raises KeyReused.
    """
    stored = _claim_key(token, key, request, now=now) if key else None
    if stored is not None and stored.answer:
        return dict(stored.answer)
    answer = act()
    record_actions([AuditAction(f"token:{token.public_id}", f"api.{verb}", target, token.officer.unit_id)], now=now)
    if stored is not None:
        stored.answer = answer
        stored.save(update_fields=["answer"])
    return answer


def record_api_read(token: Token, case: Case, *, now: dt.datetime) -> None:
    """Record a read event of a case by another system, before the answer is sent."""
    read_event = ReadEvent(ReadKind.CASE_BY_API, sensitive=case.sensitive)
    record_read(read_event, actor=f"token:{token.public_id}", object=f"case:{case.code}", unit_id=case.unit_id, now=now)


def _claim_key(token: Token, key: str, request: bytes, *, now: dt.datetime) -> Answer:
    """Return the row of an idempotency key, new or existing. A concurrent request with the same key waits for the
    first.
    """
    key_hash = salted_hmac("api key", f"{token.pk}\x00{key}", algorithm="sha256").hexdigest()
    body_hash = salted_hmac("api body", request, algorithm="sha256").hexdigest()
    Answer.objects.filter(token=token, key_hash=key_hash, expires_at__lte=now).delete()
    row, is_new = Answer.objects.get_or_create(
        token=token,
        key_hash=key_hash,
        defaults={"body_hash": body_hash, "expires_at": now + dt.timedelta(hours=ANSWER_HOURS)},
    )
    # nosemgrep: secret-compared-plainly  the hash of the caller's own request
    if not is_new and row.body_hash != body_hash:
        raise IdempotencyKeyReused
    return row


def _expired_tokens(cutoff: dt.datetime) -> "QuerySet[Token]":
    return Token.objects.filter(Q(expires_at__lte=cutoff) | Q(revoked_at__lte=cutoff))


def delete_expired_tokens(now: dt.datetime, limit: int) -> int:
    """Delete tokens that expired long ago; return their number."""
    ids = list(_expired_tokens(now - get_retention_span("token")).order_by("pk").values_list("pk", flat=True)[:limit])
    Token.objects.filter(pk__in=ids).delete()
    return len(ids)


def get_token_standing(now: dt.datetime) -> RetentionStatus:
    oldest = Token.objects.aggregate(at=Min("created_at"), ends=Min("expires_at"))
    first_deletion = oldest["ends"] + get_retention_span("token") if oldest["ends"] else None
    return RetentionStatus(
        Token.objects.count(), _expired_tokens(now - get_retention_span("token")).count(), oldest["at"], first_deletion
    )


def delete_expired_answers(*, now: dt.datetime) -> int:
    """Delete expired idempotency answers; return their number."""
    return Answer.objects.filter(expires_at__lte=now).delete()[0]
