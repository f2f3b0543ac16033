"""API tokens, and idempotent writes."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.utils.crypto import salted_hmac

from binhyen.api.models import Answer, Token
from binhyen.api.scopes import ANSWER_HOURS, Refused, Scope, check_token
from binhyen.audit.rules.read_events import Read, Seen
from binhyen.audit.services import Act, record, saw
from binhyen.cases.models import Case
from binhyen.kit import ids
from binhyen.people.models import Officer
from binhyen.people.queries import usable_factors
from binhyen.privacy.config import span
from binhyen.privacy.retention_registry import Standing

PREFIX = "binhyen_"  # lets secret scanners find a leaked token


class KeyReused(Exception):
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
    if not usable_factors(officer):
        raise Refused("This officer has no second step yet: enrol the officer first, then create tokens.")
    value = PREFIX + ids.token()
    token = Token.objects.create(
        name=name[:60], officer=officer, hash=ids.token_hash(value), scopes=sorted(scopes), created_at=now,
        expires_at=now + dt.timedelta(days=days),
    )  # fmt: skip
    detail = {"officer": str(officer.public_id), "scopes": sorted(scopes), "days": days}
    record([Act(actor, "token.created", f"token:{token.public_id}", officer.unit_id, detail)], now=now)
    return NewToken(token, value)


@transaction.atomic
def revoke_token(*, public_id: str, actor: str, now: dt.datetime) -> bool:
    """Revoke a token for good. False if it does not exist or was revoked before."""
    token = Token.objects.select_for_update().filter(public_id=public_id, revoked_at=None).first()
    if token is None:
        return False
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
    record([Act(actor, "token.revoked", f"token:{token.public_id}")], now=now)
    return True


@transaction.atomic
def write(
    *, token: Token, verb: str, target: str, key: str, request: bytes, act: Callable[[], dict[str, Any]],
    now: dt.datetime,
) -> dict[str, Any]:  # fmt: skip
    """Run `act` and return its answer; with a repeated `key`, only the stored answer. `request`: the whole request.

    The key's row and the action are one transaction: a rejected action leaves the key unused. Raises KeyReused.
    """
    kept = _claim(token, key, request, now=now) if key else None
    if kept is not None and kept.answer:
        return dict(kept.answer)
    answer = act()
    record([Act(f"token:{token.public_id}", f"api.{verb}", target, token.officer.unit_id)], now=now)
    if kept is not None:
        kept.answer = answer
        kept.save(update_fields=["answer"])
    return answer


def read_case(token: Token, case: Case, *, now: dt.datetime) -> None:
    """Record a read event of a case by another system, before the answer is sent."""
    looked = Seen(Read.CASE_BY_API, sensitive=case.sensitive)
    saw(looked, actor=f"token:{token.public_id}", object=f"case:{case.code}", unit_id=case.unit_id, now=now)


def _claim(token: Token, key: str, request: bytes, *, now: dt.datetime) -> Answer:
    """Return the row of an idempotency key, new or existing. A concurrent request with the same key waits for the
    first.
    """
    key_hash = salted_hmac("api key", f"{token.pk}\x00{key}", algorithm="sha256").hexdigest()
    body_hash = salted_hmac("api body", request, algorithm="sha256").hexdigest()
    Answer.objects.filter(token=token, key_hash=key_hash, expires_at__lte=now).delete()
    row, fresh = Answer.objects.get_or_create(
        token=token, key_hash=key_hash,
        defaults={"body_hash": body_hash, "expires_at": now + dt.timedelta(hours=ANSWER_HOURS)},
    )  # fmt: skip
    # nosemgrep: secret-compared-plainly  the hash of the caller's own request
    if not fresh and row.body_hash != body_hash:
        raise KeyReused
    return row


def _over(edge: dt.datetime) -> "QuerySet[Token]":
    return Token.objects.filter(Q(expires_at__lte=edge) | Q(revoked_at__lte=edge))


def forget_tokens(now: dt.datetime, most: int) -> int:
    """Delete tokens that expired long ago; return their number."""
    ids = list(_over(now - span("token")).order_by("pk").values_list("pk", flat=True)[:most])
    Token.objects.filter(pk__in=ids).delete()
    return len(ids)


def standing(now: dt.datetime) -> Standing:
    oldest = Token.objects.aggregate(at=Min("created_at"), ends=Min("expires_at"))
    goes = oldest["ends"] + span("token") if oldest["ends"] else None
    return Standing(Token.objects.count(), _over(now - span("token")).count(), oldest["at"], goes)


def forget_answers(*, now: dt.datetime) -> int:
    """Delete expired idempotency answers; return their number."""
    return Answer.objects.filter(expires_at__lte=now).delete()[0]
