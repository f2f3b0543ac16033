"""Django's PostgreSQL connection that tells the server for whom it asks: the session variable `binhyen.scope`.

Row-level security decides by it (binhyen/fence/policies.py). A connection of the pool still holds what the person
before set, so nothing is sent on one until it holds what this request wants: nobody, unless somebody said otherwise.
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

from binhyen.kit.pools import keep_asking

NOBODY = ""
PREPARED = 300
"""Ready statements a connection keeps: some five for each officer at a desk, whose plans differ by sight. PostgreSQL
holds about 0.13 MiB for each (measured with its plans), so a connection that served sixty officers takes 40 MiB there.
"""
keep_asking()
_SET = "SELECT set_config('binhyen.scope', %s, false)"


class Moments(BaseTzLoader):  # type: ignore[misc]  # the stubs do not know it
    """Django's loader of moments takes 5 µs each, and a desk shows 150: Python's own parser reads the usual ones."""

    timezone = dt.UTC

    def load(self, data: Any) -> dt.datetime:
        try:
            found = dt.datetime.fromisoformat(str(data, "ascii"))
            return found if found.tzinfo is dt.UTC else found.astimezone(dt.UTC)
        except ValueError:  # before Christ, after the year 9999
            moment: dt.datetime = super().load(data)
            return moment


@cache
def _adapters(timezone: dt.tzinfo) -> AdaptersMap:
    known = AdaptersMap(get_adapters_template(True, timezone))
    if timezone == dt.UTC:
        known.register_loader("timestamptz", Moments)
    return known


class Ready(base.ServerBindingCursor):
    """Statements that the server takes apart and plans once a connection, not once a request: under row-level security
    planning costs more than answering.
    """

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        return super().execute(query, params, prepare=True, **options)  # type: ignore[misc]  # nor this


class Operations(DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """Of a ready statement Django knows no text with its values: then the statement itself."""
        return super().last_executed_query(cursor, sql, params) or sql


class DatabaseWrapper(base.DatabaseWrapper):
    """`wanted`: for whom the statements to come ask. What the server holds is None where it cannot be known."""

    ops_class = Operations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = NOBODY
        self._rides = False

    @property
    def _held(self) -> str | None:
        """Noted on the connection itself, so that it is still known when the pool gives it to the next request."""
        return getattr(self.connection, "holds_scope", None)

    @_held.setter
    def _held(self, scope: str | None) -> None:
        if self.connection is not None:
            self.connection.holds_scope = scope

    def ready_cursor(self) -> AbstractContextManager[Any]:
        """A cursor for statements with always the same text (kit/compiled.py); to be closed, as Django's."""
        self.ensure_connection()
        with self.wrap_database_errors:
            self._tell_scope()
            ready: Any = Ready
            cursor: AbstractContextManager[Any] = self._prepare_cursor(  # type: ignore[attr-defined]  # of Django's base
                ready(self.connection)
            )
            return cursor

    @contextmanager
    def scope_rides_along(self) -> Iterator[None]:
        """The statement of the block sets the variable itself; `holds` tells afterwards what it set."""
        self.ensure_connection()
        self._rides, self._held = True, None  # until `holds`, nobody knows what the server holds
        try:
            yield
        finally:
            self._rides = False

    def holds(self, scope: str) -> None:
        self.wanted = self._held = scope

    def get_connection_params(self) -> dict[str, Any]:
        return {
            **super().get_connection_params(), "context": _adapters(self.timezone),
            "prepare_threshold": sys.maxsize,  # None would forbid what Ready asks for; nothing else is prepared
        }  # fmt: skip

    def _configure_connection(self, connection: Any) -> bool:
        connection.prepared_max = PREPARED
        return bool(super()._configure_connection(connection))  # type: ignore[misc]  # of Django's base

    def create_cursor(self, name: str | None = None) -> Any:
        self._tell_scope()
        return super().create_cursor(name)

    def _tell_scope(self) -> None:
        if self._held != self.wanted and not self._rides and self.settings_dict.get("SCOPED"):
            self.connection.execute(_SET, [self.wanted])
            self._held = self.wanted

    # What a transaction set is undone with it, also where the pool undoes it.
    def _close(self) -> None:
        if self.connection is not None and self.connection.info.transaction_status != TransactionStatus.IDLE:
            self._held = None
        super()._close()  # type: ignore[misc]

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self._held = None

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self._held = None
