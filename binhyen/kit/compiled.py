"""Statements of the hottest pages, compiled once: making SQL of a query costs Django more than PostgreSQL's answer.

A query is written as everywhere else, with stand-ins for what differs from one asking to the next. `key` names whatever
else shapes the statement, the sight of who asks above all: two who see differently never share one.
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

NOW = dt.datetime(1, 1, 1, tzinfo=dt.UTC)  # stands for a moment
THEN = dt.datetime(1, 1, 2, tzinfo=dt.UTC)  # stands for another one
NUMBER = -7_304_000_000_001  # stands for an id: no row has it, and a bigint column takes it
WORD = "\x01"  # stands for a text
NUMBERS = (NUMBER,)  # stands for a list of ids, see `among`
_MOST = 2000
M = TypeVar("M", bound=Model)
Given = Mapping[Any, Any]  # stand-in → what it stands for in this asking
Row = dict[str, Any]  # column → value


@dataclass(frozen=True, slots=True)
class Compiled:
    """SQL with its parameters, all of them stand-ins, and the names of its columns; without SQL where no row can ever
    be found.
    """

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
    """What `make` gives, made at the first call with this key."""
    found = _known.get(key)
    if found is None:
        if len(_known) >= _MOST:
            _known.clear()
        found = _known[key] = make()
    return found


def statement(rows: QuerySet[Any, Any]) -> Compiled:
    """Of a query that ends in `.values(…)` with plain columns (no field that Django converts after reading)."""
    query = rows.query
    names = tuple(query.selected or ()) or (*query.values_select, *query.annotation_select)
    try:
        sql, params = query.sql_with_params()
    except EmptyResultSet:
        return Compiled(names, "", ())
    return settled(names, sql, params)


def settled(names: Sequence[str], sql: str, params: Sequence[Any]) -> Compiled:
    """What is no stand-in is written into the SQL itself, so that a ready plan knows e.g. how rare it is."""
    stand_ins = [value for value in params if _stands_in(value)]
    connection.ensure_connection()
    texts = ["%s" if _stands_in(value) else _literal(value) for value in params]
    return Compiled(tuple(names), sql.replace("%%", "%%%%") % tuple(texts), tuple(stand_ins))


def _stands_in(value: Any) -> bool:
    return isinstance(value, dt.datetime | int | str | tuple) and value in (NOW, THEN, NUMBER, WORD, NUMBERS)


def _literal(value: Any) -> str:
    return Literal(value).as_string(connection.connection).replace("%", "%%")


def ready_cursor() -> AbstractContextManager[Any]:
    """See kit/database: for statements with always the same text."""
    return cast("DatabaseWrapper", connection).ready_cursor()


def rows(key: Hashable, make: Callable[[], QuerySet[Any, Any]], given: Given) -> list[Row]:
    """The rows of `make()` with the stand-ins replaced, as `.values()` would give them."""
    compiled = once(key, lambda: statement(make()))
    names = compiled.names
    return [dict(zip(names, row, strict=True)) for row in compiled.run(given)]


def among() -> RawSQL:
    """For `…__in`: the ids that NUMBERS stands for. However many they are, the statement's text is the same."""
    return RawSQL("SELECT unnest(%s::bigint[])", [NUMBERS])


def first(model: type[M], key: Hashable, make: Callable[[], QuerySet[M]], given: Given) -> M | None:
    """The first object of `make()`, a query of whole rows of the model."""
    names = [field.attname for field in model._meta.concrete_fields]
    found = once(key, lambda: statement(make().values(*names)[:1])).run(given)
    return model.from_db(connection.alias, names, found[0]) if found else None
