"""Retention of sessions, sign-ins, activation codes and attempts; the audit log keeps the sign-in history."""

import datetime as dt

from django.contrib.sessions.models import Session
from django.db.models import Q

from binhyen.kit.pruning import BATCH_SIZE, delete_in_batches
from binhyen.people.login_backoff import RESET_AFTER
from binhyen.people.models import Activation, SignIn, SignInTry


def prune_sign_in_data(*, now: dt.datetime, batch: int = BATCH_SIZE) -> int:
    """How many rows went. Sessions in one statement: the worker's login may read nothing of them but when they end."""
    return (
        Session.objects.filter(expire_date__lt=now).delete()[0]
        + delete_in_batches(SignIn.objects.filter(Q(expires_at__lt=now) | Q(ended_at__lt=now)), batch=batch)
        + delete_in_batches(Activation.objects.filter(Q(expires_at__lt=now) | Q(used_at__lt=now)), batch=batch)
        + delete_in_batches(SignInTry.objects.filter(last_at__lt=now - RESET_AFTER, next_at__lt=now), batch=batch)
    )
