"""The database stores no session key: a database role, a dump or a log of the table is not enough to sign in."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import ProgrammingError, connection, transaction
from django.test import Client

from binhyen.kit import clock
from binhyen.kit.sessions import SessionStore, hash_key
from binhyen.people.models import Officer, SignIn
from binhyen.people.services import end_all_sessions
from binhyen.people.services.sessions import end_own_session
from binhyen.rls.grants import COLUMN_GRANTS, PROCESSES, TABLE_GRANTS
from tests import rls

pytestmark = pytest.mark.django_db
COOKIE, OWN_PAGE = "binhyen_session", "/bao-mat"
Make = Callable[..., Officer]


def list_stored_values() -> Iterator[str]:
    """Return every value in the two session tables that could be used as a cookie."""
    yield from Session.objects.values_list("session_key", flat=True)
    yield from Session.objects.values_list("session_data", flat=True)
    yield from SignIn.objects.values_list("key_hash", flat=True)
    yield from (str(public_id) for public_id in SignIn.objects.values_list("public_id", flat=True))


def list_every_row() -> Iterator[str]:
    """Return all rows of all tables as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            yield from (row for (row,) in cursor.fetchall())


def can_sign_in(value: str) -> bool:
    client = Client()
    client.cookies[COOKIE] = value
    return client.get(OWN_PAGE).status_code == 200


def check_that_nothing_stored_signs_in(officer: Make) -> None:
    client, person = Client(), officer()
    client.force_login(person)
    cookie = str(client.cookies[COOKIE].value)
    assert can_sign_in(cookie), "control: the cookie itself does"
    values = list(list_stored_values())
    assert len(values) == 4 and not [value for value in values if can_sign_in(value)]


def test_a_key_taken_from_the_table_does_not_sign_in(officer: Make) -> None:
    check_that_nothing_stored_signs_in(officer)


def test_control_with_the_unhashed_store_it_does(officer: Make, settings: Any) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    with pytest.raises(AssertionError, match="not \\["):
        check_that_nothing_stored_signs_in(officer)


def test_the_cookie_stands_in_no_row_of_any_table(officer: Make) -> None:
    client = Client()
    client.force_login(officer())
    assert client.get(OWN_PAGE).status_code == 200
    cookie, rows = str(client.cookies[COOKIE].value), list(list_every_row())
    assert not [row for row in rows if cookie in row] and [row for row in rows if hash_key(cookie) in row]


def test_only_pages_and_custody_read_the_table() -> None:
    assert {p for p in PROCESSES if "s" in getattr(TABLE_GRANTS["django_session"], p)} == {"pages", "custody"}
    assert COLUMN_GRANTS["django_session", "worker"] == {"s": ("expire_date",)}
    for process in ("gateway", "worker", "sender"):
        with pytest.raises(ProgrammingError), transaction.atomic(), rls.acting_as(process):
            connection.cursor().execute("SELECT session_key FROM django_session")


def test_the_worker_still_deletes_expired_sessions(officer: Make) -> None:
    from binhyen.people.services import sessions

    for key in ("x" * 32, "y" * 32):
        Session.objects.create(session_key=hash_key(key), session_data="", expire_date=clock.now())
    with rls.acting_as("worker"):
        assert sessions.prune_sign_in_data(now=clock.now()) == 2


def test_what_ends_a_sign_in_deletes_its_session(officer: Make) -> None:
    person, clients = officer(), [Client(), Client(), Client()]
    for client in clients:
        client.force_login(person)
    assert Session.objects.count() == 3
    kept_key = str(clients[2].cookies[COOKIE].value)
    end_own_session(officer=person, public_id=SignIn.objects.earliest("pk").public_id, now=clock.now())
    assert Session.objects.count() == 2
    end_all_sessions(person, now=clock.now(), except_session_key=kept_key)
    assert [row.session_key for row in Session.objects.all()] == [hash_key(kept_key)]
    assert [client.get(OWN_PAGE).status_code for client in clients] == [302, 302, 200]


def test_the_store_keeps_djangos_contract() -> None:
    store = SessionStore()
    store["a"] = 1
    store.save()
    key = store.session_key or ""
    assert store.exists(key) and not store.exists(hash_key(key)) and SessionStore(key).get("a") == 1
    store.cycle_key()
    assert not store.exists(key) and SessionStore(store.session_key).get("a") == 1
    assert SessionStore(key).load() == {} and SessionStore(hash_key(store.session_key)).load() == {}
    store.flush()
    assert Session.objects.count() == 0 and store.session_key is None
    SessionStore().delete()


def test_the_asynchronous_ways_hash_too() -> None:
    async def use_store() -> tuple[str, SessionStore]:
        store = SessionStore()
        await store.aset("a", 1)
        await store.asave()
        return store.session_key or "", store

    key, store = async_to_sync(use_store)()
    assert [row.session_key for row in Session.objects.all()] == [hash_key(key)]
    assert async_to_sync(SessionStore(key).aget)("a") == 1 and async_to_sync(store.aexists)(key)
    async_to_sync(store.adelete)(key)
    assert not Session.objects.exists()


def test_no_method_of_djangos_store_reaches_the_table_unhashed() -> None:
    """A future Django with one more access path to the table is detected."""
    queries = {
        name for name, method in vars(db.SessionStore).items() if callable(method) or isinstance(method, classmethod)
    }
    replaced = {name for name in queries if name in vars(SessionStore)}
    without_a_key = {"__init__", "create", "save", "clear_expired", "aclear_expired"}
    unreached = {"_get_session_from_db", "_aget_session_from_db", "acreate_model_instance"}
    assert queries - replaced == without_a_key | unreached
    asynchronous = ("aload", "aexists", "acreate", "asave", "adelete")
    assert all(getattr(SessionStore, name) is getattr(SessionBase, name) for name in asynchronous)
