"""The row-level security for tests: applied to the test database, with statements run as one process's role."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from django.db import connection

from binhyen import settings
from binhyen.kit import rls_scope
from binhyen.rls import apply
from binhyen.rls.grants import get_login_name


def get_owner_dsn() -> str:
    """Return the libpq URL of this test process's database, as its owner."""
    s = connection.settings_dict
    host = quote(s["HOST"], safe="")
    return f"postgresql://{quote(s['USER'])}:{quote(s['PASSWORD'])}@{host}:{s['PORT'] or 5432}/{s['NAME']}"


def create_policies() -> None:
    """Create database roles, grants and policies on the test database."""
    apply.ensure_logins(settings.get_database_url())
    assert apply.apply_rls(get_owner_dsn()), "the tests' role may not create roles"


@contextmanager
def acting_as(process: str) -> Iterator[None]:
    """Run as if the connection came fresh from the pool of that process: its role, and no officer set."""
    if connection.connection is None and not connection.in_atomic_block:
        connection.ensure_connection()
    _set_role(get_login_name(process))
    rls_scope.reset_rls_scope()
    try:
        yield
    finally:
        _set_role("NONE")
        rls_scope.reset_rls_scope()


def _set_role(role: str) -> None:
    if connection.connection is None or connection.connection.closed:
        return
    if connection.connection.info.transaction_status.name == "INERROR":
        return  # the test's own transaction is aborted; the role ends with it
    connection.connection.execute(f"SET ROLE {role}".encode())
