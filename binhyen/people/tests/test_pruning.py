"""Expired rows are pruned; signed-in officers stay signed in."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session

from binhyen.people import queries
from binhyen.people.models import LoginAttempts, Officer, SignIn
from binhyen.people.services import sessions

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def test_sessions_sign_ins_and_tries(officer: Callable[..., Officer], now: dt.datetime) -> None:
    person = officer()
    for name, expires, ended in (
        ("over", now - HOUR, None),
        ("left", now + HOUR, now - HOUR),
        ("here", now + HOUR, None),
    ):
        SignIn.objects.create(
            officer=person,
            key_hash=name,
            started_at=now - 12 * HOUR,
            expires_at=expires,
            ended_at=ended,
            idle_at=now + HOUR,
        )
    for name, expires in (("over", now - HOUR), ("here", now + HOUR)):
        Session.objects.create(session_key=name, session_data="", expire_date=expires)
    for name, last in (("over", now - 25 * HOUR), ("here", now)):
        LoginAttempts.objects.create(key_hash=name, failures=3, last_at=last, next_at=last)
    spent = LoginAttempts.objects.create(key_hash="spent", failures=200, last_at=now - 25 * HOUR, next_at=now + HOUR)
    assert sessions.prune_sign_in_data(now=now, batch=1) == 4
    assert SignIn.objects.get().key_hash == "here" and Session.objects.get().session_key == "here"
    assert LoginAttempts.objects.exclude(pk=spent.pk).get().key_hash == "here"
    running = queries.find_active_sign_in("here", now)
    assert running is not None and running.officer == person
    assert (
        sessions.prune_sign_in_data(now=now + 2 * HOUR) >= 1 and not LoginAttempts.objects.filter(pk=spent.pk).exists()
    )
