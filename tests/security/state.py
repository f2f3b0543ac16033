"""Checksums of all tables: a refused request changes none of them."""

from django.apps import apps
from django.db import connection

# Rows about the requesting user, which every visit may change.
_VISITS = {"django_session"}


def compute_checksums(*, but: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return table → a checksum of its rows. `but`: tables that may change."""
    tables = sorted({m._meta.db_table for m in apps.get_models()} - _VISITS - but)
    checksums = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM \"{table}\" t"
            )
            checksums[table] = cursor.fetchone()[0]
    return checksums


def list_changed_tables(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return sorted(name for name in before if before[name] != after.get(name))
