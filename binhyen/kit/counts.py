"""Several counts in one statement, each up to a cap: numbers on tabs must not cost a scan."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from binhyen.kit.compiled import Compiled, Given, once, settled

Wanted = Mapping[str, QuerySet[Any]]


def counts(querysets: Wanted, *, cap: int) -> dict[str, int]:
    """How many rows each has, at most `cap`. One statement however many; none where all are empty by rule."""
    return _numbers(_compile(querysets, cap), {})


def counts_of(key: Hashable, make: Callable[[], Wanted], given: Given, *, cap: int) -> dict[str, int]:
    """The same for counts asked on every page, compiled once for each `key` (kit/compiled.py)."""
    return _numbers(once(key, lambda: _compile(make(), cap)), given)


def _compile(querysets: Wanted, cap: int) -> Compiled:
    """What can have no row by rule is a plain 0 in the statement."""
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
