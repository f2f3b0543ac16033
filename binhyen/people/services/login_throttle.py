"""Login throttling: attempts are counted before the secret is checked, so that parallel guessing gains nothing."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from binhyen.people.login_backoff import AttemptState, BackoffPolicy, is_spent, register_attempt, spend
from binhyen.people.models import LoginAttempts


@dataclass(frozen=True, slots=True)
class RetryLater:
    """The attempt was rejected; `seconds` until the next one is accepted."""

    seconds: int


def count_attempt(key_hash: str, *, policy: BackoffPolicy, now: dt.datetime) -> AttemptState | RetryLater:
    """Count an attempt if it is accepted now."""
    attempts = _register_locked(key_hash, policy, now)
    if attempts is not None:
        return attempts
    next_at = LoginAttempts.objects.filter(key_hash=key_hash).values_list("next_at", flat=True).first()
    return RetryLater(max(1, round((next_at - now).total_seconds())) if next_at else 1)


@transaction.atomic
def _register_locked(key_hash: str, brake: BackoffPolicy, now: dt.datetime) -> AttemptState | None:
    LoginAttempts.objects.bulk_create(
        [LoginAttempts(key_hash=key_hash, failures=0, last_at=now, next_at=now)], ignore_conflicts=True
    )
    row = LoginAttempts.objects.select_for_update().get(key_hash=key_hash)
    attempts = register_attempt(AttemptState(row.failures, row.last_at, row.next_at), now, brake)
    if attempts is not None:
        row.failures, row.last_at, row.next_at = attempts.failures, attempts.last_at, attempts.next_at
        row.save(update_fields=["failures", "last_at", "next_at"])
    return attempts


@transaction.atomic
def spend_budget(key_hash: str, *, now: dt.datetime) -> None:
    """Count one failure in a budget."""
    LoginAttempts.objects.bulk_create(
        [LoginAttempts(key_hash=key_hash, failures=0, last_at=now, next_at=now)], ignore_conflicts=True
    )
    row = LoginAttempts.objects.select_for_update().get(key_hash=key_hash)
    state = spend(AttemptState(row.failures, row.last_at, row.next_at), now)
    row.failures, row.last_at, row.next_at = state.failures, state.last_at, state.next_at
    row.save(update_fields=["failures", "last_at", "next_at"])


def is_budget_spent(key_hash: str, *, now: dt.datetime) -> bool:
    row = LoginAttempts.objects.filter(key_hash=key_hash).first()
    return row is not None and is_spent(AttemptState(row.failures, row.last_at, row.next_at), now)


def reset_attempts(key_hash: str) -> None:
    """Reset the count after a correct attempt."""
    LoginAttempts.objects.filter(key_hash=key_hash).delete()
