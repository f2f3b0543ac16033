"""Capped counts, several in one statement: numbers on tabs must not cost a full scan."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from binhyen.kit.prepared_queries import ParamValues, PreparedQuery, get_or_compile, inline_constants

QuerySets = Mapping[str, QuerySet[Any]]


def count_capped(querysets: QuerySets, *, cap: int) -> dict[str, int]:
    """Count the rows of each query up to `cap` in one statement; send none if all are known to be empty."""
    return _fetch_counts(_compile_counts(querysets, cap), {})


def cached_counts(
    key: Hashable, build_queries: Callable[[], QuerySets], param_values: ParamValues, *, cap: int
) -> dict[str, int]:
    """Return capped counts for pages requested often; the statement is compiled once for each `key`."""
    return _fetch_counts(get_or_compile(key, lambda: _compile_counts(build_queries(), cap)), param_values)


def _compile_counts(querysets: QuerySets, cap: int) -> PreparedQuery:
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
    needs_query = any(part != "0" for part in parts)
    names = tuple(querysets)
    return (
        inline_constants(names, "SELECT " + ", ".join(parts), params) if needs_query else PreparedQuery(names, "", ())
    )


def _fetch_counts(compiled: PreparedQuery, param_values: ParamValues) -> dict[str, int]:
    rows = compiled.fetch_all(param_values)
    return dict(zip(compiled.names, rows[0], strict=True)) if rows else dict.fromkeys(compiled.names, 0)
