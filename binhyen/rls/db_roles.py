"""Database login of each process; its password is a key file that no other process can read (kit/key_files.py)."""

import secrets
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

from binhyen.kit import key_files
from binhyen.rls.grants import PROCESSES, get_login_name
from binhyen.settings import build_dsn, get_process_login

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
