"""A pool soon retries a dead database, however long it was dead, and hands out no connection that died with it."""

from collections.abc import Callable

import psycopg
import pytest
from django.db import connection
from psycopg_pool import ConnectionPool
from psycopg_pool.base import AttemptWithBackoff

from binhyen.kit.connection_pools import RETRY_SECONDS, check_alive, configure_reconnect
from tests.rls import get_owner_dsn


def list_pauses(kind: type[AttemptWithBackoff], refusals: int) -> list[float]:
    attempt, now, results = kind(timeout=300.0), 0.0, []
    for _ in range(refusals):
        attempt.update_delay(now)
        results.append(attempt.delay)
        now += attempt.delay
    return results


class DefaultPool(AttemptWithBackoff):
    """psycopg's default pool."""

    INITIAL_DELAY, DELAY_BACKOFF = 1.0, 2.0


def test_a_pause_never_grows() -> None:
    configure_reconnect()
    assert max(list_pauses(AttemptWithBackoff, 40)) <= RETRY_SECONDS * 1.2
    assert max(list_pauses(DefaultPool, 6)) > 25, "the control: a minute away costs half a minute more"


def query_after_restart(check: Callable[[psycopg.Connection], None] | None) -> int:
    """Return the next query's result when the server closed the pool's only connection."""
    with (
        ConnectionPool(get_owner_dsn(), min_size=1, max_size=1, check=check) as pool,
        psycopg.connect(get_owner_dsn()) as other,
    ):
        with pool.connection() as first:
            pid = first.info.backend_pid
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
        with pool.connection() as again:
            assert again.info.backend_pid != pid
            return int(again.execute("SELECT 7").fetchone()[0])  # type: ignore[index]


@pytest.mark.django_db
def test_no_connection_closed_by_the_server_is_handed_out() -> None:
    assert query_after_restart(check_alive) == 7
    with pytest.raises((psycopg.OperationalError, AssertionError)):
        query_after_restart(None)  # the control


@pytest.mark.django_db
def test_a_connection_used_only_for_commands_is_retained() -> None:
    with (
        psycopg.connect(get_owner_dsn(), autocommit=True) as idle_connection,
        psycopg.connect(get_owner_dsn(), autocommit=True) as other,
    ):
        idle_connection.execute("LISTEN something")
        for _ in range(9):
            other.execute("NOTIFY something")
            check_alive(idle_connection)
        assert idle_connection.execute("SELECT 7").fetchone() == (7,)


@pytest.mark.django_db
def test_django_s_own_pool_is_checked_so() -> None:
    assert connection.pool is not None and connection.pool._check is check_alive
