"""Everything the database holds, as one sum a table: a request that was refused changes none of them."""

from django.apps import apps
from django.db import connection

# Rows of who is asking, which every visit may touch.
_VISITS = {"django_session"}


def sums(*, but: frozenset[str] = frozenset()) -> dict[str, str]:
    """Table → a sum over its rows. `but`: tables that may move."""
    tables = sorted({m._meta.db_table for m in apps.get_models()} - _VISITS - but)
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM \"{table}\" t"
            )
            found[table] = cursor.fetchone()[0]
    return found


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return sorted(name for name in before if before[name] != after.get(name))
