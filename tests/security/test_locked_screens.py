"""A screen that locked itself still has a session: signing out or signing in again on it ends that session too (A11)."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from binhyen.gateway import _SIGN_IN
from binhyen.kit import clock
from binhyen.kit.ids import hash_token
from binhyen.people.models import Officer, SignIn
from tests.architecture.test_urls import is_redirected
from tests.signing import PASSWORD, set_password

pytestmark = pytest.mark.django_db
Make = Callable[..., Officer]
Action = Callable[[Client, Officer], object]


def sign_out(client: Client, person: Officer) -> object:
    return client.post("/dang-xuat")


def sign_in_again(client: Client, person: Officer) -> object:
    return client.post("/dang-nhap", {"username": person.username, "password": PASSWORD})


def lock_screen(person: Officer) -> tuple[Client, str]:
    """Return a browser whose screen locked itself, and its cookie."""
    client = Client()
    client.force_login(person)
    cookie = client.cookies["binhyen_session"].value
    SignIn.objects.filter(key_hash=hash_token(cookie)).update(idle_at=clock.now() - dt.timedelta(minutes=1))
    assert is_redirected(client.get("/bao-mat"))
    return client, cookie


def can_listen(cookie: str) -> bool:
    """Return whether the gateway would open a live stream for this cookie."""
    with connection.cursor() as cursor:
        cursor.execute(_SIGN_IN, {"key": hash_token(cookie), "now": clock.now()})
        return cursor.fetchone() is not None


@pytest.mark.parametrize("deed", [sign_out, sign_in_again])
def test_what_a_locked_screen_heard_ends_with_its_session(officer: Make, deed: Action) -> None:
    person, other = set_password(officer()), Client()
    other.force_login(person)
    client, cookie = lock_screen(person)
    assert can_listen(cookie), "a locked screen still receives alarms"
    deed(client, person)
    assert not can_listen(cookie)
    assert other.get("/bao-mat").status_code == 200, "sessions on other machines continue"


@pytest.mark.parametrize("deed", [sign_out, sign_in_again])
def test_control_a_locked_session_that_is_passed_over_is_noticed(
    officer: Make, deed: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binhyen.people.views.sign_in_flow.end_sign_in", lambda **given: None)
    with pytest.raises(AssertionError):
        test_what_a_locked_screen_heard_ends_with_its_session(officer, deed)


def test_signing_out_twice_is_one_entry(officer: Make) -> None:
    client, _ = lock_screen(set_password(officer()))
    sign_out(client, officer())
    sign_out(client, officer())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_auditentry WHERE verb = 'sign_out'")
        assert cursor.fetchone() == (1,)
