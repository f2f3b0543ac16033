"""Sessions that were open at the time of a backup are ended by its restore, before any process of the program starts."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from binhyen import doctor, settings
from binhyen.api.models import Token
from binhyen.api.queries import find_active_token
from binhyen.api.scopes import Scope
from binhyen.api.services import create_token
from binhyen.backup import access
from binhyen.kit import clock
from binhyen.people.models import Officer, SignIn
from binhyen.people.services.activation import check_activation_code, create_activation_code
from tests.rls import get_owner_dsn

BEFORE = dt.timedelta(hours=1)
pytestmark = pytest.mark.fault


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marks the module, so that pytest-django creates the test database even if this file runs alone."""


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "get_database_url", get_owner_dsn)


def open_access(person: Officer) -> tuple[Client, str, str]:
    """Create a signed-in browser, a token and an activation code, as contained in the backup."""
    client = Client()
    client.force_login(person)
    made = create_token(
        officer=person, name="x", scopes=frozenset({Scope.READ}), days=9, actor="test", now=clock.now() - BEFORE
    )
    Officer.objects.update(permissions_changed_at=clock.now() - 2 * BEFORE)
    return client, made.value, create_activation_code(officer=person, actor="test", now=clock.now())


def list_open_access(person: Officer, client: Client, token: str, code: str) -> list[bool]:
    return [
        client.get("/bao-mat").status_code == 200,
        find_active_token(token, now=clock.now()) is not None,
        isinstance(check_activation_code(officer=person, typed_code=code, now=clock.now()), int),
    ]


def test_a_restore_ends_sessions_tokens_and_codes(real_db: None, restored: None, officer: Callable[..., Any]) -> None:
    person, locked = officer(), officer()
    Officer.objects.filter(pk=locked.pk).update(is_active=False)
    handed = open_access(person)
    since = Officer.objects.get(pk=locked.pk).permissions_changed_at
    assert list_open_access(person, *handed) == [True, True, True], "control: the backup restores all of it"
    access.end()
    assert list_open_access(person, *handed) == [False, False, False]
    assert not Session.objects.exists() and not SignIn.objects.filter(ended_at=None).exists()
    assert not Token.objects.filter(revoked_at=None).exists()
    assert Officer.objects.get(pk=locked.pk).permissions_changed_at == since, (
        "retention counts from the time of the lock"
    )
    access.end()


def test_an_archive_of_a_version_without_some_table_is_loaded(
    real_db: None, restored: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "STATEMENTS", {"no_such_table": "DELETE FROM no_such_table"})
    access.end()


def test_the_doctor_counts_accounts_that_nobody_has_looked_at(
    real_db: None, restored: None, officer: Callable[..., Any]
) -> None:
    import psycopg

    officer()
    for unsure_since in (None, clock.now()):
        Officer.objects.update(unsure_since=unsure_since)
        with psycopg.connect(get_owner_dsn()) as connection:
            [finding] = doctor.check_unsure_accounts(connection)
        assert finding.ok is (unsure_since is None)
