"""Login throttling: attempts are counted before the secret is checked, so that parallel guessing gains nothing."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from binhyen.people.login_backoff import Brake, Tries, claim, is_spent, spend
from binhyen.people.models import SignInTry


@dataclass(frozen=True, slots=True)
class TooEarly:
    """The attempt was rejected; `seconds` until the next one is accepted."""

    seconds: int


def count_try(key_hash: str, *, brake: Brake, now: dt.datetime) -> Tries | TooEarly:
    """Count an attempt if it is accepted now."""
    tries = _claim(key_hash, brake, now)
    if tries is not None:
        return tries
    left = SignInTry.objects.filter(key_hash=key_hash).values_list("next_at", flat=True).first()
    return TooEarly(max(1, round((left - now).total_seconds())) if left else 1)


@transaction.atomic
def _claim(key_hash: str, brake: Brake, now: dt.datetime) -> Tries | None:
    SignInTry.objects.bulk_create(
        [SignInTry(key_hash=key_hash, failures=0, last_at=now, next_at=now)], ignore_conflicts=True
    )
    row = SignInTry.objects.select_for_update().get(key_hash=key_hash)
    tries = claim(Tries(row.failures, row.last_at, row.next_at), now, brake)
    if tries is not None:
        row.failures, row.last_at, row.next_at = tries.failures, tries.last_at, tries.next_at
        row.save(update_fields=["failures", "last_at", "next_at"])
    return tries


@transaction.atomic
def spend_budget(key_hash: str, *, now: dt.datetime) -> None:
    """Count one failure in a budget."""
    SignInTry.objects.bulk_create(
        [SignInTry(key_hash=key_hash, failures=0, last_at=now, next_at=now)], ignore_conflicts=True
    )
    row = SignInTry.objects.select_for_update().get(key_hash=key_hash)
    state = spend(Tries(row.failures, row.last_at, row.next_at), now)
    row.failures, row.last_at, row.next_at = state.failures, state.last_at, state.next_at
    row.save(update_fields=["failures", "last_at", "next_at"])


def is_budget_spent(key_hash: str, *, now: dt.datetime) -> bool:
    row = SignInTry.objects.filter(key_hash=key_hash).first()
    return row is not None and is_spent(Tries(row.failures, row.last_at, row.next_at), now)


def forgive(key_hash: str) -> None:
    """Reset the count after a correct attempt."""
    SignInTry.objects.filter(key_hash=key_hash).delete()
