"""The row-level security for tests: applied to the test database, with statements run as one process's role."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from django.db import connection

from binhyen import settings
from binhyen.fence import building, logins
from binhyen.fence.grants import login
from binhyen.kit import scope


def dsn() -> str:
    """Return the libpq URL of this test process's database, as its owner."""
    s = connection.settings_dict
    host = quote(s["HOST"], safe="")
    return f"postgresql://{quote(s['USER'])}:{quote(s['PASSWORD'])}@{host}:{s['PORT'] or 5432}/{s['NAME']}"


def stand() -> None:
    """Create database roles, grants and policies on the test database."""
    logins.ensure(settings.database_url())
    assert building.build(dsn()), "the tests' role may not create roles"


@contextmanager
def acting_as(process: str) -> Iterator[None]:
    """Run as if the connection came fresh from the pool of that process: its role, and no officer set."""
    if connection.connection is None and not connection.in_atomic_block:
        connection.ensure_connection()
    _become(login(process))
    scope.nobody()
    try:
        yield
    finally:
        _become("NONE")
        scope.nobody()


def _become(role: str) -> None:
    if connection.connection is None or connection.connection.closed:
        return
    if connection.connection.info.transaction_status.name == "INERROR":
        return  # the test's own transaction is aborted; the role ends with it
    connection.connection.execute(f"SET ROLE {role}".encode())
