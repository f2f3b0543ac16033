"""PostgreSQL database wrapper that sets the row-level-security scope: the session variable `binhyen.scope`.

Policies read it (binhyen/rls/policies.py). A pooled connection still has the scope of the previous user, so before the
first statement it is set to the scope of this request: no access, unless one was entered explicitly.
"""

import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.backends.postgresql.psycopg_any import BaseTzLoader, get_adapters_template
from psycopg.adapt import AdaptersMap
from psycopg.pq import TransactionStatus

from binhyen.kit.connection_pools import configure_reconnect

NO_SCOPE = ""
MAX_PREPARED = 300
"""Prepared statements per connection: about five for each officer with an open queue, whose plans differ by visibility.
PostgreSQL needs about 0.13 MiB for each (measured with its plans): 40 MiB for a connection that served sixty officers.
"""
configure_reconnect()
_SET_SCOPE = "SELECT set_config('binhyen.scope', %s, false)"


class FastTimestampLoader(BaseTzLoader):  # type: ignore[misc]  # the stubs do not know it
    """Fast timestamptz loader: Django's takes 5 µs each and a queue shows 150; Python parses the usual ones."""

    timezone = dt.UTC

    def load(self, data: Any) -> dt.datetime:
        try:
            parsed = dt.datetime.fromisoformat(str(data, "ascii"))
            return parsed if parsed.tzinfo is dt.UTC else parsed.astimezone(dt.UTC)
        except ValueError:  # years before 1 or after 9999
            moment: dt.datetime = super().load(data)
            return moment


@cache
def _build_adapters(timezone: dt.tzinfo) -> AdaptersMap:
    adapters = AdaptersMap(get_adapters_template(True, timezone))
    if timezone == dt.UTC:
        adapters.register_loader("timestamptz", FastTimestampLoader)
    return adapters


class PreparedCursor(base.ServerBindingCursor):
    """Cursor for prepared statements: parsed and planned once per connection instead of once per request.

    Under row-level security planning costs more than answering.
    """

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        return super().execute(query, params, prepare=True, **options)  # type: ignore[misc]  # nor this


class Operations(DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """Return the statement itself where Django has no text with values, as for prepared statements."""
        return super().last_executed_query(cursor, sql, params) or sql


class DatabaseWrapper(base.DatabaseWrapper):
    """Connection wrapper that sends the scope before a statement.

    `wanted_scope`: scope of the next statements. The scope on the server is None where it cannot be known.
    """

    ops_class = Operations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted_scope = NO_SCOPE
        self._is_scope_inline = False

    @property
    def _server_scope(self) -> str | None:
        """The scope set on the server; stored on the connection itself so that it survives the return to the pool."""
        return getattr(self.connection, "holds_scope", None)

    @_server_scope.setter
    def _server_scope(self, scope: str | None) -> None:
        if self.connection is not None:
            self.connection.holds_scope = scope

    def prepared_cursor(self) -> AbstractContextManager[Any]:
        """Return a cursor for statements of constant text (kit/prepared_queries.py); the caller closes it."""
        self.ensure_connection()
        with self.wrap_database_errors:
            self._send_scope()
            cursor_class: Any = PreparedCursor
            cursor: AbstractContextManager[Any] = self._prepare_cursor(  # type: ignore[attr-defined]  # of Django's base
                cursor_class(self.connection)
            )
            return cursor

    @contextmanager
    def inline_scope(self) -> Iterator[None]:
        """Let the statement of the block set the scope itself; `set_known_scope` records its value afterwards."""
        self.ensure_connection()
        self._is_scope_inline, self._server_scope = True, None  # unknown until `set_known_scope`
        try:
            yield
        finally:
            self._is_scope_inline = False

    def holds(self, scope: str) -> None:
        self.wanted_scope = self._server_scope = scope

    def get_connection_params(self) -> dict[str, Any]:
        return {
            **super().get_connection_params(),
            "context": _build_adapters(self.timezone),
            "prepare_threshold": sys.maxsize,  # None would disable PreparedCursor; nothing else is prepared
        }

    def _configure_connection(self, connection: Any) -> bool:
        connection.prepared_max = MAX_PREPARED
        return bool(super()._configure_connection(connection))  # type: ignore[misc]  # of Django's base

    def create_cursor(self, name: str | None = None) -> Any:
        self._send_scope()
        return super().create_cursor(name)

    def _send_scope(self) -> None:
        if self._server_scope != self.wanted_scope and not self._is_scope_inline and self.settings_dict.get("SCOPED"):
            self.connection.execute(_SET_SCOPE, [self.wanted_scope])
            self._server_scope = self.wanted_scope

    # A rollback also undoes the session variables of the transaction, even when the pool does it.
    def _close(self) -> None:
        if self.connection is not None and self.connection.info.transaction_status != TransactionStatus.IDLE:
            self._server_scope = None
        super()._close()  # type: ignore[misc]

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self._server_scope = None

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._server_scope = None
