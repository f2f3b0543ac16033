"""A pool soon retries a dead database, however long it was dead, and hands out no connection that died with it."""

from collections.abc import Callable

import psycopg
import pytest
from django.db import connection
from psycopg_pool import ConnectionPool
from psycopg_pool.base import AttemptWithBackoff

from binhyen.kit.connection_pools import PAUSE_SECONDS, keep_asking, still_there
from tests.rls import dsn


def pauses(kind: type[AttemptWithBackoff], refusals: int) -> list[float]:
    attempt, now, found = kind(timeout=300.0), 0.0, []
    for _ in range(refusals):
        attempt.update_delay(now)
        found.append(attempt.delay)
        now += attempt.delay
    return found


class Patient(AttemptWithBackoff):
    """psycopg's default pool."""

    INITIAL_DELAY, DELAY_BACKOFF = 1.0, 2.0


def test_a_pause_never_grows() -> None:
    keep_asking()
    assert max(pauses(AttemptWithBackoff, 40)) <= PAUSE_SECONDS * 1.2
    assert max(pauses(Patient, 6)) > 25, "the control: a minute away costs half a minute more"


def after_a_restart(check: Callable[[psycopg.Connection], None] | None) -> int:
    """Return the next query's result when the server closed the pool's only connection."""
    with ConnectionPool(dsn(), min_size=1, max_size=1, check=check) as pool, psycopg.connect(dsn()) as other:
        with pool.connection() as first:
            pid = first.info.backend_pid
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
        with pool.connection() as again:
            assert again.info.backend_pid != pid
            return int(again.execute("SELECT 7").fetchone()[0])  # type: ignore[index]


@pytest.mark.django_db
def test_nobody_is_given_a_connection_that_the_server_hung_up() -> None:
    assert after_a_restart(still_there) == 7
    with pytest.raises((psycopg.OperationalError, AssertionError)):
        after_a_restart(None)  # the control


@pytest.mark.django_db
def test_one_that_is_only_told_something_is_kept() -> None:
    with psycopg.connect(dsn(), autocommit=True) as kept, psycopg.connect(dsn(), autocommit=True) as other:
        kept.execute("LISTEN something")
        for _ in range(9):
            other.execute("NOTIFY something")
            still_there(kept)
        assert kept.execute("SELECT 7").fetchone() == (7,)


@pytest.mark.django_db
def test_django_s_own_pool_is_checked_so() -> None:
    assert connection.pool is not None and connection.pool._check is still_there
