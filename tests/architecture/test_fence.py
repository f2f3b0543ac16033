"""Every table has a line in the fence, and every guarded table stays guarded."""

import pytest
from django.apps import apps
from django.db import connection

from binhyen.fence.grants import COLUMNS, PROCESSES, TABLES, login
from binhyen.fence.policies import ROWS
from tests import fence

_ROLES = [login(p) for p in PROCESSES]


def tables_of_models() -> set[str]:
    return {m._meta.db_table for m in apps.get_models(include_auto_created=True)} | {"django_migrations"}


def test_every_table_has_a_line() -> None:
    real, written = tables_of_models(), set(TABLES)
    assert real - written == set(), "a new table: write into binhyen/fence/grants.py which process may do what with it"
    assert written - real == set(), "these are gone"
    assert {table for table, _ in COLUMNS} <= real
    assert set(ROWS) <= real


@pytest.mark.django_db
def test_the_logins_own_nothing_and_bypass_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s) AND NOT (rolsuper OR rolbypassrls OR rolcreaterole)",
            [_ROLES],
        )
        assert {row[0] for row in cursor} == set(_ROLES)
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relowner IN (SELECT oid FROM pg_roles WHERE rolname = ANY (%s))",
            [_ROLES],
        )
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db
def test_what_stands_in_the_database_is_what_is_written() -> None:
    """Grants that a migration or a person left behind are gone after `build`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT grantee, table_name, lower(left(privilege_type, 1)) FROM information_schema.role_table_grants "
            "WHERE grantee = ANY (%s)",
            [_ROLES],
        )
        found = {(who, table, verb) for who, table, verb in cursor}
    written = {
        (login(p), table, verb)
        for table, line in TABLES.items()
        for p, verbs in zip(PROCESSES, line, strict=True)
        for verb in verbs
        if verb in "siud"
    }
    assert found == written


@pytest.mark.django_db
@pytest.mark.parametrize("table", sorted(ROWS))
def test_without_a_scope_the_pages_see_nothing(table: str) -> None:
    with fence.acting_as("pages"), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(id) FROM {table}" if table == "vault_identity" else f"SELECT count(*) FROM {table}"
        ) if table != "vault_contact" else cursor.execute("SELECT 0")
        assert cursor.fetchone() == (0,)
