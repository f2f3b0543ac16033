"""The RLS scope of a pooled connection from one request to the next: real connections, one in the pool."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.db import connection
from psycopg.pq import TransactionStatus

from binhyen.kit.database.base import NOBODY, DatabaseWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages() -> Iterator[DatabaseWrapper]:
    settings = deepcopy(connection.settings_dict)
    settings |= {"SCOPED": True, "CONN_MAX_AGE": 0}
    settings["OPTIONS"] = {**settings["OPTIONS"], "pool": {"min_size": 1, "max_size": 1, "timeout": 10, "name": "one"}}
    wrapper = DatabaseWrapper(settings)
    wrapper._connection_pools = {}  # its own connection, beside that of the tests
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def asked(wrapper: DatabaseWrapper, scope: str) -> str:
    """Run a request with this scope; return the scope that the server saw."""
    wrapper.wanted = scope
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT current_setting('binhyen.scope', true)")
        held: str = cursor.fetchone()[0]
    return held


def test_each_request_asks_for_its_own_person(pages: DatabaseWrapper) -> None:
    for scope in ("province", "unit:5", NOBODY, "province", "province", "tasks:9"):
        assert asked(pages, scope) == scope
        pages.close()


def test_nothing_is_told_twice(pages: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(pages, "province")
    told = sent(pages, monkeypatch)
    pages.close()
    asked(pages, "province")
    assert told == []
    pages.close()
    asked(pages, "unit:5")
    assert told == [["unit:5"]]


@pytest.mark.parametrize("by", ["rollback", "the pool"])
def test_what_a_lost_transaction_told_is_told_again(pages: DatabaseWrapper, by: str) -> None:
    lose(pages, by)
    assert asked(pages, "province") == "province"


def test_control_a_note_that_outlives_the_transaction_is_noticed(
    pages: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DatabaseWrapper, "_held", property(held_too_long, note))
    lose(pages, "rollback")
    assert asked(pages, "province") != "province"


def lose(pages: DatabaseWrapper, by: str) -> None:
    """Set the province's scope in a transaction that is rolled back."""
    asked(pages, "unit:5")
    pages.set_autocommit(False)
    assert asked(pages, "province") == "province"
    if by == "rollback":
        pages.rollback()
        pages.set_autocommit(True)
    assert pages.connection is not None
    assert (pages.connection.info.transaction_status == TransactionStatus.IDLE) == (by == "rollback")
    pages.close()


def held_too_long(wrapper: DatabaseWrapper) -> str | None:
    return getattr(wrapper.connection, "holds_scope", None)


def note(wrapper: DatabaseWrapper, scope: str | None) -> None:
    if wrapper.connection is not None and scope is not None:
        wrapper.connection.holds_scope = scope


def sent(pages: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Record the statements sent to the server from now on."""
    told: list[Any] = []
    real: Any = type(pages.connection).execute

    def execute(self: Any, query: Any, params: Any = None, **more: Any) -> Any:
        if "set_config" in str(query):
            told.append(params)
        return real(self, query, params, **more)

    monkeypatch.setattr(type(pages.connection), "execute", execute)
    return told
