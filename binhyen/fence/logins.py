"""A login for each process; its password is a key file that no other process reads (kit/keyfiles.py)."""

import secrets
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

from binhyen.fence.grants import PROCESSES, login
from binhyen.kit import keyfiles
from binhyen.settings import dsn_for, login_of

# A login that row-level security does not hold is as good as none.
_KNOWN = "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s) AND NOT rolsuper AND NOT rolbypassrls"


def find_unusable(owner: str) -> list[str]:
    """Names of the logins that this host has no key for, or that do not let it in. Makes none."""
    keys = {process: login_of(process) for process in PROCESSES}
    return [login(process) for process, key in keys.items() if not key[0] or not opens(dsn_for(owner, *key))]


def missing(connection: "psycopg.Connection[Any]") -> list[str]:
    """Names of the logins that the server does not have."""
    wanted = [login(p) for p in PROCESSES]
    there = {row[0] for row in connection.execute(_KNOWN, [wanted])}
    return [name for name in wanted if name not in there]


def ensure(owner: str) -> list[str]:
    """A working login for every process; the names of those that the owner may not make or mend.

    `owner`: libpq address of the owner. A login that lets in with the password of its file stays as it is.
    """
    refused = []
    with psycopg.connect(owner, connect_timeout=10, autocommit=True) as connection:
        for process in PROCESSES:
            password = password_of(process)
            if opens(dsn_for(owner, login(process), password)):
                continue
            try:
                _make(connection, login(process), password)
            except psycopg.errors.InsufficientPrivilege:
                refused.append(login(process))
    return refused


def password_of(process: str) -> str:
    """Made at the first call. Raises keyfiles.NotHere where this process may not read it."""
    return keyfiles.once(process, "database", lambda: secrets.token_urlsafe(24).encode()).decode()


def opens(dsn: str) -> bool:
    try:
        psycopg.connect(dsn, connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


def _make(connection: "psycopg.Connection[Any]", name: str, password: str) -> None:
    """Only the hash of the password travels: statements may be written into logs."""
    with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
    hashed = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    change = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}")
    connection.execute(change.format(sql.Identifier(name), sql.Literal(hashed)))
