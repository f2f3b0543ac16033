"""Application of grants and policies to the database, as its owner. Replaces everything that was there before."""

import secrets
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

from binhyen.kit import key_files
from binhyen.kit.locks import LOCK_SQL, AdvisoryLock
from binhyen.rls import policies
from binhyen.rls.grants import COLUMN_GRANTS, FUNCTION_GRANTS, PROCESSES, TABLE_GRANTS, get_login_name
from binhyen.settings import build_dsn, get_process_login

_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
# A text search match is leakproof, but PostgreSQL does not know that: under a policy it then reads every row before it
# matches, and the search index stays unused. Only a superuser may declare it.
MARK_SEARCH_LEAKPROOF = "ALTER FUNCTION pg_catalog.ts_match_vq(tsvector, tsquery) LEAKPROOF"
_IS_LEAKPROOF = "SELECT proleakproof FROM pg_proc WHERE oid = 'pg_catalog.ts_match_vq'::regproc"
_SQL = {"s": "SELECT", "i": "INSERT", "u": "UPDATE", "d": "DELETE"}


# Database login of each process; its password is a key file that no other process can read (kit/key_files.py).

# A login that bypasses row-level security counts as missing.
_USABLE_ROLES = "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s) AND NOT rolsuper AND NOT rolbypassrls"


def find_unusable(owner: str) -> list[str]:
    """Names of the logins that this host has no key for, or that do not let it in. Makes none."""
    keys = {process: get_process_login(process) for process in PROCESSES}
    return [
        get_login_name(process)
        for process, key in keys.items()
        if not key[0] or not can_connect(build_dsn(owner, *key))
    ]


def list_missing_logins(connection: "psycopg.Connection[Any]") -> list[str]:
    """List the logins that the server does not have."""
    names = [get_login_name(process) for process in PROCESSES]
    existing = {row[0] for row in connection.execute(_USABLE_ROLES, [names])}
    return [name for name in names if name not in existing]


def ensure_logins(owner: str) -> list[str]:
    """Create a working login for every process; return the names that the owner may not create or repair.

    `owner`: libpq address of the owner. A login that accepts the password of its file stays unchanged.
    """
    refused = []
    with psycopg.connect(owner, connect_timeout=10, autocommit=True) as connection:
        for process in PROCESSES:
            password = get_login_password(process)
            if can_connect(build_dsn(owner, get_login_name(process), password)):
                continue
            try:
                _create_login(connection, get_login_name(process), password)
            except psycopg.errors.InsufficientPrivilege:
                refused.append(get_login_name(process))
    return refused


def get_login_password(process: str) -> str:
    """Return the password, created at the first call. Raises keyfiles.NotHere if this process may not read it."""
    return key_files.get_or_create_key(process, "database", lambda: secrets.token_urlsafe(24).encode()).decode()


def can_connect(dsn: str) -> bool:
    try:
        psycopg.connect(dsn, connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


def _create_login(connection: "psycopg.Connection[Any]", name: str, password: str) -> None:
    """Create or repair a login. Sends only the password hash: statements may be logged."""
    with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
    hashed = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    change = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}")
    connection.execute(change.format(sql.Identifier(name), sql.Literal(hashed)))


def apply_rls(dsn: str) -> bool:
    """Apply grants and policies of this package. False, without any change, if logins are missing."""
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        if list_missing_logins(connection):
            return False
        connection.execute("SET LOCAL lock_timeout = '10s'")
        connection.execute(LOCK_SQL, [AdvisoryLock.RLS.value])
        tables = {row[0] for row in connection.execute(_TABLES)}
        _execute(connection, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        for statement in [*policies.list_policy_statements(), *_build_grants(tables)]:
            _execute(connection, statement)
    _mark_search_leakproof(dsn)
    return True


def _build_grants(tables: set[str]) -> list[str]:
    """List the grants of these tables; everything else is revoked."""
    statements = [
        f"REVOKE ALL ON {table} FROM {get_login_name(process_name)}"
        for table in sorted(tables)
        for process_name in PROCESSES
    ]
    for table in sorted(tables & set(TABLE_GRANTS)):
        for process, verbs in zip(PROCESSES, TABLE_GRANTS[table], strict=True):
            table_privileges = ", ".join(_SQL[verb_letter] for verb_letter in verbs if verb_letter in _SQL)
            if table_privileges:
                statements.append(f"GRANT {table_privileges} ON {table} TO {get_login_name(process)}")
            for verb, columns in COLUMN_GRANTS.get((table, process), {}).items():
                statements.append(f"GRANT {_SQL[verb]} ({', '.join(columns)}) ON {table} TO {get_login_name(process)}")
    for function, processes in FUNCTION_GRANTS.items():
        statements.append(f"ALTER FUNCTION {function} SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp")
        statements.append(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        statements += [
            f"GRANT EXECUTE ON FUNCTION {function} TO {get_login_name(process_name)}" for process_name in processes
        ]
    for process in PROCESSES:
        statements.append(f"GRANT USAGE ON SCHEMA public TO {get_login_name(process)}")
        statements.append(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {get_login_name(process)}")
    return statements


def _execute(connection: "psycopg.Connection[Any]", statement: str) -> None:
    connection.execute(statement.encode())


def _mark_search_leakproof(dsn: str) -> None:
    """Mark the search function as leakproof. If the owner is no superuser, `doctor` shows the statement to the
    operator.
    """
    with psycopg.connect(dsn, connect_timeout=10, autocommit=True) as connection:
        if not is_search_leakproof(connection):
            try:
                _execute(connection, MARK_SEARCH_LEAKPROOF)
            except psycopg.errors.InsufficientPrivilege:
                return


def is_search_leakproof(connection: "psycopg.Connection[Any]") -> bool:
    row = connection.execute(_IS_LEAKPROOF).fetchone()
    return bool(row and row[0])
