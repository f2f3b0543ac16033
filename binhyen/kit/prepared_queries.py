"""Compiled query cache for the most frequent pages: building the SQL costs Django more than PostgreSQL's answer.

A query is written as usual, with placeholders for the values that differ between calls. `key` must contain all else
that shapes the statement, above all the visibility of the user: two users with different rows never share one.
"""

import datetime as dt
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.expressions import RawSQL
from psycopg.sql import Literal

from binhyen.kit.database.base import DatabaseWrapper

NOW = dt.datetime(1, 1, 1, tzinfo=dt.UTC)  # placeholder for a moment
THEN = dt.datetime(1, 1, 2, tzinfo=dt.UTC)  # placeholder for a second moment
NUMBER = -7_304_000_000_001  # placeholder for an id: no row has it, and it fits a bigint column
WORD = "\x01"  # placeholder for a text
NUMBERS = (NUMBER,)  # placeholder for a list of ids, see `ids_subquery`
_MOST = 2000
M = TypeVar("M", bound=Model)
Given = Mapping[Any, Any]  # placeholder → its value in this call
Row = dict[str, Any]  # column → value


@dataclass(frozen=True, slots=True)
class Compiled:
    """Compiled SQL with its placeholder parameters and column names; empty SQL if no row can ever match."""

    names: tuple[str, ...]
    sql: str
    params: tuple[Any, ...]

    def run(self, given: Given) -> list[tuple[Any, ...]]:
        if not self.sql:
            return []
        with ready_cursor() as cursor:
            cursor.execute(self.sql, [given[value] for value in self.params])
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


_known: dict[Hashable, Compiled] = {}


def once(key: Hashable, make: Callable[[], Compiled]) -> Compiled:
    """Return the cached statement for `key`; `compile_query` builds it at the first call."""
    found = _known.get(key)
    if found is None:
        if len(_known) >= _MOST:
            _known.clear()
        found = _known[key] = make()
    return found


def statement(rows: QuerySet[Any, Any]) -> Compiled:
    """Compile a query that ends in `.values(…)` of plain columns (no field that Django converts after reading)."""
    query = rows.query
    names = tuple(query.selected or ()) or (*query.values_select, *query.annotation_select)
    try:
        sql, params = query.sql_with_params()
    except EmptyResultSet:
        return Compiled(names, "", ())
    return settled(names, sql, params)


def settled(names: Sequence[str], sql: str, params: Sequence[Any]) -> Compiled:
    """Inline all constants into the SQL, so that a prepared plan knows e.g. how selective a value is."""
    stand_ins = [value for value in params if _stands_in(value)]
    connection.ensure_connection()
    texts = ["%s" if _stands_in(value) else _literal(value) for value in params]
    return Compiled(tuple(names), sql.replace("%%", "%%%%") % tuple(texts), tuple(stand_ins))


def _stands_in(value: Any) -> bool:
    return isinstance(value, dt.datetime | int | str | tuple) and value in (NOW, THEN, NUMBER, WORD, NUMBERS)


def _literal(value: Any) -> str:
    return Literal(value).as_string(connection.connection).replace("%", "%%")


def ready_cursor() -> AbstractContextManager[Any]:
    """Return a cursor for statements whose text is always the same, see kit/database."""
    return cast("DatabaseWrapper", connection).ready_cursor()


def rows(key: Hashable, make: Callable[[], QuerySet[Any, Any]], given: Given) -> list[Row]:
    """Return the rows of `build_query()` with the placeholders replaced, in the form of `.values()`."""
    compiled = once(key, lambda: statement(make()))
    names = compiled.names
    return [dict(zip(names, row, strict=True)) for row in compiled.run(given)]


def among() -> RawSQL:
    """Return a subquery for `…__in` over the ids of ID_LIST_PARAM. The SQL text is the same for any number of ids."""
    return RawSQL("SELECT unnest(%s::bigint[])", [NUMBERS])


def first(model: type[M], key: Hashable, make: Callable[[], QuerySet[M]], given: Given) -> M | None:
    """Return the first object of `build_query()`, a query of whole rows of the model, or None."""
    names = [field.attname for field in model._meta.concrete_fields]
    found = once(key, lambda: statement(make().values(*names)[:1])).run(given)
    return model.from_db(connection.alias, names, found[0]) if found else None
