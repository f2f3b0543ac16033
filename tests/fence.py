"""The wall inside the database, for tests: stands in the test database, and statements run as one process's login."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from django.db import connection

from binhyen import settings
from binhyen.fence import building, logins
from binhyen.fence.grants import login
from binhyen.kit import scope


def dsn() -> str:
    """libpq URL of the database this test process uses, as its owner."""
    s = connection.settings_dict
    host = quote(s["HOST"], safe="")
    return f"postgresql://{quote(s['USER'])}:{quote(s['PASSWORD'])}@{host}:{s['PORT'] or 5432}/{s['NAME']}"


def stand() -> None:
    """Logins, grants and policies on the test database."""
    logins.ensure(settings.database_url())
    assert building.build(dsn()), "the tests' login may make no logins"


@contextmanager
def acting_as(process: str) -> Iterator[None]:
    """As if the connection came fresh from the pool of that process: its login, and nobody asks yet."""
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
        return  # the test's own transaction is lost; it ends with it
    connection.connection.execute(f"SET ROLE {role}".encode())
