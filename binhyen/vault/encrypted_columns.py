"""Columns encrypted to a machine's key: their values must be re-encrypted before a retired key may be destroyed.

A feature above the vault registers its own columns here when its jobs are loaded, so the vault never names it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection

from binhyen.vault import envelopes
from binhyen.vault.envelopes import KeyPair, PublicKey

BATCH = 500


@dataclass(frozen=True, slots=True)
class EncryptedColumn:
    """A column of envelopes.

    `reseal`: for a process that cannot decrypt its own column: returns a row's fresh envelope.
    """

    group: str
    table: str
    column: str
    key: str = "id"
    reseal: Callable[[int], bytes] | None = None


_columns: list[EncryptedColumn] = [EncryptedColumn("DELIVERY", "vault_contact", "ciphertext")]


def register_column(column: EncryptedColumn) -> None:
    if column not in _columns:
        _columns.append(column)


def list_columns(group: str) -> list[EncryptedColumn]:
    return [column for column in _columns if column.group == group]


def count_values_under(group: str, key_id: bytes) -> int:
    """Return the number of values that still use this key."""
    total = 0
    with connection.cursor() as cursor:
        for entry in list_columns(group):
            cursor.execute(  # nosemgrep: sql-from-text  table and column of our own models
                f'SELECT count(*) FROM "{entry.table}" WHERE substring("{entry.column}" FROM 2 FOR 8) = %s',  # noqa: S608
                [key_id],
            )
            total += cursor.fetchone()[0]
    return total


def rewrap_column(
    column: EncryptedColumn, pair: KeyPair | None, key_id: bytes, to: PublicKey, *, last_key: int = 0
) -> tuple[int, int]:
    """Re-encrypt a batch of a column in the caller's transaction; return (count, last key seen; 0 at the end).

    Locked rows are left for the next round. `pair`: of the old key; None where the column has `reseal`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT "{column.key}", "{column.column}" FROM "{column.table}" WHERE "{column.key}" > %s '  # noqa: S608
            f'AND substring("{column.column}" FROM 2 FOR 8) = %s ORDER BY "{column.key}" LIMIT %s '
            "FOR UPDATE SKIP LOCKED",
            [last_key, key_id, BATCH],
        )
        rows = cursor.fetchall()
        fresh = []
        for key, sealed in rows:
            if column.reseal is not None:
                fresh.append(column.reseal(key))
            elif pair is not None:
                fresh.append(envelopes.rewrap_envelope(sealed, pair=pair, to=to))
        if fresh:
            cursor.execute(
                f'UPDATE "{column.table}" t SET "{column.column}" = n.value '  # noqa: S608
                f'FROM unnest(%s::bigint[], %s::bytea[]) n(key, value) WHERE t."{column.key}" = n.key',
                [[key for key, _ in rows], fresh],
            )
    return len(fresh), rows[-1][0] if len(rows) == BATCH else 0
