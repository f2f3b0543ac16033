"""Write grants and policies into the database, as its owner. What stood there before goes, whatever it was."""

from typing import Any

import psycopg

from binhyen.fence import grants, policies
from binhyen.fence.logins import missing
from binhyen.kit.locks import WAIT, Lock

_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
# A match of words reveals nothing but its answer. Until PostgreSQL knows that, it reads every row under a policy
# before it looks at the words, and the index of a search lies idle. Only a superuser may say so.
SEARCH = "ALTER FUNCTION pg_catalog.ts_match_vq(tsvector, tsquery) LEAKPROOF"
_SEARCH_KNOWN = "SELECT proleakproof FROM pg_proc WHERE oid = 'pg_catalog.ts_match_vq'::regproc"


def build(dsn: str) -> bool:
    """The fence as it is written in this package. False, and nothing changed, where the logins are missing."""
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        if missing(connection):
            return False
        connection.execute("SET LOCAL lock_timeout = '10s'")
        connection.execute(WAIT, [Lock.FENCE.value])
        tables = {row[0] for row in connection.execute(_TABLES)}
        _run(connection, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        for statement in [*policies.statements(), *grants.statements(tables)]:
            _run(connection, statement)
    _let_search_use_its_index(dsn)
    return True


def _run(connection: "psycopg.Connection[Any]", statement: str) -> None:
    connection.execute(statement.encode())


def _let_search_use_its_index(dsn: str) -> None:
    """Where the owner is no superuser, `doctor` tells the operator what to have run."""
    with psycopg.connect(dsn, connect_timeout=10, autocommit=True) as connection:
        if not search_is_fast(connection):
            try:
                _run(connection, SEARCH)
            except psycopg.errors.InsufficientPrivilege:
                return


def search_is_fast(connection: "psycopg.Connection[Any]") -> bool:
    found = connection.execute(_SEARCH_KNOWN).fetchone()
    return bool(found and found[0])
