"""Several counts in one statement, each up to a cap: numbers on tabs must not cost a scan."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def counts(querysets: Mapping[str, QuerySet[Any]], *, cap: int) -> dict[str, int]:
    """How many rows each has, at most `cap`. One statement however many; none where all are empty by rule."""
    numbers = dict.fromkeys(querysets, 0)
    parts: list[str] = []
    names: list[str] = []
    params: list[Any] = []
    for name, rows in querysets.items():
        try:
            sql, arguments = rows.order_by().values("pk")[:cap].query.sql_with_params()
        except EmptyResultSet:
            continue
        parts.append(f"(SELECT count(*) FROM ({sql}) AS rows)")  # noqa: S608  Django's own SQL, values as parameters
        names.append(name)
        params += arguments
    if parts:
        with connection.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(parts), params)
            numbers |= dict(zip(names, cursor.fetchone(), strict=True))
    return numbers
