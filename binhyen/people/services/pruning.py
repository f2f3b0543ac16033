"""Retention of sessions, sign-ins, activation codes and attempts; the audit log keeps the sign-in history."""

import datetime as dt

from django.contrib.sessions.models import Session
from django.db.models import Q

from binhyen.kit.pruning import BATCH, remove
from binhyen.people.login_backoff import FORGOTTEN_AFTER
from binhyen.people.models import Activation, SignIn, SignInTry


def clean(*, now: dt.datetime, batch: int = BATCH) -> int:
    """How many rows went. Sessions in one statement: the worker's login may read nothing of them but when they end."""
    return (
        Session.objects.filter(expire_date__lt=now).delete()[0]
        + remove(SignIn.objects.filter(Q(expires_at__lt=now) | Q(ended_at__lt=now)), batch=batch)
        + remove(Activation.objects.filter(Q(expires_at__lt=now) | Q(used_at__lt=now)), batch=batch)
        + remove(SignInTry.objects.filter(last_at__lt=now - FORGOTTEN_AFTER, next_at__lt=now), batch=batch)
    )
