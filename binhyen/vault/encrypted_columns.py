"""Columns encrypted to a machine's key: their values must be re-encrypted before a retired key may be destroyed.

A feature above the vault registers its own columns here when its jobs are loaded, so the vault never names it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection

from binhyen.vault import envelopes
from binhyen.vault.envelopes import Pair, PublicKey

BATCH = 500


@dataclass(frozen=True, slots=True)
class Column:
    """A column of envelopes.

    `reseal`: for a process that cannot decrypt its own column: returns a row's fresh envelope.
    """

    group: str
    table: str
    column: str
    key: str = "id"
    reseal: Callable[[int], bytes] | None = None


_columns: list[Column] = [Column("DELIVERY", "vault_contact", "sealed")]


def holds(column: Column) -> None:
    if column not in _columns:
        _columns.append(column)


def columns(group: str) -> list[Column]:
    return [column for column in _columns if column.group == group]


def uses(group: str, key_id: bytes) -> int:
    """Return the number of values that still use this key."""
    found = 0
    with connection.cursor() as cursor:
        for c in columns(group):
            cursor.execute(  # nosemgrep: sql-from-text  table and column of our own models
                f'SELECT count(*) FROM "{c.table}" WHERE substring("{c.column}" FROM 2 FOR 8) = %s',  # noqa: S608
                [key_id],
            )
            found += cursor.fetchone()[0]
    return found


def rewrap(c: Column, pair: Pair | None, key_id: bytes, to: PublicKey, *, after: int = 0) -> tuple[int, int]:
    """Re-encrypt a batch of a column in the caller's transaction; return (count, last key seen; 0 at the end).

    Locked rows are left for the next round. `pair`: of the old key; None where the column has `reseal`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT "{c.key}", "{c.column}" FROM "{c.table}" WHERE "{c.key}" > %s '  # noqa: S608
            f'AND substring("{c.column}" FROM 2 FOR 8) = %s ORDER BY "{c.key}" LIMIT %s FOR UPDATE SKIP LOCKED',
            [after, key_id, BATCH],
        )
        rows = cursor.fetchall()
        fresh = []
        for key, sealed in rows:
            if c.reseal is not None:
                fresh.append(c.reseal(key))
            elif pair is not None:
                fresh.append(envelopes.rewrap(sealed, pair=pair, to=to))
        if fresh:
            cursor.execute(
                f'UPDATE "{c.table}" t SET "{c.column}" = n.value '  # noqa: S608
                f'FROM unnest(%s::bigint[], %s::bytea[]) n(key, value) WHERE t."{c.key}" = n.key',
                [[key for key, _ in rows], fresh],
            )
    return len(fresh), rows[-1][0] if len(rows) == BATCH else 0
