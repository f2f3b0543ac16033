"""Capped counts, several in one statement: numbers on tabs must not cost a full scan."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from binhyen.kit.prepared_queries import Compiled, Given, once, settled

Wanted = Mapping[str, QuerySet[Any]]


def counts(querysets: Wanted, *, cap: int) -> dict[str, int]:
    """Count the rows of each query up to `cap` in one statement; send none if all are known to be empty."""
    return _numbers(_compile(querysets, cap), {})


def counts_of(key: Hashable, make: Callable[[], Wanted], given: Given, *, cap: int) -> dict[str, int]:
    """Return capped counts for pages requested often; the statement is compiled once for each `key`."""
    return _numbers(once(key, lambda: _compile(make(), cap)), given)


def _compile(querysets: Wanted, cap: int) -> Compiled:
    """Compile the counts into one statement; a query that Django knows to be empty is a constant 0."""
    parts: list[str] = []
    params: list[Any] = []
    for rows in querysets.values():
        try:
            sql, arguments = rows.order_by().values("pk")[:cap].query.sql_with_params()
        except EmptyResultSet:
            parts.append("0")
            continue
        parts.append(f"(SELECT count(*) FROM ({sql}) AS rows)")  # noqa: S608  Django's own SQL, values as parameters
        params += arguments
    asks = any(part != "0" for part in parts)
    names = tuple(querysets)
    return settled(names, "SELECT " + ", ".join(parts), params) if asks else Compiled(names, "", ())


def _numbers(compiled: Compiled, given: Given) -> dict[str, int]:
    found = compiled.run(given)
    return dict(zip(compiled.names, found[0], strict=True)) if found else dict.fromkeys(compiled.names, 0)
