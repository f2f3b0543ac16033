"""Several counts in one statement, each up to a cap: numbers on tabs must not cost a scan."""

import datetime as dt
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

# Stands for the present while a statement is compiled.
NOW = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
_MOST = 2000


@dataclass(frozen=True, slots=True)
class Compiled:
    """One statement for several counts. `asked`: those of `names` that can have rows."""

    names: tuple[str, ...]
    asked: tuple[str, ...]
    sql: str
    params: tuple[Any, ...]


_compiled: dict[Hashable, Compiled] = {}


def counts(querysets: Mapping[str, QuerySet[Any]], *, cap: int) -> dict[str, int]:
    """How many rows each has, at most `cap`. One statement however many; none where all are empty by rule."""
    return _run(_compile(querysets, cap), NOW)


def counts_of(
    key: Hashable, make: Callable[[dt.datetime], Mapping[str, QuerySet[Any]]], *, cap: int, now: dt.datetime
) -> dict[str, int]:
    """The same for counts asked on every page: compiled once for each `key` (whoever sees alike), since compiling
    costs more than counting. `make` gets a moment that stands for the present.
    """
    known = _compiled.get(key)
    if known is None:
        if len(_compiled) >= _MOST:
            _compiled.clear()
        known = _compiled[key] = _compile(make(NOW), cap)
    return _run(known, now)


def _compile(querysets: Mapping[str, QuerySet[Any]], cap: int) -> Compiled:
    parts: list[str] = []
    asked: list[str] = []
    params: list[Any] = []
    for name, rows in querysets.items():
        try:
            sql, arguments = rows.order_by().values("pk")[:cap].query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"(SELECT count(*) FROM ({sql}) AS rows)")  # noqa: S608  Django's own SQL, values as parameters
        asked.append(name)
        params += arguments
    return Compiled(tuple(querysets), tuple(asked), "SELECT " + ", ".join(parts), tuple(params))


def _run(compiled: Compiled, now: dt.datetime) -> dict[str, int]:
    numbers = dict.fromkeys(compiled.names, 0)
    if compiled.asked:
        with connection.cursor() as cursor:
            cursor.execute(compiled.sql, [now if value == NOW else value for value in compiled.params])
            numbers |= dict(zip(compiled.asked, cursor.fetchone(), strict=True))
    return numbers
