"""Application of grants and policies to the database, as its owner. Replaces everything that was there before."""

from typing import Any

import psycopg

from binhyen.kit.locks import WAIT, Lock
from binhyen.rls import policies
from binhyen.rls.db_roles import missing
from binhyen.rls.grants import COLUMNS, NARROW, PROCESSES, TABLES, login

_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
# A text search match is leakproof, but PostgreSQL does not know that: under a policy it then reads every row before it
# matches, and the search index stays unused. Only a superuser may declare it.
SEARCH = "ALTER FUNCTION pg_catalog.ts_match_vq(tsvector, tsquery) LEAKPROOF"
_SEARCH_KNOWN = "SELECT proleakproof FROM pg_proc WHERE oid = 'pg_catalog.ts_match_vq'::regproc"
_SQL = {"s": "SELECT", "i": "INSERT", "u": "UPDATE", "d": "DELETE"}


def build(dsn: str) -> bool:
    """Apply grants and policies of this package. False, without any change, if logins are missing."""
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        if missing(connection):
            return False
        connection.execute("SET LOCAL lock_timeout = '10s'")
        connection.execute(WAIT, [Lock.FENCE.value])
        tables = {row[0] for row in connection.execute(_TABLES)}
        _run(connection, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        for statement in [*policies.statements(), *_granted(tables)]:
            _run(connection, statement)
    _let_search_use_its_index(dsn)
    return True


def _granted(tables: set[str]) -> list[str]:
    """List the grants of these tables; everything else is revoked."""
    found = [f"REVOKE ALL ON {table} FROM {login(p)}" for table in sorted(tables) for p in PROCESSES]
    for table in sorted(tables & set(TABLES)):
        for process, verbs in zip(PROCESSES, TABLES[table], strict=True):
            whole = ", ".join(_SQL[v] for v in verbs if v in _SQL)
            if whole:
                found.append(f"GRANT {whole} ON {table} TO {login(process)}")
            for verb, columns in COLUMNS.get((table, process), {}).items():
                found.append(f"GRANT {_SQL[verb]} ({', '.join(columns)}) ON {table} TO {login(process)}")
    for function, processes in NARROW.items():
        found.append(f"ALTER FUNCTION {function} SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp")
        found.append(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        found += [f"GRANT EXECUTE ON FUNCTION {function} TO {login(p)}" for p in processes]
    for process in PROCESSES:
        found.append(f"GRANT USAGE ON SCHEMA public TO {login(process)}")
        found.append(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {login(process)}")
    return found


def _run(connection: "psycopg.Connection[Any]", statement: str) -> None:
    connection.execute(statement.encode())


def _let_search_use_its_index(dsn: str) -> None:
    """Mark the search function as leakproof. If the owner is no superuser, `doctor` shows the statement to the
    operator.
    """
    with psycopg.connect(dsn, connect_timeout=10, autocommit=True) as connection:
        if not search_is_fast(connection):
            try:
                _run(connection, SEARCH)
            except psycopg.errors.InsufficientPrivilege:
                return


def search_is_fast(connection: "psycopg.Connection[Any]") -> bool:
    found = connection.execute(_SEARCH_KNOWN).fetchone()
    return bool(found and found[0])
