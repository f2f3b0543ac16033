"""Every table has an entry in the row-level security, and every guarded table stays guarded."""

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction

from binhyen.rls.grants import COLUMN_GRANTS, FUNCTION_GRANTS, PROCESSES, TABLE_GRANTS, get_login_name
from binhyen.rls.policies import PAGES_POLICIES, TABLES_WITHOUT_POLICY
from tests import rls

_SOME_COLUMNS = {"vault_identity", "vault_disclosurerequest", "vault_wrappedkey"}
_ROLES = [get_login_name(p) for p in PROCESSES]


def list_model_tables() -> set[str]:
    return {m._meta.db_table for m in apps.get_models(include_auto_created=True)} | {"django_migrations"}


def test_every_table_has_a_line() -> None:
    real, written = list_model_tables(), set(TABLE_GRANTS)
    assert real - written == set(), "a new table: add the grants of each process to binhyen/rls/grants.py"
    assert written - real == set(), "these no longer exist"
    assert {table for table, _ in COLUMN_GRANTS} <= real
    assert set(PAGES_POLICIES) <= real


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
    """`build` removes grants that a migration or a person left behind."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT grantee, table_name, lower(left(privilege_type, 1)) FROM information_schema.role_table_grants "
            "WHERE grantee = ANY (%s)",
            [_ROLES],
        )
        actual_grants = {(role, table, verb) for role, table, verb in cursor}
    written = {
        (get_login_name(p), table, verb)
        for table, line in TABLE_GRANTS.items()
        for p, verbs in zip(PROCESSES, line, strict=True)
        for verb in verbs
        if verb in "siud"
    }
    assert actual_grants == written


# From the database's own catalogue: tables that the pages may read, whether they have row-level security, and whether
# policies depend on the officer.
_CATALOGUE = """
SELECT c.relname, c.relrowsecurity,
       EXISTS (SELECT 1 FROM pg_policy p JOIN pg_roles r ON r.oid = ANY (p.polroles)
               WHERE p.polrelid = c.oid AND r.rolname = %s AND p.polcmd IN ('*', 'r'))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'm', 'v') AND has_any_column_privilege(%s, c.oid, 'SELECT')
"""
# A table that leads to a case, a message or a person is guarded even if it stores no content itself.
_LEADS_TO_PEOPLE = """
SELECT DISTINCT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND confrelid::regclass::text IN (
    'cases_case', 'cases_report', 'channels_message', 'channels_conversation', 'channels_outgoing', 'vault_reporter',
    'tips_tip', 'conduct_complaint', 'vault_disclosurerequest', 'privacy_request', 'consents_consent')
"""
_NUMBERS_ONLY = {"cases_statsdirty"}  # deferred counting: only the number of a case


def find_unguarded_tables() -> list[str]:
    """Return tables of which a page could read rows of other people without a documented reason."""
    with connection.cursor() as cursor:
        cursor.execute(_CATALOGUE, [get_login_name("pages"), get_login_name("pages")])
        read = {table: secured and policy for table, secured, policy in cursor.fetchall()}
        cursor.execute(_LEADS_TO_PEOPLE)
        leading = {row[0] for row in cursor.fetchall()} & set(read)
    bare = {table for table, fenced in read.items() if not fenced}
    return sorted((bare - set(TABLES_WITHOUT_POLICY)) | ((bare & leading) - _NUMBERS_ONLY))


@pytest.mark.django_db
def test_every_table_the_pages_read_has_its_rows_fenced_or_a_reason() -> None:
    assert find_unguarded_tables() == [], (
        "a new table: add a policy to binhyen/rls/policies.py, or write there why it needs none"
    )
    with connection.cursor() as cursor:
        cursor.execute(_CATALOGUE, [get_login_name("pages"), get_login_name("pages")])
        bare = {table for table, secured, _ in cursor.fetchall() if not secured}
    assert bare == set(TABLES_WITHOUT_POLICY), "exemptions that are no longer needed"
    assert not set(TABLES_WITHOUT_POLICY) & set(PAGES_POLICIES) and all(
        len(why) >= 9 for why in TABLES_WITHOUT_POLICY.values()
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("harm", "expected"),
    [
        ("CREATE TABLE stray (id int, words text); GRANT SELECT ON stray TO binhyen_pages", "stray"),
        ("CREATE VIEW stray AS SELECT * FROM cases_case; GRANT SELECT ON stray TO binhyen_pages", "stray"),
        ("ALTER TABLE cases_note DISABLE ROW LEVEL SECURITY", "cases_note"),
        ("DROP POLICY rls_pages ON channels_message", "channels_message"),
        ("ALTER TABLE areas_unit ADD told bigint REFERENCES channels_message", "areas_unit"),
    ],
)
def test_control_a_table_without_a_fence_is_found(harm: str, expected: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(harm)
    assert find_unguarded_tables() == [expected]


@pytest.mark.django_db
@pytest.mark.parametrize("table", sorted(PAGES_POLICIES))
def test_without_a_scope_the_pages_see_nothing(table: str) -> None:
    with rls.acting_as("pages"), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(id) FROM {table}" if table in _SOME_COLUMNS else f"SELECT count(*) FROM {table}"
        ) if table != "vault_contact" else cursor.execute("SELECT 0")
        assert cursor.fetchone() == (0,)


# SECURITY DEFINER functions, and the roles that may call each; those called by triggers only are executable by no role.
_OWNERS = """
SELECT p.oid::regprocedure::text, array_agg(coalesce(r.rolname, 'PUBLIC') ORDER BY 1)
FROM pg_proc p CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace AND p.prorettype <> 'trigger'::regtype
    AND a.privilege_type = 'EXECUTE' AND a.grantee <> p.proowner
GROUP BY p.oid
"""


def list_definer_functions() -> dict[str, set[str]]:
    with connection.cursor() as cursor:
        cursor.execute(_OWNERS)
        return {name: set(grantees) for name, grantees in cursor.fetchall()}


def restore_policies() -> dict[str, set[str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT n, n::regprocedure::text FROM unnest(%s::text[]) n", [list(FUNCTION_GRANTS)])
        return {named: {get_login_name(p) for p in FUNCTION_GRANTS[name]} for name, named in cursor.fetchall()}


@pytest.mark.django_db
def test_what_acts_with_the_owners_rights_is_for_whom_it_is_written() -> None:
    assert list_definer_functions() == restore_policies()


@pytest.mark.django_db
@pytest.mark.parametrize("process", ["gateway", "worker", "sender", "custody"])
@pytest.mark.parametrize("asked", ["rls_sees_main(1)", "rls_keeps(1)", "rls_file_is_free(1)"])
def test_no_other_process_learns_of_cases_by_the_pages_fence(process: str, asked: str) -> None:
    """A process without access to cases, such as the gateway, must not learn by case id to which unit a case belongs
    and from whom it is hidden.
    """
    with rls.acting_as(process), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('binhyen.scope', 'unit:1;officer:1', true)")
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute(f"SELECT {asked}")


@pytest.mark.django_db
def test_control_a_function_that_everybody_may_call_is_found() -> None:
    with connection.cursor() as cursor:
        cursor.execute("GRANT EXECUTE ON FUNCTION rls_keeps(bigint) TO PUBLIC")
    assert list_definer_functions() != restore_policies()
    with pytest.raises(pytest.fail.Exception):
        test_no_other_process_learns_of_cases_by_the_pages_fence("gateway", "rls_keeps(1)")
