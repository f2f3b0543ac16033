"""The RLS scope of a pooled connection from one request to the next: real connections, one in the pool."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.db import connection
from psycopg.pq import TransactionStatus

from binhyen.kit.database.base import NO_SCOPE, DatabaseWrapper

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


def query_scope(wrapper: DatabaseWrapper, scope: str) -> str:
    """Run a request with this scope; return the scope that the server saw."""
    wrapper.wanted_scope = scope
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT current_setting('binhyen.scope', true)")
        scope_value: str = cursor.fetchone()[0]
    return scope_value


def test_each_request_uses_its_own_scope(pages: DatabaseWrapper) -> None:
    for scope in ("province", "unit:5", NO_SCOPE, "province", "province", "tasks:9"):
        assert query_scope(pages, scope) == scope
        pages.close()


def test_the_scope_is_not_sent_twice(pages: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> None:
    query_scope(pages, "province")
    statements = record_statements(pages, monkeypatch)
    pages.close()
    query_scope(pages, "province")
    assert statements == []
    pages.close()
    query_scope(pages, "unit:5")
    assert statements == [["unit:5"]]


@pytest.mark.parametrize("by", ["rollback", "the pool"])
def test_a_scope_set_in_a_rolled_back_transaction_is_sent_again(pages: DatabaseWrapper, by: str) -> None:
    set_scope_and_roll_back(pages, by)
    assert query_scope(pages, "province") == "province"


def test_control_a_note_that_outlives_the_transaction_is_noticed(
    pages: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DatabaseWrapper, "_server_scope", property(get_connection_scope, set_connection_scope))
    set_scope_and_roll_back(pages, "rollback")
    assert query_scope(pages, "province") != "province"


def set_scope_and_roll_back(pages: DatabaseWrapper, by: str) -> None:
    """Set the province's scope in a transaction that is rolled back."""
    query_scope(pages, "unit:5")
    pages.set_autocommit(False)
    assert query_scope(pages, "province") == "province"
    if by == "rollback":
        pages.rollback()
        pages.set_autocommit(True)
    assert pages.connection is not None
    assert (pages.connection.info.transaction_status == TransactionStatus.IDLE) == (by == "rollback")
    pages.close()


def get_connection_scope(wrapper: DatabaseWrapper) -> str | None:
    return getattr(wrapper.connection, "holds_scope", None)


def set_connection_scope(wrapper: DatabaseWrapper, scope: str | None) -> None:
    if wrapper.connection is not None and scope is not None:
        wrapper.connection.holds_scope = scope


def record_statements(pages: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Record the statements sent to the server from now on."""
    statements: list[Any] = []
    real: Any = type(pages.connection).execute

    def execute(self: Any, query: Any, params: Any = None, **more: Any) -> Any:
        if "set_config" in str(query):
            statements.append(params)
        return real(self, query, params, **more)

    monkeypatch.setattr(type(pages.connection), "execute", execute)
    return statements
